"""Machines between two questions: bounded, repeatable, and moved by what moves real ones."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dice import Dice
from simulator.physics.machine import Build, Conditions, Machine
from simulator.physics.thermals import CHIP_LIMIT_C, Cooling, Thermals
from simulator.physics.weather import Weather

BUILD = Build(hashrate_hs=2e14, power_w=3500.0, windows_s=(5.0, 60.0, 1800.0))
ambients_c = st.floats(-30.0, 60.0)
loads = st.floats(0.0, 1.2)
steps_s = st.lists(st.floats(0.0, 5000.0), min_size=1, max_size=20)


def machine(*, seed: int = 1, up_s: float = 86400.0, inlet_c: float = 25.0) -> Machine:
    return Machine(BUILD, seed=seed, at_s=1e6, inlet_c=inlet_c, share_difficulty=65536.0, up_s=up_s)


def settled(*, inlet_c: float, heat_ratio: float, airflow: float = 1.0) -> Thermals:
    thermals = Thermals(Cooling(), inlet_c=inlet_c, heat_ratio=heat_ratio)
    for _ in range(40):
        thermals.step(120.0, inlet_c=inlet_c, heat_ratio=heat_ratio, airflow=airflow)
    return thermals


@given(seed=st.integers(0, 2**32), mean=st.floats(0.0, 1e6))
def test_chance_is_bounded(seed: int, mean: float) -> None:
    """Draws stay within their bounds, and counts are whole and never negative."""
    dice = Dice(seed)
    assert 0.0 <= dice.uniform() < 1.0
    assert abs(dice.gauss()) <= 2 * math.sqrt(3)
    assert dice.poisson(mean) >= 0
    assert 0 <= dice.below(7) < 7


def test_chance_has_the_shape_it_claims() -> None:
    """Over many draws the bell has mean 0 and deviation 1, and counts have their mean."""
    dice = Dice("shape")
    bell = [dice.gauss() for _ in range(20_000)]
    assert pytest.approx(0.0, abs=0.03) == sum(bell) / len(bell)
    assert pytest.approx(1.0, abs=0.03) == math.sqrt(sum(value * value for value in bell) / len(bell))
    for mean in (0.3, 5.0, 40.0):
        assert pytest.approx(mean, rel=0.05) == sum(dice.poisson(mean) for _ in range(10_000)) / 10_000


def test_chance_repeats_by_seed() -> None:
    """The same seed gives the same draws, another seed others."""
    assert [Dice("a").bits() for _ in range(3)] == [Dice("a").bits() for _ in range(3)]
    assert Dice("a").bits() != Dice("b").bits()


@given(at_s=st.floats(0.0, 4e9))
def test_a_day_stays_within_its_swing(at_s: float) -> None:
    """The inlet is never colder or warmer than mean and swing allow, and a day later it is the same."""
    weather = Weather(mean_c=20.0, swing_c=6.0)
    assert 14.0 - 1e-9 <= weather.ambient_c(at_s) <= 26.0 + 1e-9
    assert pytest.approx(weather.ambient_c(at_s), abs=1e-5) == weather.ambient_c(at_s + 86400.0)


def test_afternoons_are_warmest() -> None:
    """The warmest moment is three in the afternoon, local time."""
    weather = Weather(ahead_of_utc_s=-6 * 3600.0)
    hours = {hour: weather.ambient_c(hour * 3600.0) for hour in range(24)}
    assert 21 == max(hours, key=lambda hour: hours[hour])


@given(ambient_c=ambients_c, heat_ratio=loads, seconds=steps_s, airflow=st.floats(0.1, 1.0))
def test_heat_stays_bounded(ambient_c: float, heat_ratio: float, seconds: list[float], airflow: float) -> None:
    """Whatever the steps, chips lie between inlet and limit, the board between inlet and chips, duty within 0 and 1."""
    thermals = Thermals(Cooling(), inlet_c=ambient_c, heat_ratio=heat_ratio)
    for length in seconds:
        thermals.step(length, inlet_c=ambient_c, heat_ratio=heat_ratio, airflow=airflow)
        assert ambient_c - 1e-6 <= thermals.chip_c <= max(CHIP_LIMIT_C, ambient_c)
        assert ambient_c - 1e-6 <= thermals.board_c <= thermals.chip_c + 1e-6
        assert 0.0 <= thermals.duty_ratio <= 1.0
        assert 0.0 <= thermals.power_w(3500.0, load=heat_ratio) <= 3500.0 * 1.5


@given(ambient_c=st.floats(-10.0, 45.0), more_c=st.floats(1.0, 10.0))
def test_warmer_air_means_warmer_chips_and_faster_fans(ambient_c: float, more_c: float) -> None:
    """In the long run chips, fans and power rise with the inlet."""
    cool, warm = settled(inlet_c=ambient_c, heat_ratio=1.0), settled(inlet_c=ambient_c + more_c, heat_ratio=1.0)
    assert warm.chip_c > cool.chip_c - 1e-6
    assert warm.duty_ratio >= cool.duty_ratio - 1e-9
    assert warm.power_w(3500.0, load=1.0) > cool.power_w(3500.0, load=1.0) - 1e-6


@given(load=st.floats(0.1, 0.9), more=st.floats(0.05, 0.3))
def test_more_load_means_warmer_chips_and_more_power(load: float, more: float) -> None:
    """In the long run chips and power rise with the load."""
    less, greater = settled(inlet_c=25.0, heat_ratio=load), settled(inlet_c=25.0, heat_ratio=load + more)
    assert greater.chip_c > less.chip_c
    assert greater.power_w(3500.0, load=load + more) > less.power_w(3500.0, load=load)


def test_a_blocked_intake_overheats() -> None:
    """With the intake blocked the fans give all they have, and the chips pass 95 °C all the same."""
    blocked = settled(inlet_c=25.0, heat_ratio=1.0, airflow=0.38)
    assert pytest.approx(1.0, abs=1e-3) == blocked.duty_ratio
    assert blocked.chip_c > 95.0


def test_heat_takes_its_time() -> None:
    """After a change the temperature moves over minutes, towards where it will stay."""
    thermals = settled(inlet_c=25.0, heat_ratio=1.0)
    path = []
    for _ in range(6):
        thermals.step(30.0, inlet_c=25.0, heat_ratio=1.0, airflow=0.38)
        path.append(thermals.chip_c)
    assert sorted(path) == path
    assert path[0] < 85.0 < path[-1]


@given(lengths=steps_s)
def test_the_same_seed_and_steps_give_the_same_machine(lengths: list[float]) -> None:
    """A machine is a function of its seed and the times it was looked at."""
    first, second = machine(), machine()
    at_s = first.at_s
    for length in lengths:
        at_s += length
        first.step(at_s, inlet_c=25.0)
        second.step(at_s, inlet_c=25.0)
    assert (first.hashrate_hs, first.accepted, first.power_w) == (second.hashrate_hs, second.accepted, second.power_w)


@given(lengths=steps_s, seed=st.integers(0, 1000))
def test_a_machine_stays_within_reason(lengths: list[float], seed: int) -> None:
    """Hashrate and power stay near the nameplate, counters only grow, every window is near the truth."""
    subject = machine(seed=seed)
    at_s = subject.at_s
    for length in lengths:
        before = (subject.accepted, subject.rejected, subject.stale, sum(subject.hardware_errors), subject.best_share)
        at_s += length
        subject.step(at_s, inlet_c=25.0)
        after = (subject.accepted, subject.rejected, subject.stale, sum(subject.hardware_errors), subject.best_share)
        assert all(now >= then for now, then in zip(after, before, strict=True))
        assert pytest.approx(BUILD.hashrate_hs, rel=0.08) == subject.hashrate_hs
        assert pytest.approx(BUILD.power_w, rel=0.12) == subject.power_w
        assert all(abs(value / BUILD.hashrate_hs - 1.0) < 0.25 for value in subject.windows_hs.values())


def test_short_windows_are_noisier_than_long_ones() -> None:
    """Five seconds of work say less about the hashrate than half an hour of it."""
    subject = machine()
    seen: dict[float, list[float]] = {window: [] for window in BUILD.windows_s}
    for step in range(1, 1500):
        subject.step(1e6 + 10.0 * step, inlet_c=25.0)
        for window, value in subject.windows_hs.items():
            seen[window].append(value / subject.hashrate_hs - 1.0)
    spread = {
        window: math.sqrt(sum(value * value for value in values) / len(values)) for window, values in seen.items()
    }
    assert spread[5.0] > 2 * spread[60.0] > 2 * spread[1800.0]


def test_shares_follow_work_and_difficulty() -> None:
    """Over a day the accepted shares are what the hashes done make likely."""
    subject = machine()
    before, done = subject.accepted, subject.hashes
    for step in range(1, 2881):
        subject.step(1e6 + 30.0 * step, inlet_c=25.0)
    expected = (subject.hashes - done) / (65536.0 * 2**32)
    assert pytest.approx(expected, rel=0.02) == subject.accepted - before
    assert subject.rejected < 0.01 * subject.accepted


def test_a_reboot_starts_the_counters_again() -> None:
    """After a reboot there is no uptime, no share and no work until it has warmed up; then it hashes as before."""
    subject = machine()
    subject.reboot(2e6)
    assert (0.0, 0, 0, 1) == (subject.elapsed_s(), subject.accepted, sum(subject.hardware_errors), subject.boots)
    subject.step(2e6 + 20.0, inlet_c=25.0)
    assert 0.0 == subject.hashrate_hs
    subject.step(2e6 + 2000.0, inlet_c=25.0)
    assert pytest.approx(BUILD.hashrate_hs, rel=0.08) == subject.hashrate_hs
    assert subject.accepted > 0


def test_conditions_take_their_toll() -> None:
    """A missing board costs its part of hashrate and power; a sleeping machine does nothing and draws little."""
    subject = machine()
    subject.step(1e6 + 1.0, inlet_c=25.0, conditions=Conditions(boards_missing=1))
    assert 0.0 == subject.board_hs[-1]
    assert pytest.approx(BUILD.hashrate_hs * 2 / 3, rel=0.08) == subject.hashrate_hs
    assert subject.power_w < 0.75 * BUILD.power_w
    subject.step(1e6 + 2.0, inlet_c=25.0, conditions=Conditions(asleep=True))
    assert 0.0 == subject.hashrate_hs
    assert subject.power_w < 0.06 * BUILD.power_w


def test_settling_at_once_is_where_time_would_lead() -> None:
    """A machine that starts out hot is as hot as one that has long been."""
    hot = Conditions(airflow=0.38)
    at_once, in_time = machine(), machine()
    at_once.settle(hot)
    in_time.step(1e6 + 3600.0, inlet_c=25.0, conditions=hot)
    assert pytest.approx(in_time.thermals.chip_c, abs=0.5) == at_once.thermals.chip_c
    at_once.settle(Conditions(boards_missing=1))
    assert all(value < 0.85 * BUILD.hashrate_hs for value in at_once.windows_hs.values())
