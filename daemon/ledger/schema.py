"""The ledger's tables, and how an older file becomes a newer one.

The rule for all time: versions only add. A migration may add tables, columns with a default, and indices; it never
renames, drops or changes a meaning. So an older daemon can go on with a newer file: it names its columns and leaves
the others alone. A version that must break that rule raises `min_reader` in `meta`, and older daemons then keep
their hands off the file.
"""

import sqlite3
from collections.abc import Mapping, Sequence

APPLICATION_ID = 0x48_46_4C_44  # "HFLD", so that nobody else's SQLite file is ever taken for a ledger

MIGRATIONS: Mapping[int, Sequence[str]] = {
    1: (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta (key, value) VALUES ('min_reader', '1')",
        """CREATE TABLE findings (
            id TEXT PRIMARY KEY, rule TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, state TEXT NOT NULL,
            opened_at REAL, closed_at REAL, updated_at REAL NOT NULL, told TEXT NOT NULL DEFAULT '[]',
            document BLOB NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX findings_by_state ON findings (state, closed_at)",
        "CREATE INDEX findings_by_opening ON findings (opened_at)",
        """CREATE TABLE outbox (
            id INTEGER PRIMARY KEY, hook TEXT NOT NULL, finding_id TEXT NOT NULL, event TEXT NOT NULL,
            event_id TEXT NOT NULL, body BLOB NOT NULL, created_at REAL NOT NULL, next_try REAL NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX outbox_by_hook ON outbox (hook, id)",
        """CREATE TABLE acknowledgements (
            finding_id TEXT PRIMARY KEY, acknowledged_by TEXT NOT NULL, acknowledged_at REAL NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE silences (
            rule TEXT NOT NULL, subject TEXT NOT NULL, silenced_until REAL NOT NULL, silenced_by TEXT NOT NULL,
            PRIMARY KEY (rule, subject)) WITHOUT ROWID""",
        "CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL, saved_at REAL NOT NULL) WITHOUT ROWID",
        "CREATE TABLE devices (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
        # Whole numbers of small units: sums stay exact, a closed day can be hashed, and small values take few bytes.
        """CREATE TABLE device_days (
            day INTEGER NOT NULL, device INTEGER NOT NULL,
            energy_j INTEGER NOT NULL DEFAULT 0, metered_j INTEGER NOT NULL DEFAULT 0,
            hashes_gh INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0, revenue_nano INTEGER NOT NULL DEFAULT 0,
            energy_cost_nano INTEGER NOT NULL DEFAULT 0, demand_cost_nano INTEGER NOT NULL DEFAULT 0,
            hosting_cost_nano INTEGER NOT NULL DEFAULT 0, maintenance_cost_nano INTEGER NOT NULL DEFAULT 0,
            hashing_ms INTEGER NOT NULL DEFAULT 0, idle_ms INTEGER NOT NULL DEFAULT 0,
            sleeping_ms INTEGER NOT NULL DEFAULT 0, starting_ms INTEGER NOT NULL DEFAULT 0,
            fault_ms INTEGER NOT NULL DEFAULT 0, lost_ms INTEGER NOT NULL DEFAULT 0,
            curtailed_ms INTEGER NOT NULL DEFAULT 0, excused_ms INTEGER NOT NULL DEFAULT 0,
            profitable_ms INTEGER NOT NULL DEFAULT 0, unprofitable_ms INTEGER NOT NULL DEFAULT 0,
            undecided_ms INTEGER NOT NULL DEFAULT 0, unknown_ms INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (day, device)) WITHOUT ROWID""",
        """CREATE TABLE site_hours (
            hour INTEGER NOT NULL, scope TEXT NOT NULL,
            energy_j INTEGER NOT NULL DEFAULT 0, meter_j INTEGER NOT NULL DEFAULT 0,
            hashes_gh INTEGER NOT NULL DEFAULT 0, revenue_nano INTEGER NOT NULL DEFAULT 0,
            energy_cost_nano INTEGER NOT NULL DEFAULT 0, demand_cost_nano INTEGER NOT NULL DEFAULT 0,
            hosting_cost_nano INTEGER NOT NULL DEFAULT 0, maintenance_cost_nano INTEGER NOT NULL DEFAULT 0,
            mined_nano_btc INTEGER NOT NULL DEFAULT 0, carbon_g INTEGER NOT NULL DEFAULT 0,
            watched_ms INTEGER NOT NULL DEFAULT 0, curtailed_ms INTEGER NOT NULL DEFAULT 0,
            excused_ms INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (hour, scope)) WITHOUT ROWID""",
    ),
    2: (
        """CREATE TABLE closed_days (
            day INTEGER PRIMARY KEY, form INTEGER NOT NULL, first_hour INTEGER NOT NULL, last_hour INTEGER NOT NULL,
            rows INTEGER NOT NULL, digest TEXT NOT NULL, chain TEXT NOT NULL, closed_at REAL NOT NULL)""",
    ),
    3: (
        """CREATE TABLE config_changes (
            number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, way TEXT NOT NULL, actor TEXT NOT NULL,
            digest TEXT NOT NULL, detail TEXT NOT NULL, chain TEXT NOT NULL)""",
        """CREATE TABLE pool_days (
            day INTEGER NOT NULL, pool TEXT NOT NULL, currency TEXT NOT NULL,
            due_low_nano_btc INTEGER NOT NULL, due_high_nano_btc INTEGER, paid_nano INTEGER,
            value_low_nano INTEGER, value_high_nano INTEGER, PRIMARY KEY (day, pool)) WITHOUT ROWID""",
    ),
}
VERSION = max(MIGRATIONS)


class ForeignFile(Exception):
    """The file is a database of something else; name another path for the ledger."""


class NewerFile(Exception):
    """A newer version of the daemon wrote the file in a way that this one cannot follow; install that version again."""


def prepare(connection: sqlite3.Connection, *, migrations: Mapping[int, Sequence[str]] = MIGRATIONS) -> int:
    """Bring a file to the newest version known here, all or nothing, and give back the version that it had.

    Raises ForeignFile, NewerFile, or sqlite3.Error. A newer file that allows older readers is left as it is.
    """
    newest = max(migrations)
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and owner != APPLICATION_ID:
        raise ForeignFile("it holds another program's tables")
    if found > newest:
        row = connection.execute("SELECT value FROM meta WHERE key = 'min_reader'").fetchone()
        oldest = int(row[0]) if row else found
        if oldest > newest:
            raise NewerFile(f"it has schema {found} and wants a daemon that knows {oldest}; this one knows {newest}")
        return found
    if found < newest:
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            for version in sorted(number for number in migrations if number > found):
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version:d}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return found
