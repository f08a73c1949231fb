"""Deliveries that hooks are still owed: the oldest of each hook in memory, all of them on disk, in order a finding.

How many wait for a hook is bounded. Beyond the bound the oldest give way, with all that is held of the same finding,
so that no end is told without its beginning; `gave_way` is told of each.
"""

import asyncio
import logging
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from functools import partial
from hashlib import sha256

import msgspec

from daemon.findings import Finding
from daemon.ledger.journal import Journal
from daemon.ledger.loading import WINDOW, delivery_row, more_deliveries
from daemon.ledger.reader import Reader
from daemon.ledger.records import Content, Delivery, Event
from daemon.ledger.tables import OUTBOX

log = logging.getLogger(__name__)

MOST = 100_000  # deliveries a hook, unless its configuration says otherwise

_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class _Queue:
    """One hook's part: `held` by id in order, and how many more wait on disk behind the youngest held.

    `debt` are those of the disk that have to give way when they are fetched, `lost` those that gave way since the
    queue was last less than half full.
    """

    __slots__ = ("changed", "debt", "held", "lost", "most", "newest", "spilled")

    def __init__(self) -> None:
        self.held: dict[int, Delivery] = {}
        self.spilled = 0
        self.debt = 0
        self.lost = 0
        self.most = MOST
        self.newest = -1
        self.changed = asyncio.Event()

    def __len__(self) -> int:
        return max(len(self.held) + self.spilled - self.debt, 0)


class Outbox:
    """What is owed to each hook; at-least-once, and per finding in the order of its events."""

    def __init__(self, journal: Journal, *, reader: Reader | None, window: int = WINDOW) -> None:
        self._journal = journal
        self._reader = reader
        self._window = window
        self._queues: dict[str, _Queue] = {}
        self._newest_id = 0
        self.gave_way: Callable[[Delivery], None] = lambda _: None
        self.dropped: Counter[tuple[str, str]] = Counter()

    def next_id(self, now: float) -> int:
        """Give an id that is larger than all before it, also than those of a file that could not be read yet."""
        self._newest_id = max(self._newest_id + 1, int(now * 1e6))
        return self._newest_id

    def add(self, delivery: Delivery) -> None:
        """Owe a hook one more event."""
        queue = self._queue(delivery.hook)
        while len(queue) >= queue.most:
            self._make_room(delivery.hook, queue)
        is_full = len(queue.held) >= self._window
        if is_full and self._reader is None:
            self.dropped["ledger", "memory_full"] += 1
            self.give_way(next(iter(queue.held.values())))
            is_full = False
        if queue.spilled or is_full:
            queue.spilled += 1
        else:
            queue.held[delivery.id] = delivery
            queue.newest = delivery.id
        self._journal.put(OUTBOX, (delivery.id,), delivery_row(delivery))
        queue.changed.set()

    def due(self, hook: str, *, now: float, limit: int) -> list[Delivery]:
        """Give deliveries to try now, oldest first: of each finding only the first that is still owed."""
        found: list[Delivery] = []
        findings: set[str] = set()
        for delivery in self._queue(hook).held.values():
            if delivery.finding_id in findings:
                continue
            findings.add(delivery.finding_id)
            if delivery.next_try <= now:
                found.append(delivery)
                if len(found) >= limit:
                    break
        return found

    def next_due(self, hook: str) -> float | None:
        """Give the epoch time of the earliest try that is allowed; None when the hook is owed nothing."""
        firsts: dict[str, float] = {}
        for delivery in self._queue(hook).held.values():
            firsts.setdefault(delivery.finding_id, delivery.next_try)
        return min(firsts.values(), default=None)

    def changed(self, hook: str) -> asyncio.Event:
        """Give the event that is set when a hook is owed something new; whoever waits for it clears it."""
        return self._queue(hook).changed

    def settle(self, delivery: Delivery) -> None:
        """Note that a delivery is done with; it will not be tried again."""
        queue = self._queue(delivery.hook)
        queue.held.pop(delivery.id, None)
        self._journal.put(OUTBOX, (delivery.id,), None)
        if queue.lost and len(queue) <= queue.most // 2:
            log.warning("hook %s catches up; %d notices had to give way", delivery.hook, queue.lost)
            queue.lost = 0

    def give_way(self, delivery: Delivery) -> None:
        """Give a delivery up undelivered."""
        self.settle(delivery)
        self.gave_way(delivery)

    def bound(self, hook: str, *, most: int) -> None:
        """Let no more than so many deliveries wait for a hook."""
        self._queue(hook).most = most

    def room(self, hook: str) -> int:
        """Count how many may be added before a hook's queue is half full."""
        queue = self._queue(hook)
        return max((queue.most + 1) // 2 - len(queue), 0)

    def fail(self, delivery: Delivery, *, next_try: float, reason: str) -> None:
        """Note a try that failed, and when the next is allowed."""
        queue = self._queue(delivery.hook)
        if delivery.id in queue.held:
            later = msgspec.structs.replace(delivery, next_try=next_try, reason=reason, attempts=delivery.attempts + 1)
            queue.held[delivery.id] = later
            self._journal.put(OUTBOX, (delivery.id,), delivery_row(later))

    def needs_refill(self, hook: str) -> bool:
        """True when more deliveries wait on disk and there is room for them in memory."""
        queue = self._queue(hook)
        return queue.spilled > 0 and len(queue.held) <= self._window // 2

    async def refill(self, hook: str) -> int:
        """Fetch the next deliveries of a hook from the disk, and say how many; none while the disk cannot be read.

        Those that never got to the disk are still at hand, and come back from there.
        """
        queue = self._queue(hook)
        await self._journal.written()
        room = max(self._window - len(queue.held), 1)
        found: dict[int, Delivery] = {}
        unreadable = False
        if self._reader is not None:
            question = partial(more_deliveries, hook=hook, after=queue.newest, limit=room + len(self._journal))
            try:
                found = {delivery.id: delivery for delivery in await self._reader.ask(question)}
            except sqlite3.Error:
                unreadable = True
        for (table, key), row in self._journal.pending.items():
            if table != OUTBOX.name or key[0] <= queue.newest:
                continue
            if row is None:
                found.pop(key[0], None)
            elif row[1] == hook:
                found[key[0]] = Delivery(**dict(zip(Delivery.__struct_fields__, row, strict=True)))
        taken = sorted(found)[:room]
        # The count is a guess on the safe side: a full window asks again, and only an empty answer ends it.
        queue.spilled = max(queue.spilled - len(taken), 1) if len(taken) == room or unreadable else 0
        owing, queue.debt = queue.debt, max(queue.debt - len(taken), 0) if queue.spilled else 0
        for place, number in enumerate(taken):
            queue.newest = number
            if place < owing:
                self.give_way(found[number])
            else:
                queue.held[number] = found[number]
        return len(taken)

    async def drop(self, hook: str) -> int:
        """Give up all that a hook is owed, and say how much that was."""
        dropped = 0
        queue = self._queue(hook)
        while queue.held or queue.spilled:
            if not queue.held and not await self.refill(hook):
                break
            for delivery in list(queue.held.values()):
                self.give_way(delivery)
                dropped += 1
        return dropped

    def hooks(self) -> list[str]:
        """Name the hooks that are owed something."""
        return [hook for hook, queue in self._queues.items() if queue.held or queue.spilled]

    def lengths(self) -> dict[str, int]:
        """Count what each hook is owed."""
        return {hook: len(queue) for hook, queue in self._queues.items()}

    def lost(self, hook: str) -> int:
        """Count what gave way since a hook's queue was last less than half full."""
        return self._queue(hook).lost

    def absorb(self, content: Content) -> None:
        """Take over what an opened file is owing, and give it what it does not know yet."""
        self._newest_id = max(self._newest_id, content.newest_id)
        pending = self._journal.pending
        known = {delivery.id for queue in self._queues.values() for delivery in queue.held.values()}
        for queue in self._queues.values():
            for delivery in queue.held.values():
                self._journal.put(OUTBOX, (delivery.id,), delivery_row(delivery))
        fresh = [
            delivery
            for delivery in content.outbox
            if delivery.id not in known and (OUTBOX.name, (delivery.id,)) not in pending
        ]
        for delivery in fresh:
            self._queue(delivery.hook).held[delivery.id] = delivery
            if content.is_salvaged:
                self._journal.put(OUTBOX, (delivery.id,), delivery_row(delivery))
        for hook in {delivery.hook for delivery in content.outbox} | set(content.spilled):
            self._put_in_order(hook, content)

    def _put_in_order(self, hook: str, content: Content) -> None:
        queue = self._queue(hook)
        queue.spilled = max(queue.spilled, content.spilled.get(hook, 0))
        queue.held = dict(sorted(queue.held.items()))
        if queue.spilled:
            # What is younger than the oldest part on disk must wait behind what was left there.
            last = max((delivery.id for delivery in content.outbox if delivery.hook == hook), default=-1)
            younger = [number for number in queue.held if number > last]
            for number in younger:
                del queue.held[number]
            queue.spilled += len(younger)
        queue.newest = max(queue.held, default=-1)
        queue.changed.set()

    def _make_room(self, hook: str, queue: _Queue) -> None:
        """Let the oldest delivery give way, and what is held of the same finding."""
        if not queue.lost:
            log.error("more than %d notices wait for hook %s: the oldest give way", queue.most, hook)
        oldest = next(iter(queue.held.values()), None)
        if oldest is None:
            queue.debt += 1
            count = 1
        else:
            going = [one for one in queue.held.values() if one.finding_id == oldest.finding_id]
            for delivery in going:
                self.give_way(delivery)
            count = len(going)
        queue.lost += count
        self.dropped[f"hook:{hook}", "backlog_full"] += count

    def _queue(self, hook: str) -> _Queue:
        return self._queues.setdefault(hook, _Queue())


def name_event(finding: Finding, event: Event) -> str:
    """Name an event so that recording it again, after a crash for instance, names it the same."""
    moment = f"-{round(finding.updated_at * 1000)}" if event == "updated" else ""
    stem = finding.id if _PLAIN_ID.fullmatch(finding.id) else sha256(finding.id.encode()).hexdigest()[:32]
    return f"{stem}-{event}{moment}"
