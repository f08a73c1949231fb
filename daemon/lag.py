"""How late the event loop runs: the worst of the last minute."""

import asyncio
from collections import deque
from collections.abc import Callable

EVERY_S = 0.05
WINDOW_S = 60.0
CALM_S = 0.01


async def calm(*, patience_s: float) -> None:
    """Return once the loop keeps time to a hundredth of a second, or when the patience ends.

    What is timed while a daemon starts up would be the loop's own delay.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while (begun := loop.time()) < until:
        await asyncio.sleep(CALM_S)
        if loop.time() - begun < 2 * CALM_S:
            return


class LoopLag:
    """Sleeps for a short while again and again, and tells `report` the worst oversleep of the last minute."""

    def __init__(self, *, report: Callable[[float], None]) -> None:
        self._report = report
        self._worst: deque[tuple[float, float]] = deque()

    async def run(self) -> None:
        """Watch until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_S
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            now = loop.time()
            self.note(max(0.0, now - due), at=now)
            due = now + EVERY_S

    def note(self, lag_s: float, *, at: float) -> None:
        """Take one observation; only what can still become the worst is kept."""
        while self._worst and self._worst[-1][1] <= lag_s:
            self._worst.pop()
        self._worst.append((at, lag_s))
        while self._worst[0][0] < at - WINDOW_S:
            self._worst.popleft()
        self._report(self._worst[0][1])
