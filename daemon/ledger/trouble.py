"""What keeps a file from being used, told apart by what the operator can do about it."""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator

from daemon.ledger import schema


class DiskTrouble(Exception):
    """The file cannot be used now; `reason` is one of REASONS, the message says it in words."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class DamagedFile(sqlite3.DatabaseError):
    """SQLite's own check found the file damaged."""


@contextlib.contextmanager
def as_trouble() -> Iterator[None]:
    """Turn whatever SQLite and the file system raise into DiskTrouble."""
    try:
        yield
    except schema.ForeignFile as error:
        raise DiskTrouble("foreign", str(error)) from error
    except schema.NewerFile as error:
        raise DiskTrouble("newer_schema", str(error)) from error
    except sqlite3.Error as error:
        raise DiskTrouble(sqlite_reason(error), str(error)) from error
    except OSError as error:
        raise DiskTrouble(_os_reason(error), str(error)) from error


def sqlite_reason(error: sqlite3.Error) -> str:
    """Give the reason behind an error of SQLite."""
    if isinstance(error, DamagedFile):
        return "corrupt"
    name: str = getattr(error, "sqlite_errorname", "")
    for start, reason in (
        ("SQLITE_FULL", "disk_full"),
        ("SQLITE_READONLY", "read_only"),
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_LOCKED", "locked"),
        ("SQLITE_CORRUPT", "corrupt"),
        ("SQLITE_NOTADB", "corrupt"),
        ("SQLITE_CANTOPEN", "cannot_open"),
        ("SQLITE_PERM", "cannot_open"),
        ("SQLITE_IOERR", "io_error"),
    ):
        if name.startswith(start):
            return reason
    return "failed"


def _os_reason(error: OSError) -> str:
    known = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EFBIG: "disk_full", errno.EROFS: "read_only"}
    return known.get(error.errno or 0, "cannot_open")
