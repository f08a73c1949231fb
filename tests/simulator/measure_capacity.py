"""Measure what the simulator can serve: `python tests/simulator/measure_capacity.py [--devices 10000] [--rounds 4]`.

The site runs in this process, on the first processor; a client in another process, on the second, asks each device in
turn, one connection a question. Prints connections a second, the site's own processor time for each, and its memory.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from simulator.site import Site

PORTS: dict[Any, int] = {"line": 14028, "frame": 14433, "http": 18480}
STATUS = b'{"cmd":"get.miner.status","param":"summary"}'
CASES: dict[str, tuple[str, str, bytes, bytes]] = {
    "line": ("antminer", "api", b'{"command":"summary+stats+pools+version"}', b"\0"),
    "frame": ("whatsminer", "framed", len(STATUS).to_bytes(4, "little") + STATUS, b"}"),
    "http": ("axeos", "http", b"GET /api/system/info HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n", b"}"),
}
AT_ONCE = 64


async def serve(wire: str, *, devices: int, rounds: int, fast: bool) -> None:
    family, role, _, _ = CASES[wire]
    async with Site(devices, mix={family: 1.0}, base="127.16.0.0", ports=PORTS, fast=fast) as site:
        hosts = [device.identity.address for device in site.devices.values() if role in device.wires]
        before, quiet_mib = processor_s(), resident_mib()
        client = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--ask", wire, "--rounds", str(rounds), stdin=-1, stdout=-1
        )
        said, _ = await client.communicate("\n".join(hosts).encode())
        spent_s, result = processor_s() - before, json.loads(said)
    print(
        f"{wire:5} {'fast' if fast else 'live'} {devices} devices: {result['answered'] / result['seconds']:,.0f}/s, "
        f"{result['failed']} failed, {result['bytes'] // max(1, result['answered'])} bytes, "
        f"{1000 * spent_s / max(1, result['answered']):.3f} ms of the site each, "
        f"{quiet_mib} MiB before and {resident_mib()} MiB after",
        flush=True,
    )


class Question(asyncio.Protocol):
    """One connection that asks and waits for what ends an answer."""

    def __init__(self, request: bytes, end: bytes, answered: asyncio.Future[int]) -> None:
        self.request, self.end, self.answered, self.size = request, end, answered, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        if data.endswith(self.end) and not self.answered.done():
            self.answered.set_result(self.size)
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_exception(exc or ConnectionResetError())


async def ask(wire: str, *, rounds: int) -> None:
    loop = asyncio.get_running_loop()
    _, _, request, end = CASES[wire]
    hosts = iter(sys.stdin.read().split() * rounds)
    counted = {"answered": 0, "failed": 0, "bytes": 0}

    async def worker() -> None:
        for host in hosts:
            answered = loop.create_future()
            try:
                await loop.create_connection(
                    lambda answered=answered: Question(request, end, answered), host, PORTS[wire]
                )
                size = await answered
            except OSError:
                counted["failed"] += 1
            else:
                counted["answered"] += 1
                counted["bytes"] += size

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(worker())
    print(json.dumps({**counted, "seconds": time.perf_counter() - began}))


def processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--ask", choices=CASES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    processors = sorted(os.sched_getaffinity(0))
    if args.ask:
        os.sched_setaffinity(0, {processors[-1]})
        uvloop.run(ask(args.ask, rounds=args.rounds))
        return
    for wire in CASES:
        for fast in (False, True):
            child = os.fork()  # each case in a process of its own, so that memory is its own too
            if child == 0:
                os.sched_setaffinity(0, {processors[0]})
                uvloop.run(serve(wire, devices=args.devices, rounds=args.rounds, fast=fast))
                os._exit(0)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
