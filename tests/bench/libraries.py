"""What a poll costs in pyasic or pyasic-rs; runs in the environment that has them, and prints milliseconds as JSON.

usage: libraries.py pyasic|pyasic-rs ROUNDS HOST ... [+ HOST ...]

Hosts after a `+` are measured by themselves; each such group has a line of its own as soon as it is done.
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
PATIENCE_S = 30.0
UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}


def cpu_s() -> float:
    """Give the CPU time that this process has used, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def miners(library: str, hosts: list[str]) -> list[Any]:
    """Identify every device, as the library does it; all are alike, so one that is not known stands for the others."""
    if library == "pyasic":
        from pyasic import get_miner

        find: Any = get_miner
    else:
        from pyasic_rs import MinerFactory

        find = MinerFactory().get_miner
    found: list[Any] = []
    for host in hosts:
        try:
            miner = await asyncio.wait_for(find(host), PATIENCE_S)
        except Exception:  # noqa: BLE001 - whatever a library raises, it did not find the device
            miner = None
        if miner is None and not found:
            return []
        found.append(miner)
    return [miner for miner in found if miner is not None]


async def measure(library: str, rounds: int, hosts: list[str]) -> dict[str, Any]:
    """Poll all devices again and again; the first round is for warming up and is left out."""
    known = await miners(library, hosts)
    costs = []
    rates: list[float] = []
    for _ in range(rounds + 1 if known else 0):
        waiting = iter(known)
        rates = []

        async def work(waiting: Any = waiting, rates: list[float] = rates) -> None:
            for miner in waiting:
                try:
                    rate_hs = hashes(await miner.get_data())
                except Exception:  # noqa: BLE001 - or did not read it
                    continue
                if rate_hs is not None:
                    rates.append(rate_hs)

        before = cpu_s()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(work())
        costs.append(1e3 * (cpu_s() - before) / len(known))
    return {"identified": len(known), "hashing": len(rates), "rates_hs": rates, "cpu_ms": costs[1:]}


def hashes(data: Any) -> float | None:
    """Give the hashrate of a reading in H/s; None when it has none."""
    rate = data.hashrate
    if rate is None:
        return None
    if hasattr(rate, "rate"):
        return float(rate.rate) * float(rate.unit.value)
    return float(rate.value) * UNITS.get(str(rate.unit).rpartition(".")[2][:1].upper(), 1.0)


async def measure_all(library: str, rounds: int, words: list[str]) -> None:
    """Measure group after group."""
    groups: list[list[str]] = [[]]
    for word in words:
        if word == "+":
            groups.append([])
        else:
            groups[-1].append(word)
    for hosts in groups:
        print(json.dumps(await measure(library, rounds, hosts)), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    asyncio.run(measure_all(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
    # pyasic-rs now and then aborts while the interpreter is taken down, long after the figures are there.
    os._exit(0)
