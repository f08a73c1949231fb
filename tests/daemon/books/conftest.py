"""Devices that answer when told to, and books that are read as they would reach the ledger."""

from collections.abc import Callable
from typing import Any

import pytest

from collectors.reading import Reading
from daemon.books import Books
from daemon.economics.money import Appraiser, Terms
from daemon.fleet import DeviceEntry, DeviceState
from daemon.ledger.records import DeviceDay, SiteHour

APPRAISER = Appraiser(
    Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.05, maintenance_per_day=0.24, hosting_per_kwh=0.01)
)


class Keeping:
    """Books of a site in Chicago with one device that is polled at will."""

    def __init__(self, **entry: Any) -> None:
        self.books = Books(site="north", timezone="America/Chicago")
        given = {"id": "m1", "host": "h1", "rack": "r1", "feeder": "f1", "interval_s": 30.0} | entry
        self.device = DeviceState(DeviceEntry(**given), index=0)

    def answer(self, now: float, **reading: Any) -> None:
        """Let the device answer."""
        told = {"family": "antminer", "make": "Antminer", "model": "S21", "state": "hashing", "hashrate_hs": 2e14}
        told |= {"power_w": 3600.0, "power_grade": "metered"}
        device = self.device
        device.accept(Reading(**(told | reading)), now=now)
        device.money = APPRAISER.money(
            hashrate_hs=device.reading.hashrate_hs, power_w=device.power_w, power_grade=device.power_grade
        )
        self.books.poll(device, now)

    def miss(self, now: float) -> None:
        """Let a poll be lost."""
        self.device.lose(reason="timed_out", detail="", now=now, stale_after_s=100.0)
        self.books.poll(self.device, now)

    def taken(self) -> tuple[list[DeviceDay], list[SiteHour]]:
        """Take everything out of the books."""
        days: list[DeviceDay] = []
        hours: list[SiteHour] = []
        for some_days, some_hours in self.books.take():
            days += some_days
            hours += some_hours
        return days, hours


@pytest.fixture
def keep() -> Callable[..., Keeping]:
    return Keeping
