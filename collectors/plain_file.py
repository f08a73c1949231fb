"""A plain file that something else writes, read whole and within bounds. It blocks."""

import os
import stat
from pathlib import Path

from collectors.errors import Garbled, Unreachable


def read_plain(path: str | Path, *, largest: int) -> bytes:
    """Give the content; raise Unreachable when it cannot be read, Garbled when it is too large or no plain file."""
    return read_with_time(path, largest=largest)[0]


def read_with_time(path: str | Path, *, largest: int) -> tuple[bytes, float]:
    """Give the content, and when it was last written in epoch seconds; raise Unreachable or Garbled."""
    try:
        # Opening a named pipe would wait for a writer for ever.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Garbled(f"{path} is not a plain file")
            content = file.read(largest + 1)
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > largest:
        raise Garbled(f"{path} is larger than {largest} bytes")
    return content, status.st_mtime
