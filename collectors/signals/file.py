"""A number that something else writes into a file; its age is the file's."""

import asyncio
import time
from pathlib import Path

from collectors.errors import Garbled
from collectors.plain_file import read_with_time
from collectors.signals.number import NotANumber, digits
from collectors.signals.source import Sample

LARGEST = 1 << 20
SECOND_LOOK_S = 0.2


class FileSource:
    """Reads a file, the whole of it or one place inside its JSON; holds for the time of its last change."""

    def __init__(self, path: str | Path, *, pointer: str | None, interval_s: float) -> None:
        self.interval_s = interval_s
        self._path = Path(path)
        self._pointer = pointer

    async def read(self) -> Sample:
        """Give the number; raise Unreachable, Garbled or NotANumber."""
        try:
            return await asyncio.to_thread(self._read)
        except (NotANumber, Garbled):
            # It may have been caught half-written.
            await asyncio.sleep(SECOND_LOOK_S)
            return await asyncio.to_thread(self._read)

    def _read(self) -> Sample:
        content, at = read_with_time(self._path, largest=LARGEST)
        return Sample(digits=digits(content, pointer=self._pointer), at=min(at, time.time()))
