"""When each device is asked: its own phase, one question at a time, bounded overall and per subnet.

A device's due times stand on a grid of its interval, shifted by a phase that follows from its id, so that a
restart does not bring a thundering herd. A device that cannot be asked in time waits its turn; how late it
began is observed as lag, and due times that pass meanwhile are counted as skipped, so nothing is lost silently.
A device that keeps failing is asked less often, with jitter, until it answers.
"""

import asyncio
import hashlib
import heapq
import random
from collections import deque
from collections.abc import Awaitable, Callable

TICK_S = 0.02
SLOWEST_S = 300.0
SLOWEST_DENIED_S = 3600.0
FAILURES_BEFORE_BACKOFF = 3


class Slot:
    """One device in the schedule; `failures` is kept by the poll, and `denied` when the device refused us."""

    __slots__ = ("denied", "due", "failures", "group", "interval_s", "key", "live", "offset_s", "running", "ticket")

    def __init__(self, key: str, *, interval_s: float, group: str) -> None:
        self.key = key
        self.interval_s = interval_s
        self.group = group
        self.offset_s = phase(key, interval_s=interval_s)
        self.due = 0.0
        self.ticket = 0
        self.failures = 0
        self.denied = False
        self.running = False
        self.live = True


def phase(key: str, *, interval_s: float) -> float:
    """Give the device's place within its interval, the same at every start."""
    digest = hashlib.blake2b(key.encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48 * interval_s


class Scheduler:
    """Calls `ask(key)` for each slot when it is due; `ask` keeps the slot's `failures` and `denied`.

    `lag` is told how late each poll began, `skipped` how many due times passed unused.
    """

    def __init__(
        self,
        *,
        ask: Callable[[str], Awaitable[None]],
        concurrency: int,
        per_group: int,
        lag: Callable[[float], None],
        skipped: Callable[[int], None],
        seed: int | None = None,
    ) -> None:
        self._ask = ask
        self._concurrency = concurrency
        self._per_group = per_group
        self._lag = lag
        self._skipped = skipped
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret
        self._slots: dict[str, Slot] = {}
        # Due time, ticket and key: numbers and texts alone are nothing for the collector of garbage to look at.
        self._heap: list[tuple[float, int, str]] = []
        self._tickets = 0
        self._waiting: deque[Slot] = deque()
        self._busy_groups: dict[str, int] = {}
        self._parked: dict[str, deque[Slot]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.progress = 0.0
        self.finished = 0

    def limit(self, *, concurrency: int, per_group: int) -> None:
        """Have no more polls under way than this from now on; those that are, are finished."""
        self._concurrency = concurrency
        self._per_group = per_group

    def add(self, key: str, *, interval_s: float, group: str) -> Slot:
        """Take a device into the schedule; its first poll comes within one interval."""
        slot = Slot(key, interval_s=interval_s, group=group)
        self._slots[key] = slot
        self._enqueue(slot, self._next_on_grid(slot, asyncio.get_running_loop().time()))
        return slot

    def remove(self, key: str) -> None:
        """Take a device out; a poll under way is finished, no other begins."""
        slot = self._slots.pop(key, None)
        if slot is not None:
            slot.live = False

    def slot(self, key: str) -> Slot | None:
        """Find a device's slot; None when it is not in the schedule."""
        return self._slots.get(key)

    @property
    def backlog(self) -> int:
        """How many devices are due and wait for a place."""
        return len(self._waiting) + sum(map(len, self._parked.values()))

    @property
    def in_flight(self) -> int:
        """How many polls are under way."""
        return len(self._running)

    async def run(self) -> None:
        """Keep asking until cancelled; polls under way are then cancelled too."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                now = loop.time()
                self.progress = now
                while self._heap and self._heap[0][0] <= now:
                    _, ticket, key = heapq.heappop(self._heap)
                    slot = self._slots.get(key)
                    if slot is not None and slot.ticket == ticket:
                        self._waiting.append(slot)
                self._fill(now)
                await asyncio.sleep(TICK_S)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def _fill(self, now: float) -> None:
        while self._waiting and len(self._running) < self._concurrency:
            slot = self._waiting.popleft()
            if not slot.live:
                continue
            if self._busy_groups.get(slot.group, 0) >= self._per_group:
                self._parked.setdefault(slot.group, deque()).append(slot)
                continue
            self._begin(slot, now)

    def _begin(self, slot: Slot, now: float) -> None:
        self._busy_groups[slot.group] = self._busy_groups.get(slot.group, 0) + 1
        slot.running = True
        self._lag(max(0.0, now - slot.due))
        task = asyncio.get_running_loop().create_task(self._poll(slot))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _poll(self, slot: Slot) -> None:
        try:
            await self._ask(slot.key)
        finally:
            slot.running = False
            self.finished += 1
            left = self._busy_groups[slot.group] - 1
            if left:
                self._busy_groups[slot.group] = left
            else:
                del self._busy_groups[slot.group]
            parked = self._parked.get(slot.group)
            if parked:
                self._waiting.appendleft(parked.popleft())
                if not parked:
                    del self._parked[slot.group]
            if slot.live:
                self._plan(slot)

    def _plan(self, slot: Slot) -> None:
        now = asyncio.get_running_loop().time()
        delay = self._backoff(slot)
        if delay:
            self._enqueue(slot, now + delay)
            return
        due = self._next_on_grid(slot, max(now, slot.due))
        missed = round((due - slot.due) / slot.interval_s) - 1
        if missed > 0:
            self._skipped(missed)
        self._enqueue(slot, due)

    def _backoff(self, slot: Slot) -> float:
        """Give the pause after repeated failures, between half and the whole of a doubling delay; 0 for none."""
        beyond = slot.failures - FAILURES_BEFORE_BACKOFF
        if slot.denied:
            beyond += FAILURES_BEFORE_BACKOFF
        if beyond <= 0:
            return 0.0
        slowest = SLOWEST_DENIED_S if slot.denied else SLOWEST_S
        delay = min(max(slowest, slot.interval_s), slot.interval_s * 2.0 ** min(beyond, 16))
        return delay * self._random.uniform(0.5, 1.0) if delay > slot.interval_s else 0.0

    def _next_on_grid(self, slot: Slot, after: float) -> float:
        turns = (after - slot.offset_s) // slot.interval_s + 1
        return slot.offset_s + turns * slot.interval_s

    def _enqueue(self, slot: Slot, due: float) -> None:
        slot.due = due
        self._tickets += 1
        slot.ticket = self._tickets
        heapq.heappush(self._heap, (due, slot.ticket, slot.key))
