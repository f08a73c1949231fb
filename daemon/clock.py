"""The one clock: wall time for people and records, monotonic time for intervals."""

import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time; tests bring their own."""

    def now(self) -> float:
        """Give the wall time in epoch seconds."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never jump."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Give the wall time in epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds that never jump."""
        return time.monotonic()
