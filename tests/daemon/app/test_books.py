"""A daemon that ran has kept its books: the report reads from its ledger what the devices did."""

import asyncio
import json
import sys
from pathlib import Path

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
