"""A changed configuration under a running daemon: taken whole when it is valid, refused whole when it is not."""

import asyncio
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running

THREE = [MODELS["s9"], MODELS["s21"], MODELS["m50s"]]
PLACE = re.compile(r"site\.yaml:\d+:\d+: ")


def half_written(path: Path) -> None:
    text = path.read_text()
    path.write_text(text[: len(text) // 2])


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def breaks(path: Path) -> None:
        written = yaml.safe_load(path.read_text())
        change(written)
        path.write_text(yaml.safe_dump(written))

    return breaks


BREAKS: dict[str, Callable[[Path], object]] = {
    "unknown key": lambda path: path.write_text(path.read_text() + "\nsight: {}\n"),
    "half-written": half_written,
    "empty": lambda path: path.write_text(""),
    "not YAML": lambda path: path.write_text("version: [1\n"),
    "not UTF-8": lambda path: path.write_bytes(b"version: 1\nsite: {id: \xff}\n"),
    "deleted": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "unit missing": changed(lambda config: config["tariff"].update(price="0.05")),
    "unknown rule": changed(lambda config: config["rules"].update({"P-99": {"enabled": False}})),
    "rule's parameter": changed(lambda config: config["rules"].update({"P-01": {"fore": "2s"}})),
    "secret missing": changed(
        lambda config: config["hooks"].append(
            {"id": "x", "kind": "webhook", "url": "http://127.0.0.1:9/", "secret": "file:gone"}
        )
    ),
    "two devices of one id": changed(lambda config: config["devices"].append(dict(config["devices"][0]))),
    "open to all without token": changed(lambda config: config["web"].update(listen="0.0.0.0:9840")),
    "broker's certificate missing": changed(
        lambda config: (
            config.update(mqtt={"host": "127.0.0.1", "tls": {"ca": "gone.pem"}}),
            config["devices"].pop(),
        )
    ),
}


async def snapshot(daemon: Running) -> dict[str, Any]:
    """What a refused reload must leave as it is."""
    return {
        "devices": [device["id"] for device in await daemon.json("/api/v1/devices")],
        "pools": [pool["id"] for pool in await daemon.json("/api/v1/pools")],
        "hooks": [hook.id for hook in daemon.app.notifier.status()],
        "rules": len(daemon.app.site.engine.settings),
        "slots": [id(daemon.app.scheduler.slot(key)) for key in daemon.app.roster.ids],
        "price": (await daemon.json("/api/v1/site"))["price_per_kwh"],
        "since": {key: one["since"] for key, one in (await daemon.findings("P-01")).items()},
    }


async def test_an_invalid_file_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each kind of broken file is refused with its place, polls go on as before, and the repaired file is taken."""
    caplog.set_level(logging.INFO)
    sections = {"tariff": {"price": "0.09 USD/kWh"}, "signals": {"hashprice": {"static": "40 USD/PH/day"}}}
    sections["feeders"] = [{"id": "f1", "contracted": "50 kW"}]  # type: ignore[assignment]
    async with Site(THREE) as site, running(site, tmp_path, sections=sections) as daemon:
        await daemon.all_polled()
        await daemon.until(lambda: daemon.findings("P-01"), of="the S9 flagged")
        before, good = await snapshot(daemon), daemon.path.read_bytes()
        for name, breaks in BREAKS.items():
            caplog.clear()
            await asyncio.to_thread(breaks, daemon.path)
            polls = daemon.app.scheduler.finished
            status, document = await daemon.reload()
            assert (400, False) == (status, document["reloaded"]), name
            assert document["problems"], name
            refusals = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
            assert [f"reload refused: {problem}" for problem in document["problems"]] == refusals, name
            if name != "broker's certificate missing":
                assert all(PLACE.search(problem) for problem in document["problems"]), (name, document)
            assert before == await snapshot(daemon), name
            assert 0.0 == await daemon.value("headframe_config_last_reload_successful"), name

            async def polled(polls: int = polls) -> bool:
                return daemon.app.scheduler.finished > polls

            await daemon.until(polled, of=f"polls after {name}")
            await asyncio.to_thread(restore, daemon.path, good)
            assert (200, {"reloaded": True}) == await daemon.reload(), name
            assert 1.0 == await daemon.value("headframe_config_last_reload_successful"), name
            assert before == await snapshot(daemon), name


def restore(path: Path, good: bytes) -> None:
    if path.is_dir():
        path.rmdir()
    path.write_bytes(good)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; tests/faults tries this as another user")
async def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """A configuration without read permission is one problem, and is taken when it may be read again."""
    async with Site(THREE[:1]) as site, running(site, tmp_path) as daemon:
        daemon.path.chmod(0)
        status, document = await daemon.reload()
        assert (400, True) == (status, "ermission" in document["problems"][0])
        daemon.path.chmod(0o600)
        assert (200, {"reloaded": True}) == await daemon.reload()


async def test_a_valid_change_touches_only_what_changed(tmp_path: Path) -> None:
    """Devices, pools, hooks and rules come and go; what stays keeps its energy, its findings' start and its money."""
    sections = {
        "tariff": {"price": "0.09 USD/kWh"},
        "signals": {"hashprice": {"static": "40 USD/PH/day"}},
        "feeders": [{"id": "f1", "contracted": "50 kW"}],
    }
    async with Site(THREE) as site, running(site, tmp_path, sections=sections) as daemon:
        await daemon.all_polled()
        third = {}

        def without_third(config: dict[str, Any]) -> None:
            third.update(config["devices"].pop())
            config["pools"].pop()
            config["hooks"].append({"id": "second", "kind": "webhook", "url": f"{site.services.url}/hook/second"})
            config["rules"]["P-04"] = {"enabled": False}

        async def flagged() -> bool:
            energy = await daemon.value("headframe_device_energy_joules_total", device="m1")
            return bool(await daemon.findings("P-01") and await daemon.findings("P-04") and energy)

        await daemon.until(flagged, of="the S9's loss and the hashrate above break-even")
        since = (await daemon.findings("P-01"))["m1"]["since"]
        energy = await daemon.value("headframe_device_energy_joules_total", device="m1") or 0.0
        state = daemon.app.site.fleet.get("m1")
        pool = daemon.app.pools._watched["p1"].observer
        daemon.rewrite(without_third)
        assert (200, {"reloaded": True}) == await daemon.reload()

        assert ["m1", "m2"] == [device["id"] for device in await daemon.json("/api/v1/devices")]
        assert not any(labels.get("device") == "m3" for _, labels, _ in await daemon.samples())
        assert ["p1"] == [pool["id"] for pool in await daemon.json("/api/v1/pools")]
        assert ["sink", "second"] == [hook.id for hook in daemon.app.notifier.status()]
        assert {} == await daemon.findings("P-04")
        assert since == (await daemon.findings("P-01"))["m1"]["since"]
        assert energy <= (await daemon.value("headframe_device_energy_joules_total", device="m1") or 0.0)
        assert (state, pool) == (daemon.app.site.fleet.get("m1"), daemon.app.pools._watched["p1"].observer)
        assert "unprofitable" == (await daemon.json("/api/v1/devices/m1"))["money"]["verdict"]

        daemon.rewrite(lambda config: config["devices"].append({**third, "id": "late"}))
        assert (200, {"reloaded": True}) == await daemon.reload()

        async def late() -> bool:
            return bool((await daemon.json("/api/v1/devices/late"))["reading"])

        await daemon.until(late, of="a reading of the device that came")
        assert since == (await daemon.findings("P-01"))["m1"]["since"]


async def test_verdicts_hold_through_a_reload(tmp_path: Path) -> None:
    """No poll between a reload and the next survey sees a market without prices; a new tariff is in force at once."""
    sections = {
        "tariff": {"price": "0.09 USD/kWh"},
        "signals": {"hashprice": {"static": "40 USD/PH/day"}},
        "feeders": [{"id": "f1", "contracted": "50 kW"}],
    }
    async with Site(THREE[:2]) as site, running(site, tmp_path, sections=sections, survey_s=0.3) as daemon:
        await daemon.all_polled()
        await daemon.until(lambda: daemon.findings("P-01"), of="the S9 flagged")
        before = (await daemon.json("/api/v1/devices/m1"))["money"]
        daemon.app._survey_s = 3600.0
        await asyncio.sleep(0.4)
        daemon.rewrite(lambda config: config["tariff"].update(price="0.18 USD/kWh"))
        assert (200, {"reloaded": True}) == await daemon.reload()
        polls = daemon.app.scheduler.finished

        async def polled() -> bool:
            return daemon.app.scheduler.finished >= polls + 4

        await daemon.until(polled, of="polls after the reload")
        after = (await daemon.json("/api/v1/devices/m1"))["money"]
        assert ("unprofitable", "unprofitable") == (before["verdict"], after["verdict"])
        assert pytest.approx(2 * before["cost_terms"]["energy"], rel=0.1) == after["cost_terms"]["energy"]
        assert None is (await daemon.findings("P-01"))["m1"]["unknown_since"]
