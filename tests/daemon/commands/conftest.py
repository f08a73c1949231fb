"""A site's configuration and a ledger beside it, filled with days of whole numbers."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.ledger import DeviceDay, Ledger, SiteHour
from daemon.ledger.periods import MODELS

DAY = 20_513  # 2026-03-01
CONFIG = """version: 1
site: {id: north, name: "North <Hall>", currency: USD, pue: 1.1}
feeders:
  - {id: f1, contracted: "50 kW", energy_source: hydro, carbon: "20 g/kWh"}
  - {id: f2, contracted: "50 kW"}
devices:
  - {id: m1, host: 127.0.0.1, feeder: f1, model: S21}
  - {id: m2, host: 127.0.0.2, feeder: f2, model: S19}
ledger: {path: %s}
"""


async def fill(path: Path) -> None:
    """Write two days of two devices; m2 hides its watts and is lost for half of the time."""
    ledger = await Ledger.open(path)
    for day in (DAY, DAY + 1):
        ledger.add_energy(
            [
                DeviceDay(
                    device="m1", day=day, energy_j=3.6e6 * 84, metered_j=3.6e6 * 84, hashes=2e14 * 86400, accepted=10,
                    revenue=10.0, energy_cost=4.2, hashing_s=86400, profitable_s=86400, excused_s=3600,
                ),
                DeviceDay(
                    device="m2", day=day, hashes=1e14 * 43200, revenue=2.5, hashing_s=43200, lost_s=43200,
                    unknown_s=86400, curtailed_s=1800,
                ),
            ]
        )  # fmt: skip
        for hour in range(24 * day, 24 * day + 24):
            shared = {"hour": hour, "hashes": 1e18, "mined_btc": 0.00001, "watched_s": 3600.0}
            ledger.add_site_hours(
                [
                    SiteHour(scope="", energy_j=3.6e6 * 3.5, carbon_g=77.0, revenue=0.5, energy_cost=0.175, **shared),
                    SiteHour(scope="f1", energy_j=3.6e6 * 3.5, meter_j=3.6e6 * 4, carbon_g=77.0, **shared),
                    SiteHour(scope="f2", **shared),
                ]
            )
    ledger.save_state(MODELS, b'{"m1": "Antminer <b>S21</b>"}')
    await ledger.close_days(through=DAY + 1, hours_of=lambda day: (24 * day, 24 * day + 23))
    await ledger.close()


@pytest.fixture
def reported_site(tmp_path: Path) -> Path:
    """Give the path of a configuration whose ledger holds the first two days of March 2026."""
    asyncio.run(fill(tmp_path / "ledger.db"))
    config = tmp_path / "site.yaml"
    config.write_text(CONFIG % (tmp_path / "ledger.db"))
    return config


@pytest.fixture
def headframe(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit code, standard output, standard error."""
    from daemon.cli import main

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
