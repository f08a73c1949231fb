"""The proved hashrate's interval holds the true one as often as it says, however pool and device behave."""

import random
from collections.abc import Callable
from math import exp, sqrt

import pytest

from collectors.reading import PoolSlot, Reading
from daemon.economics.work import Truth, truth_of
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.work import WorkHistory

TRUE_HS = 100e12
TWO32 = 2.0**32
POLL_S = 30.0
DEVICES = 500
# Three standard deviations of the covered share of so many devices.
STRAY = 3.0 * sqrt(0.95 * 0.05 / DEVICES)


class Chance:
    """A device that hashes at one true rate and finds shares by chance, at the pool and difficulty of the moment."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.history = WorkHistory()
        self.state = DeviceState(DeviceEntry(id="m1", host="192.0.2.1"), index=0)
        self.now = 1_700_000_000.0
        self.uptime = 90_000.0
        self.active = 0
        self.difficulty = [65536.0, 131072.0]
        self.accepted = [0, 0]

    def poll(self, *, makes: float = TRUE_HS) -> int:
        """Let one interval pass, and have it polled; gives how many shares were found."""
        self.now += POLL_S
        self.uptime += POLL_S
        found = poisson(makes * POLL_S / TWO32 / self.difficulty[self.active], self.dice)
        self.accepted[self.active] += found
        self.say()
        return found

    def say(self) -> None:
        """Answer a poll."""
        self.state.accept(
            Reading(
                family="antminer",
                state="hashing",
                hashrate_hs=TRUE_HS,
                uptime_s=self.uptime,
                pools=tuple(
                    PoolSlot(
                        index=index,
                        url=f"stratum+tcp://pool{index}.example:3333",
                        active=index == self.active,
                        difficulty=self.difficulty[index],
                        accepted=self.accepted[index],
                    )
                    for index in (0, 1)
                ),
            ),
            now=self.now,
        )
        self.history.feed(self.state, self.now)

    @property
    def hour(self) -> Truth:
        truth = truth_of(self.history.hour("m1", now=self.now) or pytest.fail("a stranger"))
        assert truth is not None
        return truth


def poisson(mean: float, dice: random.Random) -> int:
    """Draw a number of shares."""
    count, left = 0, dice.random()
    floor = exp(-mean)
    while left > floor:
        count += 1
        left *= dice.random()
    return count


def steady(device: Chance) -> None:
    """Poll for an hour."""
    for _ in range(130):
        device.poll()


def rare(device: Chance) -> None:
    """Poll for an hour at a difficulty that leaves a dozen shares to it."""
    device.difficulty[0] = 7e6
    steady(device)


def restarting(device: Chance) -> None:
    """Begin the counters anew every quarter of an hour or so, with the process or without it."""
    for turn in range(260):
        device.poll()
        if turn % 37 == 36:
            device.accepted = [0, 0]
            device.uptime = 700.0 if device.dice.random() < 0.5 else device.uptime


def following(device: Chance) -> None:
    """Have the pool set the difficulty by what it saw in ten minutes, as pools do."""
    seen = 0
    for turn in range(260):
        seen += device.poll()
        if turn % 20 == 19:
            wanted = 20 * POLL_S / 10.0
            if not 0.8 < seen / wanted < 1.25:
                device.difficulty[0] *= max(seen, 1) / wanted
            seen = 0


def failing_over(device: Chance) -> None:
    """Change between two pools of unlike difficulties now and then."""
    for _ in range(260):
        device.poll()
        if device.dice.random() < 0.05:
            device.active = 1 - device.active


@pytest.mark.parametrize("course", [steady, rare, restarting, following, failing_over])
def test_the_interval_covers_what_it_says(course: Callable[[Chance], None]) -> None:
    """Of many devices the true hashrate lies in nineteen of twenty intervals, give or take chance."""
    covered, total = 0, 0.0
    for seed in range(DEVICES):
        device = Chance(seed)
        course(device)
        truth = device.hour
        covered += truth.share_low_hs <= TRUE_HS <= truth.share_high_hs
        total += truth.share_hs
    assert abs(covered / DEVICES - 0.95) < STRAY, f"{covered} of {DEVICES}"
    assert pytest.approx(TRUE_HS, rel=0.02) == total / DEVICES


def test_a_device_that_makes_less_is_outside_its_interval() -> None:
    """A tenth that is missing shows in a day's worth of shares, and hardly ever without cause."""
    flagged = 0
    for seed in range(40):
        device = Chance(seed)
        for _ in range(130):
            device.poll(makes=0.85 * TRUE_HS)
        flagged += not device.hour.explained
    assert flagged >= 38
