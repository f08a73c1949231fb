"""The schedule: phases, bounds, lag, skipped turns and backoff, on a real loop with short intervals."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from daemon.schedule import FAILURES_BEFORE_BACKOFF, Scheduler, phase


class Bench:
    """A scheduler with its observations."""

    def __init__(self, ask: Callable[[str], Awaitable[None]], *, concurrency: int = 100, per_group: int = 100) -> None:
        self.lags: list[float] = []
        self.skipped = 0
        self.scheduler = Scheduler(
            ask=ask,
            concurrency=concurrency,
            per_group=per_group,
            lag=self.lags.append,
            skipped=self._count,
            seed=1,
        )

    def _count(self, turns: int) -> None:
        self.skipped += turns

    async def run(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.scheduler.run())
            await asyncio.sleep(seconds)
            task.cancel()


def test_phases_are_spread_and_stable() -> None:
    """A device's phase follows from its id alone, and many ids fill the interval evenly."""
    phases = [phase(f"m{number}", interval_s=30.0) for number in range(3000)]
    assert phases == [phase(f"m{number}", interval_s=30.0) for number in range(3000)]
    tenths = Counter(int(value // 3) for value in phases)
    assert set(range(10)) == set(tenths)
    assert 240 < min(tenths.values())


async def test_every_device_is_asked_once_an_interval() -> None:
    """In three intervals each device is asked three times, give or take the edges."""
    asked: Counter[str] = Counter()

    async def ask(key: str) -> None:
        asked[key] += 1

    bench = Bench(ask)
    for number in range(50):
        bench.scheduler.add(f"m{number}", interval_s=0.2, group="a")
    await bench.run(0.65)
    assert 50 == len(asked)
    assert {2, 3, 4} >= set(asked.values())
    assert 0 == bench.skipped


async def test_one_question_at_a_time_and_bounds_hold() -> None:
    """A device is never asked twice at once, a group and the whole never exceed their bounds."""
    running: Counter[str] = Counter()
    peaks: Counter[str] = Counter()

    async def ask(key: str) -> None:
        group = key[0]
        for name in (key, group, "all"):
            running[name] += 1
            peaks[name] = max(peaks[name], running[name])
        await asyncio.sleep(0.03)
        for name in (key, group, "all"):
            running[name] -= 1

    bench = Bench(ask, concurrency=5, per_group=2)
    for number in range(40):
        bench.scheduler.add(f"{'abcd'[number % 4]}{number}", interval_s=0.05, group="abcd"[number % 4])
    await bench.run(0.6)
    assert 5 == peaks["all"]
    assert {2} == {peaks[group] for group in "abcd"}
    assert {1} == {peak for key, peak in peaks.items() if len(key) > 1 and key != "all"}


async def test_late_polls_are_counted_as_lag_and_skipped_turns() -> None:
    """What cannot be asked in time is asked later, and the delay and the lost turns are told."""

    async def ask(_: str) -> None:
        await asyncio.sleep(0.1)

    bench = Bench(ask, concurrency=1)
    for number in range(5):
        bench.scheduler.add(f"m{number}", interval_s=0.1, group="a")
    await bench.run(0.9)
    assert 0.2 < max(bench.lags)
    assert 0 < bench.skipped
    assert 0 < bench.scheduler.backlog


async def test_a_failing_device_is_asked_less_often_until_it_answers() -> None:
    """After three failures the pauses grow; one answer brings the grid back."""
    asked: list[float] = []

    async def ask(key: str) -> None:
        asked.append(asyncio.get_running_loop().time())
        slot = bench.scheduler.slot(key)
        assert slot is not None
        slot.failures = 0 if len(asked) > 8 else slot.failures + 1

    bench = Bench(ask)
    bench.scheduler.add("m1", interval_s=0.04, group="a")
    await bench.run(2.5)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert max(gaps[: FAILURES_BEFORE_BACKOFF - 1]) < max(gaps[4:8])
    assert max(gaps[9:]) < max(gaps[4:8])


async def test_a_removed_device_is_not_asked_again() -> None:
    """Taking a device out of the schedule ends its polls without touching the others."""
    asked: Counter[str] = Counter()

    async def ask(key: str) -> None:
        asked[key] += 1
        if key == "m1":
            bench.scheduler.remove("m1")

    bench = Bench(ask)
    bench.scheduler.add("m1", interval_s=0.05, group="a")
    bench.scheduler.add("m2", interval_s=0.05, group="a")
    await bench.run(0.4)
    assert 1 == asked["m1"]
    assert 4 < asked["m2"]


async def test_stopping_cancels_polls_under_way() -> None:
    """When the scheduler is cancelled nothing it started lives on."""
    ended: list[str] = []

    async def ask(key: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(key)

    bench = Bench(ask)
    bench.scheduler.add("m1", interval_s=0.05, group="a")
    await bench.run(0.2)
    assert ["m1"] == ended
    assert 0 == bench.scheduler.in_flight


@pytest.mark.parametrize("interval_s", [0.5, 30.0, 3600.0])
def test_a_phase_lies_within_its_interval(interval_s: float) -> None:
    """No phase is outside of the device's own interval."""
    assert all(0 <= phase(f"x{n}", interval_s=interval_s) < interval_s for n in range(500))
