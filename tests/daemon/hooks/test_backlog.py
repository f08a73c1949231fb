"""A receiver that is down for long: what waits is bounded, and what still matters is told in the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.clock import SystemClock
from daemon.findings import Finding
from daemon.hooks.hook import Wanted
from daemon.hooks.notifier import Notifier, Subscription
from daemon.hooks.webhook import Webhook
from daemon.ledger import Ledger

YEAR_S = 365 * 86400.0
StartNotifier = Callable[..., Awaitable[Notifier]]


class Clock(SystemClock):
    """A clock that can be put ahead."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s


@pytest.fixture
async def begin() -> AsyncIterator[StartNotifier]:
    """Run notifiers for the length of the test; what they raise fails the test."""
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = []

        async def start(ledger: Ledger, subscriptions: Iterable[Subscription], **settings: Any) -> Notifier:
            settings = {"clock": SystemClock(), "first_wait_s": 0.01, "sweep_s": 0.01, **settings}
            notifier = Notifier(ledger, subscriptions, **settings)
            tasks.append(group.create_task(notifier.run()))
            return notifier

        yield start
        for task in tasks:
            task.cancel()


def hook(receiver: Any, name: str = "ops", **settings: Any) -> Subscription:
    return Subscription(hook=Webhook(name, url=receiver.url + name), **settings)


def told(receiver: Any) -> list[str]:
    """List what was taken, `m1 opened`, in its order."""
    bodies = [one.json() for one in receiver.requests]
    return [f"{body['data']['subject']} {body['type'].removeprefix('finding.')}" for body in bodies]


def closed(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, state="closed", closed_at=1790000900.0)


async def delivered(ledger: Ledger) -> None:
    while any(ledger.outbox.lengths().values()):
        await asyncio.sleep(0.005)


async def fails(notifier: Notifier) -> None:
    while notifier.status()[0].state != "failing":
        await asyncio.sleep(0.001)


async def works(receiver: Any, notifier: Notifier, ledger: Ledger) -> None:
    """Let the receiver take everything from now on, and wait until it has."""
    receiver.requests.clear()
    receiver.always = 204
    await delivered(ledger)
    while notifier.status()[0].state != "working":
        await asyncio.sleep(0.005)


async def test_a_receiver_that_is_down_for_a_year_is_not_given_up(ledger, begin, receiver, finding) -> None:
    """Without `give_up_after` a notice waits for as long as it takes."""
    clock = Clock()
    receiver.always = 500
    notifier = await begin(ledger, [hook(receiver)], clock=clock)
    await notifier.publish(finding(1))
    await notifier.publish(closed(finding(1)))
    await fails(notifier)
    clock.ahead_s = YEAR_S
    await works(receiver, notifier, ledger)
    assert ["m1 opened", "m1 closed"] == told(receiver)
    assert "expired" not in notifier.status()[0].failures


async def test_a_receiver_that_was_down_hears_of_what_is_open_still(ledger, begin, receiver, finding, caplog) -> None:
    """Beyond the bound the oldest give way, counted; when the receiver is back it is told what is open all the same."""
    receiver.always = 500
    notifier = await begin(ledger, [hook(receiver, backlog=10)])
    for number in range(1, 31):
        await notifier.publish(finding(number))
    await fails(notifier)
    for number in range(1, 16):
        await notifier.publish(closed(finding(number)))
    status = notifier.status()[0]
    assert (10, 20) == (status.owed, status.lost)
    assert {("hook:ops", "backlog_full"): 20} == dict(ledger.queues().dropped)
    assert 1 == sum("the oldest give way" in record.message for record in caplog.records)
    await works(receiver, notifier, ledger)
    assert [f"m{number} opened" for number in range(21, 31)] == told(receiver)[:10]
    while len(receiver.requests) < 15:
        await asyncio.sleep(0.005)
    await delivered(ledger)
    assert [f"m{number} opened" for number in range(16, 21)] == sorted(told(receiver)[10:])
    assert 0 == notifier.status()[0].lost
    for number in range(16, 31):
        await notifier.publish(closed(finding(number)))
    await delivered(ledger)
    assert {f"m{number} closed" for number in range(16, 31)} == set(told(receiver)[15:])


async def test_an_end_goes_with_its_beginning(ledger, begin, receiver, finding) -> None:
    """A finding whose beginning gives way takes its end along; no end is told alone."""
    receiver.always = 500
    notifier = await begin(ledger, [hook(receiver, backlog=4)])
    for number in (1, 2):
        await notifier.publish(finding(number))
        await notifier.publish(closed(finding(number)))
    await fails(notifier)
    await notifier.publish(finding(3))
    await works(receiver, notifier, ledger)
    assert ["m2 opened", "m2 closed", "m3 opened"] == sorted(told(receiver), key=lambda word: word.split()[0])


async def test_a_worse_severity_that_gave_way_is_told(ledger, begin, receiver, finding) -> None:
    """A hook that knows of a finding hears of its severity as it is when it works again."""
    notifier = await begin(ledger, [hook(receiver, backlog=2)])
    await notifier.publish(finding(1))
    await delivered(ledger)
    receiver.always = 500
    await notifier.publish(finding(1, severity="crit"))
    for number in (2, 3):
        await notifier.publish(finding(number))
    await fails(notifier)
    await works(receiver, notifier, ledger)
    while "m1 updated" not in told(receiver):
        await asyncio.sleep(0.005)
    assert (
        "crit"
        == next(one for one in receiver.requests if one.json()["type"] == "finding.updated").json()["data"]["severity"]
    )


async def test_what_gave_way_is_known_after_a_restart(begin, receiver, finding, tmp_path: Path) -> None:
    """A daemon that was restarted meanwhile still tells what gave way before, and the bound holds from its start."""
    first = await Ledger.open(tmp_path / "restarted.db")
    quiet = Notifier(first, [hook(receiver, backlog=2)], clock=SystemClock())
    for number in range(1, 6):
        await quiet.publish(finding(number))
    await first.close()
    again = await Ledger.open(tmp_path / "restarted.db")
    notifier = await begin(again, [hook(receiver, backlog=2)])
    while len(receiver.requests) < 5:
        await asyncio.sleep(0.005)
    await delivered(again)
    assert {f"m{number} opened" for number in range(1, 6)} == set(told(receiver))
    assert "working" == notifier.status()[0].state
    await again.close()


async def test_more_than_memory_holds_gives_way_from_the_disk(begin, receiver, finding, tmp_path, monkeypatch) -> None:
    """The bound holds for what waits on the disk as well, and what gives way there is told in the end, too."""
    from daemon.ledger.outbox import Outbox

    monkeypatch.setattr(Outbox.__init__, "__kwdefaults__", {"window": 4})
    ledger = await Ledger.open(tmp_path / "window.db")
    quiet = Notifier(ledger, [hook(receiver, backlog=8)], clock=SystemClock())
    for number in range(1, 31):
        await quiet.publish(finding(number))
    assert ({"ops": 8}, {("hook:ops", "backlog_full"): 22}) == (ledger.outbox.lengths(), dict(ledger.queues().dropped))
    await begin(ledger, [hook(receiver, backlog=8)])
    while len(set(told(receiver))) < 30:
        await asyncio.sleep(0.005)
    await delivered(ledger)
    assert [f"m{number} opened" for number in range(23, 31)] == sorted(told(receiver)[:8])
    await ledger.close()


async def test_what_is_too_old_at_once_does_not_go_round(ledger, begin, receiver, finding) -> None:
    """Where every notice is too old as soon as it is owed, each outcome costs one round and no more."""
    clock = Clock()
    receiver.always = 500
    notifier = await begin(ledger, [hook(receiver, give_up_after_s=60.0)], clock=clock)
    await notifier.publish(finding(1))
    await fails(notifier)
    clock.ahead_s = YEAR_S
    while not notifier.status()[0].failures.get("expired"):
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    assert notifier.status()[0].failures["expired"] <= 3


async def test_withheld_follows_what_people_and_filters_say(ledger, begin, receiver, finding) -> None:
    """What somebody has taken on, or the hook no longer wants, is not told anew."""
    receiver.always = 500
    notifier = await begin(ledger, [hook(receiver, backlog=1)])
    for number in (1, 2, 3):
        await notifier.publish(finding(number))
    await ledger.acknowledge(finding(1).id, by="ana")
    await fails(notifier)
    await notifier.publish(finding(4, severity="crit"))
    notifier.configure([hook(receiver, backlog=8, wanted=Wanted(min_severity="crit"))])
    await works(receiver, notifier, ledger)
    await notifier.publish(finding(5, severity="crit"))
    await receiver.until(2)
    await asyncio.sleep(0.05)
    assert ["m4 opened", "m5 opened"] == told(receiver)


async def test_a_notice_that_is_rejected_for_days_is_given_up(ledger, begin, receiver, finding) -> None:
    """What the receiver itself refuses does not wait for ever; a hook that fails does, beside it."""
    clock = Clock()
    receiver.always = 422
    notifier = await begin(ledger, [hook(receiver)], clock=clock)
    await notifier.publish(finding(1))
    await notifier.publish(closed(finding(1)))
    await receiver.until(2)
    clock.ahead_s = 4 * 86400.0
    await delivered(ledger)
    assert 2 == notifier.status()[0].failures["expired"]
