"""A real Alertmanager shows what is open, no longer than it is open, asked with its own tool."""

import asyncio
import json
import subprocess
import time
from typing import Any

import msgspec
import pytest

from daemon.clock import SystemClock
from daemon.hooks.alertmanager import Alertmanager
from daemon.hooks.hook import Notice, Rejected
from daemon.hooks.notifier import Notifier, Subscription
from tests.servers.process import Server, find_binary


async def _alerts(server: Server) -> list[dict[str, Any]]:
    command = [find_binary("amtool"), "alert", "query", f"--alertmanager.url={server.url}", "-o", "json"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    return json.loads(done.stdout)


async def _shown(server: Server, expected: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """Wait until exactly these (subject, severity) are alerting."""
    while True:
        alerts = await _alerts(server)
        if expected == {(one["labels"]["subject"], one["labels"]["severity"]) for one in alerts}:
            return alerts
        await asyncio.sleep(0.05)


@pytest.mark.server
async def test_from_opening_to_end(alertmanager, ledger, finding) -> None:
    """An opened finding alerts with its place, a worse one alerts once at its new severity, a closed one stops."""
    server = await asyncio.to_thread(alertmanager)
    hook = Alertmanager("am", url=server.url, site="north")
    notifier = Notifier(ledger, [Subscription(hook=hook)], clock=SystemClock(), site="north")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        await notifier.publish(finding(1))
        await notifier.publish(
            finding(2, subject="f1", scope="feeder", severity="warn", title="", rack=None, slot=None)
        )
        alerts = await _shown(server, {("m1", "high"), ("f1", "warn")})
        labels = {one["labels"]["subject"]: one["labels"] for one in alerts}
        assert {
            "alertname": "BoardMissing",
            "rule": "H-06",
            "severity": "high",
            "subject": "m1",
            "scope": "device",
            "device": "m1",
            "site": "north",
            "rack": "r1",
            "slot": "4",
            "feeder": "f1",
        } == labels["m1"]
        assert ("H-06", "f1") == (labels["f1"]["alertname"], labels["f1"]["feeder"])
        annotations = next(one["annotations"] for one in alerts if one["labels"]["subject"] == "m1")
        assert {
            "summary": "board 2 of 3 does not answer",
            "description": "Reseat its cables, then swap it.",
            "finding": "H-06-000001",
            "value": "2 boards",
            "threshold": "3 boards",
        } == annotations
        await notifier.publish(finding(1, severity="crit"))
        await _shown(server, {("m1", "crit"), ("f1", "warn")})
        await notifier.publish(
            msgspec.structs.replace(finding(1, severity="crit"), state="closed", closed_at=time.time())
        )
        await _shown(server, {("f1", "warn")})
        task.cancel()


@pytest.mark.server
async def test_alerts_of_a_dead_daemon_go_out(alertmanager, ledger, finding) -> None:
    """While the daemon lives an alert is kept up; four intervals after its last word the alert is gone."""
    server = await asyncio.to_thread(alertmanager)
    hook = Alertmanager("am", url=server.url, interval_s=0.5)
    notifier = Notifier(ledger, [Subscription(hook=hook)], clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        await notifier.publish(finding())
        first = (await _shown(server, {("m1", "high")}))[0]["endsAt"]
        while (await _alerts(server))[0]["endsAt"] == first:
            await asyncio.sleep(0.05)
        task.cancel()
    await _shown(server, set())


@pytest.mark.server
async def test_restart_of_the_alertmanager(alertmanager, ledger, finding) -> None:
    """An Alertmanager that lost everything learns again what is open, and a silenced finding is not repeated."""
    server = await asyncio.to_thread(alertmanager)
    hook = Alertmanager("am", url=server.url, interval_s=0.2)
    notifier = Notifier(ledger, [Subscription(hook=hook)], clock=SystemClock(), first_wait_s=0.05)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        for number in (1, 2):
            await notifier.publish(finding(number))
        await _shown(server, {("m1", "high"), ("m2", "high")})
        await ledger.silence(finding(2).id, until=time.time() + 60, by="ana")
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await _shown(server, {("m1", "high")})
        task.cancel()


@pytest.mark.server
async def test_one_bad_alert_does_not_keep_the_others(alertmanager, ledger, finding) -> None:
    """What the Alertmanager refuses is found out and put off; the rest of the batch arrives."""
    server = await asyncio.to_thread(alertmanager)
    hook = Alertmanager("am", url=server.url + "/")
    notifier = Notifier(ledger, [Subscription(hook=hook)], clock=SystemClock(), first_wait_s=30.0)
    await notifier.publish(finding(1, opened_at=-1e11, since=-1e11))
    await notifier.publish(finding(2))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run())
        await _shown(server, {("m2", "high")})
        while ledger.outbox.lengths()["am"] > 1:
            await asyncio.sleep(0.01)
        task.cancel()
    assert ["H-06-000001"] == [one.finding_id for one in ledger.outbox.due("am", now=2e10, limit=9)]


async def test_large_site_in_parts(receiver, finding) -> None:
    """Many alerts go in requests of a bounded size, to the path of the API, under whatever address was given."""
    for address in (receiver.url, receiver.url + "prefix", receiver.url + "prefix/api/v2/alerts"):
        await Alertmanager("am", url=address).resend(finding(number) for number in range(1100))
    assert ["/api/v2/alerts"] * 3 + ["/prefix/api/v2/alerts"] * 6 == [one.path for one in receiver.requests]
    assert [500, 500, 100] == [len(one.json()) for one in receiver.requests[:3]]
    await Alertmanager("am", url=receiver.url).resend([])
    assert 9 == len(receiver.requests)


async def test_impossible_moment(receiver, finding) -> None:
    """A finding whose time cannot be written is rejected alone, before anything is sent."""
    notice = Notice(id="x", kind="opened", at=1.0, finding=finding(opened_at=-1e300))
    with pytest.raises(Rejected):
        await Alertmanager("am", url=receiver.url).send([notice])
    assert [] == receiver.requests
