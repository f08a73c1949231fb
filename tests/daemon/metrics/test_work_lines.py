"""What a device reports and what its shares prove, on the metrics page."""

from collections.abc import Callable

import pytest

from daemon.economics.network import TWO32
from daemon.economics.work import Work
from daemon.fleet import DeviceState, Fleet
from daemon.metrics.device_lines import DeviceLines

DAY = Work(seconds=80_000.0, claimed=80_000.0 * 1e14, shares=2e4, difficulty=2e9, square=2e14, share_difficulty=1e5)


def proved(text: str) -> dict[str, float]:
    """Read the four families of a device's lines."""
    rows = (line.rpartition(" ") for line in text.splitlines() if "_reported_mean_" in line or "_proved_" in line)
    return {name.partition("{")[0].removeprefix("headframe_device_hashrate_"): float(value) for name, _, value in rows}


def test_four_lines_once_the_day_is_known(
    fleet: Fleet, lines: DeviceLines, text_of: Callable[[DeviceState], str]
) -> None:
    """Reported, proved and the interval are written together; nothing known, nothing written."""
    device = next(iter(fleet))
    lines.write_work(device, None, turn=1.0)
    assert {} == proved(text_of(device))
    lines.write_work(device, Work(), turn=1.0)
    assert {} == proved(text_of(device))
    lines.write_work(device, DAY, turn=1.0)
    told = proved(text_of(device))
    assert 1e14 == told["reported_mean_hashes_per_second"]
    assert pytest.approx(2e9 * TWO32 / 80_000.0) == told["proved_hashes_per_second"]
    assert (
        told["proved_low_hashes_per_second"] < told["proved_hashes_per_second"] < told["proved_high_hashes_per_second"]
    )


def test_they_are_owed_once_a_turn(fleet: Fleet, lines: DeviceLines) -> None:
    """The lines are written when the day is settled anew, not at every poll."""
    device = next(iter(fleet))
    assert lines.owes_work(device, turn=5.0)
    lines.write_work(device, DAY, turn=5.0)
    assert (False, True) == (lines.owes_work(device, turn=5.0), lines.owes_work(device, turn=6.0))


def test_a_stale_device_has_none(fleet: Fleet, lines: DeviceLines, text_of: Callable[[DeviceState], str]) -> None:
    """They go with the others when a device goes stale, and are owed again when it comes back."""
    device = next(iter(fleet))
    lines.write_work(device, DAY, turn=5.0)
    device.lose(reason="timed_out", detail="", now=1e6, stale_after_s=90.0)
    lines.write(device)
    assert {} == proved(text_of(device))
    assert lines.owes_work(device, turn=5.0)
    lines.write_work(device, DAY, turn=5.0)
    lines.clear(device)
    assert "" == text_of(device)
