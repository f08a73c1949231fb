"""Alerts of a daemon that is killed at random moments, to a receiver that fails now and then."""

import asyncio
import random
import signal
from pathlib import Path
from typing import Any

from simulator.models import MODELS
from simulator.services.sink import Delivery
from simulator.site import Site
from tests.faults.daemon_process import daemon, write
from tests.waiting import until

KILLS = 3


def told(site: Site, kind: str, rule: str, subject: str) -> list[Delivery]:
    """List what the receiver took of one kind, on one subject."""
    return [
        one
        for one in site.sink.deliveries
        if one.answered == 200
        and one.body["type"] == f"finding.{kind}"
        and (rule, subject) == (one.body["data"]["rule"], one.body["data"]["subject"])
    ]


async def test_alerts_survive_kills_and_a_failing_receiver(tmp_path: Path) -> None:
    """Opened and closed arrive at least once, signed, under one id for life, and what is open is never opened anew."""
    noise = random.Random(20261122)
    models = [MODELS["s9"], MODELS["s21"], MODELS["m20s"]]
    async with Site(models) as site:
        path, port = await write(
            site,
            tmp_path,
            tariff={"price": "0.09 USD/kWh"},
            feeders=[{"id": "f1", "contracted": "50 kW"}],
            racks=[{"id": rack.id, "feeder": "f1"} for rack in site.plan.racks],
            signals={"hashprice": {"static": "40 USD/PH/day"}},
        )
        site.sink.fail(1)
        for turn in range(KILLS):
            async with daemon(path, port=port, python=()) as running:
                await running.ready()
                if turn == 0:
                    # The daemon has told of it, and has not had the time to write down what its rules remember.
                    await until(opened(site, "m1"), of="the S9's loss told")
                site.sink.fail(turn % 2)
                await asyncio.sleep(noise.random() * 1.5)
                running.process.send_signal(signal.SIGKILL)
                await running.process.wait()
        first = told(site, "opened", "P-01", "m1")[0].body["data"]["id"]
        site.sink._failures.clear()
        async with daemon(path, port=port) as running:
            await running.ready()
            await until(opened(site, "m3"), of="the M20S's loss told")

            async def going_on() -> bool:
                return bool(await open_of(running, "m1") and await open_of(running, "m3"))

            await until(going_on, of="both losses open")
            known = await open_of(running, "m1")
            assert [first] == [one["id"] for one in known]
            path.write_text(path.read_text().replace("40 USD/PH/day", "400 USD/PH/day"))
            running.process.send_signal(signal.SIGHUP)
            await until(closed(site, "m1"), of="the end of the S9's loss told")
            await until(closed(site, "m3"), of="the end of the M20S's loss told")
            assert 0 == await running.stop()
        assert all(one.signed for one in site.sink.deliveries)
        for subject in ("m1", "m3"):
            begun, ended = told(site, "opened", "P-01", subject), told(site, "closed", "P-01", subject)
            assert 1 == len({one.body["data"]["id"] for one in (*begun, *ended)}), subject
            assert (1, 1) == (len({one.id for one in begun}), len({one.id for one in ended})), subject
            assert begun[0].at_s <= ended[0].at_s


def opened(site: Site, subject: str) -> Any:
    async def holds() -> bool:
        return bool(told(site, "opened", "P-01", subject))

    return holds


def closed(site: Site, subject: str) -> Any:
    async def holds() -> bool:
        return bool(told(site, "closed", "P-01", subject))

    return holds


async def open_of(running: Any, subject: str) -> list[dict[str, Any]]:
    findings = await running.json("/api/v1/findings") or []
    return [one for one in findings if one["rule"] == "P-01" and one["subject"] == subject and one["state"] == "open"]
