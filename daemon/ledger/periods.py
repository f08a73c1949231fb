"""Sums of days and hours read back for reports: questions for `Ledger.ask`, in the units of their records."""

import sqlite3
from collections.abc import Iterator

from daemon.ledger.records import DeviceDay, SiteHour
from daemon.ledger.tables import DEVICE_DAYS, SITE_HOURS, Row

MODELS = "device_models"
"""Name of the state that holds each device's model, as JSON by id."""


def device_days(connection: sqlite3.Connection, *, first: int, last: int, device: str | None = None) -> list[DeviceDay]:
    """Read every device's days from `first` to `last`, both included, by day; raise sqlite3.Error.

    Days count from 1970-01-01.
    """
    rows = connection.execute(
        f"SELECT day, id, {', '.join(DEVICE_DAYS.columns)} FROM device_days JOIN devices ON number = device "  # noqa: S608 - names of our own
        "WHERE day BETWEEN ? AND ? AND (? IS NULL OR id = ?) ORDER BY day, id",
        (first, last, device, device),
    )
    return list(_device_days(rows))


def device_totals(connection: sqlite3.Connection, *, first: int, last: int) -> list[DeviceDay]:
    """Read every device's sums over the days from `first` to `last`, `day` being `last`; raise sqlite3.Error."""
    sums = ", ".join(f"sum({column})" for column in DEVICE_DAYS.columns)
    rows = connection.execute(
        f"SELECT ?, id, {sums} FROM device_days JOIN devices ON number = device "  # noqa: S608 - names of our own
        "WHERE day BETWEEN ? AND ? GROUP BY device ORDER BY id",
        (last, first, last),
    )
    return list(_device_days(rows))


def site_hours(connection: sqlite3.Connection, *, first: int, last: int, scope: str | None = None) -> list[SiteHour]:
    """Read the hours of the site and its feeders from `first` to `last`, both included; raise sqlite3.Error.

    Hours count from 1970-01-01 in UTC; an empty `scope` is the whole site, None is all there are.
    """
    rows = connection.execute(
        f"SELECT hour, scope, {', '.join(SITE_HOURS.columns)} FROM site_hours "  # noqa: S608 - names of our own
        "WHERE hour BETWEEN ? AND ? AND (? IS NULL OR scope = ?) ORDER BY hour, scope",
        (first, last, scope, scope),
    )
    return [SiteHour(hour=row[0], scope=row[1], **_values(SITE_HOURS.fields, SITE_HOURS.scales, row)) for row in rows]


def _device_days(rows: sqlite3.Cursor) -> Iterator[DeviceDay]:
    for row in rows:
        yield DeviceDay(day=row[0], device=row[1], **_values(DEVICE_DAYS.fields, DEVICE_DAYS.scales, row))


def _values(fields: tuple[str, ...], scales: tuple[float, ...], row: Row) -> dict[str, float]:
    return {field: value / scale for field, scale, value in zip(fields, scales, row[2:], strict=True)}
