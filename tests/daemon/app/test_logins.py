"""Logins in the running daemon: by family, by network, by device; the vendor's only on leave, once a day, and told."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.problems import ConfigError
from daemon.start import load_checked
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import FAST, Running, running, watching

QUICK = {**FAST, "polling": {"interval": "500ms", "timeout": "1s"}}
ANTMINER, AVALON = "s21", "m50s"


def floor() -> Site:
    return Site([MODELS[ANTMINER], MODELS[AVALON]], shared=True, ports={"line": 0, "frame": 0, "http": 0})


def sections(site: Site, *credentials: dict[str, Any], **of_first: Any) -> dict[str, Any]:
    """List both devices without family or login, but for what is said of the first."""
    listed = [{**one, "family": None} for one in site.configuration()["devices"]]
    listed[0] |= of_first
    return {**QUICK, "devices": listed, "credentials": list(credentials)}


def locked(site: Site, password: str) -> None:
    """Give the first device, an Antminer, a password of its own."""
    device = site.devices["m1"]
    device.identity = msgspec.structs.replace(device.identity, password=password)
    device.__init__(device.identity, device.world)  # type: ignore[misc]


def secret(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text + "\n")
    (folder / name).chmod(0o600)
    return f"file:{name}"


async def mac_of(running_daemon: Running) -> str | None:
    """Give the first device's MAC, which only a login shows."""
    reading = (await running_daemon.json("/api/v1/devices/m1"))["reading"]
    return reading["mac"] if reading else None


@pytest.mark.parametrize("by", ["family", "network", "device", "any"])
async def test_the_login_that_fits_opens_the_device(by: str, tmp_path: Path) -> None:
    """By family though that was only found out, by network, or of the device alone: the page behind is read."""
    right = {"username": "root", "password": secret(tmp_path, "right", "own-word")}
    wrong = {"username": "root", "password": secret(tmp_path, "wrong", "no-such-word")}
    async with floor() as site:
        locked(site, "own-word")
        host = site.devices["m1"].identity.address
        credentials, own = {
            "family": ([{"family": "whatsminer", **wrong}, {"family": "antminer", **right}], {}),
            "network": ([{"cidr": "10.0.0.0/8", **wrong}, {"cidr": f"{host}/32", **right}, wrong], {}),
            "device": ([wrong], right),
            "any": ([right], {}),
        }[by]
        async with running(site, tmp_path, sections=sections(site, *credentials, **own)) as running_daemon:
            await running_daemon.all_polled()
            assert site.devices["m1"].identity.mac == await mac_of(running_daemon)
            assert {} == await running_daemon.findings("S-11")


async def test_a_device_on_its_vendors_login_is_a_finding(tmp_path: Path) -> None:
    """With leave to try, a device that opens to root/root is told as such, and goes on being read after a restart."""
    async with floor() as site:
        given = sections(site, {"vendor_default": True})
        async with running(site, tmp_path, sections=given) as running_daemon:

            async def told() -> Any:
                return await running_daemon.findings("S-11")

            found = await running_daemon.until(told, of="the vendor's login told")
            assert {"m1"} == found.keys()
            assert "root" not in str(found)
            assert (await running_daemon.json("/api/v1/devices/m1"))["reading"]["vendor_login"]
        async with watching(tmp_path / "site.yaml") as again:
            await again.all_polled()
            assert site.devices["m1"].identity.mac == await mac_of(again)
            assert {"m1"} == (await again.findings("S-11")).keys()


async def test_without_leave_no_vendors_login_is_tried(tmp_path: Path) -> None:
    """A device on its vendor's login is not opened where nobody allowed it, and nothing is written of it."""
    async with floor() as site, running(site, tmp_path, sections=sections(site)) as running_daemon:
        await running_daemon.all_polled()
        assert (await mac_of(running_daemon), b"{}") == (None, running_daemon.app.guesses.export_state())


async def test_a_refused_vendors_login_is_not_tried_again_after_a_restart(tmp_path: Path) -> None:
    """What was tried today was tried: the time of the attempt is the same after two restarts and a reboot."""
    async with floor() as site:
        locked(site, "own-word")
        async with running(site, tmp_path, sections=sections(site, {"vendor_default": True})) as running_daemon:
            await running_daemon.all_polled()
            first = running_daemon.app.guesses.export_state()
            assert 1 == first.count(b'"opened":false')
        for _ in range(2):
            async with watching(tmp_path / "site.yaml") as again:
                site.reboot("m1")
                await again.all_polled()
                await again.app.watch.ask("m1")
                assert first == again.app.guesses.export_state()
                assert {} == await again.findings("S-11")


@pytest.mark.parametrize(
    ("credentials", "own", "where"),
    [
        ([{"family": "antminer", "username": "root", "password": "file:none"}], {}, "credentials.0.password"),
        ([{"cidr": "10.0.0.0/8", "password": "env:HEADFRAME_NO_SUCH"}], {}, "credentials.0.password"),
        ([], {"password": "file:none"}, "devices.0.password"),
        ([{"family": "antminer"}], {}, "credentials.0"),
        ([{"family": "antminr", "username": "root"}], {}, "credentials.0.family"),
    ],
)
async def test_a_login_that_cannot_be_used_is_told_with_its_place(
    credentials: list[dict[str, Any]], own: dict[str, Any], where: str, tmp_path: Path
) -> None:
    """A secret that is missing and an entry that makes no sense stop the start, with line and key."""
    async with floor() as site:
        await site.write_configuration(tmp_path / "site.yaml", sections=sections(site, *credentials, **own))
    with pytest.raises(ConfigError) as caught:
        await asyncio.to_thread(load_checked, tmp_path / "site.yaml")
    (problem,) = caught.value.problems
    assert (where, True) == (problem.path, problem.line > 1)
