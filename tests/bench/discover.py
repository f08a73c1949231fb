"""Find 480 devices of every family in a /22, 5 % of them slow or silent, the other addresses nobody's.

usage: discover.py [--devices 480] [--bad 5] [--runs 3]

The discovery has one core, the pretend site the other. No credentials are given: a device that opens only to those is
to be known all the same. Addresses without a device swallow what is sent to them, as on a real network.
"""

import asyncio
import gc
import os
import sys
import threading
import time
from collections import Counter
from typing import Any, Self

import uvloop
from pretend_site import cpu_s, pretend, raise_descriptors, words
from report import median, show

from collectors.discover import Found, addresses_of, discover
from collectors.registry import families
from collectors.target import Target
from simulator.models import FAMILIES

NETWORK = "127.100.0.0/22"
BAD = ("silent", "drip")
GOAL_S, GOAL_SHARE, GOAL_DESCRIPTORS, GOAL_FAMILIES = 30.0, 0.99, 2000, 12
_SAMPLE_S = 0.005


class Descriptors:
    """The most descriptors that this process had open, looked at every few milliseconds from beside the loop."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_S):
            self.most = max(self.most, len(os.listdir("/proc/self/fd")))


def main(arguments: list[str]) -> int:
    """Discover a few times and say what was found; 1 when a goal was missed."""
    chosen = words(arguments, devices=480, bad=5, runs=3)
    raise_descriptors()
    families()
    count = int(chosen["devices"])
    every = max(1, round(100 / chosen["bad"]))
    bad = {f"m{number}": BAD[number // every % len(BAD)] for number in range(every, count + 1, every)}
    mix = dict.fromkeys(FAMILIES, 1.0)
    with pretend(count, mix=mix, misbehave=bad, dark=NETWORK) as site:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        runs = [one(site) for _ in range(int(chosen["runs"]))]
    truth = {device["host"]: device["family"] for device in site["devices"]}
    answering = {device["host"] for device in site["devices"] if device["id"] not in bad}
    told = [{found.address: found.family for found in run["found"]} for run in runs]
    right = [sum(truth[host] == found.get(host) for host in answering) / len(answering) for found in told]
    wrong = Counter(
        f"{truth[host]} as {found.get(host) or (host in found and 'unknown') or 'silent'}"
        for found in told
        for host in answering
        if truth[host] != found.get(host)
    )
    print("".join(f"  {times} times {what}\n" for what, times in wrong.most_common(10)), end="")
    took_s, descriptors = max(run["took_s"] for run in runs), max(run["descriptors"] for run in runs)
    kinds = len(set(truth.values()))
    return show(
        "discover",
        head=("figure", "measured"),
        rows=[
            ("addresses, devices, families", f"{len(addresses_of([NETWORK])):,}, {count}, {kinds}"),
            ("slow or silent", f"{len(bad)}"),
            ("identified of those that answer, worst", f"{100 * min(right):.1f} %"),
            ("seconds, median and worst", f"{median([run['took_s'] for run in runs]):.1f}, {took_s:.1f}"),
            ("CPU seconds, median", f"{median([run['cpu_s'] for run in runs]):.1f}"),
            ("open descriptors, most", f"{descriptors:,}"),
        ],
        goals={
            f"at least {100 * GOAL_SHARE:.0f} % identified": min(right) >= GOAL_SHARE,
            f"{GOAL_FAMILIES} families or more": kinds >= GOAL_FAMILIES,
            f"under {GOAL_S:.0f} s on one core": took_s < GOAL_S,
            f"under {GOAL_DESCRIPTORS:,} open descriptors": descriptors < GOAL_DESCRIPTORS,
        },
        took_s=took_s,
        identified=min(right),
        descriptors=descriptors,
    )


def one(site: dict[str, Any]) -> dict[str, Any]:
    """Discover once, from nothing."""
    usual = Counter(pair for device in site["devices"] for pair in device["ports"].items())
    ports = {role: port for (role, port), _ in reversed(usual.most_common())}
    found: list[Found] = []
    gc.collect()
    spent = cpu_s()
    with Descriptors() as descriptors:
        began = time.perf_counter()
        uvloop.run(_discover(ports, found))
        took_s = time.perf_counter() - began
    return {"found": found, "took_s": took_s, "cpu_s": cpu_s() - spent, "descriptors": descriptors.most}


async def _discover(ports: dict[str, int], found: list[Found]) -> None:
    addresses = await asyncio.to_thread(addresses_of, [NETWORK])
    await discover(addresses, told=found.append, target=lambda host: Target(host, ports=ports))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
