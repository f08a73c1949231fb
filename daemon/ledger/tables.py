"""The statements of the ledger, one table after another; rows are told apart by their key."""

from typing import Any

import msgspec

from daemon.ledger.records import DeviceDay, SiteHour

Row = tuple[Any, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """How rows are put into a table and taken out; `key` columns come first in every row.

    Columns that a newer version added are not named here, and so keep what they hold.
    """

    name: str
    put: str
    take: str


FINDINGS = Table(
    name="findings",
    put="""INSERT INTO findings
        (id, rule, subject, severity, state, opened_at, closed_at, updated_at, told, document)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, subject = excluded.subject, severity = excluded.severity,
        state = excluded.state, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
        updated_at = excluded.updated_at, told = excluded.told, document = excluded.document""",
    take="DELETE FROM findings WHERE id = ?",
)
OUTBOX = Table(
    name="outbox",
    put="""INSERT INTO outbox
        (id, hook, finding_id, event, event_id, body, created_at, next_try, attempts, reason)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
        next_try = excluded.next_try, attempts = excluded.attempts, reason = excluded.reason""",
    take="DELETE FROM outbox WHERE id = ?",
)
ACKNOWLEDGEMENTS = Table(
    name="acknowledgements",
    put="""INSERT INTO acknowledgements (finding_id, acknowledged_by, acknowledged_at) VALUES (?, ?, ?)
        ON CONFLICT (finding_id) DO UPDATE SET
        acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at""",
    take="DELETE FROM acknowledgements WHERE finding_id = ?",
)
SILENCES = Table(
    name="silences",
    put="""INSERT INTO silences (rule, subject, silenced_until, silenced_by) VALUES (?, ?, ?, ?)
        ON CONFLICT (rule, subject) DO UPDATE SET
        silenced_until = excluded.silenced_until, silenced_by = excluded.silenced_by""",
    take="DELETE FROM silences WHERE rule = ? AND subject = ?",
)
STATE = Table(
    name="state",
    put="""INSERT INTO state (key, value, saved_at) VALUES (?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at""",
    take="DELETE FROM state WHERE key = ?",
)
# A day is closed once: what came first stays.
CLOSED_DAYS = Table(
    name="closed_days",
    put="""INSERT OR IGNORE INTO closed_days (day, form, first_hour, last_hour, rows, digest, chain, closed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    take="DELETE FROM closed_days WHERE day = ?",
)
# What was entered stays as it was.
CONFIG_CHANGES = Table(
    name="config_changes",
    put="""INSERT OR IGNORE INTO config_changes (number, at_ms, way, actor, digest, detail, chain)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
    take="DELETE FROM config_changes WHERE number = ?",
)
POOL_DAYS = Table(
    name="pool_days",
    put="""INSERT INTO pool_days
        (day, pool, currency, due_low_nano_btc, due_high_nano_btc, paid_nano, value_low_nano, value_high_nano)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (day, pool) DO UPDATE SET currency = excluded.currency,
        due_low_nano_btc = excluded.due_low_nano_btc, due_high_nano_btc = excluded.due_high_nano_btc,
        paid_nano = excluded.paid_nano, value_low_nano = excluded.value_low_nano,
        value_high_nano = excluded.value_high_nano""",
    take="DELETE FROM pool_days WHERE day = ? AND pool = ?",
)
# Not tables: their key is a time or a day, and taking it out takes out what is older.
CLOSED_BEFORE = Table(
    name="closed_before", put="", take="DELETE FROM findings WHERE state = 'closed' AND closed_at < ?"
)
DAYS_BEFORE = Table(name="days_before", put="", take="DELETE FROM device_days WHERE day < ?")
DROPPED_DAYS = Table(
    name="dropped_days",
    put="""INSERT INTO meta (key, value) VALUES ('days_kept_from', ?)
        ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))""",
    take="",
)
TABLES = {
    table.name: table
    for table in (
        DROPPED_DAYS,
        FINDINGS,
        OUTBOX,
        ACKNOWLEDGEMENTS,
        SILENCES,
        STATE,
        CLOSED_DAYS,
        CONFIG_CHANGES,
        POOL_DAYS,
        CLOSED_BEFORE,
        DAYS_BEFORE,
    )
}


class SumTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of sums: the two parts of its key, and per summed field its column and the small unit it is kept in."""

    name: str
    record: type[DeviceDay] | type[SiteHour]
    period: str
    owner: str
    fields: tuple[str, ...]
    columns: tuple[str, ...]
    scales: tuple[float, ...]
    prepare: str | None
    add: str


def _sum_table(name: str, record: type[DeviceDay] | type[SiteHour], *, period: str, owner: str) -> SumTable:
    fields = tuple(field for field in record.__struct_fields__ if field not in (period, owner))
    kept = [_kept_as(field) for field in fields]
    columns = tuple(column for column, _ in kept)
    # A device's long id is stored once; its rows carry the number.
    by_number = owner == "device"
    owner_value = "(SELECT number FROM devices WHERE id = ?)" if by_number else "?"
    added = ", ".join(f"{column} = {column} + excluded.{column}" for column in columns)
    return SumTable(
        name=name,
        record=record,
        period=period,
        owner=owner,
        fields=fields,
        columns=columns,
        scales=tuple(scale for _, scale in kept),
        prepare="INSERT OR IGNORE INTO devices (id) VALUES (?)" if by_number else None,
        add=f"INSERT INTO {name} ({period}, {owner}, {', '.join(columns)}) "  # noqa: S608 - names of our own
        f"VALUES (?, {owner_value}{', ?' * len(columns)}) ON CONFLICT ({period}, {owner}) DO UPDATE SET {added}",
    )


def _kept_as(field: str) -> tuple[str, float]:
    """Give a field's column and how many of the column's units make one of the field's."""
    if field.endswith("_s"):
        return f"{field[:-2]}_ms", 1e3
    if field == "hashes":
        return "hashes_gh", 1e-9
    if field == "mined_btc":
        return "mined_nano_btc", 1e9
    if field.endswith("_cost") or field == "revenue":
        return f"{field}_nano", 1e9
    return field, 1.0


DEVICE_DAYS = _sum_table("device_days", DeviceDay, period="day", owner="device")
SITE_HOURS = _sum_table("site_hours", SiteHour, period="hour", owner="scope")
