"""Break-evens and horizons: closed forms, the way through halvings, and growth as a band."""

from math import inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.break_even import (
    break_even_btc_price,
    break_even_difficulty,
    break_even_hashprice,
    break_even_price,
    cut_off_j_per_th,
    halving_horizon,
    horizon,
    horizon_band,
)
from daemon.economics.growth import annual, daily, growth_of, per_epoch


def test_closed_forms_by_hand() -> None:
    """25 J/TH at 0.05 cost 30 a PH and day; a hashprice of 60 bears 0.10 a kWh, or 50 J/TH at 0.05."""
    assert pytest.approx(30.0) == break_even_hashprice(j_per_th=25, price_per_kwh=0.05)
    assert pytest.approx(0.1) == break_even_price(j_per_th=25, hashprice_per_ph_day=60)
    assert pytest.approx(50.0) == cut_off_j_per_th(hashprice_per_ph_day=60, price_per_kwh=0.05)


def test_free_power_has_no_cut_off() -> None:
    """At a price of zero or less any device pays, and no difficulty stops it."""
    assert inf == cut_off_j_per_th(hashprice_per_ph_day=60, price_per_kwh=0.0)
    assert break_even_difficulty(difficulty=1e14, hashprice=60, break_even=-1.0) is None


def test_market_break_evens() -> None:
    """A hashprice twice the break-even bears half the bitcoin price or twice the difficulty."""
    assert pytest.approx(45000) == break_even_btc_price(btc_price=90000, hashprice=60, break_even=30)
    assert pytest.approx(2e14) == break_even_difficulty(difficulty=1e14, hashprice=60, break_even=30)


def test_a_block_that_pays_nothing_has_no_break_even_price() -> None:
    """When subsidy and fees are gone no bitcoin price helps."""
    assert break_even_btc_price(btc_price=90000, hashprice=0.0, break_even=30) is None


def test_horizon_of_a_doubling() -> None:
    """At 10 % an epoch a halved hashprice is ln 2 / ln 1.1 = 7.27 epochs away, below for the first time at the 8th."""
    found = horizon(hashprice=60, break_even=30, growth_per_epoch=0.1)
    assert (pytest.approx(log(2) / log(1.1)), 8) == (found.epochs, found.first_epoch_below)
    assert pytest.approx(14 * log(2) / log(1.1)) == found.days


@pytest.mark.parametrize("growth", [0.1, 0.0, -0.1])
def test_already_below_is_now(growth: float) -> None:
    """A hashprice below its break-even has no days left, whatever the growth."""
    found = horizon(hashprice=29, break_even=30, growth_per_epoch=growth)
    assert (0.0, 0.0, 0) == (found.epochs, found.days, found.first_epoch_below)


@pytest.mark.parametrize("growth", [0.0, -0.05])
def test_without_growth_it_never_gets_there(growth: float) -> None:
    """Standing or falling difficulty takes no hashprice down."""
    found = horizon(hashprice=60, break_even=30, growth_per_epoch=growth)
    assert (None, None, None) == (found.epochs, found.days, found.first_epoch_below)


def test_free_power_never_turns() -> None:
    """A break-even of zero is never reached."""
    assert horizon(hashprice=60, break_even=0.0, growth_per_epoch=0.1).days is None


def test_a_halving_can_be_what_takes_it_below() -> None:
    """Of 50 + 10, the halving in 100 days leaves 35, below 40, long before slow growth would."""
    found = halving_horizon(subsidy_part=50, fees_part=10, break_even=40, growth_per_epoch=0.001, days_to_halving=100)
    assert (pytest.approx(100.0), True) == (found.days, found.by_halving)


def test_growth_may_be_quicker_than_the_halving() -> None:
    """When growth gets there first the halving does not matter."""
    found = halving_horizon(subsidy_part=60, fees_part=0, break_even=30, growth_per_epoch=0.1, days_to_halving=500)
    assert found == horizon(hashprice=60, break_even=30, growth_per_epoch=0.1)


def test_after_a_halving_growth_goes_on_from_the_halved_subsidy() -> None:
    """Of 80 + 20 after a halving 60 is left; growth takes those 60 to 50 in ln(1.2)/ln(1.01) epochs from today."""
    found = halving_horizon(subsidy_part=80, fees_part=20, break_even=50, growth_per_epoch=0.01, days_to_halving=28)
    assert (pytest.approx(14 * log(60 / 50) / log(1.01)), False) == (found.days, found.by_halving)


def test_falling_difficulty_may_outrun_a_halving() -> None:
    """The hashprice that a falling difficulty lifted by the halving is what the halving halves."""
    lifted = halving_horizon(subsidy_part=60, fees_part=0, break_even=32, growth_per_epoch=-0.1, days_to_halving=14)
    assert lifted.days is None
    sunk = halving_horizon(subsidy_part=60, fees_part=0, break_even=34, growth_per_epoch=-0.1, days_to_halving=14)
    assert (14.0, True) == (sunk.days, sunk.by_halving)


def test_a_horizon_is_a_band() -> None:
    """One standard deviation of growth to either side; where growth may be nothing, the late end is never."""
    parts = {"subsidy_part": 60.0, "fees_part": 0.0, "break_even": 30.0, "days_to_halving": None}
    band = horizon_band(**parts, growth_mean=0.02, growth_sd=0.01)
    assert band.earliest_days is not None
    assert band.central_days is not None
    assert band.latest_days is not None
    assert band.earliest_days < band.central_days < band.latest_days
    assert horizon_band(**parts, growth_mean=0.011, growth_sd=0.039).latest_days is None


def test_impossible_growth_is_refused() -> None:
    """Difficulty cannot lose all of itself."""
    with pytest.raises(ValueError, match="difficulty"):
        horizon(hashprice=60, break_even=30, growth_per_epoch=-1.0)
    with pytest.raises(ValueError, match="difficulty"):
        daily(-1.0)


def test_growth_compounds_both_ways() -> None:
    """26.09 epochs of the epoch's growth make the year's, and back."""
    assert pytest.approx(0.4) == annual(per_epoch(0.4))
    assert pytest.approx(1.4) == (1 + daily(0.4)) ** 365.25


def test_growth_from_history() -> None:
    """+10 %, -10 % and +30 % have a mean of 10 % and a sample deviation of 20 %."""
    growth = growth_of([100.0, 110.0, 99.0, 128.7])
    assert growth is not None
    assert (pytest.approx(0.1), pytest.approx(0.2), 3) == (growth.mean, growth.sd, growth.epochs)
    assert growth_of([1.0, 2.0]) is None
    with pytest.raises(ValueError, match="difficulty"):
        growth_of([1.0, 0.0, 1.0])


@given(
    subsidy=st.floats(1, 100),
    fees=st.floats(0, 50),
    limit=st.floats(0.1, 200),
    growth=st.floats(-0.2, 0.3),
    more=st.floats(0, 0.2),
    halving=st.none() | st.floats(0, 1500),
)
def test_faster_growth_never_gives_more_time(
    subsidy: float, fees: float, limit: float, growth: float, more: float, halving: float | None
) -> None:
    """Whatever halvings lie ahead, more growth never moves the break-even further away."""
    slow, fast = (
        halving_horizon(
            subsidy_part=subsidy, fees_part=fees, break_even=limit, growth_per_epoch=g, days_to_halving=halving
        ).days
        for g in (growth, growth + more)
    )
    assert (inf if fast is None else fast) <= (inf if slow is None else slow) * (1 + 1e-9)
