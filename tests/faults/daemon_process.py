"""The daemon as a process of its own, as an operator or systemd runs it, while the pretend site lives in the test."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from simulator.site import Site
from tests.servers.process import free_port
from tests.waiting import until

LAUNCHER = Path(__file__).resolve().parents[2] / "headframe.py"
FAST: dict[str, Any] = {
    "polling": {"interval": "1s", "timeout": "1s"},
    "rules": {"defaults": {"for": "0s", "clear_for": "0s", "dwell": "0s"}},
}


class DaemonProcess:
    """A process that runs `headframe run`; what it logs is kept in `log` beside the configuration."""

    def __init__(self, process: asyncio.subprocess.Process, *, address: str, log: Path) -> None:
        self.process = process
        self.address = address
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        """Give everything that it has logged."""
        return self.log.read_text(errors="replace")

    async def json(self, path: str) -> Any:
        """Ask it; None while it does not answer."""
        try:
            async with aiohttp.ClientSession(self.address) as session, session.get(path) as answer:
                return await answer.json() if answer.content_type == "application/json" else await answer.text()
        except aiohttp.ClientError:
            return None

    async def ready(self) -> None:
        """Wait until it has asked its devices a first time."""

        async def is_ready() -> bool:
            if self.process.returncode is not None:
                raise AssertionError(f"it ended with {self.process.returncode}:\n{self.said()}")
            return "ready\n" == await self.json("/-/ready")

        await until(is_ready, of="readiness")

    async def stop(self, number: int = signal.SIGTERM, *, within_s: float = 5.0) -> int:
        """Send a signal and wait for the end, which must come in time; gives the exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    def sockets(self) -> set[str]:
        """Name the sockets that it has open."""
        found = set()
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                target = os.readlink(link)
            except FileNotFoundError:
                continue
            if target.startswith("socket:"):
                found.add(target)
        return found

    def children(self) -> list[str]:
        """List its child processes."""
        return Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()


@asynccontextmanager
async def daemon(
    path: Path,
    *,
    port: int,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = ("-X", "dev", "-W", "error::ResourceWarning"),
    before: Sequence[str] = (),
) -> AsyncIterator[DaemonProcess]:
    """Run the daemon by a configuration that listens on `port`; killed at the end when it still lives."""
    log = path.with_name("log")
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *before,
            sys.executable,
            *python,
            str(LAUNCHER),
            "run",
            "--config",
            str(path),
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
    running = DaemonProcess(process, address=f"http://127.0.0.1:{port}", log=log)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def command(*words: str) -> tuple[int, str, str]:
    """Run a command to its end: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(40):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def write(site: Site, folder: Path, **sections: Any) -> tuple[Path, int]:
    """Write the site's configuration with short durations and a free port to listen on; gives both."""
    path, port = folder / "site.yaml", free_port()
    web = {"listen": f"127.0.0.1:{port}", **sections.pop("web", {})}
    await site.write_configuration(path, sections={**FAST, "web": web, **sections})
    return path, port
