"""What the daemon's parts write down of themselves, each under a name."""

import sqlite3
from functools import partial

from daemon.clock import Clock
from daemon.ledger.journal import Journal
from daemon.ledger.reader import Reader
from daemon.ledger.tables import STATE


class States:
    """The newest state of every part, on disk where there is one, else in memory."""

    def __init__(self, journal: Journal, *, reader: Reader | None, clock: Clock) -> None:
        self._journal = journal
        self._reader = reader
        self._clock = clock
        self._held: dict[str, bytes] = {}

    def save(self, key: str, value: bytes) -> None:
        """Keep a state under a name, in place of the one before; it is on disk a moment later."""
        if self._reader is None:
            self._held[key] = value
        self._journal.put(STATE, (key,), (key, value, self._clock.now()))

    async def load(self, key: str) -> bytes | None:
        """Give what was kept under a name; None when nothing was, or the disk cannot be read."""
        if self._reader is None:
            return self._held.get(key)
        waiting = self._journal.pending.get((STATE.name, (key,)))
        if waiting is not None:
            value: bytes = waiting[1]
            return value
        try:
            return await self._reader.ask(partial(_state, key=key))
        except sqlite3.Error:
            return None


def _state(connection: sqlite3.Connection, *, key: str) -> bytes | None:
    row = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])
