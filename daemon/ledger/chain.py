"""The chain over closed days: each day's rows are hashed together with the hash of the day before.

What is hashed, form 1: a line with `headframe 1`, the day's number, its first and last hour and the hash of the day
before; then a line for every device's row, by id, and one for every hour and scope, by both; fields are separated by
tabs, numbers are whole and in the columns' own units. So a changed, removed or added row shows, and so does a day.
"""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256

import msgspec

FORM = 1
GENESIS = "0" * 64
# As long as ledgers kept the days of single devices before that could be chosen.
KEPT_DAYS = 400
# Named once and for all: columns that later versions add belong to a later form.
_DAY_COLUMNS = (
    "energy_j, metered_j, hashes_gh, accepted, rejected, revenue_nano, energy_cost_nano, demand_cost_nano, "
    "hosting_cost_nano, maintenance_cost_nano, hashing_ms, idle_ms, sleeping_ms, starting_ms, fault_ms, lost_ms, "
    "curtailed_ms, excused_ms, profitable_ms, unprofitable_ms, undecided_ms, unknown_ms"
)
_HOUR_COLUMNS = (
    "energy_j, meter_j, hashes_gh, revenue_nano, energy_cost_nano, demand_cost_nano, hosting_cost_nano, "
    "maintenance_cost_nano, mined_nano_btc, carbon_g, watched_ms, curtailed_ms, excused_ms"
)


class ClosedDay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One link: a day's number, the UTC hours that begin in it, its rows, the hash of those, and the chain's."""

    day: int
    form: int
    first_hour: int
    last_hour: int
    rows: int
    digest: str
    chain: str
    closed_at: float


class Fault(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is wrong with the first day that is not as it was closed: `missing`, `broken` or `unknown`, and in words."""

    day: int
    kind: str
    detail: str


class Verified(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a check went: days and rows looked at, days whose rows are no longer kept, and the first fault, if any."""

    first: int | None = None
    last: int | None = None
    days: int = 0
    rows: int = 0
    expired: int = 0
    head: str = GENESIS
    fault: Fault | None = None


def newest(connection: sqlite3.Connection) -> ClosedDay | None:
    """Read the newest link; None in a ledger without any; raise sqlite3.Error."""
    row = connection.execute(f"{_SELECT} ORDER BY day DESC LIMIT 1").fetchone()
    return None if row is None else _closed(row)


def oldest_open_day(connection: sqlite3.Connection) -> int | None:
    """Give the first day with rows in a ledger that has not closed any; None when there are no rows."""
    day: int | None = connection.execute("SELECT min(day) FROM device_days").fetchone()[0]
    return day


def close_day(
    connection: sqlite3.Connection, *, day: int, hours: tuple[int, int], before: str, now: float
) -> ClosedDay:
    """Make a day's link from its rows as they are on disk; raise sqlite3.Error."""
    digest, rows = _digest(connection, day=day, hours=hours, before=before)
    return ClosedDay(
        day=day,
        form=FORM,
        first_hour=hours[0],
        last_hour=hours[1],
        rows=rows,
        digest=digest,
        chain=_link(digest, before=before),
        closed_at=now,
    )


def verify(connection: sqlite3.Connection, *, kept_from: int) -> Verified:
    """Check every link, and the rows behind those from the day `kept_from` on; raise sqlite3.Error.

    Rows of earlier days may have been dropped for their age; of such days the links alone are checked.
    """
    links = [_closed(row) for row in connection.execute(f"{_SELECT} ORDER BY day")]
    if not links:
        return Verified(fault=_left_open(connection, after=None))
    before, rows, expired, expected = GENESIS, 0, 0, links[0].day
    found = Verified(first=links[0].day, last=links[-1].day, days=len(links))
    for link in links:
        fault = None
        if link.day != expected:
            fault = Fault(day=expected, kind="missing", detail="this day has no entry in the chain")
        elif link.form != FORM:
            fault = Fault(day=link.day, kind="unknown", detail=f"it was closed by a newer version (form {link.form})")
        elif link.chain != _link(link.digest, before=before):
            fault = Fault(day=link.day, kind="broken", detail="its hash does not follow from that of the day before")
        elif link.day < kept_from:
            expired += 1
        else:
            digest, count = _digest(connection, day=link.day, hours=(link.first_hour, link.last_hour), before=before)
            rows += count
            if digest != link.digest:
                detail = f"its rows are not those that were closed ({count} now, {link.rows} then)"
                fault = Fault(day=link.day, kind="broken", detail=detail)
        if fault is not None:
            return msgspec.structs.replace(found, rows=rows, expired=expired, head=before, fault=fault)
        before, expected = link.chain, link.day + 1
    found = msgspec.structs.replace(found, fault=_left_open(connection, after=links[-1].day))
    return msgspec.structs.replace(found, rows=rows, expired=expired, head=before)


def _left_open(connection: sqlite3.Connection, *, after: int | None) -> Fault | None:
    """Find a day with rows behind the newest link that was to be closed long ago: the end of the chain was cut off.

    The newest day and the one before it may be open; every day before them was over while the daemon still wrote.
    """
    day: int | None = connection.execute(
        "SELECT min(day) FROM device_days WHERE day > ? AND day < (SELECT max(day) FROM device_days) - 1",
        (-1 if after is None else after,),
    ).fetchone()[0]
    return None if day is None else Fault(day=day, kind="missing", detail="this day has rows and no entry in the chain")


def kept_from(connection: sqlite3.Connection, *, now: float) -> int:
    """Give the first day whose rows this ledger has not dropped for their age; raise sqlite3.Error."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'days_kept_from'").fetchone()
    # Ledgers of earlier versions did not write it down.
    return int(row[0]) if row else int(now // 86_400.0) - KEPT_DAYS + 1


_SELECT = "SELECT day, form, first_hour, last_hour, rows, digest, chain, closed_at FROM closed_days"


def _closed(row: tuple[object, ...]) -> ClosedDay:
    return msgspec.convert(dict(zip(ClosedDay.__struct_fields__, row, strict=True)), ClosedDay, strict=False)


def _link(digest: str, *, before: str) -> str:
    return sha256(f"{before}\t{digest}".encode()).hexdigest()


def _digest(connection: sqlite3.Connection, *, day: int, hours: tuple[int, int], before: str) -> tuple[str, int]:
    """Hash a day's rows; gives the hash in hex, and the number of rows."""
    found, count = sha256(f"headframe {FORM}\t{day}\t{hours[0]}\t{hours[1]}\t{before}\n".encode()), 0
    for lines in _lines(connection, day=day, hours=hours):
        found.update(lines)
        count += 1
    return found.hexdigest(), count


def _lines(connection: sqlite3.Connection, *, day: int, hours: tuple[int, int]) -> Iterator[bytes]:
    for row in connection.execute(
        f"SELECT id, {_DAY_COLUMNS} FROM device_days JOIN devices ON number = device WHERE day = ? ORDER BY id",  # noqa: S608 - our own columns
        (day,),
    ):
        yield ("\t".join(map(str, row)) + "\n").encode("utf-8", "surrogatepass")
    for row in connection.execute(
        f"SELECT hour, scope, {_HOUR_COLUMNS} FROM site_hours WHERE hour BETWEEN ? AND ? ORDER BY hour, scope",  # noqa: S608 - our own columns
        hours,
    ):
        yield ("\t".join(map(str, row)) + "\n").encode("utf-8", "surrogatepass")
