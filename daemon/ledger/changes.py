"""The record of configurations in force: who changed what when, each entry hashed with the one before.

What is hashed, form 1: `headframe change 1`, the entry's number, its time in whole milliseconds, how it came, who did
it, the file's digest, what it says, and the hash of the entry before; separated by tabs, with a line's end.
"""

import sqlite3
from hashlib import sha256
from typing import Literal, get_args

import msgspec

FORM = 1
GENESIS = "0" * 64

Way = Literal["first", "start", "signal", "http", "owned"]
WAYS: tuple[Way, ...] = get_args(Way)
_COLUMNS = "number, at_ms, way, actor, digest, detail, chain"


class ConfigChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry. `digest` is that of the files in force from then on; `actor` is empty where nobody is known for it.

    `way`: `first` the ledger's first, `start` found changed when the daemon began, `signal` by SIGHUP, `http` by
    `POST /-/reload`, `owned` somebody took on the changes before that had no actor.
    """

    number: int
    at_ms: int
    way: Way
    actor: str
    digest: str
    detail: str
    chain: str

    def document(self) -> dict[str, object]:
        """Give the JSON object of the API."""
        return {
            "number": self.number,
            "at": self.at_ms / 1000.0,
            "way": self.way,
            "actor": self.actor or None,
            "digest": self.digest,
            "detail": self.detail,
            "chain": self.chain,
        }


def following(last: ConfigChange | None, *, at: float, way: Way, actor: str, digest: str, detail: str) -> ConfigChange:
    """Make the entry that follows on the newest one."""
    bare = ConfigChange(
        number=1 if last is None else last.number + 1,
        at_ms=round(at * 1000.0),
        way=way,
        actor=_line(actor),
        digest=digest,
        detail=_line(detail),
        chain="",
    )
    return msgspec.structs.replace(bare, chain=_link(bare, before=GENESIS if last is None else last.chain))


def read(connection: sqlite3.Connection) -> list[ConfigChange]:
    """Read all entries, oldest first; none from a file of a version before there were any. Raise sqlite3.Error."""
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'config_changes'").fetchone()[0]
    if not known:
        return []
    rows = connection.execute(f"SELECT {_COLUMNS} FROM config_changes ORDER BY number")  # noqa: S608 - our own columns
    return [ConfigChange(**dict(zip(ConfigChange.__struct_fields__, row, strict=True))) for row in rows]


def broken(entries: list[ConfigChange]) -> ConfigChange | None:
    """Give the first entry that does not follow from the one before; None when all do."""
    before = GENESIS
    for number, entry in enumerate(entries, start=1):
        if entry.number != number or entry.chain != _link(entry, before=before):
            return entry
        before = entry.chain
    return None


def unowned(entries: list[ConfigChange]) -> list[ConfigChange]:
    """List the entries that have no actor, and that nobody has taken on since."""
    found: list[ConfigChange] = []
    for entry in entries:
        if entry.way == "owned":
            found.clear()
        elif not entry.actor:
            found.append(entry)
    return found


def _link(entry: ConfigChange, *, before: str) -> str:
    fields = (entry.number, entry.at_ms, entry.way, entry.actor, entry.digest, entry.detail, before)
    line = "\t".join(map(str, (f"headframe change {FORM}", *fields))) + "\n"
    return sha256(line.encode("utf-8", "surrogatepass")).hexdigest()


def _line(text: str) -> str:
    """Keep a text to one line without tabs, so that no field can pass for two."""
    return " ".join(text.encode("utf-8", "replace").decode().split())[:500]
