"""One courier a hook: takes what the outbox owes it, delivers at least once, and backs off while the hook fails.

Two kinds of failure are told apart. One that belongs to the hook (nobody there, denied, overloaded) stops everything
but one try at a time, with waits that double up to an hour. One that belongs to a notice (rejected) delays that
notice alone. How long a hook may fail is nobody's business unless the operator says so; a notice that the receiver
rejects is given up after some days, and told anew if what it speaks of still holds.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec

from collectors.backoff import Backoff
from daemon.clock import Clock
from daemon.findings import Finding
from daemon.hooks.hook import DeliveryFailed, Gone, Hook, Notice, Rejected
from daemon.hooks.status import Tally
from daemon.ledger import Delivery
from daemon.ledger.outbox import Outbox

log = logging.getLogger(__name__)

AT_ONCE = 4  # batches in flight to a hook that works
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 3600.0
NEWS_WAIT_S = 60.0  # a failing hook is tried for a new finding after this long, however long its backoff has become
REJECTED_S = 3 * 86400.0  # a receiver that has refused a notice for so long will not have it

_decode = msgspec.json.Decoder(Finding).decode


class Courier:
    """Works one hook's part of the outbox; `run` never ends by itself."""

    def __init__(
        self,
        hook: Hook,
        *,
        outbox: Outbox,
        clock: Clock,
        tally: Tally,
        site: str = "",
        give_up_after_s: float | None = None,
        tell_withheld: Callable[[], int] = lambda: 0,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self.hook = hook
        self._outbox = outbox
        self._clock = clock
        self._tally = tally
        self._site = site
        self._give_up_after_s = give_up_after_s
        self._tell_withheld = tell_withheld
        self._first_wait_s = first_wait_s
        self._backoff = Backoff(first_s=first_wait_s, limit_s=LONGEST_WAIT_S)
        self._tried_at = 0.0
        self._has_told_anew = False
        self._blocked_until: float | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        changed = self._outbox.changed(self.hook.id)
        while True:
            if self._tally.is_gone:
                changed.clear()
                await self._outbox.drop(self.hook.id)
                await changed.wait()
            elif not await self._round(changed):
                await self._wait(changed)

    def succeeded(self) -> None:
        """Note that the hook works, by whatever sign."""
        if self._tally.failing_since is not None:
            away_s = self._clock.now() - self._tally.failing_since
            log.warning("hook %s works again after %.0f s", self.hook.id, away_s)
        self._blocked_until = None
        self._has_told_anew = False
        self._backoff.reset()
        self._tally.works(self._clock.now())
        self._outbox.changed(self.hook.id).set()

    def failed(self, error: DeliveryFailed) -> None:
        """Note a failure of the hook as such, and wait before the next try."""
        now = self._clock.now()
        self._has_told_anew = False
        if self._blocked_until is not None and self._clock.monotonic() < self._blocked_until:
            # One of several that were on their way when the first of them failed: that is one failure, not many.
            next_try_at = now + self._blocked_until - self._clock.monotonic()
            self._tally.fails(error.reason, str(error), now=now, next_try_at=next_try_at)
            return
        if self._tally.failing_since is None:
            log.warning("hook %s fails (%s): %s", self.hook.id, error.reason, error)
        else:
            log.debug("hook %s still fails (%s): %s", self.hook.id, error.reason, error)
        wait_s = max(self._backoff.take(), error.retry_after_s or 0.0)
        self._blocked_until = self._clock.monotonic() + wait_s
        self._tally.fails(error.reason, str(error), now=now, next_try_at=now + wait_s)

    async def _round(self, changed: asyncio.Event) -> bool:
        """Try what is due; False when there was nothing to do.

        What comes while a try is under way, or is known to have failed, is news still when that is over.
        """
        if self._blocked_until is not None and self._clock.monotonic() < self._blocked_until:
            return False
        changed.clear()
        now = self._clock.now()
        limit = self.hook.batch * (AT_ONCE if self._blocked_until is None else 1)
        due = self._outbox.due(self.hook.id, now=now, limit=limit)
        if not due:
            if self._outbox.needs_refill(self.hook.id) and await self._outbox.refill(self.hook.id):
                return True
            # Once between two outcomes: what is told anew and at once too old again must not go round and round.
            if self._has_told_anew:
                return False
            self._has_told_anew = bool(self._tell_withheld())
            return self._has_told_anew
        if expired := [delivery for delivery in due if self._is_expired(delivery, now)]:
            self._give_up(expired)
            return True
        self._tried_at = self._clock.monotonic()
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(due), self.hook.batch):
                group.create_task(self._deliver(due[start : start + self.hook.batch]))
        return True

    async def _wait(self, changed: asyncio.Event) -> None:
        """Sleep until the next try; news cuts a long backoff short, but not below a minute."""
        next_due = self._outbox.next_due(self.hook.id)
        wait_s = None if next_due is None else max(next_due - self._clock.now(), 0.0)
        if wait_s is not None and self._blocked_until is not None:
            wait_s = max(wait_s, self._blocked_until - self._clock.monotonic())
        if self._outbox.needs_refill(self.hook.id):
            wait_s = min(NEWS_WAIT_S, NEWS_WAIT_S if wait_s is None else wait_s)
        try:
            async with asyncio.timeout(wait_s):
                await changed.wait()
        except TimeoutError:
            return
        if self._blocked_until is not None:
            news_at = self._tried_at + max(NEWS_WAIT_S, self._first_wait_s)
            self._blocked_until = min(self._blocked_until, max(news_at, self._clock.monotonic()))
            await asyncio.sleep(max(self._blocked_until - self._clock.monotonic(), 0.0))

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        notices = [notice for delivery in deliveries if (notice := self._notice(delivery)) is not None]
        if not notices:
            for delivery in deliveries:
                self._outbox.settle(delivery)
            return
        try:
            await self._send(notices)
        except Rejected as error:
            await self._rejected(deliveries, error)
        except Gone as error:
            log.warning(
                "hook %s is gone (%s); it gets nothing more until the configuration changes", self.hook.id, error
            )
            self._tally.is_gone = True
            self._tally.fails(error.reason, str(error), now=self._clock.now(), next_try_at=None)
        except DeliveryFailed as error:
            self.failed(error)
            for delivery in deliveries:
                self._outbox.fail(delivery, next_try=delivery.next_try, reason=error.reason)
        else:
            self._settle(deliveries)

    async def _send(self, notices: Sequence[Notice]) -> None:
        try:
            await self.hook.send(notices)
        except DeliveryFailed:
            raise
        except Exception as error:
            log.exception("hook %s failed in a way that nobody foresaw", self.hook.id)
            raise DeliveryFailed("failed", f"{type(error).__name__}: {error}") from error

    async def _rejected(self, deliveries: Sequence[Delivery], error: Rejected) -> None:
        """Find out which of a batch was meant, and put that one off."""
        if len(deliveries) > 1:
            for delivery in deliveries:
                await self._deliver([delivery])
            return
        delivery = deliveries[0]
        level = logging.DEBUG if delivery.attempts else logging.WARNING
        log.log(level, "hook %s rejects %s: %s", self.hook.id, delivery.event_id, error)
        wait_s = min(self._first_wait_s * 2.0 ** min(delivery.attempts, 12), LONGEST_WAIT_S)
        self._outbox.fail(
            delivery,
            next_try=self._clock.now() + max(wait_s, error.retry_after_s or 0.0),
            reason=error.reason,
        )
        self._tally.rejects(error.reason, str(error))

    def _settle(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._outbox.settle(delivery)
            self._tally.delivered()
        self.succeeded()

    def _is_expired(self, delivery: Delivery, now: float) -> bool:
        was_tried = delivery.attempts > 0 or self._blocked_until is not None
        limits = [self._give_up_after_s, REJECTED_S if delivery.reason == "rejected" else None]
        return was_tried and any(limit is not None and now - delivery.created_at > limit for limit in limits)

    def _give_up(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            log.error("hook %s never took %s; it is given up", self.hook.id, delivery.event_id)
            self._outbox.give_way(delivery)
            self._tally.gives_up("expired")

    def _notice(self, delivery: Delivery) -> Notice | None:
        """Make the notice; one whose body another version wrote and this one cannot read is passed over."""
        try:
            finding = _decode(delivery.body)
        except msgspec.MsgspecError as error:
            log.error("the notice %s cannot be read (%s); it is given up", delivery.event_id, error)  # noqa: TRY400
            self._tally.gives_up("failed")
            return None
        return Notice(
            id=delivery.event_id, kind=delivery.event, at=delivery.created_at, finding=finding, site=self._site
        )
