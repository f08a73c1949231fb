"""Tells hooks of findings: who hears of what, once, and in spite of restarts."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from daemon.clock import Clock
from daemon.findings import Finding
from daemon.hooks.alertmanager import Alertmanager
from daemon.hooks.apprise import Apprise
from daemon.hooks.deliver import FIRST_WAIT_S, Courier
from daemon.hooks.heartbeat import Heartbeat
from daemon.hooks.hook import DeliveryFailed, Hook, Wanted
from daemon.hooks.status import HookStatus, Tally
from daemon.ledger import Event, Ledger, Receipt
from daemon.ledger.outbox import MOST

log = logging.getLogger(__name__)

SWEEP_S = 15.0


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A hook with the findings that it wants, how long an undeliverable notice is kept (None: for ever), how many."""

    hook: Hook
    wanted: Wanted = Wanted()
    give_up_after_s: float | None = None
    backlog: int = MOST


class Notifier:
    """Turns the transitions of findings into notices that the ledger owes to hooks, and has them delivered.

    A hook hears of an opening when it wants the finding, of a change when the severity changed, and of the end of
    all it has heard of. Acknowledged and silenced findings bring nothing new but their end.
    """

    def __init__(
        self,
        ledger: Ledger,
        subscriptions: Iterable[Subscription] = (),
        *,
        clock: Clock,
        site: str = "",
        on_delivered: Callable[[str], None] | None = None,
        on_failure: Callable[[str, str], None] | None = None,
        first_wait_s: float = FIRST_WAIT_S,
        sweep_s: float = SWEEP_S,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._site = site
        self._on_delivered = on_delivered
        self._on_failure = on_failure
        self._first_wait_s = first_wait_s
        self._sweep_s = sweep_s
        self._tallies: dict[str, Tally] = {}
        self._subscriptions: list[Subscription] = []
        self._couriers: list[Courier] = []
        self._reconfigured = asyncio.Event()
        self.configure(subscriptions)

    def configure(self, subscriptions: Iterable[Subscription], *, site: str | None = None) -> None:
        """Use these hooks from now on, and `site` when given; counts go on, and a hook that was gone is tried again."""
        self._site = self._site if site is None else site
        for subscription in self._subscriptions:
            if isinstance(subscription.hook, Apprise):
                subscription.hook.close()
        self._subscriptions = list(subscriptions)
        for subscription in self._subscriptions:
            self._tally(subscription.hook.id).is_gone = False
        for subscription in self._receivers():
            self._ledger.outbox.bound(subscription.hook.id, most=subscription.backlog)
        self._couriers = [
            Courier(
                subscription.hook,
                outbox=self._ledger.outbox,
                clock=self._clock,
                tally=self._tally(subscription.hook.id),
                site=self._site,
                give_up_after_s=subscription.give_up_after_s,
                tell_withheld=partial(self._tell_withheld, subscription),
                first_wait_s=self._first_wait_s,
            )
            for subscription in self._receivers()
        ]
        self._reconfigured.set()

    async def publish(self, finding: Finding) -> Receipt:
        """Note a finding as `note` does, and wait until that is on disk; a pending one waits for nothing."""
        if finding.state == "pending":
            return Receipt(durable=True, owed=0)
        owed = self.note(finding)
        return Receipt(durable=await self.written(), owed=owed)

    async def written(self) -> bool:
        """Wait until all that was noted so far is on disk; False when there is none to wait for."""
        return await self._ledger.written()

    def note(self, finding: Finding) -> int:
        """Keep a finding's newest word and owe it to the hooks that are to hear of it; says to how many.

        Pending ones are left alone. Noting the same word twice, after a crash for instance, tells nobody twice.
        """
        if finding.state == "pending":
            return 0
        before = self._ledger.finding(finding.id)
        told = self._ledger.told(finding.id)
        if finding.state == "closed":
            hooks = sorted(told & {subscription.hook.id for subscription in self._receivers()})
            return self._ledger.note_transition(finding, event="closed" if hooks else None, hooks=hooks)
        is_quiet = (
            finding.acknowledged_by is not None
            or (before is not None and before.acknowledged_by is not None)
            or self._ledger.marks.is_silenced(finding)
        )
        if is_quiet:
            return self._ledger.note_transition(finding)
        taking = [one for one in self._receivers() if one.wanted.takes(finding)]
        wanting = [one.hook.id for one in taking if not self._is_gone(one)]
        fresh = [hook for hook in wanting if hook not in told]
        has_changed = before is not None and before.severity != finding.severity
        knowing = sorted(told & set(wanting)) if has_changed else []
        owed = self._record(finding, opened=fresh, updated=knowing)
        for one in taking:
            if self._is_gone(one) and (has_changed or one.hook.id not in told):
                self._ledger.withhold(finding.id, one.hook.id)
        return owed

    async def run(self) -> None:
        """Deliver, resend and beat until cancelled; hooks exchanged by `configure` take over at once."""
        while True:
            self._reconfigured.clear()
            await self._drop_unconfigured()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(courier.run(), name=f"hook {courier.hook.id}") for courier in self._couriers]
                tasks += [
                    group.create_task(self._resend(courier), name=f"resend {courier.hook.id}")
                    for courier in self._couriers
                    if isinstance(courier.hook, Alertmanager)
                ]
                tasks += [
                    group.create_task(self._beat(subscription.hook), name=f"heartbeat {subscription.hook.id}")
                    for subscription in self._subscriptions
                    if isinstance(subscription.hook, Heartbeat)
                ]
                tasks.append(group.create_task(self._sweep(), name="silences"))
                await self._reconfigured.wait()
                for task in tasks:
                    task.cancel()

    def status(self) -> list[HookStatus]:
        """Tell how each configured hook is doing."""
        owed = self._ledger.outbox.lengths()
        return [
            self._tally(one.hook.id).status(
                kind=one.hook.kind, owed=owed.get(one.hook.id, 0), lost=self._ledger.outbox.lost(one.hook.id)
            )
            for one in self._subscriptions
        ]

    def _record(self, finding: Finding, *, opened: Sequence[str], updated: Sequence[str]) -> int:
        note = self._ledger.note_transition
        if updated and opened:
            return note(finding, event="opened", hooks=opened, told=opened) + note(
                finding, event="updated", hooks=updated
            )
        event: Event | None = "opened" if opened else "updated" if updated else None
        return note(finding, event=event, hooks=opened or updated, told=opened)

    def _tell_withheld(self, subscription: Subscription) -> int:
        """Owe a hook anew what gave way before it was delivered and holds still; says how many notices that are."""
        hook = subscription.hook.id
        owed = 0
        for finding in self._ledger.take_withheld(hook, limit=self._ledger.outbox.room(hook)):
            # One in a silence is told at its end, and one that somebody has taken on needs no telling.
            is_quiet = finding.acknowledged_by is not None or self._ledger.marks.is_silenced(finding)
            if subscription.wanted.takes(finding) and not is_quiet:
                event: Event = "updated" if hook in self._ledger.told(finding.id) else "opened"
                owed += self._ledger.note_transition(finding, event=event, hooks=[hook], told=[hook])
        return owed

    async def _resend(self, courier: Courier) -> None:
        hook = courier.hook
        assert isinstance(hook, Alertmanager)
        wanted = next(one.wanted for one in self._subscriptions if one.hook is hook)
        while True:
            await asyncio.sleep(hook.interval_s)
            findings = [
                finding
                for finding in self._ledger.open_findings()
                if wanted.takes(finding) and not self._ledger.marks.is_silenced(finding)
            ]
            if not findings:
                continue
            try:
                await hook.resend(findings)
            except DeliveryFailed as error:
                courier.failed(error)
            else:
                courier.succeeded()

    async def _beat(self, heartbeat: Heartbeat) -> None:
        tally = self._tally(heartbeat.id)

        def delivered(_: str) -> None:
            if tally.failing_since is not None:
                log.warning("heartbeat %s is heard again", heartbeat.id)
            tally.delivered()
            tally.works(self._clock.now())

        def failed(_: str, error: DeliveryFailed) -> None:
            if tally.failing_since is None:
                log.warning("heartbeat %s is not heard (%s): %s", heartbeat.id, error.reason, error)
            now = self._clock.now()
            tally.fails(error.reason, str(error), now=now, next_try_at=now + heartbeat.interval_s)

        await heartbeat.run(delivered=delivered, failed=failed)

    async def _sweep(self) -> None:
        """Tell of findings that opened in a silence and still hold when it ends."""
        while True:
            ended = set(self._ledger.marks.take_ended())
            for finding in self._ledger.open_findings() if ended else ():
                if (finding.rule, finding.subject) in ended:
                    await self.publish(finding)
            await asyncio.sleep(self._sweep_s)

    async def _drop_unconfigured(self) -> None:
        known = {subscription.hook.id for subscription in self._receivers()}
        for hook in [hook for hook in self._ledger.outbox.hooks() if hook not in known]:
            count = await self._ledger.outbox.drop(hook)
            log.warning("hook %s is no longer configured; %d notices that it was owed are dropped", hook, count)
            self._tally(hook).gives_up("unconfigured", count=count)

    def _receivers(self) -> list[Subscription]:
        return [one for one in self._subscriptions if not isinstance(one.hook, Heartbeat)]

    def _is_gone(self, subscription: Subscription) -> bool:
        return self._tally(subscription.hook.id).is_gone

    def _tally(self, hook_id: str) -> Tally:
        if hook_id not in self._tallies:
            self._tallies[hook_id] = Tally(hook_id, on_delivered=self._on_delivered, on_failure=self._on_failure)
        return self._tallies[hook_id]
