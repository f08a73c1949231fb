"""The reloader: one reload at a time, whole or not at all, and systemd told."""

import asyncio
from pathlib import Path

from config.load import Loaded
from daemon.clock import SystemClock
from daemon.metrics.own import OwnMetrics
from daemon.reload import Reloader
from daemon.start import StartError, load_checked

TEXT = "version: 1\nsite: {id: north, name: NAME}\ndevices: [{id: m1, host: 127.0.0.1}]\n"


class Taken:
    """Takes configurations one at a time, or refuses them."""

    def __init__(self) -> None:
        self.names: list[str | None] = []
        self.busy = 0
        self.most = 0
        self.refusal = ""

    async def __call__(self, loaded: Loaded) -> None:
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0.01)
        self.busy -= 1
        if self.refusal:
            raise StartError(self.refusal)
        self.names.append(loaded.config.site.name)


def write(folder: Path, name: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(TEXT.replace("NAME", name))
    return path


def successful(own: OwnMetrics) -> bool:
    return b"headframe_config_last_reload_successful 1.0" in own.render(openmetrics=False)


async def test_reloads_wait_for_each_other(tmp_path: Path) -> None:
    """Reloads that are asked for at once happen one after the other, each with the file as it is then."""
    path = write(tmp_path, "one")
    taken, own = Taken(), OwnMetrics()
    reloader = Reloader(await asyncio.to_thread(load_checked, path), apply=taken, own=own, clock=SystemClock())
    write(tmp_path, "two")
    assert [[], [], []] == await asyncio.gather(*(reloader.reload() for _ in range(3)))
    assert (["two", "two", "two"], 1, "two") == (taken.names, taken.most, reloader.loaded.config.site.name)
    assert successful(own)


async def test_a_refusal_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    """What the file or a part of the daemon refuses is given back, and the next valid file is compared with the old."""
    path = write(tmp_path, "one")
    taken, own = Taken(), OwnMetrics()
    reloader = Reloader(await asyncio.to_thread(load_checked, path), apply=taken, own=own, clock=SystemClock())
    write(tmp_path, "two, sight: {}")
    problems = await reloader.reload()
    assert (1, True, False) == (len(problems), "site.yaml:2:" in problems[0], successful(own))
    write(tmp_path, "three")
    taken.refusal = "hooks.ops: no such key"
    assert (["hooks.ops: no such key"], "one") == (await reloader.reload(), reloader.loaded.config.site.name)
    assert not successful(own)
    taken.refusal = ""
    assert ([], "three", ["three"]) == (await reloader.reload(), reloader.loaded.config.site.name, taken.names)
    assert successful(own)


async def test_a_reload_that_breaks_is_a_refusal_and_the_next_one_is_taken(tmp_path: Path) -> None:
    """A failure that nobody foresaw is told like a refusal, and does not take the reloads after it away."""
    path = write(tmp_path, "one")
    own, broken = OwnMetrics(), True

    async def apply(loaded: Loaded) -> None:
        if broken:
            raise ZeroDivisionError("oops")

    reloader = Reloader(await asyncio.to_thread(load_checked, path), apply=apply, own=own, clock=SystemClock())
    assert ["the reload failed (ZeroDivisionError); the log has the trace"] == await reloader.reload()
    assert not successful(own)
    broken = False
    assert [] == await reloader.reload()
    assert successful(own)
