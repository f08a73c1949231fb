"""A daemon that is killed at any moment loses nothing that it has acknowledged."""

import asyncio
import random
import signal
import sys
from pathlib import Path

from aiohttp import web

SCRIPT = Path(__file__).with_name("killed_daemon.py")
ROUNDS = 6


async def _run(path: Path, url: str, turn: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), str(path), url, str(turn), stdout=asyncio.subprocess.PIPE
    )


async def test_killed_at_random(receiver, tmp_path) -> None:
    """What was acknowledged is delivered, what is delivered was issued, and no end comes before its beginning."""
    noise = random.Random(20261123)
    issued: list[str] = []
    acknowledged: list[str] = []
    taken: list[str] = []

    async def unreliable() -> web.Response:
        if noise.random() < 0.2:
            return web.Response(status=503)
        taken.append(receiver.requests[-1].headers["webhook-id"])
        await asyncio.sleep(noise.random() * 0.01)
        return web.Response()

    receiver.answers = [unreliable] * 100_000
    path = tmp_path / "ledger.db"
    for turn in range(1, ROUNDS + 1):
        process = await _run(path, receiver.url, turn)
        assert process.stdout is not None
        lines = noise.randint(1, 120)
        for _ in range(lines):
            await _note(process.stdout, issued, acknowledged)
        await asyncio.sleep(noise.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        while await _note(process.stdout, issued, acknowledged):
            pass
        assert -signal.SIGKILL == await process.wait()
    last = await _run(path, receiver.url, 0)
    assert (b"", None) == await last.communicate()
    assert 0 == last.returncode
    assert len(acknowledged) > ROUNDS
    assert set() == set(acknowledged) - set(taken)
    assert set() == set(taken) - set(issued)
    first = {event: place for place, event in reversed(list(enumerate(taken)))}
    ends = [event for event in first if event.endswith("-closed")]
    assert [] == [event for event in ends if first[event] < first[event.replace("-closed", "-opened")]]


async def _note(output: asyncio.StreamReader, issued: list[str], acknowledged: list[str]) -> bool:
    """Take one line of the daemon's; False at its end. A line that the kill cut off says nothing."""
    line = (await output.readline()).decode()
    word, _, event = line.strip().partition(" ")
    if line.endswith("\n"):
        (issued if word == "issued" else acknowledged).append(event)
    elif word == "issued":
        issued.append(event)
    return bool(line)
