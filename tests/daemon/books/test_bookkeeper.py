"""The bookkeeper empties the books into the ledger, closes the days that are over, and tells the rules of the chain."""

import asyncio
import sqlite3
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from config.model import SiteConfig
from daemon.bookkeeper import Bookkeeper
from daemon.books.calendar import day_number
from daemon.ledger import DeviceDay, Ledger
from daemon.ledger.periods import device_days
from daemon.rules.engine import Engine
from daemon.site import Site

DAY = datetime(2026, 5, 6, tzinfo=ZoneInfo("America/Chicago"))
NUMBER = day_number(DAY.date())


class Hand:
    """A clock that is set by hand."""

    at = DAY.timestamp()

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
async def desk(tmp_path):
    clock = Hand()
    config = SiteConfig.model_validate(
        {"version": 1, "site": {"id": "north", "timezone": "America/Chicago"}, "devices": [{"host": "127.0.0.1"}]}
    )
    ledger = await Ledger.open(tmp_path / "ledger.db", clock=clock)
    site = Site(config, clock=clock, engine=Engine([]), tell=lambda _: None)
    yield clock, site, ledger, Bookkeeper(site=site, ledger=ledger, clock=clock)
    await ledger.close()


async def test_a_day_closes_two_hours_after_its_end(desk) -> None:
    """Before that it may still get entries."""
    clock, site, ledger, keeper = desk
    ledger.add_energy([DeviceDay(device="m1", day=NUMBER - 1, energy_j=5.0)])
    clock.at = DAY.timestamp() + 7100
    await keeper.close_days()
    assert None is site.ledger_facts
    clock.at = DAY.timestamp() + 7300
    await keeper.close_days()
    assert (True, "") == (site.ledger_facts.is_sound, site.ledger_facts.gap)
    assert NUMBER - 1 == site.books.closed_through
    assert 5.0 == (await ledger.ask(lambda file: device_days(file, first=0, last=NUMBER)))[0].energy_j


async def test_a_hand_in_the_file_reaches_the_rules(desk, tmp_path) -> None:
    """At the next closing the newest days are checked again."""
    clock, site, ledger, keeper = desk
    ledger.add_energy([DeviceDay(device="m1", day=NUMBER - 1, energy_j=5.0)])
    clock.at = DAY.timestamp() + 7300
    await keeper.close_days()
    await asyncio.to_thread(_falsify, tmp_path / "ledger.db")
    clock.at += 86400
    await keeper.close_days()
    assert False is site.ledger_facts.is_sound


async def test_models_are_kept_over_restarts(desk) -> None:
    """A report names the model of a device that is long gone."""
    _, site, _ledger, keeper = desk
    site.books.models["m1"] = "Antminer S21"
    keeper.keep_now()
    site.books.models.clear()
    await keeper.restore()
    assert {"m1": "Antminer S21"} == site.books.models


def _falsify(path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE device_days SET energy_j = 6")
    connection.commit()
    connection.close()
