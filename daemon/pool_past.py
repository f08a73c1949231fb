"""What rules remember of a watched pool beside its state: delays at new blocks, time spent on empty work. Pure."""

from collections import deque
from collections.abc import Iterable
from math import exp

import msgspec

from collectors.pools.state import PoolState

LAGS_KEPT = 12
EMPTY_WINDOW_S = 3 * 3600.0
# Three blocks, on average, before a share of time means anything.
EMPTY_KNOWN_S = 1800.0
USUAL_AFTER_S = 3600.0
_LONGEST_STEP_S = 300.0


class PastMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What is worth keeping of a pool's past: delays at new blocks, seconds watched, those on empty work."""

    lags_s: list[float] = []
    seen_s: float = 0.0
    empty_s: float = 0.0


class PoolPast:
    """Tell it of every new block, and have it look at the state at every survey; `memory` is what a former one gave."""

    __slots__ = ("_at", "_empty", "_empty_before", "_seen", "lags_s")

    def __init__(self, memory: PastMemory | None = None) -> None:
        memory = memory or PastMemory()
        self.lags_s: deque[float] = deque(memory.lags_s, maxlen=LAGS_KEPT)
        self._at: float | None = None
        self._empty_before = 0.0
        self._seen, self._empty = memory.seen_s, memory.empty_s

    def memory(self) -> PastMemory:
        """Give what is worth keeping."""
        return PastMemory(lags_s=list(self.lags_s), seen_s=self._seen, empty_s=self._empty)

    def block(self, lag_s: float | None) -> None:
        """Note a new block with its delay behind the earliest pool; None when there was nobody to be behind."""
        if lag_s is not None:
            self.lags_s.append(lag_s)

    def look(self, state: PoolState, *, now: float) -> None:
        """Take in how the pool stands; time without work, or on jobs that hide their transactions, is not counted."""
        step_s = 0.0 if self._at is None else now - self._at
        empty_s = state.empty_seconds - self._empty_before
        self._at, self._empty_before = now, state.empty_seconds
        if not 0.0 < step_s <= _LONGEST_STEP_S or not state.up or state.job is None or state.job.empty is None:
            return
        keep = exp(-step_s / EMPTY_WINDOW_S)
        self._seen = self._seen * keep + step_s
        self._empty = self._empty * keep + max(0.0, empty_s)

    @property
    def empty_share(self) -> float | None:
        """Give the part of the last three hours, fading, on empty work; None before half an hour was seen."""
        return min(1.0, self._empty / self._seen) if self._seen >= EMPTY_KNOWN_S else None


def usual_difficulty(difficulties: Iterable[tuple[float, float]], *, now: float) -> tuple[float, float] | None:
    """Give the lowest and highest share difficulty of those set more than an hour ago; None when none was."""
    known = [difficulty for at, difficulty in difficulties if now - at > USUAL_AFTER_S]
    return (min(known), max(known)) if known else None
