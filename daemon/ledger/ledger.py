"""What the daemon remembers across restarts: findings, deliveries owed, marks, state, and sums of energy and money."""

import asyncio
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Self

import msgspec

from daemon.clock import Clock, SystemClock
from daemon.findings import Finding
from daemon.ledger import chain
from daemon.ledger.changes import ConfigChange
from daemon.ledger.disk import Disk
from daemon.ledger.journal import FIRST_RETRY_S, SLOW_S, Journal
from daemon.ledger.loading import finding_row, findings_since
from daemon.ledger.marks import Marks
from daemon.ledger.outbox import Outbox, name_event
from daemon.ledger.pool_days import pool_day_row
from daemon.ledger.reader import Reader
from daemon.ledger.records import (
    Content,
    Delivery,
    DeviceDay,
    Event,
    Health,
    Kept,
    PoolDay,
    QueueCounts,
    Receipt,
    SiteHour,
)
from daemon.ledger.states import States
from daemon.ledger.sums import Sums
from daemon.ledger.tables import (
    CLOSED_BEFORE,
    CLOSED_DAYS,
    CONFIG_CHANGES,
    DAYS_BEFORE,
    DEVICE_DAYS,
    DROPPED_DAYS,
    FINDINGS,
    POOL_DAYS,
    SITE_HOURS,
)
from daemon.ledger.texts import clean, writable

RECENT = 1_000  # closed findings that stay at hand when there is no disk to ask
KEEP_S = 400 * 86400.0  # a year and a bit, so that a month can be compared with the one a year ago
FLUSH_S = 60.0
CLOSE_WITHIN_S = 3.0


class Ledger:
    """The daemon's memory, on disk where there is one; all of it is called from the event loop.

    A file that cannot be used never stops the daemon: `health` says so, everything goes on in memory, and what
    waited is written when the disk is back.
    """

    def __init__(self, path: Path | None, *, clock: Clock, keep_s: float, slow_s: float, first_retry_s: float) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._sums = {table.name: Sums(table) for table in (DEVICE_DAYS, SITE_HOURS)}
        self._disk = Disk(path) if path is not None else None
        self._reader = Reader(path) if path is not None else None
        self._journal = Journal(
            self._disk,
            clock=clock,
            sums=tuple(self._sums.values()),
            absorb=self._absorb,
            slow_s=slow_s,
            first_retry_s=first_retry_s,
        )
        self.outbox = Outbox(self._journal, reader=self._reader)
        self.outbox.gave_way = self._withhold
        self.marks = Marks(self._journal, clock=clock)
        self._open: dict[str, Kept] = {}
        self._withheld: dict[str, dict[str, None]] = {}
        self._recent: deque[Finding] = deque(maxlen=RECENT)
        self._states = States(self._journal, reader=self._reader, clock=clock)
        self._is_started = False
        self._timer: asyncio.TimerHandle | None = None
        self._pruned_at = 0.0

    @classmethod
    async def open(
        cls,
        path: Path | str | None,
        *,
        clock: Clock | None = None,
        keep_s: float = KEEP_S,
        slow_s: float = SLOW_S,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> Self:
        """Open the ledger, with None in memory only; it always succeeds, `health` tells how.

        Closed findings and the days of single devices are dropped when they are older than `keep_s`.
        A disk that does not answer within `slow_s` is done without; one that fails is tried again after
        `first_retry_s`, then less and less often.
        """
        place = None if path is None else Path(path)
        ledger = cls(place, clock=clock or SystemClock(), keep_s=keep_s, slow_s=slow_s, first_retry_s=first_retry_s)
        try:
            await ledger._journal.open()
        except asyncio.CancelledError:
            ledger._journal.abandon()
            if ledger._reader is not None:
                ledger._reader.stop()
            raise
        ledger._is_started = True
        ledger._each_minute()
        return ledger

    async def close(self, *, within_s: float = CLOSE_WITHIN_S) -> bool:
        """Write what waits and close; False when something did not reach the disk in time."""
        if self._timer is not None:
            self._timer.cancel()
        self._journal.put_sums()
        done = await self._journal.close(within_s=within_s)
        if self._reader is not None:
            self._reader.stop()
        return done

    @property
    def health(self) -> Health:
        """Tell where things are kept now, and why."""
        return self._journal.health

    def queues(self) -> QueueCounts:
        """Count what waits (`ledger`, and `hook:ID` a hook) and what was lost, by queue and reason."""
        lengths = {"ledger": len(self._journal)}
        lengths.update({f"hook:{hook}": length for hook, length in self.outbox.lengths().items()})
        dropped: Counter[tuple[str, str]] = Counter()
        for (_, reason), count in self._journal.dropped.items():
            dropped["ledger", reason] += count
        for sums in self._sums.values():
            for reason, count in sums.dropped.items():
                dropped["ledger", reason] += count
        dropped.update(self.outbox.dropped)
        if self._disk is not None and self._disk.refused:
            dropped["ledger", "refused"] += self._disk.refused
        return QueueCounts(lengths=lengths, dropped=dropped)

    async def record_transition(
        self, finding: Finding, *, event: Event | None = None, hooks: Sequence[str] = (), told: Iterable[str] = ()
    ) -> Receipt:
        """Note a transition as `note_transition` does, and wait until that is on disk."""
        owed = self.note_transition(finding, event=event, hooks=hooks, told=told)
        return Receipt(durable=await self.written(), owed=owed)

    async def written(self) -> bool:
        """Wait until all that was noted so far is on disk; False when there is none to wait for."""
        return await self._journal.written()

    def note_transition(
        self, finding: Finding, *, event: Event | None = None, hooks: Sequence[str] = (), told: Iterable[str] = ()
    ) -> int:
        """Keep a finding's newest word and owe `event` to `hooks`, both together; says how many are owed it.

        `told` are the hooks that know of the finding from now on, besides those that knew it before. Raises
        ValueError for a pending finding: that is the engine's own affair.
        """
        if finding.state == "pending":
            raise ValueError(f"finding {finding.id} is pending")
        finding = writable(finding)
        before = self._open.get(finding.id, Kept(finding=finding))
        withheld = before.withheld - frozenset(hooks)
        self._keep(Kept(finding=finding, told=before.told | frozenset(told), withheld=withheld))
        if finding.state == "closed":
            self._recent.append(self.marks.decorated(finding))
        if event is not None and hooks:
            self._owe(finding, event, hooks)
        if finding.state == "closed":
            self.marks.forget(finding.id)
        return len(hooks) if event else 0

    def open_findings(self) -> list[Finding]:
        """Give the open findings with their marks."""
        return [self.marks.decorated(kept.finding) for kept in self._open.values()]

    def finding(self, finding_id: str) -> Finding | None:
        """Give an open finding with its marks; None when there is none of that id."""
        kept = self._open.get(finding_id)
        return None if kept is None else self.marks.decorated(kept.finding)

    def told(self, finding_id: str) -> frozenset[str]:
        """Name the hooks that know of an open finding."""
        kept = self._open.get(finding_id)
        return kept.told if kept else frozenset()

    def withhold(self, finding_id: str, hook: str) -> None:
        """Note that a hook is to be told of an open finding when it works again; nothing when there is none."""
        kept = self._open.get(finding_id)
        if kept is not None and hook not in kept.withheld:
            self._keep(msgspec.structs.replace(kept, withheld=kept.withheld | {hook}))

    def take_withheld(self, hook: str, *, limit: int) -> list[Finding]:
        """Give open findings whose newest word to a hook gave way, oldest first, and forget that it did."""
        found = [self._open[finding_id] for finding_id in islice(self._withheld.get(hook, ()), limit)]
        for kept in found:
            self._keep(msgspec.structs.replace(kept, withheld=kept.withheld - {hook}))
        return [self.marks.decorated(kept.finding) for kept in found]

    async def acknowledge(self, finding_id: str, *, by: str) -> Finding | None:
        """Note that somebody has taken an open finding on; None when there is none of that id."""
        finding = self.finding(finding_id)
        if finding is None:
            return None
        self.marks.acknowledge(finding, by=clean(by))
        await self._journal.written()
        return self.finding(finding_id)

    async def silence(self, finding_id: str, *, until: float, by: str) -> Finding | None:
        """Keep hooks quiet about an open finding, and about its rule on its subject, until an epoch time.

        None when there is no open finding of that id. A time that has passed ends the silence.
        """
        finding = self.finding(finding_id)
        if finding is None:
            return None
        self.marks.silence(finding, until=until, by=clean(by))
        await self._journal.written()
        return self.finding(finding_id)

    async def history(
        self,
        *,
        since: float = 0.0,
        until: float = float("inf"),
        rule: str | None = None,
        subject: str | None = None,
        limit: int = 500,
    ) -> list[Finding]:
        """Give findings, open and closed, that opened in a period, newest first."""
        found: dict[str, Finding] = {}
        if self._reader is not None:
            await self._journal.written()
            question = partial(findings_since, since=since, until=until, rule=rule, subject=subject, limit=limit)
            try:
                found = {finding.id: finding for finding in await self._reader.ask(question)}
            except sqlite3.Error:
                found = {}  # `health` says that the disk is away; what is at hand follows
        for finding in (*self._recent, *self.open_findings()):
            is_wanted = rule in (None, finding.rule) and subject in (None, finding.subject)
            if is_wanted and since <= (finding.opened_at or finding.since) < until:
                found[finding.id] = finding
        newest = sorted(found.values(), key=lambda finding: finding.opened_at or finding.since, reverse=True)
        return newest[:limit]

    def keep(self, keep_s: float) -> None:
        """Keep closed findings and the days of single devices for so long from now on."""
        if keep_s != self._keep_s:
            self._keep_s = keep_s
            self._pruned_at = 0.0

    def save_state(self, key: str, value: bytes) -> None:
        """Keep a part's own state under a name; it is on disk a moment later."""
        self._states.save(key, value)

    async def load_state(self, key: str) -> bytes | None:
        """Give what was kept under a name; None when nothing was, or the disk cannot be read."""
        return await self._states.load(key)

    def add_energy(self, rows: Iterable[DeviceDay]) -> None:
        """Add what devices did in a part of a day; it is on disk within a minute."""
        sums = self._sums[DEVICE_DAYS.name]
        for row in rows:
            sums.add(row)

    def add_site_hours(self, rows: Iterable[SiteHour]) -> None:
        """Add what the site and its feeders did in a part of an hour; it is on disk within a minute."""
        sums = self._sums[SITE_HOURS.name]
        for row in rows:
            sums.add(row)

    async def close_days(self, *, through: int, hours_of: Callable[[int], tuple[int, int]]) -> int | None:
        """Put every day up to `through` into the chain that is not there yet; nothing may be added to them any more.

        `hours_of` gives the UTC hours that begin within a day. The result is the newest day that is closed, None
        when there is none or no disk. Raises sqlite3.Error when the file cannot be read.
        """
        if self._reader is None or not await self.flush():
            return None
        last = await self._reader.ask(chain.newest)
        day = last.day + 1 if last else await self._reader.ask(chain.oldest_open_day)
        while day is not None and day <= through:
            before = last.chain if last else chain.GENESIS
            now = self._clock.now()
            last = await self._reader.ask(
                partial(chain.close_day, day=day, hours=hours_of(day), before=before, now=now)
            )
            self._journal.put(CLOSED_DAYS, (day,), msgspec.structs.astuple(last))
            if not await self._journal.written():
                return None
            day += 1
        return last.day if last else None

    def note_change(self, change: ConfigChange) -> None:
        """Keep an entry of the record of configurations; it is on disk a moment later."""
        self._journal.put(CONFIG_CHANGES, (change.number,), msgspec.structs.astuple(change))

    def keep_pool_days(self, days: Iterable[PoolDay]) -> None:
        """Keep what pools owed and paid for some days, in place of what was known of those days before."""
        for one in days:
            self._journal.put(POOL_DAYS, (one.day, one.pool), pool_day_row(one))

    async def flush(self) -> bool:
        """Write everything that waits, the sums too; False when there is no disk."""
        self._journal.put_sums()
        return await self._journal.written()

    async def ask(self, question: "partial[Any]") -> Any:
        """Let a report's question read the file, after everything that waits was written.

        `question` is called with an open read-only connection, in the reader's thread. Raises sqlite3.Error when
        the file cannot be read, and when there is none.
        """
        await self.flush()
        if self._reader is None:
            raise sqlite3.OperationalError("the ledger is kept in memory only")
        return await self._reader.ask(question)

    def _keep(self, kept: Kept) -> None:
        """Hold a finding as it is now, on disk too."""
        finding_id, is_open = kept.finding.id, kept.finding.state == "open"
        before = self._open.get(finding_id)
        now_withheld = kept.withheld if is_open else frozenset()
        for hook in (before.withheld if before else frozenset()) - now_withheld:
            del self._withheld[hook][finding_id]
        for hook in now_withheld:
            self._withheld.setdefault(hook, {})[finding_id] = None
        if is_open:
            self._open[finding_id] = kept
        else:
            self._open.pop(finding_id, None)
        self._journal.put(FINDINGS, (finding_id,), finding_row(kept))

    def _withhold(self, delivery: Delivery) -> None:
        """Note that a hook does not know what it was owed, unless that is over by now."""
        kept = self._open.get(delivery.finding_id)
        if kept is None or delivery.event == "closed" or delivery.hook not in kept.told:
            return
        if delivery.event == "opened":
            kept = msgspec.structs.replace(kept, told=kept.told - {delivery.hook})
        self._keep(msgspec.structs.replace(kept, withheld=kept.withheld | {delivery.hook}))

    def _owe(self, finding: Finding, event: Event, hooks: Sequence[str]) -> None:
        now = self._clock.now()
        body = msgspec.json.encode(self.marks.decorated(finding))
        event_id = name_event(finding, event)
        for hook in hooks:
            self.outbox.add(
                Delivery(
                    id=self.outbox.next_id(now),
                    hook=hook,
                    finding_id=finding.id,
                    event=event,
                    event_id=event_id,
                    body=body,
                    created_at=now,
                    next_try=now,
                )
            )

    def _absorb(self, content: Content) -> None:
        """Take over what an opened file holds, and see that it gets what only memory has."""
        pending = self._journal.pending
        on_disk = {kept.finding.id: kept for kept in content.findings}
        for kept in self._open.values():
            self._journal.put(FINDINGS, (kept.finding.id,), finding_row(kept))
        self.marks.absorb(content)
        self.outbox.absorb(content)
        for sums in self._sums.values():
            sums.touch_all()
        for finding_id, kept in on_disk.items():
            if finding_id in self._open or (FINDINGS.name, (finding_id,)) in pending:
                continue
            if self._is_started:
                self._close_orphan(kept)
                continue
            self._open[finding_id] = kept
            for hook in kept.withheld:
                self._withheld.setdefault(hook, {})[finding_id] = None
            if content.is_salvaged:
                self._journal.put(FINDINGS, (finding_id,), finding_row(kept))

    def _close_orphan(self, kept: Kept) -> None:
        """End a finding that the file has open and that nobody watches any more: the engine began without the file."""
        now = self._clock.now()
        finding = msgspec.structs.replace(kept.finding, state="closed", closed_at=now, updated_at=now)
        self._journal.put(FINDINGS, (finding.id,), finding_row(Kept(finding=finding, told=kept.told)))
        self._recent.append(finding)
        self._owe(finding, "closed", sorted(kept.told))

    def _each_minute(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self._each_minute)
        now = self._clock.now()
        self.marks.expire(now)
        self._journal.put_sums()
        if now - self._pruned_at > 86400:
            self._pruned_at = now
            oldest = int((now - self._keep_s) // 86400)
            self._journal.put(CLOSED_BEFORE, (now - self._keep_s,), None)
            self._journal.put(DAYS_BEFORE, (oldest,), None)
            # Never lowered: what was dropped is not there again when more is to be kept.
            self._journal.put(DROPPED_DAYS, (), (str(oldest),))
