"""Closed days are chained: whatever is changed, removed or added afterwards shows, with the first day named."""

import sqlite3
from functools import partial

import pytest

from daemon.clock import SystemClock
from daemon.ledger import DeviceDay, SiteHour
from daemon.ledger.chain import kept_from, verify


def hours_of(day: int) -> tuple[int, int]:
    return 24 * day, 24 * day + 23


@pytest.fixture
async def books(open_ledger, path):
    """A ledger with five closed days of three devices, and its file."""
    ledger = await open_ledger()
    for day in range(20000, 20005):
        ledger.add_energy(DeviceDay(device=f"m{n}", day=day, energy_j=1e8 + n, revenue=7.5) for n in range(3))
        ledger.add_site_hours(SiteHour(scope="", hour=24 * day + hour, energy_j=1e7) for hour in range(24))
    assert 20004 == await ledger.close_days(through=20004, hours_of=hours_of)
    return ledger


async def checked(ledger):
    return await ledger.ask(partial(verify, kept_from=0))


def change(path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_untouched_books_are_sound(books) -> None:
    """Every day and row is counted, and nothing is wrong."""
    found = await checked(books)
    assert (20000, 20004, 5, 5 * 27, None) == (found.first, found.last, found.days, found.rows, found.fault)


async def test_a_day_is_closed_once(books) -> None:
    """Closing again does nothing; the next day continues the chain."""
    assert 20004 == await books.close_days(through=20004, hours_of=hours_of)
    assert 20006 == await books.close_days(through=20006, hours_of=hours_of)
    found = await checked(books)
    assert (7, None) == (found.days, found.fault)


@pytest.mark.parametrize(
    ("statement", "day", "kind"),
    [
        ("UPDATE device_days SET revenue_nano = revenue_nano + 1 WHERE day = 20002 AND device = 2", 20002, "broken"),
        ("DELETE FROM device_days WHERE day = 20001 AND device = 1", 20001, "broken"),
        ("DELETE FROM device_days WHERE day = 20003", 20003, "broken"),
        ("INSERT INTO device_days (day, device) SELECT 20000, max(number) + 1 FROM devices", None, None),
        ("UPDATE devices SET id = 'other' WHERE number = 1", 20000, "broken"),
        ("UPDATE site_hours SET carbon_g = 1 WHERE hour = 480030", 20001, "broken"),
        ("DELETE FROM site_hours WHERE hour = 480030", 20001, "broken"),
        ("DELETE FROM closed_days WHERE day = 20002", 20002, "missing"),
        ("DELETE FROM closed_days WHERE day = 20000", 20001, "broken"),
        ("UPDATE closed_days SET digest = chain WHERE day = 20003", 20003, "broken"),
        ("UPDATE closed_days SET form = 9 WHERE day = 20004", 20004, "unknown"),
    ],
)
async def test_the_first_wrong_day_is_named(books, path, statement, day, kind) -> None:
    """Rows, hours, names and links are all covered; a row of a device that is not there counts for nothing."""
    change(path, statement)
    fault = (await checked(books)).fault
    assert (day, kind) == ((fault.day, fault.kind) if fault else (None, None))


@pytest.mark.parametrize(
    ("statement", "day"),
    [
        ("DELETE FROM closed_days WHERE day >= 20002", 20002),
        ("DELETE FROM closed_days", 20000),
        ("DELETE FROM closed_days WHERE day = 20004", None),
    ],
)
async def test_an_end_that_was_cut_off_shows(books, path, statement, day) -> None:
    """Days with rows that the chain ought to have are named, though what is left is sound; the newest may wait."""
    change(path, statement)
    fault = (await checked(books)).fault
    assert ((day, "missing") if day else None) == (None if fault is None else (fault.day, fault.kind))


async def test_expired_rows_leave_their_links(books, path) -> None:
    """Days whose rows are no longer kept are checked by their links alone."""
    change(path, "DELETE FROM device_days WHERE day < 20003")
    found = await books.ask(partial(verify, kept_from=20003))
    assert (3, None) == (found.expired, found.fault)


async def test_empty_books_have_nothing_to_check(open_ledger) -> None:
    """Without rows no day is closed."""
    ledger = await open_ledger()
    assert None is await ledger.close_days(through=20000, hours_of=hours_of)
    assert 0 == (await checked(ledger)).days


async def test_days_without_rows_are_links_too(open_ledger) -> None:
    """A daemon that was off for a day leaves no hole in the chain."""
    ledger = await open_ledger()
    for day in (20000, 20003):
        ledger.add_energy([DeviceDay(device="m1", day=day, energy_j=1.0)])
    assert 20003 == await ledger.close_days(through=20003, hours_of=hours_of)
    assert (4, None) == ((await checked(ledger)).days, (await checked(ledger)).fault)


async def test_a_ledger_in_memory_closes_nothing(open_ledger) -> None:
    """What is not on disk cannot be hashed."""
    from daemon.ledger import Ledger

    ledger = await Ledger.open(None)
    ledger.add_energy([DeviceDay(device="m1", day=1, energy_j=1.0)])
    assert None is await ledger.close_days(through=1, hours_of=hours_of)
    await ledger.close()


async def test_days_that_were_dropped_for_their_age_are_no_fault(open_ledger) -> None:
    """The ledger drops what is older than it is to keep, writes down from where on, and never takes that back."""
    clock = SystemClock()
    ledger = await open_ledger(clock=clock, keep_s=40 * 86400.0)
    today = int(clock.now() // 86400)
    ledger.add_energy([DeviceDay(device="m1", day=today - age, energy_j=1.0) for age in (60, 50, 30, 1)])
    await ledger.flush()
    assert today - 1 == await ledger.close_days(through=today - 1, hours_of=hours_of)
    ledger._pruned_at = 0.0
    ledger._each_minute()
    await ledger.flush()
    first = await ledger.ask(partial(kept_from, now=clock.now()))
    kept = await ledger.ask(partial(_days))
    found = await ledger.ask(partial(verify, kept_from=first))
    assert ([today - 30, today - 1], today - 40) == (kept, first)
    assert (None, 20) == (found.fault, found.expired)
    ledger.keep(400 * 86400.0)
    ledger._each_minute()
    assert first == await ledger.ask(partial(kept_from, now=clock.now()))


def _days(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT day FROM device_days ORDER BY day")]
