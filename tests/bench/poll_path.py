"""What one poll of an identified stock Antminer costs: the daemon's own path against clients that do less, or the same.

usage: poll_path.py [--devices 1000] [--pairs 15] [--workers 64] [--libraries 60]

The daemon's path runs from the socket to the updated fleet state, money, device rules and metric lines. The minimal
client fetches, decodes and normalises the same joined answer, and does nothing else. The site moves, so no answer is
like the one before. Both run in this process in alternating rounds, so that whatever slows the machine slows both. Each
poll of either is a task of its own, as the daemon's scheduler has it, and for both the garbage collector is set as in a
daemon that has met its site: it looks seldom, and what came to stay is out of its sight. The libraries have an
environment of their own.
"""

import asyncio
import gc
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import minimal_client
import uvloop
from daemon_path import DaemonPath
from pretend_site import HERE, REPOSITORY, cpu_s, pretend, raise_descriptors, words
from report import machine, median, show, spread

from daemon import memory

LIBRARIES = {"pyasic 0.79": "pyasic", "pyasic-rs 0.8": "pyasic-rs"}
BENCH = REPOSITORY / ".venv-bench"
LOCK = REPOSITORY / "requirements/bench.txt"
MODEL = "s19j-pro"
# The libraries ask at the vendors' ports and nowhere else.
VENDOR_PORTS = {"line": 4028, "http": 80}


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, devices=1000, pairs=15, workers=64, libraries=60)
    raise_descriptors()
    with pretend(int(chosen["devices"]), MODEL, moves=True) as site:
        own, minimal = uvloop.run(alternate(site, pairs=int(chosen["pairs"]), workers=int(chosen["workers"])))
    costs = {"Headframe, whole path": own, "minimal asyncio client": minimal}
    costs |= libraries(int(chosen["libraries"])) if chosen["libraries"] else {}
    ratio = median([mine / least for mine, least in zip(own, minimal, strict=True)])
    return show(
        "poll-path",
        head=("client", "CPU ms a device", "spread", "to the minimal client"),
        rows=[
            (name, f"{median(values):.3f}", f"{100 * spread(values):.0f} %", f"{median(values) / median(minimal):.2f}")
            for name, values in costs.items()
        ],
        goals={"at most 1.75 times the minimal client": ratio <= 1.75},
        ratio=ratio,
        machine=machine(),
    )


async def alternate(site: dict[str, Any], *, pairs: int, workers: int) -> tuple[list[float], list[float]]:
    """Poll all devices by turns with either client; the first three pairs warm up and are left out."""
    memory.look_seldom()
    path = DaemonPath(site["configuration"])
    await path.price()
    devices = [(device["host"], device["ports"]["api"]) for device in site["devices"]]
    own: list[float] = []
    minimal: list[float] = []
    for turn in range(pairs + 3):
        gc.collect()
        if turn < 3:
            gc.freeze()
        mine = await round_ms(path.ask, path.keys, workers=workers)
        gc.collect()
        least = await round_ms(lambda device: minimal_client.poll(*device), devices, workers=workers)
        if turn >= 3:
            own.append(mine)
            minimal.append(least)
    path.verify()
    return own, minimal


async def round_ms(ask: Callable[[Any], Awaitable[object]], of: Sequence[object], *, workers: int) -> float:
    """Ask all once, a fixed number at a time, each in a task of its own; give the CPU milliseconds of one."""
    waiting = iter(of)
    loop = asyncio.get_running_loop()

    async def poll(item: object) -> None:
        await ask(item)

    async def work() -> None:
        for item in waiting:
            await loop.create_task(poll(item))

    before = cpu_s()
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    return 1e3 * (cpu_s() - before) / len(of)


def libraries(count: int) -> dict[str, list[float]]:
    """Measure both libraries against a site at the vendors' ports; what cannot be had is said and left out."""
    taken = [port for port in VENDOR_PORTS.values() if not is_free(port)]
    if taken:
        print(f"skipped: pyasic and pyasic-rs, for port {taken[0]} cannot be had", file=sys.stderr)
        return {}
    python = environment()
    if python is None:
        return {}
    found: dict[str, list[float]] = {}
    with pretend(count, MODEL, ports=VENDOR_PORTS, moves=True) as site:
        hosts = [device["host"] for device in site["devices"]]
        for name, library in LIBRARIES.items():
            command = [str(python), str(HERE / "libraries.py"), library, "5", *hosts]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                print(f"skipped: {name}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                continue
            figures = json.loads(done.stdout)
            if figures["hashing"] < count:
                print(f"{name} read {figures['hashing']} of {count} devices", file=sys.stderr)
            found[name] = figures["cpu_ms"]
    return found


def is_free(port: int) -> bool:
    """Tell whether a vendor's port can be served: root alone may have the low ones, and others may have it already."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.100.0.1", port))
        except OSError:
            return False
    return True


def environment() -> Path | None:
    """Give the interpreter that has the libraries, set up from their own lock; None when that cannot be."""
    python = BENCH / "bin/python"
    stamp = BENCH / "lock"
    if stamp.exists() and stamp.read_text() == LOCK.read_text():
        return python
    print("setting up .venv-bench ...", file=sys.stderr)
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(BENCH)],
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(LOCK),
        ],
    ]
    for step in steps:
        done = subprocess.run(step, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"skipped: pyasic and pyasic-rs: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    stamp.write_text(LOCK.read_text())
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
