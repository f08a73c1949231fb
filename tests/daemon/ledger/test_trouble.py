"""Whatever happens to the disk, the daemon goes on in memory, says so, and catches up."""

import asyncio
import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.ledger import DeviceDay, Ledger
from daemon.ledger import disk as disk_module
from daemon.ledger.disk import Disk
from daemon.ledger.records import Content


async def _until(ledger: Ledger, medium: str) -> None:
    while ledger.health.medium != medium:
        await asyncio.sleep(0.01)


def _told(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT hook, finding_id, event FROM outbox ORDER BY id").fetchall()
    finally:
        connection.close()


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte of its own."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a file system of its own can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


async def test_full_disk(tiny_disk, open_ledger, finding, monkeypatch, caplog) -> None:
    """With no room left findings go on in memory, said once; with room again all of them are on disk."""
    path = tiny_disk / "ledger.db"
    ledger = await open_ledger(path)
    assert (await ledger.record_transition(finding(1), event="opened", hooks=["a"])).durable
    ballast = tiny_disk / "ballast"
    _fill(ballast)
    number = 2
    while (await ledger.record_transition(finding(number), event="opened", hooks=["a"])).durable:
        number += 1
    assert ("memory", "disk_full") == (ledger.health.medium, ledger.health.reason)
    assert ledger.health.is_troubled
    await ledger.record_transition(finding(1, state="closed", closed_at=2.0), event="closed", hooks=["a"])
    assert number == len(ledger.outbox.due("a", now=2e10, limit=10_000))
    assert ledger.queues().lengths["ledger"] > 0
    tried, opened = 0, Disk.open

    def counted(self: Disk) -> Content:
        nonlocal tried
        tried += 1
        return opened(self)

    monkeypatch.setattr(Disk, "open", counted)
    caplog.clear()
    while tried < 4:
        assert "memory" == ledger.health.medium
        await asyncio.sleep(0.002)
    assert [] == [record.message for record in caplog.records]
    ballast.unlink()
    await _until(ledger, "disk")
    assert 1 == sum("back on disk" in record.message for record in caplog.records)
    assert (await ledger.record_transition(finding(number + 1), event="opened", hooks=["a"])).durable
    await ledger.close()
    assert [f"P-01-{n:06x}" for n in (*range(1, number + 1), 1, number + 1)] == [row[1] for row in _told(path)]


async def test_read_only_disk_at_the_start(tiny_disk, open_ledger, finding) -> None:
    """A disk that cannot be written at the start is used once it can be, with what was owed on it before."""
    path = tiny_disk / "ledger.db"
    before = await open_ledger(path)
    await before.record_transition(finding(1), event="opened", hooks=["a"], told=["a"])
    await before.close()
    remount = ["mount", "-o", "remount,ro", str(tiny_disk)]
    assert 0 == (await asyncio.to_thread(subprocess.run, remount, check=False)).returncode
    ledger = await open_ledger(path)
    assert ("memory", "read_only") == (ledger.health.medium, ledger.health.reason)
    await ledger.record_transition(finding(2), event="opened", hooks=["a"])
    remount[2] = "remount,rw"
    assert 0 == (await asyncio.to_thread(subprocess.run, remount, check=False)).returncode
    await _until(ledger, "disk")
    # The engine began anew and does not watch finding 1 any more, so whoever was told of it hears of its end.
    assert [("P-01-000001", "opened"), ("P-01-000002", "opened")] == [
        (one.finding_id, one.event) for one in ledger.outbox.due("a", now=2e10, limit=9)
    ]
    ledger.outbox.settle(ledger.outbox.due("a", now=2e10, limit=1)[0])
    assert {("P-01-000001", "closed"), ("P-01-000002", "opened")} == {
        (one.finding_id, one.event) for one in ledger.outbox.due("a", now=2e10, limit=9)
    }
    assert ["m2"] == [one.subject for one in ledger.open_findings()]


LIMITED = textwrap.dedent(
    """
    import asyncio, resource, sys, time
    from daemon.findings import Finding
    from daemon.ledger import Ledger

    def finding(number):
        return Finding(id=f"f{number}", rule="P-01", subject="m", severity="warn", state="open", message="x" * 2000,
                       since=1.0, opened_at=float(number), updated_at=1.0)

    async def main():
        ledger = await Ledger.open(sys.argv[1], first_retry_s=0.05)
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limit[1]))
        number = 0
        while (await ledger.record_transition(finding(number), event="opened", hooks=["a"])).durable:
            number += 1
        print(ledger.health.reason, flush=True)
        await ledger.record_transition(finding(number + 1), event="opened", hooks=["a"])
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        while ledger.health.medium == "memory":
            await asyncio.sleep(0.01)
        print(number + 2, await ledger.close(), flush=True)

    asyncio.run(main())
    """
)


def test_file_size_limit(path) -> None:
    """A write that the system refuses half-way is undone, and made good when it is allowed again."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    reason, outcome = done.stdout.splitlines()
    assert reason in ("io_error", "disk_full"), done.stderr
    expected = int(outcome.split()[0])
    assert "True" == outcome.split()[1]
    assert [f"f{number}" for number in range(expected)] == [row[1] for row in _told(path)]
    assert resource.RLIM_INFINITY == resource.getrlimit(resource.RLIMIT_FSIZE)[0]


async def test_locked_file(path, open_ledger, finding, monkeypatch) -> None:
    """A file that another program holds is waited for a moment, and then done without until it is free."""
    monkeypatch.setattr(disk_module, "BUSY_S", 0.02)
    ledger = await open_ledger()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    receipt = await ledger.record_transition(finding(), event="opened", hooks=["a"])
    assert (False, "locked") == (receipt.durable, ledger.health.reason)
    other.execute("ROLLBACK")
    other.close()
    await _until(ledger, "disk")
    await ledger.close()
    assert [("a", "P-01-000001", "opened")] == _told(path)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + bytes(5000)])
async def test_damaged_file_is_set_aside(content, path, open_ledger, finding) -> None:
    """A file that is no database is kept under another name, and a new one begun."""
    path.parent.mkdir()
    path.write_bytes(content)
    ledger = await open_ledger()
    assert "disk" == ledger.health.medium
    aside = next(path.parent.glob("ledger.db.damaged-*"))
    assert aside.name in ledger.health.note
    assert content == aside.read_bytes()
    assert (await ledger.record_transition(finding())).durable


async def test_damage_while_running(path, open_ledger, finding) -> None:
    """A file that breaks under the daemon is replaced by one with everything that memory still has."""
    ledger = await open_ledger()
    for number in range(30):
        await ledger.record_transition(finding(number, message="x" * 3000), event="opened", hooks=["a"])
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(size - 8192))
    for number in range(30, 40):
        await ledger.record_transition(finding(number), event="opened", hooks=["a"])
    await _until(ledger, "disk")
    await ledger.record_transition(finding(40), event="opened", hooks=["a"])
    await ledger.close()
    again = await open_ledger()
    assert {f"m{number}" for number in range(41)} == {one.subject for one in again.open_findings()}
    assert {f"P-01-{n:06x}" for n in range(41)} == {row[1] for row in _told(path)}


async def test_damage_is_found_at_the_start(path, open_ledger, finding) -> None:
    """What can still be read of a damaged file is carried over into the new one."""
    ledger = await open_ledger()
    for number in range(200):
        await ledger.record_transition(finding(number, message="x" * 500), event="opened", hooks=["a"])
    await ledger.close()
    connection = sqlite3.connect(path)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'findings'").fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))
    again = await open_ledger()
    assert "disk" == again.health.medium
    assert "200 deliveries could be carried over" in again.health.note
    assert 200 == len(again.outbox.due("a", now=2e10, limit=1000))
    await again.close()
    assert 200 == len(_told(path))


async def test_foreign_file_is_not_touched(path, open_ledger) -> None:
    """Another program's database stays as it is; the daemon goes on in memory."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    ledger = await open_ledger()
    assert ("memory", "foreign") == (ledger.health.medium, ledger.health.reason)
    assert [path] == [found for found in path.parent.iterdir() if "damaged" in found.name or found == path]


async def test_removed_file(path, open_ledger, finding) -> None:
    """A file that somebody removed is written anew with all that is open and owed."""
    ledger = await open_ledger()
    await ledger.record_transition(finding(1), event="opened", hooks=["a"])
    ledger.add_energy([DeviceDay(device="m1", day=40000, energy_j=500.0)])
    await ledger.flush()
    for file in path.parent.glob("ledger.db*"):
        file.unlink()
    await ledger.record_transition(finding(2), event="opened", hooks=["a"])
    await _until(ledger, "disk")
    await ledger.close()
    assert ["P-01-000001", "P-01-000002"] == [row[1] for row in _told(path)]
    connection = sqlite3.connect(path)
    assert [(500,)] == connection.execute("SELECT energy_j FROM device_days").fetchall()
    connection.close()


async def test_directory_instead_of_a_file(path, open_ledger, finding) -> None:
    """A path that cannot be a file is said to be so, and nothing else suffers."""
    path.mkdir(parents=True)
    ledger = await open_ledger()
    assert ("memory", "cannot_open") == (ledger.health.medium, ledger.health.reason)
    assert not (await ledger.record_transition(finding(), event="opened", hooks=["a"])).durable


async def test_disk_that_hangs(open_ledger, finding, monkeypatch) -> None:
    """A disk that does not answer holds nobody up; when it answers after all, nothing is written twice."""
    gate = threading.Event()
    write = Disk.write

    def hang(self: Disk, batch: object) -> None:
        gate.wait(30)
        write(self, batch)

    ledger = await open_ledger(slow_s=0.05)
    monkeypatch.setattr(Disk, "write", hang)
    receipt = await ledger.record_transition(finding(1), event="opened", hooks=["a"])
    assert (False, "too_slow") == (receipt.durable, ledger.health.reason)
    await ledger.record_transition(finding(2), event="opened", hooks=["a"])
    gate.set()
    await _until(ledger, "disk")
    assert await ledger.flush()
    await ledger.close()
    assert ["P-01-000001", "P-01-000002"] == [row[1] for row in _told(Path(ledger.health.path))]


async def test_row_that_sqlite_cannot_take(open_ledger, finding) -> None:
    """One row that cannot be written does not keep the others from the disk, and is counted."""
    ledger = await open_ledger()
    await ledger.record_transition(finding(1, value=1e10))
    ledger.save_state("odd", 2**70)  # type: ignore[arg-type]
    assert (await ledger.record_transition(finding(2))).durable
    assert {("ledger", "refused"): 1} == dict(ledger.queues().dropped)


async def test_memory_stays_bounded(open_ledger, finding, monkeypatch, path) -> None:
    """While the disk is away the oldest of what waits gives way, and each loss is counted."""
    from daemon.ledger import journal

    monkeypatch.setattr(journal, "MOST_PENDING", 20)
    path.mkdir(parents=True)
    ledger = await open_ledger(first_retry_s=60.0)
    for number in range(50):
        await ledger.record_transition(finding(number), event="opened", hooks=["a"])
    assert 40 == ledger.queues().lengths["ledger"] - 3  # what retention asks for waits too
    assert {("ledger", "memory_full"): 60} == dict(ledger.queues().dropped)
    assert 50 == len(ledger.outbox.due("a", now=2e10, limit=99))
