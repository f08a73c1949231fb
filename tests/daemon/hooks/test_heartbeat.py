"""A heartbeat beats while polling makes progress, and its silence is the alarm."""

import asyncio

from daemon.clock import SystemClock
from daemon.hooks.heartbeat import Heartbeat
from daemon.hooks.notifier import Notifier, Subscription


async def test_beats_while_healthy(ledger, receiver) -> None:
    """It calls while there is progress, falls silent without, and beats again with it."""
    healthy = True
    heartbeat = Heartbeat("dead-man", url=receiver.url + "ping", healthy=lambda: healthy, interval_s=0.01)
    notifier = Notifier(ledger, [Subscription(hook=heartbeat)], clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        await receiver.until(3)
        healthy = False
        await asyncio.sleep(0.03)
        silent_from = len(receiver.requests)
        await asyncio.sleep(0.05)
        assert silent_from == len(receiver.requests)
        healthy = True
        await receiver.until(silent_from + 1)
        task.cancel()
    assert {("GET", "/ping")} == {(one.method, one.path) for one in receiver.requests}
    status = notifier.status()[0]
    assert ("dead-man", "heartbeat", "working", 0) == (status.id, status.kind, status.state, status.owed)


async def test_unheard(ledger, receiver) -> None:
    """A receiver that does not take it is counted, and tried at the next beat."""
    receiver.answers = [500, 500]
    heartbeat = Heartbeat("dead-man", url=receiver.url, healthy=lambda: True, interval_s=0.01)
    notifier = Notifier(ledger, [Subscription(hook=heartbeat)], clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        await receiver.until(2)
        while notifier.status()[0].failures != {"server_error": 2}:
            await asyncio.sleep(0.001)
        assert "failing" == notifier.status()[0].state
        while notifier.status()[0].state != "working":
            await asyncio.sleep(0.001)
        task.cancel()


async def test_hears_no_findings(ledger, receiver, finding) -> None:
    """A heartbeat is owed nothing when a finding opens."""
    heartbeat = Heartbeat("dead-man", url=receiver.url, healthy=lambda: True)
    notifier = Notifier(ledger, [Subscription(hook=heartbeat)], clock=SystemClock())
    receipt = await notifier.publish(finding())
    assert (True, 0, {}) == (receipt.durable, receipt.owed, ledger.outbox.lengths())
