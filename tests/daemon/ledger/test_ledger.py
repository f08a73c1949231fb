"""What is told to the ledger is there again after a restart."""

import time
from functools import partial

import msgspec
import pytest

from daemon.findings import Finding
from daemon.ledger import DeviceDay
from daemon.ledger.periods import device_days


async def test_open_finding_returns_after_restart(open_ledger, finding) -> None:
    """A finding that was open is open again, with the hooks that knew of it."""
    ledger = await open_ledger()
    receipt = await ledger.record_transition(finding(), event="opened", hooks=["a"], told=["a"])
    assert (True, 1) == (receipt.durable, receipt.owed)
    await ledger.close()
    again = await open_ledger()
    assert [finding()] == again.open_findings()
    assert {"a"} == again.told(finding().id)


async def test_deliveries_return_after_restart(open_ledger, finding) -> None:
    """What a hook was owed it is still owed, with its tries, its order and its name."""
    ledger = await open_ledger()
    await ledger.record_transition(finding(), event="opened", hooks=["a", "b"])
    first = ledger.outbox.due("a", now=time.time(), limit=9)[0]
    ledger.outbox.fail(first, next_try=77.0, reason="timed_out")
    ledger.outbox.settle(ledger.outbox.due("b", now=time.time(), limit=9)[0])
    await ledger.close()
    again = await open_ledger()
    assert [msgspec.structs.replace(first, next_try=77.0, reason="timed_out", attempts=1)] == again.outbox.due(
        "a", now=78.0, limit=9
    )
    assert [] == again.outbox.due("b", now=time.time(), limit=9)
    assert (f"{finding().id}-opened", finding()) == (
        first.event_id,
        msgspec.json.decode(first.body, type=Finding),
    )


async def test_order_per_finding(open_ledger, finding) -> None:
    """The end of a finding is not delivered before its beginning, while other findings pass."""
    ledger = await open_ledger()
    await ledger.record_transition(finding(1), event="opened", hooks=["a"])
    await ledger.record_transition(finding(1, state="closed", closed_at=1400.0), event="closed", hooks=["a"])
    await ledger.record_transition(finding(2), event="opened", hooks=["a"])
    now = time.time()
    due = ledger.outbox.due("a", now=now, limit=9)
    assert [("P-01-000001", "opened"), ("P-01-000002", "opened")] == [(one.finding_id, one.event) for one in due]
    ledger.outbox.fail(due[0], next_try=now + 60, reason="timed_out")
    assert ["P-01-000002"] == [one.finding_id for one in ledger.outbox.due("a", now=now, limit=9)]
    ledger.outbox.settle(ledger.outbox.due("a", now=now + 61, limit=1)[0])
    assert "closed" == ledger.outbox.due("a", now=now, limit=9)[0].event


async def test_pending_finding_is_refused(open_ledger, finding) -> None:
    """What has not opened yet is the engine's affair."""
    ledger = await open_ledger()
    with pytest.raises(ValueError, match="pending"):
        await ledger.record_transition(finding(state="pending"))


async def test_closed_finding_is_history(open_ledger, finding) -> None:
    """A finding that closed is no longer open, but can be looked up, newest first and by subject."""
    ledger = await open_ledger()
    for number in (1, 2):
        await ledger.record_transition(finding(number))
    await ledger.record_transition(finding(1, state="closed", closed_at=time.time()))
    assert [2] == [int(one.id[-6:], 16) for one in ledger.open_findings()]
    await ledger.close()
    again = await open_ledger()
    assert ["m2", "m1"] == [one.subject for one in await again.history()]
    assert ["closed"] == [one.state for one in await again.history(subject="m1")]
    assert [] == await again.history(since=2000.0)
    assert [] == await again.history(rule="H-06")


async def test_marks_stay_with_findings(open_ledger, finding) -> None:
    """Acknowledging belongs to one finding; a silence also covers the next of its rule on its subject."""
    ledger = await open_ledger()
    await ledger.record_transition(finding(1))
    acknowledged = await ledger.acknowledge("P-01-000001", by="ana")
    assert acknowledged is not None
    assert "ana" == acknowledged.acknowledged_by
    later = await ledger.acknowledge("P-01-000001", by="ben")
    assert later is not None
    assert "ana" == later.acknowledged_by
    until = time.time() + 3600
    await ledger.silence("P-01-000001", until=until, by="ana")
    assert (None, None) == (await ledger.acknowledge("nothing", by="x"), await ledger.silence("x", until=1, by="x"))
    await ledger.close()
    again = await open_ledger()
    restored = again.open_findings()[0]
    assert ("ana", until) == (restored.acknowledged_by, restored.silenced_until)
    await again.record_transition(finding(1, state="closed", closed_at=1500.0))
    reopened = finding(9, subject="m1")
    await again.record_transition(reopened)
    decorated = again.finding(reopened.id)
    assert decorated is not None
    assert (None, until) == (decorated.acknowledged_by, decorated.silenced_until)
    await again.silence(reopened.id, until=0.0, by="ana")
    assert [("P-01", "m1")] == again.marks.take_ended()
    assert not again.marks.is_silenced(reopened)


async def test_state_returns(open_ledger) -> None:
    """A part's own state is given back byte for byte, also before it has reached the disk."""
    ledger = await open_ledger()
    assert await ledger.load_state("rules") is None
    ledger.save_state("rules", b"\x00old")
    ledger.save_state("rules", b"\x00new")
    assert b"\x00new" == await ledger.load_state("rules")
    await ledger.flush()
    assert b"\x00new" == await ledger.load_state("rules")
    await ledger.close()
    again = await open_ledger()
    assert b"\x00new" == await again.load_state("rules")


async def test_text_that_cannot_be_encoded(open_ledger, finding) -> None:
    """A device that named itself with half a character does not keep its finding from the disk."""
    ledger = await open_ledger()
    odd = finding(message="worker \ud83d is lost", evidence={"worker \udc00": "\udfff", "tries": 3.0})
    assert (await ledger.record_transition(odd, event="opened", hooks=["a"])).durable
    assert "worker ? is lost" == ledger.open_findings()[0].message
    assert {"worker ?": "?", "tries": 3.0} == ledger.open_findings()[0].evidence


async def test_memory_only(open_ledger, finding) -> None:
    """Without a path everything works, nothing is durable, and that is no trouble."""
    ledger = await open_ledger(None)
    receipt = await ledger.record_transition(finding(), event="opened", hooks=["a"])
    assert (False, "not_configured", False) == (receipt.durable, ledger.health.reason, ledger.health.is_troubled)
    assert 1 == len(ledger.outbox.due("a", now=time.time(), limit=9))
    assert ["m1"] == [one.subject for one in await ledger.history()]
    ledger.save_state("x", b"y")
    assert b"y" == await ledger.load_state("x")
    ledger.add_energy([DeviceDay(device="m1", day=1, energy_j=1.0)])
    assert not await ledger.flush()


async def test_what_is_old_is_pruned(open_ledger, finding) -> None:
    """Closed findings and days are remembered for a year and a bit, open findings as long as they last."""
    ledger = await open_ledger()
    today = int(time.time() // 86400)
    ledger.add_energy([DeviceDay(device="m1", day=day) for day in (today - 500, today)])
    await ledger.flush()
    await ledger.record_transition(finding(1, state="closed", closed_at=1400.0))
    await ledger.record_transition(finding(2, state="closed", closed_at=time.time()))
    await ledger.record_transition(finding(3))
    await ledger.close()
    again = await open_ledger()
    assert ["m3", "m2"] == [one.subject for one in await again.history()]
    assert [today] == [one.day for one in await again.ask(partial(device_days, first=0, last=today))]


async def test_second_daemon_stays_off(open_ledger, finding) -> None:
    """Two daemons never share a ledger: the second goes on in memory until the first has gone."""
    first = await open_ledger()
    await first.record_transition(finding(), event="opened", hooks=["a"])
    second = await open_ledger()
    assert ("memory", "in_use") == (second.health.medium, second.health.reason)
    assert [] == second.outbox.due("a", now=time.time(), limit=9)
    await first.close()


def test_event_ids_are_plain(finding) -> None:
    """An id that a receiver could stumble over is replaced by a digest, and stays the same each time."""
    from daemon.ledger.outbox import name_event

    assert "P-01-000001-opened" == name_event(finding(), "opened")
    assert "P-01-000001-updated-1301000" == name_event(finding(), "updated")
    odd = finding(id="a.b c\n")
    assert name_event(odd, "closed") == name_event(odd, "closed")
    assert name_event(odd, "closed").removesuffix("-closed").isalnum()
