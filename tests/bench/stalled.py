"""What stalled devices cost the others: how late the polls of the healthy begin, with and without the stalled ones.

usage: stalled.py [--devices 1000] [--bad 5] [--interval 10] [--seconds 30] [--pairs 5]

One device in twenty is silent, drips a byte a second, or answers without end. The daemon's scheduler asks all of them,
and then the healthy alone, by turns; what is compared is the 99th percentile of the healthy polls' lateness.
"""

import asyncio
import gc
import logging
import statistics
import sys
from typing import Any

import uvloop
from daemon_path import DaemonPath
from pretend_site import pretend, raise_descriptors, words
from report import median, show

from simulator.plan import DEFAULT_MIX

BAD = ("silent", "drip", "oversized")
GOAL = 1.10


class Turn:
    """What one turn saw of the healthy: how late each poll began and how long it took, in seconds."""

    def __init__(self, bad: dict[str, str]) -> None:
        self.bad = bad
        self.late_s: list[float] = []
        self.took_s: list[float] = []
        self.lost = 0
        self.is_warm = False

    def told(self, key: str, late_s: float, took_s: float) -> None:
        """Keep a healthy device's poll; count the others'."""
        if not self.is_warm:
            return
        if key in self.bad:
            self.lost += 1
        else:
            self.late_s.append(late_s)
            self.took_s.append(took_s)


def main(arguments: list[str]) -> int:
    """Measure by turns and report; 1 when the goal was missed."""
    chosen = words(arguments, devices=1000, bad=5, interval=10, seconds=30, pairs=5)
    raise_descriptors()
    logging.basicConfig(handlers=[logging.NullHandler()])
    count, every = int(chosen["devices"]), max(1, round(100 / chosen["bad"]))
    bad = {f"m{number}": BAD[number // every % len(BAD)] for number in range(every, count + 1, every)}
    turns: dict[str, list[Turn]] = {"with": [], "without": []}
    with pretend(count, mix=DEFAULT_MIX, misbehave=bad) as site:
        for _ in range(int(chosen["pairs"])):
            for name in turns:
                turns[name].append(uvloop.run(turn(site["configuration"], bad, chosen, is_alone=name == "without")))
                gc.collect()
    p99 = {name: [percentile(one.late_s, 99) for one in seen] for name, seen in turns.items()}
    ratio = median([these / those for these, those in zip(p99["with"], p99["without"], strict=True)])
    return show(
        "stalled",
        head=("healthy devices' polls", "with the stalled", "without"),
        rows=[
            ("devices, of them stalled", f"{count:,}, {len(bad)}", f"{count - len(bad):,}, 0"),
            *(
                (title, *(f"{1e3 * median([figure(one) for one in turns[name]]):.1f} ms" for name in turns))
                for title, figure in (
                    ("begun late, median", lambda one: percentile(one.late_s, 50)),
                    ("begun late, 99th percentile", lambda one: percentile(one.late_s, 99)),
                    ("begun late, worst", lambda one: max(one.late_s)),
                    ("answered in, 99th percentile", lambda one: percentile(one.took_s, 99)),
                )
            ),
            ("healthy polls", *(f"{sum(len(one.late_s) for one in seen):,}" for seen in turns.values())),
            ("polls of the stalled", *(f"{sum(one.lost for one in seen):,}" for seen in turns.values())),
        ],
        goals={
            f"99th percentile of lateness within {100 * (GOAL - 1):.0f} % of a site without them": ratio <= GOAL,
        },
        ratio=ratio,
    )


async def turn(configuration: dict[str, Any], bad: dict[str, str], chosen: dict[str, float], *, is_alone: bool) -> Turn:
    """Let the scheduler ask for a while; the first interval warms up."""
    devices = [one for one in configuration["devices"] if not (is_alone and one["id"] in bad)]
    seen = Turn(bad)
    polling = {**configuration.get("polling", {}), "interval": f"{chosen['interval']:g} s"}
    path = DaemonPath({**configuration, "devices": devices, "polling": polling}, told=seen.told)
    await path.price()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(path.scheduler.run())
        await asyncio.sleep(chosen["interval"])
        gc.collect()
        gc.freeze()  # as the daemon does when it has met its site
        seen.is_warm = True
        await asyncio.sleep(chosen["seconds"])
        seen.is_warm = False
        running.cancel()
    gc.unfreeze()
    return seen


def percentile(values: list[float], share: int) -> float:
    """Give a percentile of the values."""
    return statistics.quantiles(values, n=100)[share - 1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
