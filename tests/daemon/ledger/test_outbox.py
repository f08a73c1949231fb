"""More deliveries than memory should hold wait on the disk, and none is lost or overtakes another."""

import asyncio
import time
from collections.abc import Callable

import pytest

from daemon.findings import Finding
from daemon.ledger import Delivery, Ledger, loading
from daemon.ledger.outbox import Outbox


async def _owe(ledger: Ledger, finding: Callable[..., Finding], numbers: range) -> None:
    await asyncio.gather(*(ledger.record_transition(finding(n), event="opened", hooks=["a"]) for n in numbers))


async def _drain(outbox: Outbox) -> list[int]:
    """Deliver everything to hook `a`, as its worker does."""
    seen: list[int] = []
    while True:
        for delivery in outbox.due("a", now=2e10, limit=3):
            seen.append(int(delivery.finding_id[-6:], 16))
            outbox.settle(delivery)
        if outbox.needs_refill("a"):
            await outbox.refill("a")
        if not outbox.due("a", now=2e10, limit=1):
            return seen


@pytest.fixture
def small_window(monkeypatch) -> None:
    monkeypatch.setattr(loading, "WINDOW", 10)
    monkeypatch.setattr(Outbox.__init__, "__kwdefaults__", {"window": 10})


async def test_more_than_the_window(small_window, open_ledger, finding) -> None:
    """What memory does not hold is fetched from the disk, in order."""
    ledger = await open_ledger()
    await _owe(ledger, finding, range(100))
    assert 10 == len(ledger.outbox.due("a", now=2e10, limit=1000))
    assert {"a": 100} == ledger.outbox.lengths()
    assert list(range(100)) == await _drain(ledger.outbox)
    assert {"a": 0} == ledger.outbox.lengths()


async def test_more_than_the_window_after_restart(small_window, open_ledger, finding) -> None:
    """After a restart the oldest come first, and what is new waits behind what is old."""
    ledger = await open_ledger()
    await _owe(ledger, finding, range(50))
    await ledger.close()
    again = await open_ledger()
    await _owe(again, finding, range(50, 60))
    assert 60 == again.outbox.lengths()["a"]
    assert list(range(60)) == await _drain(again.outbox)


async def test_overflow_without_a_disk(small_window, open_ledger, finding, path) -> None:
    """While the disk is away what memory did not hold is still at hand."""
    path.mkdir(parents=True)
    ledger = await open_ledger(first_retry_s=60.0)
    await _owe(ledger, finding, range(40))
    assert "memory" == ledger.health.medium
    assert list(range(40)) == await _drain(ledger.outbox)


async def test_overflow_in_memory_only(small_window, open_ledger, finding) -> None:
    """Without any disk the oldest gives way, and that is counted."""
    ledger = await open_ledger(None)
    await _owe(ledger, finding, range(15))
    assert list(range(5, 15)) == await _drain(ledger.outbox)
    assert {("ledger", "memory_full"): 5} == dict(ledger.queues().dropped)


async def test_disk_returns_with_older_deliveries(small_window, open_ledger, finding, path) -> None:
    """What a file owed from before comes ahead of what was owed while it was away."""
    before = await open_ledger()
    await _owe(before, finding, range(30))
    await before.close()
    aside = path.with_name("aside.db")
    path.rename(aside)
    path.mkdir()
    ledger = await open_ledger()
    await _owe(ledger, finding, range(30, 35))
    assert [30] == [int(one.finding_id[-6:], 16) for one in ledger.outbox.due("a", now=2e10, limit=1)]
    path.rmdir()
    aside.rename(path)
    while ledger.health.medium != "disk":
        await asyncio.sleep(0.01)
    opened = [number for number in await _drain(ledger.outbox) if number < 35]
    assert list(range(35)) == list(dict.fromkeys(opened))


async def test_drop(small_window, open_ledger, finding) -> None:
    """What a hook that is gone was owed is given up whole, on disk too."""
    ledger = await open_ledger()
    await _owe(ledger, finding, range(35))
    await ledger.record_transition(finding(99), event="opened", hooks=["b"])
    assert 35 == await ledger.outbox.drop("a")
    assert ["b"] == ledger.outbox.hooks()
    await ledger.close()
    again = await open_ledger()
    assert {"b": 1} == again.outbox.lengths()


async def test_waiting(open_ledger, finding) -> None:
    """A worker learns when the next try is due, and wakes when something new is owed."""
    ledger = await open_ledger()
    assert ledger.outbox.next_due("a") is None
    waiting = ledger.outbox.changed("a")
    assert not waiting.is_set()
    await _owe(ledger, finding, range(1))
    assert waiting.is_set()
    due = ledger.outbox.due("a", now=2e10, limit=1)[0]
    ledger.outbox.fail(due, next_try=5e10, reason="timed_out")
    assert 5e10 == ledger.outbox.next_due("a")
    assert [] == ledger.outbox.due("a", now=2e10, limit=1)


async def test_settled_delivery_cannot_fail(open_ledger, finding) -> None:
    """A late failure of what was given up meanwhile does not bring it back."""
    ledger = await open_ledger()
    await _owe(ledger, finding, range(1))
    delivery: Delivery = ledger.outbox.due("a", now=time.time(), limit=1)[0]
    ledger.outbox.settle(delivery)
    ledger.outbox.fail(delivery, next_try=0.0, reason="timed_out")
    assert ledger.outbox.next_due("a") is None


async def test_clock_set_back(open_ledger, finding) -> None:
    """Ids keep growing when the clock is set back, so that order holds."""
    ledger = await open_ledger()
    first = ledger.outbox.next_id(2e9)
    assert ledger.outbox.next_id(1e9) == first + 1
