"""Capital and time: write-off, interest, what a machine is worth held, energy in the words of contracts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.capital import (
    ProductionWriteOff,
    capex_per_mwh,
    capital_recovery_factor,
    capital_recovery_per_day,
    financing_per_day,
    straight_line_per_day,
)
from daemon.economics.energy import (
    coincident_peak_cost,
    coincident_peak_per_year,
    demand_per_kwh,
    hours_worth_missing,
    marginal_demand_per_kwh,
    per_kw_month_of_mw_year,
    per_kw_month_of_mwh,
    per_mw_year,
    per_mwh_of_kw_month,
    per_mwh_of_mw_year,
    pue,
)
from daemon.economics.holding import hold_or_sell, hold_value


def test_straight_line_by_hand() -> None:
    """2190 over three years are 2 a day."""
    assert pytest.approx(2.0) == straight_line_per_day(cost=2490, salvage=300, years=3)


def test_recovery_of_one_year_is_the_cost_with_interest() -> None:
    """1000 at 10 % for a year come to 1100, less nothing, in 365 days; 100 of it is interest."""
    assert pytest.approx(1.1) == capital_recovery_factor(rate=0.1, years=1)
    assert pytest.approx(1100 / 365) == capital_recovery_per_day(cost=1000, salvage=0, years=1, rate=0.1)
    assert pytest.approx(100 / 365) == financing_per_day(cost=1000, salvage=0, years=1, rate=0.1)


def test_without_interest_there_is_only_the_straight_line() -> None:
    """At a rate of zero, or one so small that it loses its digits elsewhere, recovery is the even write-off."""
    for rate in (0.0, 1e-12):
        assert pytest.approx(2.0) == capital_recovery_per_day(cost=2490, salvage=300, years=3, rate=rate)
        assert pytest.approx(0.0, abs=1e-9) == financing_per_day(cost=2490, salvage=300, years=3, rate=rate)


def test_capital_of_a_megawatt() -> None:
    """8.76 million over ten years without interest, at full load, is 100 a MWh; at half load 200."""
    assert pytest.approx(100.0) == capex_per_mwh(cost_per_mw=8.76e6, rate=0, years=10, load_ratio=1)
    assert pytest.approx(200.0) == capex_per_mwh(cost_per_mw=8.76e6, rate=0, years=10, load_ratio=0.5)


def test_write_off_by_production_weighs_early_days() -> None:
    """Over three days of doubling difficulty 700 are written off as 400, 200, 100, and nothing outside them."""
    plan = ProductionWriteOff(cost=1000, salvage=300, days=3, growth_daily=1.0)
    assert pytest.approx([400, 200, 100, 0]) == [plan.on_day(day) for day in (0, 1, 2, 3)]
    assert plan.on_day(-1) == 0.0
    assert pytest.approx([0, 400, 600, 700, 700]) == [plan.before_day(day) for day in (0, 1, 2, 3, 4)]


@given(growth=st.floats(0, 0.01), days=st.integers(1, 1500), cost=st.floats(100, 1e4))
def test_write_off_comes_to_the_whole(growth: float, days: int, cost: float) -> None:
    """All days together bear the cost less salvage, whatever the growth, and no day bears more than the one before."""
    plan = ProductionWriteOff(cost=cost, salvage=50, days=days, growth_daily=growth)
    assert pytest.approx(cost - 50) == plan.before_day(days)
    assert pytest.approx(cost - 50) == sum(plan.on_day(day) for day in range(days))
    assert plan.on_day(0) >= plan.on_day(days - 1)


def test_contracts_in_each_others_words() -> None:
    """73 a kW-month are 100 a MWh, and so are 876,000 a MW-year; each way back gives what went in."""
    assert pytest.approx(100.0) == per_mwh_of_kw_month(73.0)
    assert pytest.approx(73.0) == per_kw_month_of_mwh(100.0)
    assert pytest.approx(100.0) == per_mwh_of_mw_year(876_000)
    assert pytest.approx(73.0) == per_kw_month_of_mw_year(876_000)
    assert pytest.approx(876_000) == per_mw_year(87.6e6, mw=10, years=10)


def test_demand_over_the_month() -> None:
    """7.30 a kW-month at full load is a cent a kWh, at half load two."""
    assert pytest.approx(0.01) == demand_per_kwh(7.3)
    assert pytest.approx(0.02) == demand_per_kwh(7.3, load_factor=0.5)


def test_a_peak_that_is_set_is_sunk() -> None:
    """Below the month's peak the next kWh bears no demand charge; above it, or when nobody knows, it does."""
    assert 0.0 == marginal_demand_per_kwh(7.3, power_w=9e6, peak_w=10e6)
    assert pytest.approx(0.01) == marginal_demand_per_kwh(7.3, power_w=11e6, peak_w=10e6)
    assert pytest.approx(0.01) == marginal_demand_per_kwh(7.3, power_w=None, peak_w=10e6)
    assert pytest.approx(0.01) == marginal_demand_per_kwh(7.3, power_w=9e6, peak_w=None)


def test_the_grids_own_peaks() -> None:
    """10 MW in one of four quarter-hours at 72 a kW-year cost 180,000; missing all of them costs nothing."""
    assert pytest.approx(180_000) == coincident_peak_cost(72, power_w=10e6)
    assert pytest.approx(360_000) == coincident_peak_per_year(72, peaks_w=[10e6, 10e6, 0, 0])
    assert 0.0 == coincident_peak_per_year(72, peaks_w=[])
    assert pytest.approx(360.0) == hours_worth_missing(180_000, power_w=10e6, margin_per_mwh=50)
    assert hours_worth_missing(180_000, power_w=10e6, margin_per_mwh=-1) is None


def test_pue() -> None:
    """1050 kW for 1000 kW of devices; nothing is said of devices that draw nothing."""
    assert pytest.approx(1.05) == pue(site_w=1.05e6, devices_w=1e6)
    assert pue(site_w=5000, devices_w=0) is None


def test_held_for_three_days() -> None:
    """10, 5 and 2.5 earned against a cost of 4: the third day is stopped for, and salvage of 3 comes at the end."""
    held = hold_value(revenue_per_day=10, cost_per_day=4, growth_daily=1.0, days=3, salvage=3)
    assert pytest.approx(6 + 1 + 0 + 3) == held


def test_money_later_is_worth_less() -> None:
    """At 10 % a year, salvage of 110 after 365 days is 100 today."""
    held = hold_value(revenue_per_day=0, cost_per_day=1, growth_daily=0, days=365, salvage=110, discount=0.1)
    assert pytest.approx(100.0) == held


def test_a_halving_takes_half_of_the_subsidys_part() -> None:
    """From its day on, 10 with nine tenths of subsidy are 5.5."""
    held = hold_value(revenue_per_day=10, cost_per_day=4, growth_daily=0, days=2, halving_day=1, subsidy_share=0.9)
    assert pytest.approx(6.0 + 1.5) == held


@pytest.mark.parametrize(("resale", "choice"), [((300, 320), "sell"), ((190, 260), "undecided"), ((50, 120), "hold")])
def test_hold_or_sell_by_bands(resale: tuple[float, float], choice: str) -> None:
    """Only bands that do not overlap decide, after removal and freight."""
    found = hold_or_sell(hold_low=150, hold_high=200, resale_low=resale[0], resale_high=resale[1], removal=20)
    assert choice == found.choice
    assert (resale[0] - 20, resale[1] - 20) == (found.sale_low, found.sale_high)


def test_without_a_resale_band_nothing_is_said() -> None:
    """A missing side is unknown, not a reason to hold."""
    assert "unknown" == hold_or_sell(hold_low=1, hold_high=2, resale_low=None, resale_high=3).choice
