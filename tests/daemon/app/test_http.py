"""What a client of the running daemon gets: readiness, documents, ids, events."""

import asyncio
import json
from pathlib import Path

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

TWO = [MODELS["s21"], MODELS["s9"]]


async def test_ready_turns_200_after_the_first_polls(tmp_path: Path) -> None:
    """`/-/ready` is 503 at first and 200 once a device has been asked; `/-/healthy` is 200 all the time."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        assert (503, 200) == (await daemon.status("/-/ready"), await daemon.status("/-/healthy"))

        async def ready() -> bool:
            return 200 == await daemon.status("/-/ready")

        await daemon.until(ready, of="readiness")


async def test_every_document_is_there_and_ids_lead_to_things(tmp_path: Path) -> None:
    """Each listed device has a document and a page under its id; what does not exist is a 404 with a JSON reason."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        devices = await daemon.json("/api/v1/devices")
        assert ["m1", "m2"] == [device["id"] for device in devices]
        for device in devices:
            alone = await daemon.json(f"/api/v1/devices/{device['id']}")
            assert (device["host"], []) == (alone["host"], alone["failures"])
            assert device["id"] in await daemon.text(f"/devices/{device['id']}")
            assert [] == await daemon.json(f"/api/v1/devices/{device['id']}/settings")
        assert ["p1", "p2"] == [pool["id"] for pool in await daemon.json("/api/v1/pools")]
        assert {"f1"} == {feeder["feeder"] for feeder in await daemon.json("/api/v1/capacity")}
        assert site.chain.tip.height <= (await daemon.json("/api/v1/network"))["height"]
        totals = await daemon.json("/api/v1/site")
        assert (2, "pretend") == (totals["devices"], totals["id"])
        async with daemon.session.get("/api/v1/devices/m99") as answer:
            assert (404, {"error": "no device is called m99"}) == (answer.status, await answer.json())
        for path in (
            "/devices/m99",
            "/api/v1/devices/m99/settings",
            "/api/v1/nothing",
            "/api/v2/site",
            "/assets/../app.py",
            "/metrics/",
        ):
            assert 404 == await daemon.status(path), path


async def test_events_tell_of_surveys_and_findings(tmp_path: Path) -> None:
    """A reader of the event stream hears of a survey, and of a finding when one opens."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        heard: dict[str, dict[str, object]] = {}
        async with asyncio.timeout(15), daemon.session.get("/api/v1/events") as stream:
            assert "text/event-stream" == stream.headers["Content-Type"]
            site.misbehave("m1", "hot")
            site.devices["m1"].settle()
            while {"survey", "finding"} - heard.keys():
                frame = (await stream.content.readuntil(b"\n\n")).decode()
                if frame.startswith("event: "):
                    kind, _, data = frame.removeprefix("event: ").partition("\ndata: ")
                    heard[kind] = json.loads(data)
    assert 2 == heard["survey"]["devices"]
    assert {"id", "rule", "subject", "severity", "state", "rack", "slot"} <= heard["finding"].keys()
