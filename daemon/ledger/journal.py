"""Changes on their way to the disk: gathered while the writer is busy, written in one transaction, kept when it fails.

All of this runs on the event loop; only whole batches travel to the writer's thread. What is noted without an await
in between is written together or not at all. A change that is made twice before it is written is written once, so
what waits is bounded by what exists and not by how long a disk is away.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from daemon.clock import Clock
from daemon.ledger.disk import Batch, Disk
from daemon.ledger.records import Content, Health
from daemon.ledger.sums import Sums
from daemon.ledger.tables import Row, Table
from daemon.ledger.trouble import DiskTrouble
from daemon.ledger.worker import Worker

log = logging.getLogger(__name__)

SLOW_S = 10.0
FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
MOST_PENDING = 50_000  # rows a table; beyond them the oldest are forgotten, and counted


class Journal:
    """Where changes wait for the disk, and the one who decides whether there is a disk at all.

    `absorb` is called with what a file held each time one is opened; what it puts into the journal is written next.
    """

    def __init__(
        self,
        disk: Disk | None,
        *,
        clock: Clock,
        sums: tuple[Sums, ...],
        absorb: Callable[[Content], None],
        slow_s: float = SLOW_S,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._disk = disk
        self._clock = clock
        self._sums = sums
        self._absorb = absorb
        self._slow_s = slow_s
        self._first_retry_s = first_retry_s
        self._retry_s = first_retry_s
        self._worker = Worker("ledger-writer") if disk is not None else None
        self._pending: dict[tuple[str, Row], Row | None] = {}
        self._sizes: Counter[str] = Counter()
        self._sums_due = False
        self._writing: Batch | None = None
        self._opening = False
        self._is_on_trial = False
        self._note = ""
        self._scheduled = False
        self._stopped = False
        self._served: list[asyncio.Future[bool]] = []
        self._waiting: list[asyncio.Future[bool]] = []
        self._retry: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self.dropped: Counter[tuple[str, str]] = Counter()
        reason = "not_configured" if disk is None else "not_opened"
        path = None if disk is None else str(disk.path)
        self.health = Health(medium="memory", reason=reason, since=clock.now(), path=path)

    def __len__(self) -> int:
        return len(self._pending) + (len(self._writing.rows) if self._writing else 0)

    @property
    def pending(self) -> Mapping[tuple[str, Row], Row | None]:
        """The rows that are not on disk yet, those that are being written just now included."""
        return {**self._writing.rows, **self._pending} if self._writing else self._pending

    async def open(self) -> None:
        """Try to open the disk and wait for the outcome, at most a while; afterwards `health` tells."""
        if self._disk is None or self._stopped:
            return
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._open()
        await waiter

    def put(self, table: Table, key: Row, row: Row | None) -> None:
        """Note a change: a row to be there, or with None to be gone."""
        if self._disk is None:
            return
        if (table.name, key) not in self._pending:
            self._sizes[table.name] += 1
            if self._sizes[table.name] > MOST_PENDING:
                self._forget_oldest(table.name)
        self._pending[table.name, key] = row
        self._schedule()

    def put_sums(self) -> None:
        """Write the sums with the next batch."""
        if self._disk is not None and any(self._sums):
            self._sums_due = True
            self._schedule()

    async def written(self) -> bool:
        """Wait until everything noted so far is on disk; False at once when there is no disk to wait for."""
        if self.health.medium == "memory":
            return False
        if not self._pending and not self._sums_due and self._writing is None:
            return True
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._pending or self._sums_due:
            self._waiting.append(waiter)
        else:
            self._served.append(waiter)
        return await waiter

    async def close(self, *, within_s: float) -> bool:
        """Write what waits, close the file and stop the thread; False when something did not reach the disk."""
        if self._disk is None or self._worker is None or self._stopped:
            return False
        done = False
        try:
            async with asyncio.timeout(within_s):
                if self.health.medium == "memory" and self._writing is None and not self._opening:
                    await self.open()  # the disk may have come back since the last try
                done = await self.written()
                self._stopped = True
                await self._worker.submit(self._disk.close)
        except TimeoutError:
            done = False
        self._stopped = True
        for handle in (self._retry, self._watch):
            if handle is not None:
                handle.cancel()
        self._worker.stop()
        return done

    def abandon(self) -> None:
        """Let go of file and thread as soon as they are free, without waiting for that."""
        if self._disk is not None and self._worker is not None and not self._stopped:
            self._stopped = True
            self._unwatch()
            self._worker.submit(self._disk.close)
            self._worker.stop()

    def _schedule(self) -> None:
        """Hand over after the caller has noted all that belongs together."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._scheduled = False
        is_away = self.health.medium == "memory" and not self._is_on_trial
        if self._stopped or self._writing is not None or self._opening or is_away:
            return
        if self._disk is None or self._worker is None or not (self._pending or self._sums_due):
            return
        portions = [portion for sums in self._sums if (portion := sums.take()) is not None] if self._sums_due else []
        self._sums_due = False
        self._writing = Batch(rows=self._pending, portions=tuple(portions))
        self._pending = {}
        self._sizes.clear()
        self._served, self._waiting = self._waiting, []
        self._watch = asyncio.get_running_loop().call_later(self._slow_s, self._too_slow)
        self._worker.submit(partial(self._disk.write, self._writing)).add_done_callback(self._wrote)

    def _wrote(self, future: "asyncio.Future[None]") -> None:
        batch, self._writing = self._writing, None
        self._unwatch()
        if batch is None or self._stopped or future.cancelled():
            return
        trouble = future.exception()
        if trouble is None:
            for portion in batch.portions:
                self._sums_of(portion.table.name).committed(portion)
            if self.health.medium == "memory":
                self._recovered(self._note)
            self._is_on_trial = False
            self._answer(written=True)
            self._schedule()
            return
        self._pending = {**batch.rows, **self._pending}
        self._sizes = Counter(name for name, _ in self._pending)
        for portion in batch.portions:
            self._sums_of(portion.table.name).failed(portion)
            self._sums_due = True
        self._troubled(trouble)

    def _open(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._disk is None or self._worker is None or self._opening or self._writing is not None or self._stopped:
            return
        self._opening = True
        self._watch = asyncio.get_running_loop().call_later(self._slow_s, self._too_slow)
        self._worker.submit(self._disk.open).add_done_callback(self._opened)

    def _opened(self, future: "asyncio.Future[Content]") -> None:
        self._opening = False
        self._unwatch()
        if self._stopped or future.cancelled():
            return
        trouble = future.exception()
        if trouble is not None:
            self._troubled(trouble)
            return
        content = future.result()
        self._absorb(content)
        self._note = content.note
        if self._pending or self._sums_due:
            # A full disk can still be read: a file that failed is trusted again when it has taken what waits.
            self._is_on_trial = self.health.reason != "not_opened"
            if not self._is_on_trial:
                self._recovered(content.note)
            self._schedule()
        else:
            self._recovered(content.note)
            self._served, self._waiting = self._waiting, []
            self._answer(written=True)

    def _recovered(self, note: str) -> None:
        if self.health.reason != "not_opened":
            away_s = self._clock.now() - self.health.since
            log.warning("the ledger is back on disk after %.0f s in memory (%s)", away_s, self.health.reason)
        if note:
            log.warning("the ledger: %s", note)
        self._retry_s = self._first_retry_s
        self._note = ""
        self.health = Health(
            medium="disk", since=self._clock.now(), note=note or self.health.note, path=self.health.path
        )

    def _troubled(self, trouble: BaseException) -> None:
        self._is_on_trial = False
        if isinstance(trouble, DiskTrouble):
            self._go_on_in_memory(trouble.reason, str(trouble))
        else:
            log.error("the ledger failed in a way that nobody foresaw", exc_info=trouble)
            self._go_on_in_memory("failed", f"{type(trouble).__name__}: {trouble}")
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(self._retry_s, self._open)
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)

    def _too_slow(self) -> None:
        self._watch = None
        self._go_on_in_memory("too_slow", f"the disk has not answered for {self._slow_s:g} s")

    def _go_on_in_memory(self, reason: str, detail: str) -> None:
        if self.health.medium == "disk" or self.health.reason != reason:
            log.error(
                "the ledger goes on in memory (%s): %s; a restart now would forget what has not reached the disk",
                reason,
                detail,
            )
            begins = self.health.medium == "disk" or self.health.reason == "not_opened"
            since = self._clock.now() if begins else self.health.since
            self.health = msgspec.structs.replace(
                self.health, medium="memory", reason=reason, detail=detail, since=since
            )
        self._served += self._waiting
        self._waiting = []
        self._answer(written=False)

    def _answer(self, *, written: bool) -> None:
        served, self._served = self._served, []
        for waiter in served:
            if not waiter.done():
                waiter.set_result(written)

    def _forget_oldest(self, name: str) -> None:
        oldest = next((entry for entry in self._pending if entry[0] == name), None)
        if oldest is not None:
            del self._pending[oldest]
            self._sizes[name] -= 1
            self.dropped[name, "memory_full"] += 1

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _sums_of(self, name: str) -> Sums:
        return next(sums for sums in self._sums if sums.table.name == name)
