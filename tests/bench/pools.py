"""What watching pools costs: decoding a job, a notify line to the updated network state, and many endpoints at once.

usage: pools.py [--endpoints 200] [--warm 15] [--seconds 120] [--jobs 20000]

The endpoints are watched by the daemon's own observers over real sockets, while the pools have the other core. Every
pool sends a job each half minute, a block comes each minute, and every connection is renewed once in the time, which is
some five times as often as in the field.
"""

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import uvloop
from pretend_site import cpu_s, raise_descriptors, serving, words
from report import show

from collectors.pools.chronicle import Chronicle
from collectors.pools.events import JobReceived
from collectors.pools.job import decode_notify
from collectors.pools.observer import Observer
from collectors.pools.patience import Patience
from collectors.pools.race import BlockRace
from collectors.pools.state import PoolState
from collectors.pools.v1 import Session
from daemon.clock import SystemClock
from daemon.network import Network
from simulator.pool.chain import Chain
from simulator.pool.job import Coinbase, Payout, notify, witness_key_script

EXTRANONCE1 = "a1b2c3d4"
TWO = Coinbase(tag="/Pretend One/", payouts=(Payout(script=witness_key_script(b"\x11" * 20)),))
MANY = Coinbase(
    tag="/Pretend Two/",
    payouts=tuple(Payout(script=witness_key_script(bytes([number]) * 20), share=0.05) for number in range(18)),
)


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, endpoints=200, warm=15, seconds=120, jobs=20_000)
    jobs, endpoints = int(chosen["jobs"]), int(chosen["endpoints"])
    raise_descriptors()
    gc.collect()
    gc.freeze()
    two_us, many_us = decoding(TWO, jobs), decoding(MANY, jobs // 4)
    lines_ms = to_network_state(jobs)
    p50_ms, p99_ms = statistics.median(lines_ms), statistics.quantiles(lines_ms, n=100)[98]
    wanted = {"count": endpoints, "refresh_s": 30, "block_s": 60}
    with serving("serve_pools.py", **wanted) as pools:
        share, up, received = uvloop.run(watch(pools["urls"], warm_s=chosen["warm"], seconds=chosen["seconds"]))
    return show(
        "pools",
        head=("figure", "measured"),
        rows=[
            ("decoding a job, two outputs", f"{two_us:.1f} us"),
            ("decoding a job, 19 outputs", f"{many_us:.1f} us"),
            ("notify line to network state, median and p99", f"{p50_ms:.3f} ms, {p99_ms:.3f} ms"),
            ("endpoints watched, jobs received", f"{up}, {received:,}"),
            ("CPU of watching them", f"{100 * share:.2f} % of a core"),
        ],
        goals={
            "a job of two outputs decoded in under 100 us": two_us < 100.0,
            "a notify line to network state in under 1 ms at p99": p99_ms < 1.0,
            f"{endpoints} endpoints under 2 % of a core, all of them up": share < 0.02 and up == endpoints,
        },
        two_us=two_us,
        p99_ms=p99_ms,
        share=share,
    )


def params_of(coinbase: Coinbase, *, blocks: int = 8, each: int = 16) -> list[list[Any]]:
    """Make jobs of several blocks, as a pool sends them."""
    chain = Chain(seed="bench", at_s=time.time())
    made = []
    for _ in range(blocks):
        chain.found(time.time())
        made += [notify(chain.template(time.time()), coinbase, job_id=f"{at:x}", clean=not at) for at in range(each)]
    return made


def decoding(coinbase: Coinbase, count: int) -> float:
    """Give the median of what decoding a job takes, in microseconds, with the address cache warm."""
    made = params_of(coinbase)
    learned: dict[int, int] = {}

    def decode(params: list[Any]) -> None:
        decode_notify(params, extranonce1=EXTRANONCE1, extranonce2_size=8, learned=learned)

    return 1e3 * statistics.median(timed(decode, made, count))


def to_network_state(count: int) -> list[float]:
    """Give what each line takes, in ms, from its bytes to the state of a network of three pools with their fees."""
    network, race = Network(), BlockRace()
    lines = [
        json.dumps({"id": None, "method": "mining.notify", "params": params}).encode() + b"\n"
        for params in params_of(TWO, blocks=144, each=4)
    ]
    subscribed = json.dumps({"id": 2, "error": None, "result": [[], EXTRANONCE1, 8]}).encode() + b"\n"
    pools = []
    for name in ("p1", "p2", "p3"):
        session = Session()
        session.receive(b'{"id":1,"result":{},"error":null}\n' + subscribed)
        chronicle = Chronicle(PoolState(id=name, url="stratum+tcp://pool.example:3333", protocol="sv1"), race)
        pools.append((name, session, chronicle))

    def hear(given: tuple[bytes, Any]) -> None:
        line, (name, session, chronicle) = given
        for event in session.receive(line):
            at = time.time()
            chronicle.take(event, connection=STILL, at=at, now=at)
            if isinstance(event, JobReceived):
                network.hear(name, event.job, at=at)
        network.state(now=time.time())

    return timed(hear, [(line, pool) for line in lines for pool in pools], count)


STILL: Any = SimpleNamespace(  # a connection about which nothing changes
    step_s={},
    authorized=None,
    first_job_s=None,
    version_mask=None,
    rtt_s=None,
    authenticated=None,
    extranonce1=None,
)


def timed(call: Callable[[Any], None], given: list[Any], count: int) -> list[float]:
    """Call again and again with what is given in turn; gives each call's ms of CPU, the first round left out.

    CPU time, for on a machine with other work a hundredth of all calls is interrupted by that.
    """
    for one in given:
        call(one)
    took = []
    for number in range(count):
        one = given[number % len(given)]
        begun = time.thread_time()
        call(one)
        took.append(1e3 * (time.thread_time() - begun))
    return took


async def watch(urls: list[str], *, warm_s: float, seconds: float) -> tuple[float, int, int]:
    """Watch every URL; give the share of a core that it takes, how many are up at the end, and the jobs received."""
    clock, race, network = SystemClock(), BlockRace(), Network()

    def heard(observer: Observer, event: Any) -> None:
        if isinstance(event, JobReceived):
            network.hear(observer.state.id, event.job, at=clock.now())

    patience = Patience(renew_after_s=seconds)
    observers = [
        Observer(url, url, clock=clock, user="bench.watch", race=race, on_event=heard, patience=patience)
        for url in urls
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(observer.run()) for observer in observers]
        await asyncio.sleep(warm_s)
        before, jobs = cpu_s(), sum(observer.state.jobs_total for observer in observers)
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        used, took = cpu_s() - before, time.monotonic() - begun
        received = sum(observer.state.jobs_total for observer in observers) - jobs
        up = sum(observer.state.up for observer in observers)
        for task in tasks:
            task.cancel()
    return used / took, up, received


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
