"""What a change of price costs on a large site: every device valued anew, while the event loop stays free.

usage: price_change.py [--devices 50000] [--changes 7]
"""

import asyncio
import gc
import sys
import time

import msgspec
import uvloop
from daemon_path import PRICES, DaemonPath
from pretend_site import words
from report import median, show

from collectors.reading import Board, Fan, PoolSlot, Reading
from daemon.fleet import DeviceEntry

POOL = "stratum+tcp://pool.example:3333"


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, devices=50_000, changes=7)
    return uvloop.run(measure(int(chosen["devices"]), changes=int(chosen["changes"])))


async def measure(count: int, *, changes: int) -> int:
    """Change the power price again and again, and watch how long the loop is held."""
    path = site(count)
    await path.price()
    gc.collect()
    gc.freeze()
    costs_ms, longest_ms = [], 0.0
    for turn in range(changes):
        power = msgspec.structs.replace(PRICES["power_price"], value=0.051 + 0.001 * turn)
        watch = asyncio.get_running_loop().create_task(longest_hold())
        await asyncio.sleep(0)
        before = time.thread_time()
        assert await path.site.reprice({**PRICES, "power_price": power})
        costs_ms.append(1e3 * (time.thread_time() - before))
        watch.cancel()
        longest_ms = max(longest_ms, 1e3 * await watch)
    return show(
        "price-change",
        head=("figure", "measured"),
        rows=[
            ("devices valued anew", f"{count:,}"),
            ("CPU a change, median and worst", f"{median(costs_ms):.0f} ms, {max(costs_ms):.0f} ms"),
            ("CPU a device", f"{1e3 * median(costs_ms) / count:.2f} us"),
            ("event loop held, longest", f"{longest_ms:.1f} ms"),
        ],
        goals={
            "under 250 ms of CPU": median(costs_ms) < 250.0,
            "the loop never held for more than 20 ms": longest_ms <= 20.0,
        },
        cpu_ms=median(costs_ms),
        held_ms=longest_ms,
    )


async def longest_hold() -> float:
    """Take every turn of the loop until cancelled, and give the most CPU time between two of them."""
    longest, last = 0.0, time.thread_time()
    try:
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


def site(count: int) -> DaemonPath:
    """Make a site whose devices have all just answered."""
    path = DaemonPath(
        {
            "version": 1,
            "site": {"id": "bench"},
            "feeders": [{"id": "f1", "contracted": "500 MW"}],
            "pools": [{"id": "p1", "url": POOL, "user": "a.b", "fee": "2%"}],
            "tariff": {"price": "0.05 USD/kWh", "signal": "power_price"},
            "signals": {
                "hashprice": {"static": "45 USD/PH/day"},
                "power_price": {"static": "0.05 USD/kWh"},
            },
        }
    )
    now = path.site.clock.now()
    for number in range(count):
        device = path.site.fleet.add(
            DeviceEntry(id=f"m{number}", host=f"host{number}", rack=f"r{number % 500}", feeder="f1")
        )
        path.site.add(device)
        device.accept(reading(number), now=now)
        path.site.answered(device)
    return path


def reading(number: int) -> Reading:
    """Make one device's answer, each a little different."""
    rate = 1e14 + 1e10 * (number % 997)
    return Reading(
        family="antminer",
        make="Antminer",
        model="S19j Pro",
        state="hashing",
        hashrate_hs=rate,
        hashrate_averages_hs={"5s": rate, "30m": rate},
        power_w=3000.0 + number % 211,
        power_grade="reported",
        accepted=1000 + number,
        rejected=number % 7,
        stale=0,
        boards=tuple(
            Board(index=index, hashrate_hs=rate / 3, chip_temperature_c=70.0, state="ok") for index in range(3)
        ),
        fans=tuple(Fan(index=index, rpm=4200.0) for index in range(4)),
        pools=(PoolSlot(index=0, url=POOL, user="a.b", active=True, alive=True),),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
