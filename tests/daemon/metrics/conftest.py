"""A small fleet with everything on it, for the metrics page."""

from collections.abc import Callable

import pytest

from collectors.reading import Board, Fan, Reading
from daemon.economics.money import Money
from daemon.fleet import DeviceEntry, DeviceState, Fleet
from daemon.metrics.device_lines import DeviceLines


@pytest.fixture
def fleet() -> Fleet:
    """Three devices: one that hashes, one that has gone stale, one that has never answered."""
    fleet = Fleet(
        [
            DeviceEntry(id="m1", host="127.0.0.1", rack="r1", slot="4", feeder="f1"),
            DeviceEntry(id="m2", host="127.0.0.2", feeder="f1", power_w=3200.0, power_grade="metered"),
            DeviceEntry(id='odd"\\\n', host="127.0.0.3"),
        ]
    )
    first, second, _ = fleet
    first.accept(reading(uptime_s=100.0, accepted=10), now=1000.0)
    first.accept(reading(uptime_s=130.0, accepted=12), now=1030.0)
    first.money = Money(
        currency="USD",
        revenue_per_day=4.25,
        cost_terms={"energy": 4.5, "hosting": 0.25},
        margin_per_day=-0.5,
        verdict="unprofitable",
        break_even_price_per_kwh=0.058,
    )
    second.accept(reading(uptime_s=5.0, accepted=1), now=1000.0)
    second.lose(reason="timed_out", detail="no answer within 10 s", now=1200.0, stale_after_s=90.0)
    return fleet


def reading(*, uptime_s: float, accepted: int) -> Reading:
    return Reading(
        family="antminer",
        make="Antminer",
        model="S19j Pro",
        firmware_version="2024-05-01",
        mac="02:00:00:00:00:01",
        state="hashing",
        hashrate_hs=1.04e14,
        hashrate_expected_hs=1.05e14,
        power_w=3068.0,
        power_grade="spec",
        uptime_s=uptime_s,
        accepted=accepted,
        rejected=1,
        stale=0,
        boards=(
            Board(index=0, hashrate_hs=5.2e13, board_temperature_c=61.0, chip_temperature_c=74.5),
            Board(index=1, hashrate_hs=5.2e13, chip_temperature_c=75.0),
            Board(index=2, state="missing"),
        ),
        fans=(Fan(index=0, rpm=4200.0), Fan(index=1, rpm=0.0), Fan(index=2)),
    )


@pytest.fixture
def lines(fleet: Fleet) -> DeviceLines:
    lines = DeviceLines()
    for device in fleet:
        lines.clear(device)
        lines.write(device)
    return lines


@pytest.fixture
def text_of(lines: DeviceLines) -> Callable[[DeviceState], str]:
    """Every line about one device."""

    def all_lines(device: DeviceState) -> str:
        from daemon.metrics.catalogue import DEVICE_METRICS

        return b"".join(lines.blocks(metric.name)[device.index] for metric in DEVICE_METRICS).decode()

    return all_lines
