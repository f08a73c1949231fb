"""Who a device is, is found out once, and again only when it contradicts that."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

import daemon.watch
from collectors.identify import identify
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

QUICK = {"polling": {"interval": "1s", "timeout": "300ms"}}


async def test_a_device_is_identified_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is identified on its first poll alone, through lost polls too, and anew when it is another by now."""
    asked: list[str] = []

    async def counted(target: Any, **options: Any) -> Any:
        asked.append(target.host)
        return await identify(target, **options)

    monkeypatch.setattr(daemon.watch, "identify", counted)
    models = [MODELS[key] for key in ("s21", "m50s", "bitaxe-gamma", "m30s++")]
    async with Site(models, shared=True, ports={"line": 0, "frame": 0, "http": 0}) as site:
        sections = {"devices": [{**one, "family": None} for one in site.configuration()["devices"][:3]], **QUICK}
        async with running(site, tmp_path, sections=sections) as running_daemon:
            await running_daemon.all_polled()
            hosts = {name: site.devices[name].identity.address for name in ("m1", "m2", "m3")}
            for _ in range(3):
                await asyncio.gather(*(running_daemon.app.watch.ask(name) for name in hosts))
            site.misbehave("m1", "silent")
            for _ in range(4):
                await running_daemon.app.watch.ask("m1")
            site.misbehave("m1", None)
            await running_daemon.app.watch.ask("m1")
            assert sorted(hosts.values()) == sorted(asked)
            documents = await running_daemon.json("/api/v1/devices")
            assert ["antminer", "whatsminer", "axeos"] == [one["reading"]["family"] for one in documents]

            # Somebody puts a Whatsminer that nobody knows where the Antminer stood.
            asked.clear()
            exchange(site, hosts["m1"], site.devices["m4"].identity.address)

            async def exchanged() -> bool:
                one = await running_daemon.json("/api/v1/devices/m1")
                return bool(one["up"] and one["reading"]["family"] == "whatsminer")

            await running_daemon.until(exchanged, of="the Whatsminer read as one")
            assert 1 == asked.count(hosts["m1"])
            assert 0 == asked.count(hosts["m3"])


def exchange(site: Site, one: str, other: str) -> None:
    """Let two devices change their places: each answers at the other's address."""
    by_address = site._listening._devices
    by_address[one], by_address[other] = by_address[other], by_address[one]


async def test_a_configured_family_is_not_doubted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A family that the operator named stays, however much the device contradicts it; only the reason tells."""
    caplog.set_level(logging.INFO)
    async with Site([MODELS["s21"]]) as site:
        configured = [{**one, "family": "axeos"} for one in site.configuration()["devices"]]
        async with running(site, tmp_path, sections={"devices": configured}) as running_daemon:
            site.misbehave("m1", "garbage")
            for _ in range(4):
                await running_daemon.app.watch.ask("m1")
            document = await running_daemon.json("/api/v1/devices/m1")
    assert (None, "garbled") == (document["reading"], document["reason"])
    assert "identified anew" not in caplog.text
