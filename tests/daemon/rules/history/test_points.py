"""The settings that a device was seen at: what counts, what is one setting, and what survives a restart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import Board, Reading
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.points import BLOCK_S, FORGOTTEN_S, KNOWN_S, MOST, OperatingPoints

START = 1_700_000_000.0
STEP = 300.0


class Running:
    """One device that is read every five minutes."""

    def __init__(self, **entry) -> None:
        self.points = OperatingPoints()
        self.device = DeviceState(DeviceEntry(**({"id": "m1", "host": "h1"} | entry)), index=0)
        self.now = START

    def run(self, seconds=2 * KNOWN_S, *, step=STEP, **said):
        told = {"family": "luxos", "state": "hashing", "hashrate_hs": 1e14, "power_w": 3000.0, "uptime_s": 90000.0}
        told |= {"power_grade": "reported", "firmware_version": "1"}
        until = self.now + seconds
        while self.now < until:
            self.now += step
            self.device.accept(Reading(**(told | said)), now=self.now)
            self.points.feed(self.device, self.now)
        return self

    @property
    def seen(self):
        return [(round(one.hashrate_hs / 1e12), round(one.power_w)) for one in self.points.levels("m1")]


def test_two_settings_are_two_points():
    """A device that ran for hours at each of two settings is known at both, and which one holds now."""
    running = Running().run().run(hashrate_hs=7e13, power_w=1900.0)
    assert [(70, 1900), (100, 3000)] == running.seen
    assert 1900.0 == pytest.approx(running.points.current("m1").power_w)


def test_a_hot_afternoon_is_no_setting():
    """More watts at the same hashrate are the same setting, and their mean."""
    running = Running().run(power_w=3000.0).run(power_w=3200.0)
    (seen,) = running.seen
    assert (100, pytest.approx(3100, abs=20)) == seen


def test_a_limit_that_is_told_makes_a_setting():
    """Two power limits are two settings even at like hashrate; without one nothing is taken for the other."""
    running = Running().run(power_limit_w=3000.0).run(power_limit_w=2900.0, power_w=2890.0)
    assert [(100, 2890), (100, 3000)] == sorted(running.seen)
    assert 2900.0 == running.points.current("m1").limit_w
    assert None is running.run(STEP, power_limit_w=2500.0).points.current("m1")


@pytest.mark.parametrize(
    "said",
    [
        {"state": "sleeping", "hashrate_hs": 0.0, "power_w": 25.0},
        {"power_w": None, "power_grade": "unknown"},
        {"power_grade": "spec"},
        {"uptime_s": 60.0},
        {"hashrate_hs": None},
        {"boards": (Board(index=0, state="ok"), Board(index=1, state="missing"))},
    ],
)
def test_what_is_no_setting_is_not_learnt(said):
    """Sleep, unknown or data-sheet watts, the first minutes and lost boards leave no point."""
    assert [] == Running().run(**said).seen


def test_configured_watts_teach_nothing():
    """Watts that never change say nothing of a setting."""
    assert [] == Running(power_w=3000.0, power_grade="metered").run().seen


def test_gaps_are_not_bridged():
    """Readings far apart say nothing of the time between them."""
    assert [] == Running().run(20 * KNOWN_S, step=KNOWN_S).seen


def test_an_hour_is_needed():
    """A point is known only after an hour at it."""
    running = Running().run(BLOCK_S + STEP)
    assert [] == running.seen
    assert None is running.points.current("m1")
    assert [(100, 3000)] == running.run(BLOCK_S + STEP).seen


def test_another_firmware_begins_anew():
    """What was seen under one firmware says nothing of the next."""
    assert [(80, 2000)] == Running().run().run(firmware_version="2", hashrate_hs=8e13, power_w=2000.0).seen


def test_what_was_long_ago_is_forgotten():
    """A setting not seen for a season leaves when another one comes."""
    running = Running().run()
    running.now += FORGOTTEN_S + 1.0
    assert [(70, 1900)] == running.run(hashrate_hs=7e13, power_w=1900.0).seen


def test_the_least_known_makes_room():
    """There are only so many points; the one with the least time goes."""
    running = Running().run(3 * KNOWN_S)
    for number in range(MOST + 2):
        running.run(hashrate_hs=1e14 * 1.2 ** (number + 1), power_w=3000.0 * 1.3 ** (number + 1))
    assert MOST == len(running.seen)
    assert (101, 3025) in running.seen


def test_the_past_survives_a_restart():
    """What is written down is taken up as it was; anything else is refused."""
    running = Running().run().run(hashrate_hs=7e13, power_w=1900.0)
    again = OperatingPoints()
    again.restore_state(running.points.export_state())
    assert running.points.levels("m1") == again.levels("m1")
    assert again.export_state() == running.points.export_state()
    for wrong in (b"", b"\x81\xa7version\x09", b"\xc1", b"\x80"):
        with pytest.raises(ValueError, match="operating points"):
            again.restore_state(wrong)
    again.forget("m1")
    assert [] == again.levels("m1")


@given(st.lists(st.tuples(st.floats(1e12, 5e14), st.floats(500.0, 6000.0)), min_size=1, max_size=12))
def test_a_point_lies_among_what_was_seen(pairs):
    """Whatever the order, no point lies outside of the watts and hashrates that were read."""
    running = Running()
    for hashrate, watts in pairs:
        running.run(KNOWN_S / 2, hashrate_hs=hashrate, power_w=watts)
    for level in running.points.levels("m1"):
        assert min(one[0] for one in pairs) * 0.999 <= level.hashrate_hs <= max(one[0] for one in pairs) * 1.001
        assert min(one[1] for one in pairs) * 0.999 <= level.power_w <= max(one[1] for one in pairs) * 1.001
