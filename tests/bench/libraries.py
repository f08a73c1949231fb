"""What a poll costs in pyasic or pyasic-rs; runs in the environment that has them, and prints milliseconds as JSON.

usage: libraries.py pyasic|pyasic-rs ROUNDS HOST ...
"""

import asyncio
import json
import logging
import os
import resource
import sys
import warnings
from typing import Any

WORKERS = 64


def cpu_s() -> float:
    """Give the CPU time that this process has used, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def miners(library: str, hosts: list[str]) -> list[Any]:
    """Identify every device, as the library does it."""
    if library == "pyasic":
        from pyasic import get_miner

        found = [await get_miner(host) for host in hosts]
    else:
        from pyasic_rs import MinerFactory

        factory = MinerFactory()
        found = [await factory.get_miner(host) for host in hosts]
    return [miner for miner in found if miner is not None]


async def measure(library: str, rounds: int, hosts: list[str]) -> dict[str, Any]:
    """Poll all devices again and again; the first round is for warming up and is left out."""
    known = await miners(library, hosts)
    costs = []
    hashing = 0
    for _ in range(rounds + 1):
        waiting = iter(known)
        hashing = 0

        async def work(waiting: Any = waiting) -> None:
            nonlocal hashing
            for miner in waiting:
                data = await miner.get_data()
                hashing += data.hashrate is not None

        before = cpu_s()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(work())
        costs.append(1e3 * (cpu_s() - before) / max(1, len(known)))
    return {"identified": len(known), "hashing": hashing, "cpu_ms": costs[1:]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))), flush=True)
    # pyasic-rs now and then aborts while the interpreter is taken down, long after the figures are there.
    os._exit(0)
