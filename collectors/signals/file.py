"""A number that something else writes into a file; its age is the file's."""

import asyncio
import os
import stat
import time
from pathlib import Path

from collectors.errors import Garbled, Unreachable
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
        try:
            # Opening a named pipe would wait for a writer for ever.
            with open(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise Garbled(f"{self._path} is not a plain file")
                content = file.read(LARGEST + 1)
        except OSError as error:
            raise Unreachable(f"{self._path} cannot be read: {error.strerror}") from None
        if len(content) > LARGEST:
            raise Garbled(f"{self._path} is larger than {LARGEST} bytes")
        return Sample(digits=digits(content, pointer=self._pointer), at=min(status.st_mtime, time.time()))
