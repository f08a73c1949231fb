"""Errors: of one margin, of a sum of watts, of groups, and what a measurement would be worth."""

from math import inf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.uncertainty import (
    Group,
    Uncertain,
    information_value,
    judge,
    margin_sd,
    normal_cdf,
    sum_sd_w,
    undecided_groups,
)
from daemon.economics.verdict import verdict


def test_judging_by_hand() -> None:
    """A margin of one standard deviation above zero is a loss with a chance of 15.87 %."""
    found = judge(1.0, sd=1.0)
    assert (1.0, pytest.approx(0.158655, rel=1e-5), "undecided") == (found.z, found.loss_probability, found.verdict)
    assert "unprofitable" == judge(-1.7, sd=1.0).verdict


def test_without_error_there_is_no_chance() -> None:
    """A known margin is decided by its sign, and none at all is a coin."""
    assert (inf, 0.0, "profitable") == (lambda j: (j.z, j.loss_probability, j.verdict))(judge(0.1, sd=0.0))
    assert (-inf, 1.0, "unprofitable") == (lambda j: (j.z, j.loss_probability, j.verdict))(judge(-0.1, sd=0.0))
    assert (0.0, 0.5, "undecided") == (lambda j: (j.z, j.loss_probability, j.verdict))(judge(0.0, sd=0.0))


def test_errors_add_in_squares() -> None:
    """3 % of 100 and 5 % of 80 make 5."""
    assert pytest.approx(5.0) == margin_sd(revenue=100, power_cost=80, hashrate_error=0.03, power_error=0.05)


def test_independent_errors_average_out_and_a_bias_does_not() -> None:
    """100 devices of 1 kW: 10 % each are 1 kW together, 2 % in common are 2 kW, a meter of 1 % is 1 kW."""
    group = Group(power_w=100_000, count=100, independent_ratio=0.1)
    assert pytest.approx(1000.0) == sum_sd_w([group])
    biased = Group(power_w=100_000, count=100, independent_ratio=0.1, common_ratio=0.02)
    assert pytest.approx(sqrt(1000**2 + 2000**2)) == sum_sd_w([biased])
    assert pytest.approx(sqrt(1000**2 + 2000**2 + 1000**2)) == sum_sd_w([biased], meter_w=100_000, meter_ratio=0.01)


def test_an_empty_sum_has_no_error() -> None:
    """No devices, no error; a group of none adds none."""
    assert 0.0 == sum_sd_w([])
    assert 0.0 == sum_sd_w([Group(power_w=0.0, count=0, independent_ratio=0.1)])


@given(count=st.integers(1, 500), parts=st.integers(1, 10), bias=st.floats(0, 0.1), own=st.floats(0, 0.1))
def test_naming_more_groups_makes_no_error_smaller(count: int, parts: int, bias: float, own: float) -> None:
    """Splitting a fleet by firmware leaves the error of its sum as it was."""
    whole = Group(power_w=3000.0 * count * parts, count=count * parts, independent_ratio=own, common_ratio=bias)
    split = [Group(power_w=3000.0 * count, count=count, independent_ratio=own, common_ratio=bias)] * parts
    assert pytest.approx(sum_sd_w([whole])) == sum_sd_w(split)


@given(count=st.integers(1, 10**6))
def test_the_error_never_falls_below_the_bias(count: int) -> None:
    """However many devices, what they are all wrong by stays."""
    group = Group(power_w=3000.0 * count, count=count, independent_ratio=0.05, common_ratio=0.02)
    assert sum_sd_w([group]) >= 0.02 * 3000.0 * count * (1 - 1e-12)


def test_knowing_is_worth_most_at_break_even() -> None:
    """At a margin of zero perfect knowledge of an error of 1 is worth 0.3989 a day; far from zero, nothing."""
    assert pytest.approx(0.398942, rel=1e-5) == information_value(0.0, sd_now=1.0)
    assert pytest.approx(0.083315, rel=1e-4) == information_value(1.0, sd_now=1.0)
    assert 1e-6 > information_value(6.0, sd_now=1.0)


@given(margin=st.floats(-10, 10), now=st.floats(0, 5), after=st.floats(0, 5))
def test_knowing_is_never_worth_less_than_nothing(margin: float, now: float, after: float) -> None:
    """A measurement that would not help is worth nothing, and perfect knowledge is worth most."""
    value = information_value(margin, sd_now=now, sd_after=after)
    assert 0.0 <= value <= information_value(margin, sd_now=now) + 1e-12
    if after >= now:
        assert value == 0.0


def test_undecided_devices_are_gathered_by_model() -> None:
    """Four hundred doubtful machines of one kind are one line with the measurement that would decide them."""
    doubtful = [
        Uncertain(model="S19j Pro", firmware="stock", grade="spec", margin=0.2, revenue=5.0, power_cost=4.8)
    ] * 400
    other = [Uncertain(model="M50", firmware="stock", grade="spec", margin=0.0, revenue=5.0, power_cost=5.0)] * 2
    groups = undecided_groups([*doubtful, *other])
    assert [("S19j Pro", 400, 400), ("M50", 2, 0)] == [
        (group.model, group.count, group.decided_by_meter) for group in groups
    ]
    assert "meter" in groups[0].measurement
    assert "break-even" in groups[1].measurement
    assert pytest.approx(80.0) == groups[0].margin
    assert groups[0].value_per_day > groups[1].value_per_day > 0


def test_metered_devices_ask_for_hashrate() -> None:
    """Where there is a meter already, the doubt is in the hashrate."""
    metered = Uncertain(
        model="S21", firmware="x", grade="metered", margin=0.1, revenue=5, power_cost=4.9, hashrate_error_ratio=0.05
    )
    assert "hashrate" in undecided_groups([metered])[0].measurement


def test_the_normal_distribution() -> None:
    """Half lies below zero, 95 % below 1.645."""
    assert (0.5, pytest.approx(0.95, abs=2e-5)) == (normal_cdf(0.0), normal_cdf(1.645))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_bound_is_that_of_95_in_a_hundred(sign: float) -> None:
    """A margin of 1.6449 standard deviations is undecided and one of 1.6451 decided, on either side of zero."""
    decided = "profitable" if sign > 0 else "unprofitable"
    assert ["undecided", "undecided", decided] == [verdict(sign * z, sd=1.0) for z in (1.6449, 1.645, 1.6451)]


def test_errors_of_hashrate_and_watts_add_in_squares() -> None:
    """A revenue of 4 that is 3 % unsure and a cost of 4 that is 4 % unsure make a margin that is 0.2 unsure."""
    assert pytest.approx(0.2) == margin_sd(revenue=4.0, power_cost=4.0, hashrate_error=0.03, power_error=0.04)
