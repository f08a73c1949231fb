"""The daemon under a systemd that the test plays: notifications, watchdog, credentials."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from simulator.models import MODELS
from simulator.site import Site
from tests.faults.daemon_process import daemon, write
from tests.waiting import until

TWO = [MODELS["s21"], MODELS["s9"]]


class Manager:
    """The notification socket of a service manager, and what it has heard."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Manager"]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            sock.bind(str(self.path))
            loop = asyncio.get_running_loop()

            def hear() -> None:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        self.lines += sock.recv(4096).decode().splitlines()

            loop.add_reader(sock, hear)
            try:
                yield self
            finally:
                hear()
                loop.remove_reader(sock)

    def count(self, line: str) -> int:
        return self.lines.count(line)


async def test_the_life_of_a_service(tmp_path: Path) -> None:
    """READY with a status at the start, RELOADING and READY around a SIGHUP, food while polls go on, STOPPING last."""
    async with Manager(tmp_path / "notify").listening() as manager, Site(TWO) as site:
        path, port = await write(site, tmp_path)
        environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
        async with daemon(path, port=port, environment=environment) as running:

            async def fed() -> bool:
                return manager.count("WATCHDOG=1") >= 3 and "STATUS=2 of 2 devices answer" in manager.lines

            await until(fed, of="the watchdog's food and a status")
            assert 1 == manager.count("READY=1")
            assert "READY=1" == manager.lines[0]
            assert manager.lines[1].startswith("STATUS=watching 2 devices at http://127.0.0.1:")
            running.process.send_signal(signal.SIGHUP)

            async def reloaded() -> bool:
                return 2 == manager.count("READY=1")

            await until(reloaded, of="READY after the reload")
            start = manager.lines.index("RELOADING=1")
            assert manager.lines[start + 1].startswith("MONOTONIC_USEC=")
            assert 0 == await running.stop()
    assert "STOPPING=1" == [line for line in manager.lines if not line.startswith(("STATUS", "WATCHDOG"))][-1]


async def test_a_stopped_process_is_not_fed(tmp_path: Path) -> None:
    """A process that cannot go on feeds nobody, and a device that hangs does not keep the food back."""
    async with Manager(tmp_path / "notify").listening() as manager, Site(TWO, misbehave={"m1": "silent"}) as site:
        path, port = await write(site, tmp_path, polling={"interval": "1s", "timeout": "20s"})
        environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "200000"}
        async with daemon(path, port=port, environment=environment) as running:
            await running.ready()

            async def fed(more_than: int = 0) -> bool:
                return manager.count("WATCHDOG=1") > more_than + 3

            await until(fed, of="food")
            running.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.3)
            hungry = manager.count("WATCHDOG=1")
            await asyncio.sleep(0.5)
            assert hungry == manager.count("WATCHDOG=1")
            running.process.send_signal(signal.SIGCONT)
            await until(lambda: fed(hungry), of="food again")
            assert 0 == await running.stop()


async def test_another_processs_watchdog_is_left_alone(tmp_path: Path) -> None:
    """A watchdog that is meant for another process id is not fed."""
    async with Manager(tmp_path / "notify").listening() as manager, Site(TWO[:1]) as site:
        path, port = await write(site, tmp_path)
        environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "100000", "WATCHDOG_PID": str(os.getpid())}
        async with daemon(path, port=port, environment=environment) as running:
            await running.ready()
            await asyncio.sleep(0.3)
            assert 0 == await running.stop()
    assert (0, 1) == (manager.count("WATCHDOG=1"), manager.count("STOPPING=1"))


async def test_a_credential_opens_the_api(tmp_path: Path) -> None:
    """A token from the credentials directory guards the API; without the directory the start is refused."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "web_token").write_text("only-for-operators\n")
    async with Site(TWO[:1]) as site:
        path, port = await write(site, tmp_path, web={"token": "credential:web_token"})
        async with daemon(path, port=port, environment={"CREDENTIALS_DIRECTORY": str(credentials)}) as running:
            await running.ready()
            async with aiohttp.ClientSession(running.address) as session:
                async with session.get("/api/v1/site") as answer:
                    assert 401 == answer.status
                bearer = {"Authorization": "Bearer only-for-operators"}
                async with session.get("/api/v1/site", headers=bearer) as answer:
                    assert 200 == answer.status
            assert 0 == await running.stop()
        async with daemon(path, port=port) as running, asyncio.timeout(20):
            assert 1 == await running.process.wait()
    assert "web.token" in running.said()
    assert "only-for-operators" not in running.said()
