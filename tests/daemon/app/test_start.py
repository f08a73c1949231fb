"""The start of the daemon, broken off or asked to reload before it is through."""

import asyncio
import sqlite3
from pathlib import Path

from daemon.app import App
from daemon.start import load_checked
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import FAST


async def test_a_wish_to_stop_breaks_the_start_off(tmp_path: Path) -> None:
    """A stop while the start waits for a ledger that somebody holds ends it there."""
    async with Site([MODELS["s21"]]) as site:
        path = tmp_path / "site.yaml"
        await site.write_configuration(path, sections={**FAST, "ledger": {"path": str(tmp_path / "held.sqlite")}})
        app = App(await asyncio.to_thread(load_checked, path))
        holder = sqlite3.connect(tmp_path / "held.sqlite", isolation_level=None)
        holder.execute("CREATE TABLE held (x)")
        holder.execute("BEGIN EXCLUSIVE")
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.2, stop.set)
        started: list[str] = []
        await app.run(stop, ready=started.append)
        assert ([], False, "") == (started, hasattr(app, "ledger"), app.address)
        holder.execute("ROLLBACK")
        holder.close()


async def test_a_reload_that_is_asked_for_during_the_start_is_done_after_it(tmp_path: Path) -> None:
    """What was asked for before there was anybody to do it is done as soon as there is."""
    async with Site([MODELS["s21"]]) as site:
        path = tmp_path / "site.yaml"
        await site.write_configuration(path, sections=FAST)
        app = App(await asyncio.to_thread(load_checked, path))
        path.write_text(path.read_text().replace("Pretend site", "Another"))
        stop = asyncio.Event()
        wishes: asyncio.Queue[str] = asyncio.Queue()
        wishes.put_nowait("ann")

        async def watch() -> None:
            while app.loaded.config.site.name != "Another":
                await asyncio.sleep(0.02)
            stop.set()

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(watch())
            group.create_task(app.run(stop, reload=wishes.get))
        assert "Another" == app.loaded.config.site.name
