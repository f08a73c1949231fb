"""What pools owed and paid, day by day: how a day is written, and read back for a report."""

import sqlite3

from daemon.ledger.records import PoolDay
from daemon.ledger.tables import Row

NANO = 1e9
_AMOUNTS = ("due_low_nano_btc", "due_high_nano_btc", "paid_nano", "value_low_nano", "value_high_nano")


def pool_day_row(day: PoolDay) -> Row:
    """Write a day as its row: whole numbers of billionths."""
    amounts = (day.due_low_btc, day.due_high_btc, day.paid, day.value_low, day.value_high)
    return (day.day, day.pool, day.currency, *(None if one is None else round(one * NANO) for one in amounts))


def pool_days(connection: sqlite3.Connection, *, first: int, last: int) -> list[PoolDay]:
    """Read the days from `first` to `last`, both included, by pool; raise sqlite3.Error.

    None from a file of a version before there were any.
    """
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'pool_days'").fetchone()[0]
    if not known:
        return []
    rows = connection.execute(
        f"SELECT day, pool, currency, {', '.join(_AMOUNTS)} FROM pool_days "  # noqa: S608 - our own columns
        "WHERE day BETWEEN ? AND ? ORDER BY pool, day",
        (first, last),
    )
    return [_day(row) for row in rows]


def _day(row: Row) -> PoolDay:
    low, high, paid, value_low, value_high = (None if one is None else one / NANO for one in row[3:])
    return PoolDay(
        day=row[0],
        pool=row[1],
        currency=row[2],
        due_low_btc=low or 0.0,
        due_high_btc=high,
        paid=paid,
        value_low=value_low,
        value_high=value_high,
    )
