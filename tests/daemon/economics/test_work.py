"""Claimed against proved work: the interval by hand, mixed difficulties, and sums of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.network import TWO32
from daemon.economics.shares import poisson_bounds, poisson_interval
from daemon.economics.work import Z95, Work, truth_of


def work(*, shares: float, difficulty: float = 1000.0, seconds: float = 3600.0, claimed: float = 0.0) -> Work:
    """Make work of shares of one difficulty."""
    return Work(
        seconds=seconds,
        claimed=claimed,
        shares=shares,
        difficulty=shares * difficulty,
        square=shares * difficulty * difficulty,
        share_difficulty=difficulty,
    )


@pytest.mark.parametrize("count", [0, 5, 20, 100, 1000, 50_000])
def test_the_quick_bounds_are_the_exact_ones(count: int) -> None:
    """Within one percent of the exact interval from five on, and of its upper end from none."""
    low, high = poisson_interval(count)
    quick_low, quick_high = poisson_bounds(count, z=Z95)
    assert pytest.approx(low, rel=0.01) == quick_low
    assert pytest.approx(high, rel=0.01) == quick_high


@pytest.mark.parametrize(("count", "z"), [(-1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_impossible_counts_are_refused(count: float, z: float) -> None:
    """Neither a count nor a distance is negative."""
    with pytest.raises(ValueError, match="negative"):
        poisson_bounds(count, z=z)


def test_a_hundred_shares_by_hand() -> None:
    """100 shares of difficulty 1000 in an hour are 1.19e11 H/s, 81 to 122 % of it with chance."""
    truth = truth_of(work(shares=100, claimed=3600 * 1.19e11))
    assert truth is not None
    assert pytest.approx(100 * 1000 * TWO32 / 3600) == truth.share_hs
    assert pytest.approx(0.8136, rel=0.01) == truth.share_low_hs / truth.share_hs
    assert pytest.approx(1.2163, rel=0.01) == truth.share_high_hs / truth.share_hs
    assert truth.explained


def test_no_shares_still_bound_the_work() -> None:
    """Without a share the upper bound is 3.7 shares of the difficulty that was asked for."""
    truth = truth_of(work(shares=0, claimed=1e18))
    assert truth is not None
    assert (0.0, 0.0, 1.0) == (truth.share_hs, truth.share_low_hs, truth.gap_ratio)
    assert pytest.approx(3.69 * 1000 * TWO32 / 3600, rel=0.01) == truth.share_high_hs


def test_without_time_there_is_nothing_to_say() -> None:
    """No seconds, no hashrate; nothing reported, no gap."""
    assert truth_of(Work()) is None
    assert Work() == Work().per_second()
    truth = truth_of(work(shares=5))
    assert truth is not None
    assert truth.gap_ratio is None


def test_mixed_difficulties_are_noisier_than_their_sum() -> None:
    """One share of a million beside a thousand of one is about one share, not a thousand and one."""
    mixed = truth_of(work(shares=1000, difficulty=1.0).beside(work(shares=1, difficulty=1e6)))
    even = truth_of(work(shares=1001, difficulty=1000.0))
    assert mixed is not None
    assert even is not None
    assert (mixed.share_high_hs / mixed.share_hs) > 5 > 1.1 > (even.share_high_hs / even.share_hs)


@given(shares=st.floats(1.0, 1e7), more=st.floats(0.0, 1e7), difficulty=st.floats(1.0, 1e9))
def test_more_shares_never_widen_the_interval(shares: float, more: float, difficulty: float) -> None:
    """Relative to the hashrate, the interval of more shares is as narrow or narrower."""

    def width(count: float) -> float:
        truth = truth_of(work(shares=count, difficulty=difficulty))
        assert truth is not None
        return (truth.share_high_hs - truth.share_low_hs) / truth.share_hs

    assert width(shares + more) <= width(shares) * (1 + 1e-9)


@given(parts=st.lists(st.tuples(st.floats(1.0, 1e5), st.floats(60.0, 86400.0)), min_size=1, max_size=8))
def test_devices_add_up_as_rates(parts: list[tuple[float, float]]) -> None:
    """The sum over unlike spans has the sum of the hashrates."""
    total = Work()
    expected = 0.0
    for shares, seconds in parts:
        one = work(shares=shares, seconds=seconds, claimed=5e12 * seconds)
        total = total.beside(one.per_second())
        expected += shares * 1000 * TWO32 / seconds
    truth = truth_of(total)
    assert truth is not None
    assert pytest.approx(expected) == truth.share_hs
    assert pytest.approx(5e12 * len(parts)) == truth.reported_hs
