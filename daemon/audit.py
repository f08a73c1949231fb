"""Who changed the configuration: every one that comes into force is entered in the ledger, with its actor.

A reload has an actor: the sender of the signal, or the caller of `POST /-/reload`. A file that is another one at the
start than the last in force has none; it is entered as such, rule G-05 opens, and whoever acknowledges that finding
takes the change on by name.
"""

import asyncio
import logging
import os
import pwd
import sqlite3
from datetime import UTC, datetime
from functools import partial

from config.load import Loaded
from daemon.clock import Clock
from daemon.ledger import Ledger
from daemon.ledger.changes import ConfigChange, Way, broken, following, read, unowned
from daemon.rules.snapshot import ConfigFacts

log = logging.getLogger(__name__)

RULE_ID = "G-05"


class Audit:
    """Keeps the entries; while the ledger has no disk, nothing is known and nothing is said."""

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._entries: list[ConfigChange] | None = None
        self._lock = asyncio.Lock()

    @property
    def entries(self) -> tuple[ConfigChange, ...]:
        """Give the entries, oldest first; empty while the ledger cannot be read."""
        return tuple(self._entries or ())

    @property
    def unowned(self) -> tuple[ConfigChange, ...]:
        """Give the changes that have no actor, and that nobody has taken on."""
        return tuple(unowned(self._entries or []))

    def facts(self) -> ConfigFacts | None:
        """Give what rule G-05 reads; None while the ledger cannot be read."""
        if self._entries is None:
            return None
        at = broken(self._entries)
        return ConfigFacts(
            unowned=tuple(f"entry {entry.number} ({entry.detail})" for entry in self.unowned),
            broken="" if at is None else f"entry {at.number}",
        )

    async def begin(self, loaded: Loaded) -> None:
        """Read what was in force last, and enter what is now when it is another; again after the disk was away."""
        if self._entries is None:
            async with self._lock:
                if self._entries is None:
                    await self._begin(loaded)

    async def _begin(self, loaded: Loaded) -> None:
        try:
            entries: list[ConfigChange] = await self._ledger.ask(partial(read))
        except sqlite3.Error as error:
            log.debug("the record of configurations cannot be read now: %s", error)
            return
        changed = not entries or entries[-1].digest != loaded.digest
        user, detail = await asyncio.to_thread(_origin, loaded.path) if changed else ("", "")
        self._entries = entries
        if not entries:
            self._enter(loaded, way="first", actor=f"start by {user}", detail="")
        elif changed:
            log.warning("the configuration is not the one that was in force last, and nobody reloaded it: %s", detail)
            self._enter(loaded, way="start", actor="", detail=detail)

    async def reloaded(self, loaded: Loaded, *, way: Way, actor: str, lines: list[str]) -> None:
        """Enter a configuration that a reload has brought into force, unless its files are the very same."""
        await self.begin(loaded)
        if self._entries and self._entries[-1].digest != loaded.digest:
            self._enter(loaded, way=way, actor=actor, detail="; ".join(lines) or "no setting changed")

    def take_on(self) -> None:
        """Enter who has acknowledged the finding about changes without an actor, as the one who answers for them."""
        waiting = self.unowned
        if not waiting or not self._entries:
            return
        newest = waiting[-1]
        for finding in self._ledger.open_findings():
            by, at = finding.acknowledged_by, finding.acknowledged_at
            if finding.rule == RULE_ID and by and (at or 0.0) * 1000.0 >= newest.at_ms:
                detail = f"took on entries {', '.join(str(entry.number) for entry in waiting)}"
                self._put(way="owned", actor=by, digest=self._entries[-1].digest, detail=detail)
                log.info("configuration: %s %s", by, detail)
                return

    def _enter(self, loaded: Loaded, *, way: Way, actor: str, detail: str) -> None:
        self._put(way=way, actor=actor, digest=loaded.digest, detail=detail)

    def _put(self, *, way: Way, actor: str, digest: str, detail: str) -> None:
        entries = self._entries if self._entries is not None else []
        last = entries[-1] if entries else None
        entry = following(last, at=self._clock.now(), way=way, actor=actor, digest=digest, detail=detail)
        self._ledger.note_change(entry)
        self._entries = [*entries, entry]


def _origin(path: str) -> tuple[str, str]:
    """Name the user that the daemon runs as, and say what the file itself tells; it blocks."""
    return user_name(os.getuid()), file_words(path)


def user_name(uid: int) -> str:
    """Name a user for people: the account where there is one, and the number."""
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def file_words(path: str) -> str:
    """Say what the file itself tells of its last change: when, and whose it is. Reads its status."""
    try:
        status = os.stat(path)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    at = datetime.fromtimestamp(status.st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{path}, last written {at}, owned by {user_name(status.st_uid)}"
