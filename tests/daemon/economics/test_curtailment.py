"""Stopping for a price: bands, dwell, restarts, and a replay that knows no more than it could have known."""

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.curtailment import Policy, Switch, perfect_profit, replay, restart_cost, smallest_band
from daemon.economics.tuning import seen_before, tuned


def course(policy: Policy, prices: list[float]) -> str:
    switch = Switch(policy)
    return "".join("+" if switch.step(price) else "-" for price in prices)


def test_without_band_and_dwell_the_strike_decides_each_interval() -> None:
    """Above 100 it stops, below it starts, at exactly 100 it stays as it is."""
    assert "+-+--+" == course(Policy(strike=100), [100, 101, 99, 101, 100, 99])


def test_inside_the_band_nothing_switches() -> None:
    """With 10 % either way, 109 does not stop it and 91 does not start it again."""
    assert "++--+" == course(Policy(strike=100, band=0.1), [91, 109, 111, 91, 89])


def test_prices_must_hold_for_as_many_intervals_as_asked() -> None:
    """Two in a row above to stop, three below to start; one between begins the count anew."""
    policy = Policy(strike=100, n_off=2, n_on=3)
    assert "++-" == course(policy, [99, 101, 101])
    assert "+++" == course(policy, [101, 99, 101])
    assert "+------+" == course(policy, [101, 101, 99, 99, 101, 99, 99, 99])


def test_dwell_keeps_it_where_it_is() -> None:
    """Having stopped it stays off for three intervals, having started it runs for two, whatever the price."""
    policy = Policy(strike=100, min_off=3, min_on=2)
    assert "---++--" == course(policy, [101, 99, 99, 99, 101, 101, 101])


def test_the_first_stop_needs_no_dwell() -> None:
    """When it begins it has been running for as long as anybody asks."""
    assert "-" == course(Policy(strike=100, min_on=1000), [101])


@given(
    prices=st.lists(st.floats(95.01, 104.99), min_size=1, max_size=100),
    n=st.integers(1, 4),
)
def test_the_state_never_changes_inside_the_band(prices: list[float], n: int) -> None:
    """Hysteresis: as long as prices stay within the band the load stays as it was, running or not."""
    policy = Policy(strike=100, band=0.05, n_off=n, n_on=n)
    assert "+" * len(prices) == course(policy, prices)
    stopped = [200.0] * n
    assert "-" * len(prices) == course(policy, stopped + prices)[n:]


def test_replay_by_hand() -> None:
    """1 MW for four hours at 50, 150, 50, 50 against 100: off once, on again with half an hour lost."""
    found = replay([50, 150, 50, 50], policy=Policy(strike=100), mw=1, revenue_per_mwh=100, hours=1, restart_loss=0.5)
    assert (4, 1, 1, 3.0) == (found.intervals, found.off_intervals, found.restarts, found.energy_mwh)
    assert (150.0, 250.0, 100.0, 50.0) == (found.energy_cost, found.revenue, found.profit, found.mean_price)
    assert 100.0 == found.always_on_profit
    assert 150.0 == perfect_profit([50, 150, 50, 50], mw=1, revenue_per_mwh=100, hours=1)


def test_a_replay_may_know_only_the_price_before() -> None:
    """Deciding on the previous interval's price it pays for the dear hour and sleeps through the cheap one."""
    found = replay(
        [50, 150, 50], policy=Policy(strike=100), mw=1, revenue_per_mwh=100, hours=1, prices_seen=[50, 50, 150]
    )
    assert (1, 200.0, 0.0) == (found.off_intervals, found.energy_cost, found.profit)


def test_a_load_that_never_ran_paid_no_price() -> None:
    """There is no mean price of no energy."""
    assert replay([200], policy=Policy(strike=100), mw=1, revenue_per_mwh=100).mean_price is None


def test_the_smallest_band_that_pays() -> None:
    """A ramp of 15 minutes of 10 MW at 80 and 100 of wear cost 300; over three hours off, 10 a MWh."""
    cost = restart_cost(ramp_minutes=15, mw=10, revenue_per_mwh=80, wear=100)
    assert (300.0, 10.0) == (cost, smallest_band(cost, mw=10, hours_off=3))


@given(prices=st.lists(st.floats(-100, 500), max_size=60), band=st.floats(0, 0.5), dwell=st.integers(0, 8))
def test_nobody_beats_perfect_foresight(prices: list[float], band: float, dwell: int) -> None:
    """No policy earns more than one that knows every price and switches at no cost."""
    found = replay(prices, policy=Policy(strike=80, band=band, min_on=dwell, min_off=dwell), mw=2, revenue_per_mwh=80)
    assert found.profit <= perfect_profit(prices, mw=2, revenue_per_mwh=80) + 1e-6


def test_tuning_keeps_restarts_down() -> None:
    """On a price that flickers about the strike the found policy restarts far less than the naive one."""
    prices = [90.0, 101.0] * 40 + [400.0] * 8 + [20.0] * 40
    found = tuned(prices, strike=100.0)
    assert found.found.restarts <= 0.45 * found.naive.restarts
    assert found.found == replay(
        prices, policy=found.policy, mw=1, revenue_per_mwh=100, restart_loss=0.1, prices_seen=seen_before(prices)
    )
    assert found.naive.profit <= found.perfect_profit


def test_a_quiet_series_needs_no_policy() -> None:
    """Where even the naive policy never stops, nothing else is found to be better; no series is refused."""
    assert tuned([10.0] * 20, strike=100.0).found.profit == pytest.approx(20 * 0.25 * 90)
    with pytest.raises(ValueError, match="series"):
        tuned([], strike=100.0)


@pytest.mark.shared
def test_tuned_on_half_a_year_and_measured_on_the_other(shared: Path) -> None:
    """For an S21 fleet on real prices, deciding on the price before: 99 % of perfect foresight, half the restarts."""
    with gzip.open(shared / "data/ercot-hubavg-rt-15min-2024.csv.gz", "rt") as lines:
        prices = [float(row["price_usd_per_mwh"]) for row in csv.DictReader(lines)]
    strike = 41.22 * 0.98 / (17.5 * 24) * 1000
    first, second = prices[: len(prices) // 2], prices[len(prices) // 2 :]
    policy = tuned(first, strike=strike).policy
    naive, calm = (
        replay(
            second,
            policy=one,
            mw=1.0,
            revenue_per_mwh=strike,
            restart_loss=0.1,
            prices_seen=seen_before(second),
        )
        for one in (Policy(strike=strike), policy)
    )
    assert calm.profit >= 0.99 * perfect_profit(second, mw=1.0, revenue_per_mwh=strike)
    assert calm.restarts <= naive.restarts / 2
