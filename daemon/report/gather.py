"""Reads a period out of the ledger's file, beside a daemon that goes on writing it. It blocks."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from daemon.ledger.periods import MODELS, device_totals
from daemon.ledger.pool_days import pool_days
from daemon.ledger.records import DeviceDay, PoolDay, SiteHour
from daemon.ledger.schema import APPLICATION_ID
from daemon.ledger.tables import SITE_HOURS


class Unreadable(Exception):
    """The ledger cannot be read; the text says why."""


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a scope's energy and hashes fell into hours whose carbon, or whose worth in bitcoin, was known.

    `carbon` is a share of the energy, `mined_energy` too, `mined` one of the hashes.
    """

    carbon: float = 1.0
    mined: float = 1.0
    mined_energy: float = 1.0


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over a period: by device, by scope (feeder, or empty for the site), and each device's model where known.

    `days` counts the days of the period that have any entry, `closed` those that the chain has. Pools' days are
    UTC's, of the same dates.
    """

    devices: list[DeviceDay]
    scopes: dict[str, SiteHour]
    models: dict[str, str]
    days: int
    closed: int = 0
    covered: dict[str, Covered] = {}
    pools: list[PoolDay] = []


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger for reading; raises Unreadable for anything else, and when reading fails."""
    if not path.is_file():
        raise Unreadable(f"there is no ledger at {path}; a daemon that runs with this configuration writes it")
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=5.0)
    except sqlite3.Error as error:
        raise Unreadable(f"{path}: {error}") from None
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise Unreadable(f"{path} is no ledger")
        yield connection
    except sqlite3.Error as error:
        raise Unreadable(f"{path}: {error}") from None
    finally:
        connection.close()


def gather(connection: sqlite3.Connection, *, days: tuple[int, int], hours: tuple[int, int]) -> Period:
    """Read the sums from the first to the last day, both included, and of the hours that belong to them."""
    columns = ", ".join(f"sum({column})" for column in SITE_HOURS.columns)
    scopes = {
        row[0]: SiteHour(
            scope=row[0],
            hour=hours[0],
            **{
                field: value / scale
                for field, scale, value in zip(SITE_HOURS.fields, SITE_HOURS.scales, row[1:], strict=True)
            },
        )
        for row in connection.execute(
            f"SELECT scope, {columns} FROM site_hours WHERE hour BETWEEN ? AND ? GROUP BY scope",  # noqa: S608 - our own columns
            hours,
        )
    }
    counted = connection.execute("SELECT count(DISTINCT day) FROM device_days WHERE day BETWEEN ? AND ?", days)
    return Period(
        devices=device_totals(connection, first=days[0], last=days[1]),
        scopes=scopes,
        models=_models(connection),
        days=counted.fetchone()[0],
        closed=_closed(connection, days),
        covered=_covered(connection, hours),
        pools=pool_days(connection, first=days[0], last=days[1]),
    )


def _covered(connection: sqlite3.Connection, hours: tuple[int, int]) -> dict[str, Covered]:
    """Weigh the hours in which nothing was booked of carbon, or of bitcoin, against all of them, scope by scope."""
    rows = connection.execute(
        "SELECT scope, sum(energy_j), sum(hashes_gh), sum(energy_j * (carbon_g > 0)), "
        "sum(hashes_gh * (mined_nano_btc > 0)), sum(energy_j * (mined_nano_btc > 0)) "
        "FROM site_hours WHERE hour BETWEEN ? AND ? GROUP BY scope",
        hours,
    )
    return {
        scope: Covered(
            carbon=carbon / energy if energy else 1.0,
            mined=mined / hashes if hashes else 1.0,
            mined_energy=mined_energy / energy if energy else 1.0,
        )
        for scope, energy, hashes, carbon, mined, mined_energy in rows
    }


def _closed(connection: sqlite3.Connection, days: tuple[int, int]) -> int:
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'closed_days'").fetchone()[0]
    if not known:
        return 0
    found: int = connection.execute("SELECT count(*) FROM closed_days WHERE day BETWEEN ? AND ?", days).fetchone()[0]
    return found


def _models(connection: sqlite3.Connection) -> dict[str, str]:
    row = connection.execute("SELECT value FROM state WHERE key = ?", (MODELS,)).fetchone()
    if row is None:
        return {}
    try:
        return msgspec.json.decode(row[0], type=dict[str, str])
    except msgspec.MsgspecError:
        return {}
