"""Lines that are only written when what they tell has changed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import Board, Fan, Reading
from daemon.economics.money import Money
from daemon.fleet import DeviceEntry, DeviceState, Fleet
from daemon.metrics.catalogue import DEVICE_METRICS
from daemon.metrics.device_lines import DeviceLines

few = st.sampled_from([None, 0.0, 1.5])
boards = st.builds(
    Board,
    index=st.sampled_from([0, 1]),
    hashrate_hs=few,
    board_temperature_c=few,
    chip_temperature_c=few,
)
readings = st.builds(
    Reading,
    family=st.just("antminer"),
    model=st.sampled_from([None, "S19", "S21"]),
    state=st.sampled_from(["hashing", "idle"]),
    hashrate_hs=few,
    hashrate_expected_hs=few,
    power_w=few,
    power_grade=st.sampled_from(["spec", "metered"]),
    uptime_s=few,
    accepted=st.sampled_from([None, 1, 2]),
    rejected=st.sampled_from([None, 1]),
    stale=st.sampled_from([None, 1]),
    boards=st.lists(boards, max_size=2).map(tuple),
    fans=st.lists(st.builds(Fan, index=st.just(0), rpm=few), max_size=2).map(tuple),
)
moneys = st.none() | st.builds(
    Money,
    currency=st.sampled_from(["USD", "EUR"]),
    revenue_per_day=few,
    margin_per_day=few,
    break_even_price_per_kwh=few,
    cost_terms=st.sampled_from([{}, {"energy": 1.0}, {"energy": 2.0, "demand": 0.5}]),
    verdict=st.sampled_from(["profitable", "unknown"]),
)


def page(lines: DeviceLines, device: DeviceState) -> list[bytes]:
    """Give all lines of one device."""
    return [lines.blocks(metric.name)[device.index] for metric in DEVICE_METRICS]


@given(steps=st.lists(st.tuples(st.none() | readings, moneys), min_size=2, max_size=6))
def test_lines_after_changes_are_those_of_a_fresh_page(steps: list[tuple[Any, Any]]) -> None:
    """Whatever a device said before, its lines are what they would be had it only said the newest; a stale one too."""
    lines = DeviceLines()
    device = Fleet().add(DeviceEntry(id="m1", host="h"))
    lines.clear(device)
    for number, (reading, money) in enumerate(steps):
        device.money = money
        if reading is None:
            device.lose(reason="timed_out", detail="", now=1e6 * (number + 1), stale_after_s=1.0)
        else:
            device.accept(reading, now=1e6 * number)
        lines.write(device)
        fresh = DeviceLines()
        fresh.clear(device)
        fresh.write(device)
        assert page(fresh, device) == page(lines, device)
