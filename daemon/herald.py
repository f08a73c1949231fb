"""Tells everybody of findings: log, events, MQTT and hooks, a portion at a time.

A change of price or of the configuration can open thousands at once. None of them may be lost, and none may hold the
event loop: so they wait here in their order, and the loop has its turn after every portion.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from daemon import documents
from daemon.findings import Finding
from daemon.hooks.notifier import Notifier
from daemon.rules.engine import Transition
from daemon.web.events import Events

log = logging.getLogger(__name__)

# Each takes 50 to 100 us, with two hooks and a reader.
PORTION = 100


class Herald:
    """Takes transitions at any time; `run` passes them on. `published` is told each finding, as MQTT is."""

    def __init__(self, *, events: Events, published: Callable[[Finding], None]) -> None:
        self._events = events
        self._published = published
        self._waiting: deque[Transition] = deque()
        self._has_waiting = asyncio.Event()

    def tell(self, transitions: Sequence[Transition]) -> None:
        """Have these told, after all that wait already."""
        if transitions:
            self._waiting.extend(transitions)
            self._has_waiting.set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def run(self, notifier: Notifier) -> None:
        """Pass on what is told, until cancelled."""
        while True:
            await self._has_waiting.wait()
            self._has_waiting.clear()
            while self._waiting:
                portion = [self._waiting.popleft() for _ in range(min(PORTION, len(self._waiting)))]
                for transition in portion:
                    self._tell(transition)
                    notifier.note(transition.finding)
                # The disk sets the pace: what waits for it is bounded by a portion.
                await notifier.written()
                await asyncio.sleep(0)

    def _tell(self, transition: Transition) -> None:
        finding = transition.finding
        log.info("%s %s %s: %s", transition.kind, finding.rule, finding.subject, finding.message)
        if self._events.has_readers:
            self._events.publish("finding", documents.finding(finding))
        self._published(finding)
