"""One device under watch: what a poll makes of it, and what is said when."""

import asyncio
import logging
from typing import Any

import pytest

from collectors.target import Target
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry, DeviceState
from daemon.metrics.own import OwnMetrics
from daemon.schedule import Slot
from daemon.watch import FAILURES_KEPT, Watch, Watched
from simulator.models import MODELS
from simulator.site import Site


class Told:
    """Notes who answered and who was lost."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def answered(self, device: DeviceState) -> None:
        self.words.append("answered")

    def lost(self, device: DeviceState) -> None:
        self.words.append(f"lost: {device.reason}")


def watched_of(site: Site, name: str = "m1", **more: Any) -> Watched:
    written = next(one for one in site.configuration()["devices"] if one["id"] == name)
    entry = DeviceEntry(id=name, host=written["host"], interval_s=1.0, timeout_s=0.5, **more)
    return Watched(DeviceState(entry, index=0), target=Target(entry.host, ports=written.get("ports", {})))


async def test_answers_and_losses_are_told_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """The first lost poll is logged loudly, repeats quietly, the recovery loudly; reasons are kept and bounded."""
    caplog.set_level(logging.DEBUG)
    told, own = Told(), OwnMetrics()
    watch = Watch(clock=SystemClock(), own=own, outcome=told)
    slot = Slot("m1", interval_s=1.0, group="")
    async with Site([MODELS["m50s"]]) as site:
        watched = watched_of(site)
        watch.add(watched, slot=slot)
        await watch.ask("m1")
        site.misbehave("m1", "refuses")
        await site.settled()
        for _ in range(FAILURES_KEPT + 2):
            await watch.ask("m1")
        assert (FAILURES_KEPT + 2, FAILURES_KEPT) == (slot.failures, len(watched.failures or ()))
        site.misbehave("m1", None)
        await site.settled()
        await watch.ask("m1")
    assert ["answered", *["lost: unreachable"] * (FAILURES_KEPT + 2), "answered"] == told.words
    mine = [record for record in caplog.records if record.name == "daemon.watch"]
    assert ["WARNING", *["DEBUG"] * (FAILURES_KEPT + 1), "INFO"] == [record.levelname for record in mine]
    assert "answers again after" in mine[-1].getMessage()
    assert (0, False) == (slot.failures, slot.denied)
    text = own.render(openmetrics=False).decode()
    assert 'headframe_collect_errors_total{family="whatsminer",reason="unreachable"} 10.0' in text
    assert 'headframe_collect_duration_seconds_count{family="whatsminer"} 12.0' in text


async def test_a_refusal_slows_the_schedule() -> None:
    """A device that refuses the login is marked as such, so that it is asked seldom and its account is not locked."""
    watch = Watch(clock=SystemClock(), own=OwnMetrics(), outcome=Told())
    slot = Slot("m1", interval_s=1.0, group="")
    async with Site([MODELS["s21"]], misbehave={"m1": "denied"}) as site:
        watch.add(watched_of(site, family="antminer"), slot=slot)
        await watch.ask("m1")
    assert (1, True) == (slot.failures, slot.denied)


async def test_who_left_is_asked_no_more() -> None:
    """Asking for a device that is not under watch does nothing; one that leaves during its poll takes no harm."""
    told = Told()
    watch = Watch(clock=SystemClock(), own=OwnMetrics(), outcome=told)
    await watch.ask("m1")
    async with Site([MODELS["s21"]], misbehave={"m1": "silent"}) as site:
        watch.add(watched_of(site, family="antminer"))
        async with asyncio.TaskGroup() as group:
            group.create_task(watch.ask("m1"))
            await asyncio.sleep(0.1)
            watch.remove("m1")
    assert (["lost: timed_out"], None) == (told.words, watch.get("m1"))


async def test_a_reboot_makes_it_ask_anew() -> None:
    """After a restart what the device was asked seldom is asked again, for its firmware may be another."""
    watch = Watch(clock=SystemClock(), own=OwnMetrics(), outcome=Told())
    async with Site([MODELS["s21"]]) as site:
        watched = watched_of(site, family="antminer")
        watch.add(watched)
        await watch.ask("m1")
        watched.target.memory["mark"] = True
        await watch.ask("m1")
        assert watched.target.memory["mark"]
        site.reboot("m1")
        for _ in range(40):
            await watch.ask("m1")
            if "mark" not in watched.target.memory:
                break
            await asyncio.sleep(0.1)
    assert "mark" not in watched.target.memory


async def test_a_device_that_is_named_wrongly_is_lost_with_the_right_name_until_it_is_corrected() -> None:
    """Every poll says which family it answers as; a device of that family put in its place is read at once."""
    told = Told()
    watch = Watch(clock=SystemClock(), own=OwnMetrics(), outcome=told)
    async with Site([MODELS["m50s"]]) as site:
        watched = watched_of(site, family="luxos")
        watch.add(watched)
        for _ in range(2):
            await watch.ask("m1")
        assert ["lost: unsupported"] * 2 == told.words
        assert "named luxos, but it answers as whatsminer" in (watched.state.detail or "")
        corrected = watched_of(site, family="whatsminer")
        watch.add(corrected)
        await watch.ask("m1")
    assert ("answered", False) == (told.words[-1], corrected.is_in_doubt)
