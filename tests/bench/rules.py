"""What the rules cost: one poll of a healthy device under the whole catalogue, and one survey of a large fleet.

Runs on one core, best of several passes: what is measured is the code, not what else the machine does.
"""

import sys
import time
from collections.abc import Callable

from report import show

from collectors.reading import Board, Fan, PoolSlot, Reading
from daemon.economics.money import Appraiser, Terms
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.context import AllowedPools, Context
from daemon.rules.engine import Engine
from daemon.rules.settings import resolve
from daemon.rules.snapshot import Snapshot
from daemon.rules.survey.surveyor import Surveyor

DEVICES = 10_000
PASSES = 12
POOL = "stratum+tcp://pool.example:3333"
GOAL_US = 15.0


def main() -> int:
    """Measure and report; 1 when the goal was missed."""
    engine = Engine(resolve({}, catalogue=CATALOGUE).rules)
    context = Context(site="north", now=1_700_000_000.0)
    context.allowed = AllowedPools([AllowedPools.of_pool(POOL, user="acct.watch")])
    appraiser = Appraiser(Terms(currency="USD", hashprice_per_ph_day=60.0, price_per_kwh=0.05))
    devices = [
        DeviceState(DeviceEntry(id=f"m{n}", host=f"h{n}", rack="r1", feeder="f1"), index=n) for n in range(DEVICES)
    ]
    remember, work, judge, survey, site = [], [], [], [], []
    for turn in range(PASSES):
        context.now += 30.0
        reading = healthy(turn)
        for device in devices:
            device.accept(reading, now=context.now)
            device.money = appraiser.money(hashrate_hs=1.04e14, power_w=3068.0, power_grade="metered")
        remember.append(timed(each(devices), context.history.feed, context.now))
        work.append(timed(each(devices), context.work.feed, context.now))
        judge.append(timed(each(devices), engine.judge_device, context))
        surveyor = Surveyor(history=context.history, work=context.work, feeders=["f1"])
        survey.append(timed(each(devices), surveyor.add))
        found = surveyor.finish()
        context.peers = found.peers
        snapshot = Snapshot(now=context.now, site="north", models=found.models, rows=found.rows, fleet=found.fleet)
        site.append(timed(engine.judge_site, snapshot))
    # The first passes learn the peers and fill caches.
    cost = {
        "remember one poll": 1e6 * min(remember[2:]) / DEVICES,
        "remember its work and shares": 1e6 * min(work[2:]) / DEVICES,
        "judge one healthy device": 1e6 * min(judge[2:]) / DEVICES,
        "survey, for each device": 1e6 * min(survey[2:]) / DEVICES,
        "judge the site once": 1e6 * min(site[2:]),
    }
    assert not [finding for finding in engine.findings() if finding.scope == "device"]
    return show(
        "rules",
        head=("what", "µs"),
        rows=list(cost.items()),
        goals={f"all device rules of a healthy device in {GOAL_US:g} µs": cost["judge one healthy device"] <= GOAL_US},
        devices=DEVICES,
    )


def healthy(turn: int) -> Reading:
    """Give what a device with three boards, four fans and three pools says when all is well."""
    return Reading(
        family="antminer",
        make="Antminer",
        model="S19j Pro",
        firmware_version="1",
        state="hashing",
        hashrate_hs=1.04e14,
        hashrate_expected_hs=1.04e14,
        power_w=3068.0,
        power_grade="metered",
        uptime_s=86400.0 + 30.0 * turn,
        accepted=1000 + 10 * turn,
        rejected=1,
        stale=0,
        boards=tuple(
            Board(
                index=n, hashrate_hs=3.47e13, board_temperature_c=61.0, chip_temperature_c=74.0, chips=126,
                chips_expected=126, state="ok",
            )
            for n in range(3)
        ),
        fans=tuple(Fan(index=n, rpm=4200.0 + 20 * n, duty_ratio=0.6) for n in range(4)),
        pools=tuple(
            PoolSlot(
                index=n, url=f"{POOL[:-4]}{3333 + n}", user="acct.m1", active=n == 0, accepted=1000 + 10 * turn,
                difficulty=65536.0, last_share_age_s=3.0,
            )
            for n in range(3)
        ),
    )  # fmt: skip


def each(devices: list[DeviceState]) -> Callable[..., None]:
    """Give what calls a function with every device."""

    def walk(work: Callable[..., object], *more: object) -> None:
        for device in devices:
            work(device, *more)

    return walk


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Give the CPU seconds that the work takes."""
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
