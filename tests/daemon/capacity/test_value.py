"""What a MWh is worth, with its spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.capacity.value import NOTHING, Band, band, best_use, blended, certain, mining_band, quantile


def test_a_series_has_a_spread():
    """Low, middle and high are interpolated; an empty series has none."""
    assert Band(p10=1.0, p50=5.0, p90=9.0) == band(range(11))
    assert Band(p10=7.0, p50=7.0, p90=7.0) == band([7.0]) == certain(7.0)
    assert None is band([])


def test_mining_is_worth_what_the_worst_machines_make_of_it():
    """41.22 per PH and day at 29.5 J/TH are 58.22 per MWh."""
    assert pytest.approx(58.22033898) == mining_band([41.22], j_per_th=29.5, pue=1.0).p50
    assert None is mining_band([41.22], j_per_th=None, pue=1.0)
    assert None is mining_band([41.22], j_per_th=0.0, pue=1.0)
    assert None is mining_band([], j_per_th=29.5, pue=1.0)


def test_the_best_other_use():
    """The highest middle value wins; idle is always possible; what has no value is not."""
    assert ("idle", NOTHING) == best_use({})
    assert ("idle", NOTHING) == best_use({"sell": certain(-3.0), "mine": None})
    assert ("sell", certain(45.0)) == best_use({"sell": certain(45.0), "mine": certain(40.0)})


def test_parts_are_blended_by_their_watts():
    """A mean by watts; of nothing it is nothing."""
    assert Band(p10=10.0, p50=20.0, p90=30.0) == blended([(3.0, NOTHING), (1.0, Band(p10=40.0, p50=80.0, p90=120.0))])
    assert NOTHING == blended([]) == blended([(0.0, certain(5.0))])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0.0, 1.0))
def test_a_quantile_lies_within(values, share):
    """No quantile lies outside its series."""
    ordered = sorted(values)
    assert ordered[0] - 1e-6 <= quantile(ordered, share) <= ordered[-1] + 1e-6
