"""Questions to the file on a connection and a thread of their own, so that a long report never delays a finding."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from daemon.ledger.worker import Worker

T = TypeVar("T")


class Reader:
    """Reads the ledger's file; it never writes and never creates one."""

    def __init__(self, path: Path) -> None:
        self._address = f"file:{quote(str(path.absolute()))}?mode=ro"
        self._worker = Worker("ledger-reader")

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Answer a question in the reader's thread; raise sqlite3.Error when the file cannot be read."""

        def answer() -> T:
            # Opened anew each time: a file that was exchanged meanwhile would else be read for ever.
            connection = sqlite3.connect(self._address, uri=True, timeout=5.0, isolation_level=None)
            try:
                return question(connection)
            finally:
                connection.close()

        return await self._worker.submit(answer)

    def stop(self) -> None:
        """End the thread after the questions that wait."""
        self._worker.stop()
