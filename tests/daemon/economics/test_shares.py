"""Shares: their noise, the hashrate behind them, and counters that begin again."""

from math import inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.shares import (
    counted,
    hashrate_of_difficulty,
    poisson_interval,
    reject_ratio,
    share_hashrate,
    share_noise,
)


def test_noise_by_hand() -> None:
    """2^32 · 65536 hashes a share, a hundred times over: 100 shares, 10 % noise."""
    found = share_noise(hashrate_hs=2.0**32 * 65536, share_difficulty=65536, seconds=100)
    assert (pytest.approx(100.0), pytest.approx(0.1)) == (found.expected_shares, found.relative_sd)
    assert inf == share_noise(hashrate_hs=0.0, share_difficulty=1, seconds=60).relative_sd


def test_hashrate_of_shares_with_its_bounds() -> None:
    """100 shares in 100 s are 2^32 · difficulty, and the exact interval is that of a count of 100."""
    found = share_hashrate(shares=100, share_difficulty=1000, seconds=100)
    assert found is not None
    assert pytest.approx(2.0**32 * 1000) == found.hashrate_hs
    assert pytest.approx(81.364, rel=1e-4) == found.low_hs / 2**32 / 10
    assert pytest.approx(121.627, rel=1e-4) == found.high_hs / 2**32 / 10
    assert share_hashrate(shares=1, share_difficulty=1, seconds=0) is None


def test_hashrate_of_summed_difficulty() -> None:
    """Variable difficulty needs no count: the sum of what was accepted is enough."""
    assert pytest.approx(2.0**32 * 50) == hashrate_of_difficulty(3000.0, seconds=60)
    assert hashrate_of_difficulty(3000.0, seconds=0.0) is None


def test_exact_interval_of_few() -> None:
    """None seen leaves up to -ln(0.025); five seen lie between 1.6235 and 11.6683."""
    assert (0.0, pytest.approx(-log(0.025))) == poisson_interval(0)
    assert (pytest.approx(1.62349, rel=1e-5), pytest.approx(11.66833, rel=1e-5)) == poisson_interval(5)


def test_the_two_ways_meet() -> None:
    """At a thousand the exact interval goes over into the approximation without a step."""
    exact, near = poisson_interval(1000), poisson_interval(1001)
    assert 0.0 < near[0] - exact[0] < 2.0
    assert 0.0 < near[1] - exact[1] < 2.0


def test_impossible_counts_are_refused() -> None:
    """No negative counts, no certainty."""
    for count, confidence in ((-1, 0.95), (1, 1.0), (1, 0.0)):
        with pytest.raises(ValueError, match="count"):
            poisson_interval(count, confidence=confidence)


@given(count=st.integers(0, 3000))
def test_the_interval_holds_its_count(count: int) -> None:
    """The bounds lie on both sides, and a larger confidence is never narrower."""
    low, high = poisson_interval(count)
    wide_low, wide_high = poisson_interval(count, confidence=0.99)
    assert wide_low <= low <= count <= high <= wide_high


def test_rejects() -> None:
    """Refused and late shares count alike; without shares there is no share of them."""
    assert pytest.approx(0.02) == reject_ratio(accepted=980, rejected=15, stale=5)
    assert reject_ratio(accepted=0, rejected=0) is None


def test_a_counter_through_a_restart() -> None:
    """10 to 60, then a restart and 20: 70 in all, one restart."""
    found = counted([(0, 10), (60, 60), (120, 20)])
    assert found is not None
    assert (70.0, 120.0, 1) == (found.increase, found.seconds, found.restarts)


def test_too_few_samples_say_nothing() -> None:
    """One sample, or two of one instant, show no rise."""
    assert counted([]) is None
    assert counted([(0, 10)]) is None
    assert counted([(5, 10), (5, 12)]) is None


@given(steps=st.lists(st.tuples(st.floats(0.1, 100), st.integers(0, 1000)), min_size=2, max_size=20))
def test_a_count_that_only_rises_rises_by_its_ends(steps: list[tuple[float, int]]) -> None:
    """Without restarts the rise is the last less the first."""
    second, count, samples = 0.0, 0, []
    for wait, more in steps:
        second, count = second + wait, count + more
        samples.append((second, float(count)))
    found = counted(samples)
    assert found is not None
    assert (samples[-1][1] - samples[0][1], 0) == (found.increase, found.restarts)
