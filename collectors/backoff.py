"""How long to wait before the next try: doubling, capped, with jitter; the next delay is there to be shown."""

import random


class Backoff:
    """Delays that double from `first_s` to `limit_s`, each drawn from its upper half so that many do not march in step.

    `next_s` is the delay that `take` will give next; `reset` starts over after a success.
    """

    __slots__ = ("_first_s", "_limit_s", "_random", "_step_s", "next_s")

    def __init__(self, *, first_s: float = 1.0, limit_s: float = 60.0, seed: int | None = None) -> None:
        self._first_s = first_s
        self._limit_s = limit_s
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret
        self.reset()

    def reset(self) -> None:
        """Start over at the first delay."""
        self._step_s = self._first_s
        self.next_s = self._jittered()

    def take(self) -> float:
        """Give the delay before the next try, in seconds, and prepare a longer one."""
        delay = self.next_s
        self._step_s = min(self._step_s * 2, self._limit_s)
        self.next_s = self._jittered()
        return delay

    def _jittered(self) -> float:
        return max(self._random.uniform(0.5, 1.0) * self._step_s, self._first_s)
