"""One device under watch: whom to ask and how, and what each poll made of it.

A device is identified once and again only when it contradicts what it was taken for. A first lost poll is logged
loudly, its repeats quietly, and the recovery loudly again with how long it lasted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from collectors import registry
from collectors.contradiction import Contradicted, collect_as_named
from collectors.errors import CollectError, Denied, Garbled, Unreachable, Unsupported
from collectors.family import Family
from collectors.identify import identify
from collectors.poll import collect
from collectors.reading import Reading
from collectors.slow_lane import SLOW_LANE_S
from collectors.target import Target
from daemon.clock import Clock
from daemon.fleet import DeviceState
from daemon.identities import OWN, Identities, Moved
from daemon.metrics.own import OwnMetrics
from daemon.schedule import Slot

log = logging.getLogger(__name__)

FAILURES_KEPT = 8
# An honest device garbles an answer now and then; this many in a row mean that it is something else by now.
CONTRADICTIONS = 3
STALE_INTERVALS = 3.0
# A stranger at a device's address is waited with so long: should it be a known one that moved, it will be told.
PATIENCE_INTERVALS = 3.0
# How far an uptime may run from the clock before it is another process's, or another device's.
BACK_S, AHEAD_S = 30.0, 600.0


class Failure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One lost poll: when, and why."""

    at: float
    reason: str
    detail: str


class Outcome(Protocol):
    """Who is told what a poll gave."""

    def answered(self, device: DeviceState) -> None:
        """The device has a new reading."""
        ...

    def lost(self, device: DeviceState) -> None:
        """The poll gave nothing; the device's state says why."""
        ...


class Watched:
    """One device, its target and its family once known."""

    __slots__ = (
        "configured",
        "contradictions",
        "failures",
        "family",
        "is_in_doubt",
        "lost_at",
        "model",
        "proved_at",
        "stale_after_s",
        "state",
        "target",
    )

    def __init__(self, state: DeviceState, *, target: Target, stale_after_s: float | None = None) -> None:
        self.state = state
        self.target = target
        self.configured: Family | None = registry.family(state.entry.family) if state.entry.family else None
        self.family = self.configured
        self.contradictions = 0
        # a family that the operator named is held against what the device says at first, and after contradictions
        self.is_in_doubt = self.configured is not None
        self.model: str | None = None
        self.failures: deque[Failure] | None = None
        self.lost_at: float | None = None
        self.proved_at: float | None = None
        self.stale_after_s = stale_after_s or STALE_INTERVALS * state.entry.interval_s + state.entry.timeout_s


class Watch:
    """Asks devices and keeps their state; the scheduler calls `ask`.

    An answer is a device's own only when `identities` says so. `exchange` is told of two devices whose addresses are
    to be exchanged.
    """

    def __init__(self, *, clock: Clock, own: OwnMetrics, outcome: Outcome) -> None:
        self.identities = Identities()
        self.exchange: Callable[[str, str], None] = lambda _one, _other: None
        self._clock = clock
        self._own = own
        self._outcome = outcome
        self._devices: dict[str, Watched] = {}
        self._slots: dict[str, Slot] = {}
        self._observe = own.collect_duration.observe

    def add(self, watched: Watched, *, slot: Slot | None = None) -> None:
        """Take a device under watch; its slot is told of failures so that the schedule can back off."""
        self._devices[watched.state.entry.id] = watched
        if slot is not None:
            self._slots[watched.state.entry.id] = slot

    def remove(self, device_id: str) -> None:
        """Let a device go."""
        self._devices.pop(device_id, None)
        self._slots.pop(device_id, None)

    def get(self, device_id: str) -> Watched | None:
        """Find a device under watch; None for any other id."""
        return self._devices.get(device_id)

    async def ask(self, device_id: str) -> None:
        """Poll one device once and take what came of it."""
        watched = self._devices.get(device_id)
        if watched is None:
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            if watched.family is None:
                reading = await self._meet(watched)
            else:
                read = collect_as_named if watched.is_in_doubt else collect
                reading = await read(watched.target, watched.family, timeout_s=watched.state.entry.timeout_s)
        except CollectError as error:
            if self._is_current(watched):
                self._lose(watched, error)
        else:
            if self._is_current(watched) and self._is_its_own(watched, reading):
                self._accept(watched, reading)
        finally:
            name = watched.family.name if watched.family else "unidentified"
            self._observe(name, loop.time() - began)

    async def _meet(self, watched: Watched) -> Reading:
        """Identify the device and read it, both within one timeout."""
        timeout_s = watched.state.entry.timeout_s
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        identity = await identify(watched.target, timeout_s=timeout_s)
        watched.family = identity.family
        return await collect(watched.target, watched.family, timeout_s=max(0.1, until - loop.time()))

    def _is_current(self, watched: Watched) -> bool:
        """Tell whether the device is still asked in this way; its address may have changed during the poll."""
        return self._devices.get(watched.state.entry.id, watched) is watched

    def _is_its_own(self, watched: Watched, reading: Reading) -> bool:
        """Tell whether the answer is the device's; ask it elsewhere from now on when that is where it is."""
        state, now = watched.state, self._clock.now()
        entry = state.entry
        leapt = _leapt(state, reading, now=now)
        if leapt or _lost_its_uptime(state, reading):
            # After a restart the firmware may be another, and at the same address even the device: what was asked
            # seldom, such as who it is, may be the other one's. Only the next answer tells; but not at every turn of
            # a device whose clock is unsound.
            is_first = watched.proved_at is None or now - watched.proved_at > SLOW_LANE_S
            if leapt or is_first:
                watched.target.memory.clear()
                watched.proved_at = now
            if is_first and (reading.mac or reading.serial):
                return False
        verdict = self.identities.hear(
            entry.id,
            mac=reading.mac,
            serial=reading.serial,
            now=now,
            patience_s=PATIENCE_INTERVALS * entry.interval_s + entry.timeout_s,
        )
        if verdict is OWN:
            return True
        # whoever answers is not told of a second time what was learnt of another
        watched.target.memory.clear()
        who = reading.mac or reading.serial
        if isinstance(verdict, Moved):
            log.info("device %s has moved to %s (it answers as %s)", verdict.known_as, entry.host, who)
            self.identities.moved(entry.id, verdict.known_as)
            self.exchange(entry.id, verdict.known_as)
        else:
            log.info("at %s somebody else than device %s answers, as %s", entry.host, entry.id, who)
        return False

    def _accept(self, watched: Watched, reading: Reading) -> None:
        state = watched.state
        now = self._clock.now()
        watched.is_in_doubt = False
        if reading.model is None and watched.model is not None:
            # Families share so much of their protocol that one can be read as another, only not by its model's name.
            self._contradicted(watched, by=1)
        else:
            watched.contradictions = 0
            watched.model = reading.model
        if watched.lost_at is not None:
            log.info("device %s answers again after %.0f s", state.entry.id, now - watched.lost_at)
            watched.lost_at = None
        for field in reading.unread:
            self._own.unread_fields.labels(reading.family, field).inc()
        state.accept(reading, now=now)
        slot = self._slots.get(state.entry.id)
        if slot is not None:
            slot.failures = 0
            slot.denied = False
        self._outcome.answered(state)

    def _lose(self, watched: Watched, error: CollectError) -> None:
        state = watched.state
        now = self._clock.now()
        detail = str(error)
        if watched.lost_at is None:
            watched.lost_at = now
            log.warning("device %s (%s): %s: %s", state.entry.id, state.entry.host, error.reason, detail)
        else:
            log.debug("device %s: %s: %s", state.entry.id, error.reason, detail)
        if watched.failures is None:
            watched.failures = deque(maxlen=FAILURES_KEPT)
        watched.failures.append(Failure(at=now, reason=error.reason, detail=detail))
        name = watched.family.name if watched.family else "unidentified"
        self._own.collect_errors.labels(name, error.reason).inc()
        self._doubt(watched, error)
        self.identities.lost(state.entry.id)
        state.lose(reason=error.reason, detail=detail, now=now, stale_after_s=watched.stale_after_s)
        slot = self._slots.get(state.entry.id)
        if slot is not None:
            slot.failures += 1
            slot.denied = isinstance(error, Denied)
        self._outcome.lost(state)

    def _doubt(self, watched: Watched, error: CollectError) -> None:
        """Forget the family of a device that answers as another, unless the operator named it."""
        if isinstance(error, Unreachable):
            return
        if isinstance(error, Contradicted):
            watched.is_in_doubt = True  # until the operator or the device gives way
            return
        if isinstance(error, Garbled | Unsupported):
            self._contradicted(watched, by=CONTRADICTIONS if isinstance(error, Unsupported) else 1)

    @staticmethod
    def _contradicted(watched: Watched, *, by: int) -> None:
        watched.contradictions += by
        if watched.contradictions >= CONTRADICTIONS:
            watched.contradictions = 0
            watched.model = None
            watched.is_in_doubt = watched.configured is not None
            if watched.configured is None and watched.family is not None:
                log.info("device %s is identified anew", watched.state.entry.id)
                watched.family = None
                watched.target.memory.clear()


def _lost_its_uptime(state: DeviceState, reading: Reading) -> bool:
    """Tell whether the device says no more how long it runs: another kind of device may answer in its place."""
    return reading.uptime_s is None and state.reading is not None and state.reading.uptime_s is not None


def _leapt(state: DeviceState, reading: Reading, *, now: float) -> bool:
    """Tell whether the uptime is not that of the device which gave the reading before."""
    before, then = state.reading, state.reading_at
    if before is None or then is None or before.uptime_s is None or reading.uptime_s is None:
        return False
    grown_s = reading.uptime_s - before.uptime_s
    return grown_s < -BACK_S or grown_s > now - then + AHEAD_S
