"""`headframe demo`: what a stranger sees within the first minute."""

import asyncio
import re
import signal
import sys
import time
from pathlib import Path

import aiohttp

from tests.servers.process import free_port

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"


async def start(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "demo", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def test_a_live_site_within_a_minute() -> None:
    """The address is printed, the page lists devices and a loss, an alert reaches the receiver, Ctrl-C ends it."""
    port = free_port()
    process = await start("--listen", f"127.0.0.1:{port}")
    assert process.stdout is not None
    assert process.stderr is not None
    began, alert, greeting = time.monotonic(), "", ""
    try:
        async with asyncio.timeout(60):
            while not alert:
                line = (await process.stdout.readline()).decode()
                assert line, (await process.stderr.read()).decode()
                greeting += line
                alert = line if line.startswith("alert (") and " P-01 " in line else ""
            page = ""
            async with aiohttp.ClientSession() as session:
                while not ("P-01" in page and "lose money" in page and "/devices/m24" in page):
                    async with session.get(f"http://127.0.0.1:{port}/") as answer:
                        page = await answer.text()
                    await asyncio.sleep(0.2)
    finally:
        process.send_signal(signal.SIGINT)
    async with asyncio.timeout(5):
        _, errors = await process.communicate()
    assert (0, b"") == (process.returncode, errors)
    assert f"http://127.0.0.1:{port}/" in greeting
    assert "signature verified" in alert
    assert re.search(r"finding\.opened: warn P-01 m\d+ \(r\d+ / \d+\): Loses ", alert), alert
    assert time.monotonic() - began < 60
    assert "pretend" in greeting


async def test_a_taken_port_is_named() -> None:
    """When the page's port is taken, one line says so and which option helps, with exit code 1."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await start("--listen", f"127.0.0.1:{port}")
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    server.close()
    assert (1, True) == (process.returncode, "--listen" in errors.decode())
    assert b"Traceback" not in errors


async def test_it_ends_by_itself_when_asked_to(tmp_path: Path) -> None:
    """`--seconds` ends it, and `--folder` keeps the configuration and the ledger for later."""
    process = await start("--listen", f"127.0.0.1:{free_port()}", "--seconds", "1", "--folder", str(tmp_path / "demo"))
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert (0, b"") == (process.returncode, errors)
    assert {"site.yaml", "headframe.sqlite", "secrets"} <= {path.name for path in (tmp_path / "demo").iterdir()}
