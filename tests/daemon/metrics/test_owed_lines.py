"""Money lines that a change of price leaves for the scrape."""

from daemon.economics.money import Money
from daemon.fleet import DeviceEntry, Fleet
from daemon.metrics.catalogue import DEVICE_MARGIN
from daemon.metrics.device_lines import DeviceLines
from daemon.metrics.own import OwnMetrics
from daemon.metrics.page import CATCH_UP, Page


def valued(count: int) -> tuple[Fleet, DeviceLines]:
    """Make a fleet that is owed its money lines."""
    fleet, lines = Fleet(), DeviceLines()
    for number in range(count):
        device = fleet.add(DeviceEntry(id=f"m{number}", host="h"))
        lines.clear(device)
        device.stale = False
        device.money = Money(currency="USD", margin_per_day=1.5)
        lines.owe_money(device)
    return fleet, lines


def margins(lines: DeviceLines) -> int:
    """Count the devices whose margin is on the page."""
    return b"".join(lines.blocks(DEVICE_MARGIN.name)).count(b"} 1.5\n")


def test_a_scrape_shows_every_owed_line() -> None:
    """What is owed is written before the page is joined, some devices at a time."""
    _, lines = valued(2 * CATCH_UP + 1)
    assert 0 == margins(lines)
    pieces = list(Page(devices=lines, own=OwnMetrics(), site=dict).slices(openmetrics=False))
    assert [b"", b""] == pieces[:2]
    assert 2 * CATCH_UP + 1 == b"".join(pieces).count(b"} 1.5\n")


def test_no_more_than_asked_for_at_once() -> None:
    """A turn writes no more than its share, and says whether there is more."""
    _, lines = valued(5)
    assert lines.catch_up(3)
    assert 3 == margins(lines)
    assert not lines.catch_up(3)
    assert 5 == margins(lines)


def test_a_device_that_left_is_owed_nothing() -> None:
    """Lines of a device that was removed meanwhile do not come back."""
    fleet, lines = valued(2)
    lines.clear(fleet.remove("m0"))
    assert not lines.catch_up(9)
    assert 1 == margins(lines)


def test_the_newest_money_is_shown() -> None:
    """A device that is valued twice before a scrape shows the later value."""
    fleet, lines = valued(1)
    device = fleet.get("m0")
    assert device is not None
    device.money = Money(currency="USD", margin_per_day=-7.0)
    lines.owe_money(device)
    lines.catch_up(1)
    assert b"} -7.0\n" in b"".join(lines.blocks(DEVICE_MARGIN.name))
