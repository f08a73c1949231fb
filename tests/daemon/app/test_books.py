"""A daemon that ran has kept its books: the report reads from its ledger what the devices did."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

LAUNCHER = Path(__file__).parents[3] / "headframe.py"


async def report(config: Path) -> dict:
    """Run the report over today and the days beside it, as an operator would."""
    words = ["report", "--config", str(config), "--from", "2020-01-01", "--json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert 0 == process.returncode, err
    return json.loads(out)


async def test_what_was_watched_can_be_reported(tmp_path: Path) -> None:
    """Energy, hashes and time of every device reach the ledger when the daemon stops, and a tier is on the API."""
    async with Site([MODELS["s21"], MODELS["s9"]]) as site:
        async with running(site, tmp_path) as daemon:
            await daemon.all_polled()
            tiers = await daemon.json("/api/v1/tiers")

            async def polled_again() -> bool:
                return daemon.app.scheduler.finished >= 6

            await daemon.until(polled_again, of="three polls of each device")
        told = await report(tmp_path / "site.yaml")
    assert {"tiers", "cut_off_j_per_th", "unknown_devices", "currency", "basis"} <= set(tiers)
    assert 2 == told["total"]["devices"]
    assert told["total"]["watched_h"] > 0.0
    assert told["total"]["hashes"] > 0.0
    assert told["supply"]["watched_h"] > 0.0
    assert all(device["model"] for device in told["devices"])


async def test_a_target_of_nothing_is_curtailment(tmp_path: Path) -> None:
    """Silent devices of a site that was told to stand still raise nothing, and the report books them as curtailed."""
    target = tmp_path / "target.txt"
    target.write_text("0")
    signal = {"file": {"path": str(target), "interval": "0.2s"}, "unit": "MW"}
    feeders = [{"id": "f1", "contracted": "1 MW"}]
    sections = {"signals": {"curtailment_target": signal}, "feeders": feeders, "racks": [], "tariff": None}
    async with Site([MODELS["s21"], MODELS["s9"]], misbehave={"m1": "silent", "m2": "silent"}) as site:
        devices = site.configuration()["devices"]
        sections["devices"] = [{**device, "rack": None, "feeder": "f1"} for device in devices]
        async with running(site, tmp_path, sections=sections) as daemon:

            async def lost_for_long() -> bool:
                return all(device.missed >= 4 for device in daemon.app.site.fleet)

            await daemon.until(lost_for_long, of="four lost polls")
            told = (await daemon.json("/api/v1/site"))["curtailment"]
            found = await daemon.findings("H-09")
        total = (await report(tmp_path / "site.yaml"))["total"]
    assert {"is_on": True, "places": [site_id(site)], "target_w": 0.0, "full_w": 1e6} == told
    assert {} == found
    assert (pytest.approx(total["condition_h"]["lost"], rel=0.5), True) == (
        total["curtailed_h"],
        total["curtailed_h"] > 0,
    )


def site_id(site: Site) -> str:
    """The pretend site's own id."""
    name: str = site.configuration()["site"]["id"]
    return name
