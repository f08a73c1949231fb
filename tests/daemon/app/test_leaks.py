"""What a daemon holds after many polls is what it held after few."""

import asyncio
import os
from pathlib import Path

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

POLLS = 50


async def test_polls_leave_no_descriptor_and_no_task(tmp_path: Path) -> None:
    """Fifty polls of each device, good and bad, and as many scrapes, leave the open files and tasks as they were."""
    models = [MODELS[key] for key in ("s21", "m50s", "m63s", "bitaxe-gamma", "s19j-pro")]
    async with Site(models, misbehave={"m5": "refuses"}) as site, running(site, tmp_path, survey_s=3600.0) as daemon:
        await daemon.app.survey()
        watch = daemon.app.watch

        async def rounds(count: int) -> None:
            for _ in range(count):
                await asyncio.gather(*(watch.ask(f"m{number}") for number in range(1, 6)))
                await daemon.text("/metrics")

        await rounds(3)
        before = await settled(None)
        await rounds(POLLS)
        after = await settled(before)
    assert before == after


async def settled(wanted: tuple[int, int] | None) -> tuple[int, int]:
    """Count open files and tasks, once nothing is on its way any more."""
    found = census()
    for _ in range(100):
        await asyncio.sleep(0.02)
        found = census()
        if found == wanted:
            break
    return found


def census() -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


async def test_nothing_is_left_after_the_end(tmp_path: Path) -> None:
    """When the daemon has ended, no task and no open file of it is left, and it can be started again at once."""
    async with Site([MODELS["s21"], MODELS["m50s"]]) as site:
        async with running(site, tmp_path) as daemon:
            await daemon.all_polled()
        before = await settled(None)
        for _ in range(3):
            async with running(site, tmp_path) as daemon:
                await daemon.all_polled()
        assert before == await settled(before)
