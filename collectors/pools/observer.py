"""Watches one pool for as long as it is let: connects, renews before the idle limit, reconnects, keeps the state.

    observer = Observer("p1", "stratum+tcp://pool.example:3333", user="account.watch", clock=clock, on_event=seen)
    await observer.run()        # until it is cancelled; the owner runs it as a task
    observer.state              # a PoolState, at any time

`clock` tells `now()` in epoch seconds and `monotonic()` in seconds that never jump. `on_event` is called with
`(observer, event)` for every session event, and with `BlockSeen`, `WentUp` and `WentDown`; it must not block. All
observers of a site share one `BlockRace`, which gives them their lag behind the earliest pool. `memory` is what a
former observer of the same URL gave, so that a change is found that happened in between.

Pools end connections that hand in no shares, most after about ten minutes. Before that the observer opens a second
connection, waits for its first job and only then lets the first one go, so that no new block is missed; neither that
nor a pool's idle limit counts as an outage. Nothing that a pool says makes the observer connect to another owner's
host: such a request is recorded, and the connection stays.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

import msgspec

from collectors.backoff import Backoff
from collectors.errors import CollectError
from collectors.pools import events
from collectors.pools.chronicle import Chronicle
from collectors.pools.connection import Connection, establish
from collectors.pools.ending import Ending, Silent, ending_of, raise_late, raise_refusals
from collectors.pools.identity import PoolMemory
from collectors.pools.patience import Patience
from collectors.pools.proof import Unproved
from collectors.pools.race import BlockRace
from collectors.pools.state import PoolState, ReconnectReason
from collectors.pools.tls import VERIFY, TlsPolicy
from collectors.pools.url import parse, same_site

_DOUBT = 0.8  # of the patience with a silent pool, then it is asked on a second connection


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> float:
        """Give the wall time in epoch seconds."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never jump."""
        ...


class BlockSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool moved to a new block; `lag_s` is its delay behind the earliest pool, None when watched alone."""

    previous_block: str
    height: int | None
    lag_s: float | None


class WentUp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool gives work again."""


class WentDown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool gives no work any more."""

    reason: ReconnectReason
    detail: str


ObserverEvent = events.Event | BlockSeen | WentUp | WentDown
OnEvent = Callable[["Observer", ObserverEvent], None]


def _unheard(_observer: "Observer", _event: ObserverEvent) -> None:
    """Listen to nothing."""


class Observer:
    """One pool under watch; see the module's own words. BadUrl when the URL is not a pool's."""

    def __init__(
        self,
        pool_id: str,
        url: str,
        *,
        clock: Clock,
        user: str | None = None,
        password: str | None = None,
        policy: TlsPolicy = VERIFY,
        race: BlockRace | None = None,
        on_event: OnEvent = _unheard,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seed: int | None = None,
        memory: PoolMemory | None = None,
    ) -> None:
        self.endpoint = parse(url)
        self.state = PoolState(id=pool_id, url=url, protocol=self.endpoint.protocol)
        self._clock = clock
        self._user = user
        self._password = password
        self._policy = policy
        self._on_event = on_event
        self._patience = patience or Patience()
        self._sleep = sleep
        self._backoff = Backoff(seed=seed)
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret
        self._chronicle = Chronicle(self.state, race or BlockRace())
        if memory is not None:
            self._chronicle.recall(memory)
        self._target = self.endpoint
        self._learned: dict[int, int] = {}
        self._renew_after_s = self._patience.renew_after_s
        self._adopted_at = 0.0
        self._renewal: ReconnectReason = "renewal"
        self._ended_after: deque[float] = deque(maxlen=2)
        self._bytes = (0, 0)

    async def run(self) -> None:
        """Watch until cancelled; whatever the pool does is noted in the state and tried again."""
        loop = asyncio.get_running_loop()
        self._due: asyncio.Future[None] = loop.create_future()
        self._timer = loop.call_later(0, _ring, self._due)
        try:
            while True:
                try:
                    connection, backlog = await self._open(until_job=False)
                except CollectError as error:
                    self._doubt(error)
                    ending = ending_of(error)
                else:
                    ending = await self._watch(connection, backlog)
                await self._recover(ending)
        finally:
            self._timer.cancel()
            self._due.cancel()
            self.state.connected = self.state.up = False
            self._chronicle.pause(now=self._clock.monotonic())

    def behind_s(self) -> float | None:
        """Give for how long the pool has given work on an older block than another pool; None while it is not known."""
        return self._chronicle.behind_s(now=self._clock.monotonic())

    def memory(self) -> PoolMemory:
        """Give what is worth keeping over a restart, for the next observer of this pool."""
        return self._chronicle.memory()

    async def _recover(self, ending: Ending) -> None:
        """Note how it ended, and wait before the next try: not at all after a planned ending."""
        state = self.state
        state.connected = False
        state.reconnects[ending.reason] = state.reconnects.get(ending.reason, 0) + 1
        if ending.planned or ending.lived_s >= self._patience.settled_s:
            self._backoff.reset()
        if ending.planned:
            return
        self._note_error(ending.reason, ending.detail)
        if state.up:
            state.up = False
            state.outages_total += 1
            self._chronicle.pause(now=self._clock.monotonic())
            self._on_event(self, WentDown(reason=ending.reason, detail=ending.detail))
        self._target = self.endpoint
        state.next_try_s = self._backoff.take()
        await self._sleep(state.next_try_s)

    async def _open(self, *, until_job: bool) -> tuple[Connection, list[events.Event]]:
        """Open a connection and subscribe; with `until_job`, also wait for work. Raises CollectError."""
        monotonic = self._clock.monotonic
        begun = monotonic()
        connection, backlog = await establish(
            self._target,
            user=self._user,
            password=self._password,
            policy=self._policy,
            until=begun + self._patience.connect_s,
            monotonic=monotonic,
            wall=self._clock.now,
            learned=self._learned,
        )
        try:
            raise_refusals(backlog)
            if not connection.session.subscribed:
                raise_late("subscription", after_s=self._patience.connect_s)
            while until_job and connection.job is None:
                left = begun + self._patience.first_job_s - monotonic()
                if left <= 0:
                    raise_late("job", after_s=self._patience.first_job_s)
                found = await connection.next_events(left)
                raise_refusals(found)
                backlog += found
        except BaseException:
            await connection.close()
            raise
        return connection, backlog

    async def _watch(self, connection: Connection, backlog: list[events.Event]) -> Ending:
        """Serve a connection and its successors until one ends without a successor at hand."""
        opening: asyncio.Task[tuple[Connection, list[events.Event]] | None] | None = None
        async with asyncio.TaskGroup() as group:
            self._adopt(connection, backlog)
            serving = group.create_task(self._serve(connection))
            try:
                while True:
                    await asyncio.wait({serving, opening or self._due}, return_when=asyncio.FIRST_COMPLETED)
                    if opening is None:
                        if serving.done():
                            return serving.result()
                        opening = group.create_task(self._open_successor())
                        continue
                    successor = await opening
                    opening = None
                    if successor is None:
                        self._renew_in(self._patience.retry_renewal_s)
                        continue
                    serving.cancel()
                    await connection.close()
                    self._count_renewal(serving)
                    connection, backlog = successor
                    self._adopt(connection, backlog)
                    serving = group.create_task(self._serve(connection))
            finally:
                self._due.cancel()
                serving.cancel()
                await connection.close()
                if opening is not None:
                    await _discard(opening)

    async def _open_successor(self) -> tuple[Connection, list[events.Event]] | None:
        """Open the connection that is to replace the present one; None when the pool would not have it."""
        try:
            return await self._open(until_job=True)
        except CollectError as error:
            self._doubt(error)
            self._target = self.endpoint
            return None

    def _doubt(self, error: CollectError) -> None:
        """Note it when whoever answers at the pool's own address cannot prove to be the pool."""
        if isinstance(error, Unproved) and self._target == self.endpoint:
            self._chronicle.unproved(error, at=self._clock.now())

    def _count_renewal(self, served: asyncio.Task[Ending]) -> None:
        """Count the change of connections under why it came about."""
        reason = self._renewal
        if served.done() and not served.cancelled():
            reason = served.result().reason
        self.state.reconnects[reason] = self.state.reconnects.get(reason, 0) + 1

    def _renew_in(self, delay_s: float) -> None:
        """Have the present connection replaced after `delay_s`, whatever was planned before."""
        loop = asyncio.get_running_loop()
        self._timer.cancel()
        if self._due.done():
            self._due = loop.create_future()
        self._timer = loop.call_later(delay_s, _ring, self._due)

    def _adopt(self, connection: Connection, backlog: list[events.Event]) -> None:
        """Make a connection the present one, and take what it has heard so far."""
        self._adopted_at = self._clock.monotonic()
        self._bytes = (self.state.bytes_in, self.state.bytes_out)
        self._target = self.endpoint
        self._renewal = "renewal"
        self._renew_in(self._renew_after_s * self._random.uniform(0.9, 1.1))
        self._chronicle.adopt(connection, at=self._clock.now())
        for event in backlog:
            self._take(event, connection)

    async def _serve(self, connection: Connection) -> Ending:
        """Read one connection until it ends."""
        begun = self._clock.monotonic()
        try:
            await self._read(connection, begun=begun)
        except CollectError as error:
            ending = ending_of(error, lived_s=self._clock.monotonic() - connection.opened_at)
        if ending.reason in ("closed", "reset") and connection.job is not None:
            return self._learn_limit(ending)
        return ending

    async def _read(self, connection: Connection, *, begun: float) -> NoReturn:
        """Take what comes and ask the harmless question now and then; never returns, raises CollectError."""
        patience = self._patience
        ping_at = begun + patience.ping_every_s
        late_at = begun + patience.first_job_s
        doubted_at = 0.0
        while True:
            now = self._clock.monotonic()
            quiet_until = connection.heard_at + patience.silent_s
            if now >= quiet_until:
                raise Silent(f"nothing came for {patience.silent_s:g} s")
            doubt_at = connection.heard_at + _DOUBT * patience.silent_s
            if now >= doubt_at > doubted_at:
                # A pool without news may have none: a second connection tells before the first is given up.
                doubted_at = doubt_at
                self._renew_in(0.0)
            if connection.pinged_at is not None and now >= connection.pinged_at + patience.echo_s:
                connection.session.forget_ping()
                connection.pinged_at = None
            if now >= late_at and connection.job is None:
                late_at = quiet_until
                self._note_error("timed_out", f"no job within {patience.first_job_s:g} s")
            if now >= ping_at:
                ping_at = now + patience.ping_every_s
                await connection.ping()
                self.state.tcp_rtt_s = connection.transport.kernel_rtt_s()
                self._chronicle.tick(now=now)
            deadlines = [quiet_until, ping_at]
            if doubt_at > doubted_at:
                deadlines.append(doubt_at)
            if connection.job is None:
                deadlines.append(late_at)
            if connection.pinged_at is not None:
                deadlines.append(connection.pinged_at + patience.echo_s)
            found = await connection.next_events(max(min(deadlines) - now, 0.001))
            raise_refusals(found)
            for event in found:
                self._take(event, connection)
            self._count_bytes(connection)

    def _learn_limit(self, ending: Ending) -> Ending:
        """Take the end of a connection that gave work for its idle limit; after two such, renew before the third."""
        if ending.lived_s < self._patience.idle_limit_s:
            return ending
        self._ended_after.append(ending.lived_s)
        if len(self._ended_after) > 1:
            self._renew_after_s = min(self._renew_after_s, 0.8 * min(self._ended_after))
        detail = f"ended by the pool after {ending.lived_s:.0f} s"
        return Ending(reason="idle_limit", detail=detail, planned=True, lived_s=ending.lived_s)

    def _note_error(self, reason: ReconnectReason, detail: str) -> None:
        self.state.last_error_reason, self.state.last_error = reason, detail
        self.state.last_error_at = self._clock.now()

    def _take(self, event: events.Event, connection: Connection) -> None:
        """Note an event and pass it on."""
        at, now = self._clock.now(), self._clock.monotonic()
        was_up = self.state.up
        new_block = self._chronicle.take(event, connection=connection, at=at, now=now)
        self._on_event(self, event)
        if isinstance(event, events.ReconnectAsked):
            self._asked_away(event, now=now, at=at)
        if self.state.up and not was_up:
            self._on_event(self, WentUp())
        if new_block and isinstance(event, events.JobReceived):
            lag = self.state.new_block_lag_s
            self._on_event(self, BlockSeen(previous_block=event.job.previous_block, height=event.job.height, lag_s=lag))

    def _asked_away(self, event: events.ReconnectAsked, *, now: float, at: float) -> None:
        """Follow a request to reconnect within the pool's own domain; record any other, and stay."""
        host = event.host or self.endpoint.host
        port = event.port or self.endpoint.port
        if not same_site(host, self.endpoint.host):
            self._chronicle.redirected(before=self.endpoint.host, after=f"{host}:{port}", at=at)
            return
        if (host, port) != (self.endpoint.host, self.endpoint.port):
            self._target = msgspec.structs.replace(self.endpoint, host=host, port=port)
        self._renewal = "redirect"
        least_s = self._adopted_at + self._patience.renew_least_s - now
        self._renew_in(max(min(event.wait_s, self._patience.renew_after_s), least_s))

    def _count_bytes(self, connection: Connection) -> None:
        received, sent = self._bytes
        self.state.bytes_in = received + connection.transport.bytes_in
        self.state.bytes_out = sent + connection.transport.bytes_out


def _ring(due: asyncio.Future[None]) -> None:
    """Complete a future that nobody may have wanted any more."""
    if not due.done():
        due.set_result(None)


async def _discard(opening: asyncio.Task[tuple[Connection, list[events.Event]] | None]) -> None:
    """Stop a connection that is being opened, or close the one that has been."""
    opening.cancel()
    await asyncio.wait({opening})
    if not opening.cancelled() and opening.exception() is None:
        opened = opening.result()
        if opened is not None:
            await opened[0].close()
