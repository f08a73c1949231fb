"""What a restart keeps, and what a ledger that cannot be used does to the daemon."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import FAST, Running, running, watching

SECTIONS: dict[str, Any] = {
    "tariff": {"price": "0.09 USD/kWh"},
    "signals": {"hashprice": {"static": "40 USD/PH/day"}},
    "feeders": [{"id": "f1", "contracted": "50 kW"}],
}
TWO = [MODELS["s9"], MODELS["s21"]]
LONG = {**SECTIONS, "rules": {"defaults": {"for": "0s"}, "P-01": {"for": "6h"}}}


async def pending(daemon: Running) -> dict[str, Any] | None:
    return (await daemon.findings("P-01", "pending")).get("m1")


async def opened(daemon: Running) -> dict[str, Any] | None:
    return (await daemon.findings("P-01")).get("m1")


async def test_timers_go_on_after_a_restart(tmp_path: Path) -> None:
    """A finding that must hold for hours keeps its id and the moment it began over restarts, and stays pending."""
    async with Site(TWO) as site:
        seen = []
        for _ in range(3):
            async with running(site, tmp_path, sections=LONG) as daemon:
                seen.append(await daemon.until(lambda one=daemon: pending(one), of="P-01 pending"))
    assert 1 == len({(one["id"], one["since"]) for one in seen}), seen


async def test_an_open_finding_goes_on_after_a_restart(tmp_path: Path) -> None:
    """An open finding keeps id and times over a restart, nobody is told again, and its end is told."""
    async with Site(TWO) as site:
        async with running(site, tmp_path, sections=SECTIONS) as daemon:
            first = await daemon.until(lambda: opened(daemon), of="P-01 open")

            async def delivered() -> bool:
                return any(one.body["data"]["id"] == first["id"] for one in site.sink.deliveries)

            await daemon.until(delivered, of="its delivery")
        async with watching(tmp_path / "site.yaml") as daemon:
            await daemon.all_polled()
            again = await daemon.until(lambda: opened(daemon), of="P-01 open again")
            daemon.rewrite(lambda config: config["tariff"].update(price="0.001 USD/kWh"))
            assert (200, {"reloaded": True}) == await daemon.reload()

            async def ended() -> bool:
                return any(one.body["type"] == "finding.closed" for one in of_first())

            def of_first() -> list[Any]:
                return [one for one in site.sink.deliveries if one.body["data"]["id"] == first["id"]]

            await daemon.until(ended, of="its end told")
            kinds = [one.body["type"] for one in of_first()]
    assert [first[key] for key in ("id", "since", "opened_at")] == [again[key] for key in ("id", "since", "opened_at")]
    assert ["finding.opened", "finding.closed"] == kinds


async def test_a_rule_switched_off_while_nobody_watched_closes(tmp_path: Path) -> None:
    """What was told of a rule that the configuration no longer has in force is closed at the next start."""
    async with Site(TWO) as site:
        async with running(site, tmp_path, sections=SECTIONS) as daemon:
            first = await daemon.until(lambda: opened(daemon), of="P-01 open")

            async def known() -> bool:
                return daemon.app.ledger.finding(first["id"]) is not None

            await daemon.until(known, of="it in the ledger")
            daemon.rewrite(lambda config: config["rules"].update({"P-01": {"enabled": False}}))
        async with watching(tmp_path / "site.yaml") as daemon:

            async def closed() -> bool:
                return daemon.app.ledger.finding(first["id"]) is None

            await daemon.until(closed, of="its end")
            assert None is await opened(daemon)


async def test_a_newer_ledger_is_lived_with(tmp_path: Path) -> None:
    """A file that a newer version wrote is used when it allows that, and left alone, with a notice, when not."""
    path = tmp_path / "headframe.sqlite"
    async with Site(TWO) as site:
        async with running(site, tmp_path, sections=SECTIONS) as daemon:
            first = await daemon.until(lambda: opened(daemon), of="P-01 open")
        await asyncio.to_thread(raise_version, path, "1")
        async with watching(tmp_path / "site.yaml") as daemon:
            again = await daemon.until(lambda: opened(daemon), of="P-01 open again")
            assert (first["id"], 0.0) == (again["id"], await daemon.value("headframe_ledger_in_memory"))
        await asyncio.to_thread(raise_version, path, "999")
        before = await asyncio.to_thread(path.read_bytes)
        async with watching(tmp_path / "site.yaml") as daemon:
            await daemon.until(lambda: opened(daemon), of="P-01 in memory")
            await in_memory(daemon, "999")
        assert before == await asyncio.to_thread(path.read_bytes)


async def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    """Text, another program's database or a folder in the ledger's place: the daemon goes on in memory and says so."""
    path = tmp_path / "headframe.sqlite"
    async with Site(TWO) as site:
        await site.write_configuration(tmp_path / "site.yaml", sections={**FAST, **SECTIONS})
        for spoil in (foreign, Path.mkdir):
            await asyncio.to_thread(spoil, path)
            async with watching(tmp_path / "site.yaml") as daemon:
                await daemon.until(lambda one=daemon: opened(one), of="P-01 in memory")
                await in_memory(daemon, "ledger")
            await asyncio.to_thread(lambda: path.rmdir() if path.is_dir() else path.unlink())


async def in_memory(daemon: Running, word: str) -> None:
    """Check that metric, document and page say that nothing is kept."""
    await daemon.app.survey()
    assert 1.0 == await daemon.value("headframe_ledger_in_memory")
    notices = (await daemon.json("/api/v1/site"))["notices"]
    assert any("memory only" in notice and word in notice for notice in notices), notices
    assert "The ledger goes on in memory only" in await daemon.text("/")


def raise_version(path: Path, min_reader: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA user_version = 1000")
        connection.execute("ALTER TABLE findings ADD COLUMN mood TEXT" if min_reader == "1" else "SELECT 1")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'min_reader'", (min_reader,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte of its own."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if 0 != subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


async def test_a_full_disk_is_lived_through(tiny_disk: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On a full disk alerts still go out, log, metric and page say so, and all is kept once there is room again."""
    async with Site(TWO) as site:
        sections = {**SECTIONS, "ledger": {"path": str(tiny_disk / "ledger.sqlite")}}
        async with running(site, tmp_path, sections=sections) as daemon:
            await daemon.until(lambda: opened(daemon), of="P-01 open")
            await asyncio.to_thread(fill, tiny_disk / "ballast")
            for number in range(400):  # until what is written does not fit any more
                daemon.app.ledger.save_state(f"ballast-{number}", bytes(8192))
                await daemon.app.ledger.flush()
                if daemon.app.ledger.health.is_troubled:
                    break
            await in_memory(daemon, "full")
            assert any("full" in record.getMessage() for record in caplog.records if record.levelname != "DEBUG")
            before = site.sink.count
            site.misbehave("m2", "hot")
            site.devices["m2"].settle()

            async def alerted() -> bool:
                return any("m2" == one.body["data"]["subject"] for one in list(site.sink.deliveries)[before:])

            await daemon.until(alerted, of="an alert without a disk")
            await asyncio.to_thread((tiny_disk / "ballast").unlink)

            async def kept() -> bool:
                return not daemon.app.ledger.health.is_troubled

            await daemon.until(kept, of="the disk in use again")
            await daemon.app.survey()
            assert 0.0 == await daemon.value("headframe_ledger_in_memory")
            assert "in memory only" not in await daemon.text("/")
            subjects = {one.subject for one in await daemon.app.ledger.history()}
            assert {"m1", "m2"} <= subjects
