"""The file itself: opened, locked, migrated, written in whole batches. It blocks; only the writer's thread calls it."""

import contextlib
import fcntl
import logging
import math
import os
import sqlite3
import time
from array import array
from collections.abc import Iterable
from operator import sub
from pathlib import Path

import msgspec

from daemon.ledger import schema
from daemon.ledger.loading import load
from daemon.ledger.records import Content
from daemon.ledger.rows import Rows
from daemon.ledger.sums import Portion
from daemon.ledger.tables import DEVICE_DAYS, SITE_HOURS, TABLES, Row
from daemon.ledger.trouble import DamagedFile, DiskTrouble, as_trouble, sqlite_reason

log = logging.getLogger(__name__)

BUSY_S = 5.0
_LARGEST = 2.0**62
# Rows that are made at a time: they live but for a moment, and beside them the event loop makes what stays.
SLICE = 250
_SIDE_FILES = ("-wal", "-shm")
_ROW_PROBLEMS = (
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    OverflowError,
    ValueError,
)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written together or not at all: rows by table and key (None takes a row out), and sums."""

    rows: dict[tuple[str, Row], Row | None]
    portions: tuple[Portion, ...] = ()


class Disk:
    """One SQLite file in WAL mode with a lock beside it, so that two daemons never deliver the same finding."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused = 0
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._identity: tuple[int, int] | None = None
        self._written: dict[str, Rows[int]] = {
            table.name: Rows("q", width=len(table.fields)) for table in (DEVICE_DAYS, SITE_HOURS)
        }
        self._suspect = False
        self._was_set_aside = False

    @property
    def is_open(self) -> bool:
        """True while the file is in use."""
        return self._connection is not None

    def open(self) -> Content:
        """Open or create the file and read what is owed; raise DiskTrouble when that does not work now.

        A file that is damaged beyond use is set aside once, with all that could still be read of it carried over.
        """
        with as_trouble():
            try:
                return self._open()
            except sqlite3.DatabaseError as error:
                if sqlite_reason(error) != "corrupt" or self._was_set_aside:
                    raise
                return self._replace_damaged()
            finally:
                if self._connection is None:
                    self.close()

    def write(self, batch: Batch) -> None:
        """Write a batch durably; raise DiskTrouble, and then nothing of it is on disk."""
        connection = self._connection
        if connection is None:
            raise DiskTrouble("not_opened", "the file is not open")
        for portion in batch.portions:
            for key in portion.gone:
                self._written[portion.table.name].pop(key)
        with as_trouble():
            self._check_identity()
            try:
                connection.execute("BEGIN IMMEDIATE")
                wholes = self._write(connection, batch)
                connection.execute("COMMIT")
            except BaseException as error:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                self._suspect = self._suspect or (
                    isinstance(error, sqlite3.Error) and sqlite_reason(error) == "corrupt"
                )
                raise
            for portion, whole in zip(batch.portions, wholes, strict=True):
                self._note_written(portion, whole)

    def close(self) -> None:
        """Close the file and give the lock back; harmless when it is closed already."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _open(self) -> Content:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        # Created by hand first, because SQLite would make it readable for everybody.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: what was acknowledged survives a power cut too, not only the end of this process.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_size_limit = 67108864")
            if self._suspect:
                self._examine(connection)
            found = schema.prepare(connection)
            content = load(connection)
        except BaseException:
            connection.close()
            raise
        if found == 0:
            for known in self._written.values():
                known.clear()
        elif found > schema.VERSION:
            content.note = (
                f"written by a newer version (schema {found}, known here {schema.VERSION}); its additions are kept"
            )
        self._connection = connection
        status = os.stat(self.path)
        self._identity = (status.st_dev, status.st_ino)
        return content

    def _take_lock(self) -> None:
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise DiskTrouble("in_use", f"another daemon has {self.path}") from error
        self._lock = lock

    def _examine(self, connection: sqlite3.Connection) -> None:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        self._suspect = False
        if verdict != "ok":
            raise DamagedFile(str(verdict))

    def _replace_damaged(self) -> Content:
        salvaged = self._salvage()
        aside = f"{self.path}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        for suffix in ("", *_SIDE_FILES):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}{suffix}", f"{aside}{suffix}")
        self._was_set_aside = True
        content = self._open()
        note = f"the file was damaged and is kept as {aside}; {len(salvaged.outbox)} deliveries could be carried over"
        newest_id = max(content.newest_id, salvaged.newest_id)
        return msgspec.structs.replace(salvaged, note=note, newest_id=newest_id, is_salvaged=True)

    def _salvage(self) -> Content:
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error:
            return Content()
        try:
            return load(connection, tolerant=True)
        finally:
            connection.close()

    def _check_identity(self) -> None:
        """Notice that the file was removed or exchanged: SQLite would go on writing to one that nobody can find."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            raise DiskTrouble("replaced", f"{self.path} was removed") from None
        if (status.st_dev, status.st_ino) != self._identity:
            raise DiskTrouble("replaced", f"{self.path} was exchanged for another file")

    def _write(self, connection: sqlite3.Connection, batch: Batch) -> list["array[int]"]:
        by_table: dict[str, tuple[list[Row], list[Row]]] = {}
        for (name, key), row in batch.rows.items():
            puts, takes = by_table.setdefault(name, ([], []))
            if row is None:
                takes.append(key)
            else:
                puts.append(row)
        for name, (puts, takes) in by_table.items():
            self._execute(connection, TABLES[name].take, takes)
            self._execute(connection, TABLES[name].put, puts)
        return [self._write_sums(connection, portion) for portion in batch.portions]

    def _write_sums(self, connection: sqlite3.Connection, portion: Portion) -> "array[int]":
        """Add what the totals have grown by; gives the totals as they are then kept, all rows one after another."""
        table, keys, known = portion.table, portion.keys, self._written[portion.table.name]
        size = len(table.fields)
        wholes = array("q")
        for start in range(0, len(keys), SLICE):
            rows: list[Row] = []
            for key, place in zip(keys[start : start + SLICE], portion.places[start : start + SLICE], strict=True):
                totals = portion.totals[place : place + size]
                whole = [_whole(total * scale) for total, scale in zip(totals, table.scales, strict=True)]
                rows.append((*key, *map(sub, whole, known.get(key))))
                wholes.extend(whole)
            if table.prepare is not None:
                self._execute(connection, table.prepare, [(owner,) for _, owner in keys[start : start + SLICE]])
            self._execute(connection, table.add, rows)
        return wholes

    def _note_written(self, portion: Portion, wholes: "array[int]") -> None:
        known, size = self._written[portion.table.name], len(portion.table.fields)
        for place, key in enumerate(portion.keys):
            known.put(key, wholes[place * size : (place + 1) * size])

    def _execute(self, connection: sqlite3.Connection, statement: str, rows: list[Row]) -> None:
        if not rows:
            return
        connection.execute("SAVEPOINT rows")
        try:
            connection.executemany(statement, rows)
        except _ROW_PROBLEMS:
            # One row that SQLite cannot take must not keep all the others in memory for ever.
            connection.execute("ROLLBACK TO rows")
            self._execute_each(connection, statement, rows)
        connection.execute("RELEASE rows")

    def _execute_each(self, connection: sqlite3.Connection, statement: str, rows: Iterable[Row]) -> None:
        for row in rows:
            try:
                connection.execute(statement, row)
            except _ROW_PROBLEMS:
                self.refused += 1
                log.exception("the ledger could not take a row: %s", " ".join(statement.split()[:4]))


def _whole(value: float) -> int:
    return 0 if math.isnan(value) else round(max(-_LARGEST, min(_LARGEST, value)))
