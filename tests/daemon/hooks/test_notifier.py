"""Who hears of what: once, in order, and in spite of failures, silences and reloads."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from daemon.clock import SystemClock
from daemon.findings import Finding
from daemon.hooks import deliver
from daemon.hooks.hook import Wanted
from daemon.hooks.notifier import Notifier, Subscription
from daemon.hooks.webhook import Webhook
from daemon.ledger import Ledger

StartNotifier = Callable[..., Awaitable[Notifier]]


@pytest.fixture
async def start(ledger) -> AsyncIterator[StartNotifier]:
    """Run a notifier for the length of the test; what it raises fails the test."""
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = []

        async def begin(subscriptions: Iterable[Subscription], **settings: Any) -> Notifier:
            settings = {"clock": SystemClock(), "first_wait_s": 0.01, "sweep_s": 0.01, "site": "north", **settings}
            notifier = Notifier(ledger, subscriptions, **settings)
            tasks.append(group.create_task(notifier.run()))
            return notifier

        yield begin
        for task in tasks:
            task.cancel()


class _Shifted(SystemClock):
    """A clock that can be put ahead."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s


def _told(receiver) -> list[tuple[str, str]]:
    return [(one.json()["data"]["subject"], one.json()["type"]) for one in receiver.requests]


def _hook(receiver, name: str = "ops", **wanted: Any) -> Subscription:
    return Subscription(hook=Webhook(name, url=receiver.url + name), wanted=Wanted(**wanted))


async def _delivered(ledger: Ledger) -> None:
    while any(ledger.outbox.lengths().values()):
        await asyncio.sleep(0.005)


def _closed(finding: Finding, **changes: Any) -> Finding:
    return msgspec.structs.replace(finding, state="closed", closed_at=1790000900.0, **changes)


async def test_from_opening_to_end(ledger, start, receiver, finding) -> None:
    """A hook hears of the opening, of a worse severity, and of the end, each once and in this order."""
    notifier = await start([_hook(receiver)])
    for one in (finding(state="pending"), finding(), finding(), finding(value=1.0), finding(severity="crit")):
        await notifier.publish(one)
    await notifier.publish(_closed(finding(severity="crit")))
    await notifier.publish(_closed(finding(severity="crit")))
    await _delivered(ledger)
    assert [("m1", "finding.opened"), ("m1", "finding.updated"), ("m1", "finding.closed")] == _told(receiver)
    status = notifier.status()[0]
    assert ("ops", "webhook", "working", 0, 3, {}) == (
        status.id,
        status.kind,
        status.state,
        status.owed,
        status.delivered,
        status.failures,
    )


async def test_filters(ledger, start, receiver, finding) -> None:
    """Severity, rule and feeder decide who hears; one that becomes bad enough later opens then."""
    notifier = await start(
        [
            _hook(receiver, "all"),
            _hook(receiver, "severe", min_severity="crit"),
            _hook(receiver, "money", rules=frozenset({"P-01"})),
            _hook(receiver, "east", feeders=frozenset({"f2"})),
        ]
    )
    await notifier.publish(finding(1))
    await notifier.publish(finding(2, rule="P-01", severity="warn", feeder="f2"))
    await notifier.publish(finding(1, severity="crit"))
    await notifier.publish(_closed(finding(2, rule="P-01", severity="warn", feeder="f2")))
    await _delivered(ledger)
    heard = sorted((one.path[1:], one.json()["data"]["subject"], one.json()["type"][8:]) for one in receiver.requests)
    assert [
        ("all", "m1", "opened"),
        ("all", "m1", "updated"),
        ("all", "m2", "closed"),
        ("all", "m2", "opened"),
        ("east", "m2", "closed"),
        ("east", "m2", "opened"),
        ("money", "m2", "closed"),
        ("money", "m2", "opened"),
        ("severe", "m1", "opened"),
    ] == heard


async def test_acknowledged_is_quiet(ledger, start, receiver, finding) -> None:
    """Once somebody has taken a finding on, only its end is told."""
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding())
    await ledger.acknowledge(finding().id, by="ana")
    await notifier.publish(finding(severity="crit"))
    await notifier.publish(_closed(finding(severity="crit")))
    await _delivered(ledger)
    assert ["finding.opened", "finding.closed"] == [kind for _, kind in _told(receiver)]
    assert "ana" == receiver.requests[1].json()["data"]["acknowledged_by"]


async def test_silence_and_its_end(ledger, start, receiver, finding) -> None:
    """What opens in a silence is told when the silence ends, if it still holds."""
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding(1))
    await ledger.silence(finding(1).id, until=time.time() + 3600, by="ana")
    await notifier.publish(_closed(finding(1)))
    await notifier.publish(finding(7, subject="m1"))
    await _delivered(ledger)
    assert ["finding.opened", "finding.closed"] == [kind for _, kind in _told(receiver)]
    await ledger.silence(finding(7).id, until=time.time() - 1, by="ana")
    await receiver.until(3)
    assert "H-06-000007" == receiver.requests[2].json()["data"]["id"]


async def test_failing_receiver(ledger, start, receiver, finding) -> None:
    """A receiver that fails is tried again until it works, with the same ids, and the failures are counted."""
    receiver.answers = [500, 503, web.Response(status=429, headers={"Retry-After": "0"}), 200]
    counted: list[tuple[str, str]] = []
    notifier = await start([_hook(receiver)], on_failure=lambda hook, reason: counted.append((hook, reason)))
    await notifier.publish(finding(1))
    await _delivered(ledger)
    assert ["H-06-000001-opened"] * 4 == [one.headers["webhook-id"] for one in receiver.requests]
    assert [("ops", "server_error"), ("ops", "throttled"), ("ops", "throttled")] == counted
    assert {"server_error": 1, "throttled": 2} == notifier.status()[0].failures


async def test_failing_hook_is_left_alone(ledger, start, receiver, finding) -> None:
    """While a hook fails, one notice is tried at a time and the others wait; then all arrive."""
    receiver.always = 500
    notifier = await start([_hook(receiver)], first_wait_s=30.0)
    await asyncio.gather(*(notifier.publish(finding(number)) for number in range(20)))
    await receiver.until(1)
    await asyncio.sleep(0.05)
    assert len(receiver.requests) <= deliver.AT_ONCE
    status = notifier.status()[0]
    assert ("failing", 20, "server_error") == (status.state, status.owed, status.reason)
    assert status.next_try_at is not None
    assert status.next_try_at > time.time() + 10


async def test_news_shortens_a_long_wait(ledger, start, receiver, finding, monkeypatch) -> None:
    """A new finding is a reason to try a failing hook again sooner than its backoff says."""
    monkeypatch.setattr(deliver, "NEWS_WAIT_S", 0.02)
    monkeypatch.setattr(deliver.Backoff, "take", lambda self: 3600.0)
    receiver.answers = [500]
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding(1))
    await receiver.until(1)
    while notifier.status()[0].state != "failing":
        await asyncio.sleep(0.001)
    await notifier.publish(finding(2))
    await _delivered(ledger)
    assert {"m1", "m2"} == {subject for subject, _ in _told(receiver)[1:]}


async def test_what_comes_while_a_try_fails_is_news_as_well(ledger, start, receiver, finding, monkeypatch) -> None:
    """A finding that opens between the failing answer and its end does not wait for the whole backoff."""
    monkeypatch.setattr(deliver, "NEWS_WAIT_S", 0.02)
    monkeypatch.setattr(deliver.Backoff, "take", lambda self: 3600.0)

    async def fails_late() -> web.Response:
        await notifier.publish(finding(2))
        return web.Response(status=500)

    receiver.answers = [fails_late]
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding(1))
    await _delivered(ledger)
    assert {"m1", "m2"} == {subject for subject, _ in _told(receiver)[1:]}


async def test_rejected_notice_delays_itself_only(ledger, start, receiver, finding) -> None:
    """A notice that the receiver will not have does not hold the others up, and is tried again later."""
    stubborn = 2

    async def picky() -> web.Response:
        nonlocal stubborn
        if receiver.requests[-1].json()["data"]["subject"] == "m1" and stubborn:
            stubborn -= 1
            return web.Response(status=422, text="no such subject")
        return web.Response()

    receiver.answers = [picky] * 30
    notifier = await start([_hook(receiver)])
    for number in (1, 2, 3):
        await notifier.publish(finding(number))
    await _delivered(ledger)
    assert 3 == [subject for subject, _ in _told(receiver)].count("m1")
    assert "m1" == _told(receiver)[-1][0]
    assert {"rejected": 2} == notifier.status()[0].failures


async def test_order_holds_through_failures(ledger, start, receiver, finding) -> None:
    """The end is never told before the beginning, however the receiver behaves."""
    noise = random.Random(5)

    async def flaky() -> web.Response:
        return web.Response(status=noise.choice([200, 200, 500, 422]))

    receiver.answers = [flaky] * 2000
    notifier = await start([_hook(receiver)])
    for number in range(30):
        await notifier.publish(finding(number))
        if number % 2:
            await notifier.publish(finding(number, severity="crit"))
        await notifier.publish(_closed(finding(number)))
    await _delivered(ledger)
    for number in range(30):
        first_told = dict.fromkeys(kind for subject, kind in _told(receiver) if subject == f"m{number}")
        middle = ["finding.updated"] if number % 2 else []
        assert ["finding.opened", *middle, "finding.closed"] == list(first_told)


async def test_gone(ledger, start, receiver, finding) -> None:
    """A receiver that asks for silence gets it until the configuration changes; then it hears of what is open."""
    receiver.answers = [410]
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding(1))
    await _delivered(ledger)
    await notifier.publish(finding(2))
    assert ("gone", 1) == (notifier.status()[0].state, len(receiver.requests))
    notifier.configure([_hook(receiver)])
    await receiver.until(3)
    assert {"m1", "m2"} == {subject for subject, _ in _told(receiver)[1:]}


async def test_giving_up(ledger, start, receiver, finding) -> None:
    """A notice that was never taken is dropped at the age that was set, counted, and does not block what follows."""
    clock = _Shifted()
    receiver.always = 500
    notifier = await start([msgspec.structs.replace(_hook(receiver), give_up_after_s=3 * 86400.0)], clock=clock)
    await notifier.publish(finding(1))
    await notifier.publish(_closed(finding(1)))
    await receiver.until(1)
    while notifier.status()[0].state != "failing":
        await asyncio.sleep(0.001)
    clock.ahead_s = 4 * 86400.0
    await _delivered(ledger)
    assert 2 == notifier.status()[0].failures["expired"]
    clock.ahead_s = 0.0
    receiver.always = 204
    receiver.requests.clear()
    await notifier.publish(finding(2))
    await _delivered(ledger)
    assert {("m2", "finding.opened")} == set(_told(receiver))


async def test_hook_that_left_the_configuration(ledger, start, receiver, finding) -> None:
    """What a hook was owed is dropped when the hook is no longer there; the others go on."""
    receiver.always = 500
    notifier = await start([_hook(receiver, "old"), _hook(receiver, "new")])
    await notifier.publish(finding(1))
    await receiver.until(2)
    receiver.always = 200
    notifier.configure([_hook(receiver, "new")])
    await _delivered(ledger)
    assert ["new"] == [status.id for status in notifier.status()]
    assert 0 == ledger.outbox.lengths()["old"]


async def test_unforeseen_failure(ledger, start, finding) -> None:
    """A hook that breaks in a way of its own fails like any other, and the daemon lives."""

    class Broken:
        id = "odd"
        kind = "webhook"
        batch = 1
        tries = 0

        async def send(self, notices) -> None:
            self.tries += 1
            if self.tries == 1:
                raise ZeroDivisionError("oops")

    notifier = await start([Subscription(hook=Broken())])
    await notifier.publish(finding())
    await _delivered(ledger)
    assert {"failed": 1} == notifier.status()[0].failures


async def test_many_at_once(ledger, start, receiver, finding) -> None:
    """A storm of findings is delivered whole, a few requests at a time."""
    busiest = now = 0

    async def slow() -> web.Response:
        nonlocal busiest, now
        now += 1
        busiest = max(busiest, now)
        await asyncio.sleep(0.002)
        now -= 1
        return web.Response()

    receiver.answers = [slow] * 200
    notifier = await start([_hook(receiver)])
    await asyncio.gather(*(notifier.publish(finding(number)) for number in range(100)))
    await _delivered(ledger)
    assert {f"m{number}" for number in range(100)} == {subject for subject, _ in _told(receiver)}
    assert deliver.AT_ONCE >= busiest > 1


async def test_unreadable_notice_is_passed_over(ledger, start, receiver, finding) -> None:
    """A notice that another version wrote and this one cannot read holds nothing up."""
    await ledger.record_transition(finding(1, severity="mild"), event="opened", hooks=["ops"])
    notifier = await start([_hook(receiver)])
    await notifier.publish(finding(2))
    await _delivered(ledger)
    assert [("m2", "finding.opened")] == _told(receiver)
