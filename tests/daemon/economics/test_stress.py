"""Worse markets and efficiency tiers: what turns, how long the cash lasts, what to hold and what to sell."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.batch import Batch
from daemon.economics.money import Terms
from daemon.economics.stress import Scenario, Treasury, runway_days, scenarios, shocked, stress, treasury_value
from daemon.economics.tiers import Outlook, holding, tier_choice, tier_table

TERMS = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.05)
OLD = Batch(model="old", count=10, hashrate_hs=100e12, power_w=3500, grade="metered")
NEW = Batch(model="new", count=5, hashrate_hs=200e12, power_w=3000, grade="metered")
BLIND = Batch(model="blind", count=2, hashrate_hs=100e12, power_w=None, grade="unknown")
FLEET = [OLD, NEW, BLIND]
HALVING = Scenario(name="halving", halving=True)


def test_as_it_stands() -> None:
    """Ten at +0.80 and five at +6.40 make 40 a day; the two without watts are counted and left out."""
    found = stress(FLEET, terms=TERMS, scenarios=[Scenario(name="now")])[0]
    assert pytest.approx(10 * 0.8 + 5 * 6.4) == found.margin_per_day
    assert (0, 0, 2, 0, 0.0) == (
        found.unprofitable_devices,
        found.undecided_devices,
        found.unknown_devices,
        found.turned_devices,
        found.turned_w,
    )


def test_a_halving_turns_the_old_ones() -> None:
    """At half the hashprice the old lose 1.70 each; they turn with their 35 kW, and without them 7 a day are left."""
    found = stress(FLEET, terms=TERMS, scenarios=[HALVING])[0]
    assert pytest.approx(25.0) == found.hashprice_per_ph_day
    assert (10, pytest.approx(35_000.0)) == (found.turned_devices, found.turned_w)
    assert pytest.approx(-17.0 + 7.0) == found.margin_per_day
    assert pytest.approx(7.0) == found.margin_best_per_day


def test_turned_watts_are_at_the_meter() -> None:
    """With a PUE of 1.2 the same devices free a fifth more."""
    terms = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.04, pue=1.2)
    assert pytest.approx(42_000.0) == stress(FLEET, terms=terms, scenarios=[HALVING])[0].turned_w


def test_fees_are_not_halved() -> None:
    """Where a fifth of the reward is fees, a halving leaves 60 %; under PPS the pool keeps a larger share of that."""
    assert pytest.approx(30.0) == shocked(TERMS, scenario=HALVING, fee_share=0.2).hashprice_per_ph_day
    pps = shocked(TERMS, scenario=HALVING, fee_share=0.2, scheme="pps")
    assert pytest.approx(20.0) == (pps.hashprice_per_ph_day or 0.0) * (pps.scheme_factor or 0.0)


def test_shocks_multiply_and_power_always_gets_dearer() -> None:
    """-30 % on 20 % more difficulty is 29.17; +25 % of a negative price is less negative."""
    worse = Scenario(name="worse", btc_factor=0.7, difficulty_factor=1.2, power_rise=0.25)
    after = shocked(TERMS, scenario=worse)
    assert (pytest.approx(50 * 0.7 / 1.2), pytest.approx(0.0625)) == (after.hashprice_per_ph_day, after.price_per_kwh)
    negative = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=-0.04)
    assert pytest.approx(-0.03) == shocked(negative, scenario=worse).price_per_kwh


def test_missing_prices_stay_missing() -> None:
    """No shock makes a price of none: everything is unknown, and nothing has turned."""
    found = stress(FLEET, terms=Terms(currency="USD"), scenarios=scenarios(), treasury=Treasury(holdings={"USD": 9}))
    assert {(None, None, 17, 0)} == {
        (one.margin_per_day, one.margin_best_per_day, one.unknown_devices, one.turned_devices) for one in found
    }
    assert {"The hashprice is not known."} == {one.runway_reason for one in found}


def test_the_scenarios_are_each_alone_and_together() -> None:
    """Seven: as it stands, four alone, three together, all together."""
    names = [scenario.name for scenario in scenarios(btc_fall=0.4)]
    assert ["as it stands", "bitcoin -40%", "difficulty +20%", "power +25%", "halving"] == names[:5]
    assert ["bitcoin -40%, difficulty +20%, power +25%", f"{names[5]}, halving"] == names[5:]


def test_runway() -> None:
    """1000 bear a loss of 10 a day for a hundred days, nothing at all bears it for none, a gain for ever."""
    assert 100.0 == runway_days(treasury=1000, margin_per_day=40, fixed_per_day=50)
    assert 0.0 == runway_days(treasury=-5, margin_per_day=0, fixed_per_day=50)
    assert runway_days(treasury=0, margin_per_day=60, fixed_per_day=50) is None


def test_a_treasury_in_bitcoin_falls_with_it() -> None:
    """1 BTC at 100,000 and 50 EUR at 1.10: at -30 % it is 70,055; an unknown rate leaves it unknown by name."""
    treasury = Treasury(holdings={"BTC": 1, "EUR": 50}, rates={"BTC": 100_000, "EUR": 1.1})
    assert (pytest.approx(70_055), "") == treasury_value(treasury, currency="USD", btc_factor=0.7)
    value, reason = treasury_value(Treasury(holdings={"CHF": 5}), currency="USD")
    assert value is None
    assert "CHF" in reason


def test_runway_under_stress() -> None:
    """After a halving 7 a day are earned against 47: 4000 last a hundred days."""
    found = stress(
        FLEET, terms=TERMS, scenarios=[HALVING], fixed_per_day=47, treasury=Treasury(holdings={"USD": 4000})
    )[0]
    assert (4000.0, pytest.approx(100.0), "") == (found.treasury, found.runway_days, found.runway_reason)
    none = stress(FLEET, terms=TERMS, scenarios=[HALVING])[0]
    assert (None, "No treasury is configured.") == (none.runway_days, none.runway_reason)
    endless = stress(FLEET, terms=TERMS, scenarios=[HALVING], treasury=Treasury(holdings={"USD": 1}))[0]
    assert (None, "The margin bears the fixed costs.") == (endless.runway_days, endless.runway_reason)
    unrated = stress(FLEET, terms=TERMS, scenarios=[HALVING], treasury=Treasury(holdings={"BTC": 1}))[0]
    assert (None, True) == (unrated.runway_days, "BTC" in unrated.runway_reason)


@given(fall=st.floats(0, 0.9), rise=st.floats(0, 2), power=st.floats(0, 2))
def test_no_shock_helps(fall: float, rise: float, power: float) -> None:
    """Whatever is shocked, no margin is better than as it stands, and nothing fewer turns with more shocks."""
    found = stress(FLEET, terms=TERMS, scenarios=scenarios(btc_fall=fall, difficulty_rise=rise, power_rise=power))
    margins = [one.margin_per_day or 0.0 for one in found]
    assert max(margins) <= margins[0] + 1e-9
    assert min(margins) >= margins[-1] - 1e-9
    assert max(one.turned_devices for one in found) == found[-1].turned_devices


def test_tiers_and_the_cut_off() -> None:
    """At 0.05 and 50 the cut-off is 41.67 J/TH; 15 and 35 J/TH lie in their tiers, below it."""
    table = tier_table(FLEET, terms=TERMS)
    assert pytest.approx(50 / 1.2) == table.cut_off_j_per_th
    assert [(15.0, 19.0, 5, False), (25.0, 38.0, 10, False)] == [
        (tier.above, tier.below, tier.devices, tier.is_past_cut_off) for tier in table.tiers
    ]
    assert pytest.approx([0.5, 0.5]) == [tier.hashrate_share for tier in table.tiers]
    assert pytest.approx([32.0, 8.0]) == [tier.margin_per_day for tier in table.tiers]
    assert pytest.approx([18.0, 42.0]) == [tier.break_even_hashprice_per_ph_day for tier in table.tiers]
    assert pytest.approx([50 / 360, 50 / 840]) == [tier.break_even_price_per_kwh for tier in table.tiers]
    assert 2 == table.unknown_devices


def test_a_tier_past_the_cut_off() -> None:
    """At 0.08 the cut-off is 26.04 J/TH, and the old ones are past it."""
    table = tier_table(FLEET, terms=Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.08))
    assert [False, True] == [tier.is_past_cut_off for tier in table.tiers]


def test_open_tiers_and_free_power() -> None:
    """The first and last tiers have no outer bound; where energy costs nothing nothing is past the cut-off."""
    thrifty = Batch(model="t", hashrate_hs=100e12, power_w=1000)
    thirsty = Batch(model="x", hashrate_hs=10e12, power_w=1000)
    table = tier_table([thirsty, thrifty], terms=Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.0))
    assert inf == table.cut_off_j_per_th
    assert [(None, 15.0, False), (68.0, None, False)] == [
        (tier.above, tier.below, tier.is_past_cut_off) for tier in table.tiers
    ]


def test_without_prices_tiers_still_count() -> None:
    """Devices and hashrate are known without a market; money and the cut-off are not."""
    table = tier_table(FLEET, terms=Terms(currency="USD"))
    assert table.cut_off_j_per_th is None
    assert {(None, None, None, None)} == {
        (
            tier.margin_per_day,
            tier.break_even_price_per_kwh,
            tier.break_even_hashprice_per_ph_day,
            tier.is_past_cut_off,
        )
        for tier in table.tiers
    }


def test_hold_or_sell_a_tier() -> None:
    """A new tier is worth its margins and is held; an old one whose margin is about gone is sold."""
    terms = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.058)
    new, old = tier_table(FLEET, terms=terms).tiers
    outlook = Outlook(growth_low=0.2, growth_high=0.5, resale_low_per_th=1.5, resale_high_per_th=2.0)
    kept, sold = (tier_choice(tier, terms=terms, outlook=outlook) for tier in (new, old))
    assert ("hold", "sell") == (kept.choice, sold.choice)
    assert kept.hold_low is not None
    assert kept.hold_high is not None
    assert kept.hold_low < kept.hold_high
    assert "unknown" == tier_choice(old, terms=Terms(currency="USD"), outlook=outlook).choice


def test_keeping_a_machine_costs_its_upkeep() -> None:
    """Maintenance is paid on every day that a machine runs, so a small one is worth less to keep than a large one."""
    terms = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.05, maintenance_per_day=0.2)
    outlook = Outlook(growth_low=0.0, growth_high=0.0, days=100, discount=0.0, resale_low_per_th=0.0)
    bare = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.05)
    (small, _), (large, _), (free, _) = (
        holding(20.0, terms=terms, outlook=outlook, th_per_device=10.0) or (0.0, 0.0),
        holding(20.0, terms=terms, outlook=outlook, th_per_device=100.0) or (0.0, 0.0),
        holding(20.0, terms=bare, outlook=outlook, th_per_device=10.0) or (0.0, 0.0),
    )
    assert pytest.approx(100 * (0.050 - 0.024)) == free
    assert (pytest.approx(free - 100 * 0.002), pytest.approx(free - 100 * 0.02)) == (large, small)
    table = tier_table([Batch(model="S9", hashrate_hs=10e12, power_w=200.0)], terms=terms)
    assert pytest.approx(small) == tier_choice(table.tiers[0], terms=terms, outlook=outlook).hold_low
