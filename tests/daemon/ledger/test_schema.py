"""Every file that a version ever wrote can be opened, and newer ones are not harmed."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from daemon.ledger import schema
from daemon.ledger.schema import MIGRATIONS, VERSION, ForeignFile, NewerFile, prepare

OLD = Path(__file__).parent / "old"
NEXT = {**MIGRATIONS, VERSION + 1: ("ALTER TABLE findings ADD COLUMN photo TEXT", "CREATE TABLE visits (who TEXT)")}


@pytest.fixture
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def _restore(path: Path, dump: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text())
    connection.close()


def _create(path: Path, migrations: Mapping[int, Sequence[str]], *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    prepare(connection, migrations=migrations)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _shape(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: list(connection.execute(f"PRAGMA table_info({table})")) for table in sorted(tables)}


@pytest.mark.parametrize("dump", sorted(OLD.glob("*.sql")), ids=lambda dump: dump.stem)
async def test_old_file_opens_with_all_it_held(dump, path, open_ledger) -> None:
    """A file of any version becomes the newest one, and what it owed is still owed."""
    _restore(path, dump)
    ledger = await open_ledger(keep_s=1e12)
    assert ("disk", "") == (ledger.health.medium, ledger.health.note)
    finding = ledger.open_findings()[0]
    assert ("H-06-00000000000a", "ana", 4102444800.0) == (
        finding.id,
        finding.acknowledged_by,
        finding.silenced_until,
    )
    assert {"pager", "ops"} == ledger.told(finding.id)
    assert [("H-06-00000000000a", "opened", 1, "timed_out"), ("P-01-00000000000b", "opened", 0, "")] == [
        (one.finding_id, one.event, one.attempts, one.reason) for one in ledger.outbox.due("ops", now=2e9, limit=9)
    ]
    assert b'{"version":1}' == await ledger.load_state("rules")
    await ledger.close()
    await asyncio.to_thread(_create, path.with_name("new.db"), MIGRATIONS)
    old, new = sqlite3.connect(path), sqlite3.connect(path.with_name("new.db"))
    assert _shape(new) == _shape(old)
    assert (3068 * 86400, 86400000) == old.execute("SELECT energy_j, hashing_ms FROM device_days").fetchone()
    assert VERSION == old.execute("PRAGMA user_version").fetchone()[0]
    old.close()
    new.close()


def test_every_version_has_a_dump() -> None:
    """No version leaves without a file of it being kept for the tests of its successors."""
    assert [f"v{version}" for version in sorted(MIGRATIONS)] == sorted(dump.stem for dump in OLD.glob("*.sql"))


def test_migration_is_whole_or_nothing(connection) -> None:
    """A migration that fails half-way leaves the file at the version it had."""
    prepare(connection)
    before = _shape(connection)
    broken = {**MIGRATIONS, VERSION + 1: ("CREATE TABLE visits (who TEXT)", "CREATE TABLE visits (who TEXT)")}
    with pytest.raises(sqlite3.OperationalError):
        prepare(connection, migrations=broken)
    assert (before, VERSION) == (_shape(connection), connection.execute("PRAGMA user_version").fetchone()[0])


def test_newer_file_is_left_as_it_is(connection) -> None:
    """An older daemon goes on with a newer file that only added things."""
    prepare(connection, migrations=NEXT)
    assert VERSION + 1 == prepare(connection)
    assert VERSION + 1 == connection.execute("PRAGMA user_version").fetchone()[0]


def test_newer_file_may_refuse_older_daemons(connection) -> None:
    """A version that had to break the rule keeps older daemons away."""
    prepare(connection, migrations=NEXT)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'min_reader'", (str(VERSION + 1),))
    with pytest.raises(NewerFile, match=f"schema {VERSION + 1}"):
        prepare(connection)


def test_foreign_file_is_refused(connection) -> None:
    """A database of another program is not turned into a ledger."""
    connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(ForeignFile):
        prepare(connection)


async def test_additions_of_a_newer_version_survive(path, open_ledger, finding) -> None:
    """Columns and tables that this version does not know keep what they hold, while it reads and writes the rest."""
    path.parent.mkdir()
    await asyncio.to_thread(_create, path, NEXT, "INSERT INTO visits VALUES ('ana')")
    ledger = await open_ledger()
    assert "disk" == ledger.health.medium
    assert f"schema {VERSION + 1}" in ledger.health.note
    await ledger.record_transition(finding())
    newer = sqlite3.connect(path, isolation_level=None)
    newer.execute("UPDATE findings SET photo = 'rack.jpg'")
    await ledger.record_transition(finding(severity="high"))
    assert [("high", "rack.jpg")] == newer.execute("SELECT severity, photo FROM findings").fetchall()
    assert [("ana",)] == newer.execute("SELECT who FROM visits").fetchall()
    newer.close()


async def test_finding_of_a_newer_version_stays_unseen(path, open_ledger) -> None:
    """A finding with a severity that this version does not know stays on disk and troubles nobody."""
    _restore(path, OLD / "v1.sql")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE findings SET document = replace(document, '\"high\"', '\"apocalyptic\"')")
    connection.commit()
    connection.close()
    ledger = await open_ledger()
    assert [] == ledger.open_findings()
    assert "disk" == ledger.health.medium
    await ledger.close()
    connection = sqlite3.connect(path)
    assert 1 == connection.execute("SELECT count(*) FROM findings WHERE state = 'open'").fetchone()[0]
    connection.close()


def test_application_id_reads_as_a_name() -> None:
    """The mark in the file's head is the four letters that `file` can be taught."""
    assert b"HFLD" == schema.APPLICATION_ID.to_bytes(4, "big")
