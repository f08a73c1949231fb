"""The rules about money: each through its life, and what is particular to it."""

import pytest

from daemon.rules.context import BetterSetting
from daemon.rules.profitability.cash_loss import RULE as CASH_LOSS
from daemon.rules.profitability.cash_loss import cash_loss
from daemon.rules.profitability.feed_disagreement import RULE as FEEDS
from daemon.rules.profitability.feed_disagreement import feed_disagreement
from daemon.rules.profitability.horizon import RULE as HORIZON
from daemon.rules.profitability.horizon import horizon
from daemon.rules.profitability.site_cut_off import RULE as CUT_OFF
from daemon.rules.profitability.site_cut_off import site_cut_off
from daemon.rules.profitability.stop_worthy_hour import RULE as STOP_WORTHY
from daemon.rules.profitability.stop_worthy_hour import stop_worthy_hour
from daemon.rules.profitability.undecided import RULE as UNDECIDED
from daemon.rules.profitability.undecided import undecided
from daemon.rules.rule import FINE
from daemon.rules.snapshot import HostingFacts, ModelFacts, SignalFacts, Tier

DAY = 86400.0


def money(margin, **more):
    return lambda make, now: make.device(money=make.money(margin, **more))


def better(gain, *, sd=0.01, current=False):
    def view(make, now):
        setting = BetterSetting(
            name="low", power_w=1905.0, hashrate_hs=74.5e12, gain_per_day=gain, gain_sd_per_day=sd, is_current=current
        )
        make.context.better = {"m1": setting}
        return make.device()

    return view


def tiers(*, above, cutoff=29.0):
    """A share of the hashrate at 30 J/TH, the rest at 20; at a cut-off of 30.5 those at 30 are near it."""
    total = 100e15
    rows = (
        Tier(j_per_th=20.0, devices=900, hashrate_hs=(1 - above) * total, power_w=(1 - above) * total / 1e12 * 20.0),
        Tier(j_per_th=30.0, devices=100, hashrate_hs=above * total, power_w=above * total / 1e12 * 30.0),
    )
    return lambda make, now: make.snapshot(market={"cutoff_7d_j_per_th": cutoff}, fleet={"tiers": rows})


def loaded(loaded_mean, *, cash=0.5, days=20.0):
    def view(make, now):
        seconds = days * DAY
        make.past(money_time=seconds, cash_sum=cash * seconds, loaded_sum=loaded_mean * seconds)
        return make.device(money=make.money(cash, loaded=loaded_mean))

    return view


def model(**facts):
    return ModelFacts(id="S19j Pro / 2023", devices=10, **facts)


def ahead(*, hashprice, limit=40.0, height=900_000):
    market = {"hashprice_per_ph_day": hashprice, "height": height, "fee_share": 0.02}
    return lambda make, now: make.snapshot(model=model(break_even_hashprice_per_ph_day=limit), market=market)


def feeds(first, second):
    signals = {"hashprice": SignalFacts(value=first, sources={"index": first, "jobs": second})}
    return lambda make, now: make.snapshot(signals=signals)


def market_price(per_kwh, *, strike=0.10):
    facts = model(break_even_price_per_kwh=strike, power_w=30e3)
    return lambda make, now: make.snapshot(model=facts, market={"price_per_kwh": per_kwh, "is_live": True})


CASES = {
    "P-01/device": {
        "bad": money(-0.5),
        "between": money(-0.1),
        "fine": money(0.5),
        "unknown": lambda make, now: make.device(money=None),
    },
    "P-02/model": {
        "bad": lambda make, now: make.snapshot(
            model=model(undecided=10, decidable=4, undecided_cost_per_day=60.0, undecided_w=30e3),
            fleet={"cost_per_day": 1000.0},
        ),
        "between": lambda make, now: make.snapshot(
            model=model(undecided=1, undecided_cost_per_day=4.5), fleet={"cost_per_day": 1000.0}
        ),
        "fine": lambda make, now: make.snapshot(model=model(), fleet={"cost_per_day": 1000.0}),
        "unknown": lambda make, now: make.snapshot(model=model(undecided=3)),
    },
    "P-03/device": {"bad": better(0.33), "between": better(0.07), "fine": better(0.0, current=True)},
    "P-04/site": {
        "bad": tiers(above=0.2),
        "between": tiers(above=0.2, cutoff=30.5),
        "fine": tiers(above=0.2, cutoff=33.0),
        "unknown": tiers(above=0.2, cutoff=None),
    },
    "P-05/device": {
        "bad": loaded(-1.0),
        "between": loaded(0.01),
        "fine": loaded(1.0),
        "unknown": loaded(-1.0, days=2.0),
    },
    "P-06/model": {
        "bad": ahead(hashprice=42.0),
        "between": ahead(hashprice=49.4),
        "fine": ahead(hashprice=80.0),
        "unknown": ahead(hashprice=None),
    },
    "P-07/signal": {"bad": feeds(41.0, 38.0), "between": feeds(41.0, 39.4), "fine": feeds(41.0, 41.1)},
    "P-08/model": {
        "bad": market_price(0.2),
        "between": market_price(0.10),
        "fine": market_price(0.05),
        "unknown": market_price(None),
    },
    "P-09/site": {"bad": market_price(-0.01), "fine": market_price(0.01), "unknown": market_price(None)},
    "P-10/model": {
        "bad": lambda make, now: make.snapshot(model=model(resale_low_per_th=5.0, hold_high_per_th=3.0)),
        "between": lambda make, now: make.snapshot(model=model(resale_low_per_th=2.95, hold_high_per_th=3.0)),
        "fine": lambda make, now: make.snapshot(model=model(resale_low_per_th=1.0, hold_high_per_th=3.0)),
        "unknown": lambda make, now: make.snapshot(model=model(hold_high_per_th=3.0)),
    },
    "P-11/site": {
        "bad": lambda make, now: make.snapshot(market={"runway_days": 12.0}),
        "between": lambda make, now: make.snapshot(market={"runway_days": 40.0}),
        "fine": lambda make, now: make.snapshot(market={"runway_days": 60.0}),
    },
    "P-12/site": {
        "bad": lambda make, now: make.snapshot(
            hosting=HostingFacts(until=now + 30 * DAY, rate_per_kwh=0.075),
            model=model(break_even_price_per_kwh=0.06, power_w=1e6),
        ),
        "between": lambda make, now: make.snapshot(
            hosting=HostingFacts(until=now + 30 * DAY, rate_per_kwh=0.0595),
            model=model(break_even_price_per_kwh=0.06, power_w=1e6),
        ),
        "fine": lambda make, now: make.snapshot(hosting=HostingFacts(until=now + 400 * DAY, rate_per_kwh=0.075)),
        "unknown": lambda make, now: make.snapshot(hosting=HostingFacts(until=now + 30 * DAY, rate_per_kwh=0.075)),
    },
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


def test_a_loss_says_what_it_rests_on(make):
    """The finding of a loss carries margin, error, basis, grade and break-even."""
    earned = make.money(-0.45, sd=0.1, power_grade="metered", power_w=3068.0, break_even_price_per_kwh=0.0542)
    judged = cash_loss(make.device(money=earned), make.context, CASH_LOSS.defaults)
    assert -0.45 == judged.value
    assert "cash" == judged.evidence["basis"]
    assert "metered" == judged.evidence["power_grade"]
    assert "0.0542 USD/kWh" in judged.message


def test_a_loss_is_not_judged_while_prices_disagree(make):
    """A frozen market makes the rule unknown, whatever the margin."""
    make.context.frozen = "two hashprices disagree"
    assert cash_loss(make.device(money=make.money(-5.0)), make.context, CASH_LOSS.defaults).holds is None


def test_a_device_that_was_stopped_loses_nothing(make):
    """A sleeping device does not concern the rule: what was advised is done."""
    device = make.device(state="sleeping", money=make.money(-3.0))
    assert cash_loss(device, make.context, CASH_LOSS.defaults) is None


def test_an_undecided_margin_is_no_loss(make):
    """A negative margin within its error neither holds nor clears."""
    judged = cash_loss(make.device(money=make.money(-0.13, sd=0.44)), make.context, CASH_LOSS.defaults)
    assert (False, False) == (judged.holds, judged.clears)


def test_the_undecided_are_told_what_would_decide(make):
    """The finding counts how many of them a meter would decide."""
    facts = model(undecided=10, decidable=4, undecided_cost_per_day=60.0, undecided_w=30e3)
    judged = undecided(facts, make.snapshot(fleet={"cost_per_day": 100.0}), UNDECIDED.defaults)
    assert "A meter would decide 4 of them" in judged.message
    none = model(undecided=10, undecided_cost_per_day=60.0)
    judged = undecided(none, make.snapshot(fleet={"cost_per_day": 100.0}), UNDECIDED.defaults)
    assert "break-even" in judged.message


def test_the_cut_off_of_the_week_counts_before_that_of_the_hour(make):
    """A mean over seven days is used when there is one, else the present cut-off."""
    view = tiers(above=0.2, cutoff=40.0)(make, 0.0)
    assert site_cut_off(view, view, CUT_OFF.defaults) is FINE
    rows = view.fleet.tiers
    now = make.snapshot(market={"cutoff_j_per_th": 25.0}, fleet={"tiers": rows})
    assert 0.2 == pytest.approx(site_cut_off(now, now, CUT_OFF.defaults).value)


def test_fees_widen_what_sources_may_differ_by(make):
    """On days of high fees an index and the formula may differ by much more."""
    signal = SignalFacts(value=40.0, sources={"index": 40.0, "jobs": 45.0})
    quiet, busy = make.snapshot(market={"fee_share": 0.02}), make.snapshot(market={"fee_share": 0.25})
    assert feed_disagreement(signal, quiet, FEEDS.defaults).holds is True
    assert feed_disagreement(signal, busy, FEEDS.defaults).holds is False


@pytest.mark.parametrize("sources", [{}, {"index": 40.0}])
def test_one_source_cannot_disagree(make, sources):
    """With fewer than two sources the rule does not concern the signal."""
    assert feed_disagreement(SignalFacts(value=40.0, sources=sources), make.snapshot(), FEEDS.defaults) is None


def test_the_last_source_that_speaks_settles_nothing(make):
    """While other sources of the signal are silent nothing is known, for the one that is left may be the wrong one."""
    left = SignalFacts(value=40.0, sources={"index": 40.0}, claimants=2)
    assert feed_disagreement(left, make.snapshot(), FEEDS.defaults).holds is None


def test_temperatures_have_no_share(make):
    """A tenth of a degree Celsius is no tenth of anything: the rule leaves thermometers alone."""
    hall = SignalFacts(value=1.0, unit="°C", sources={"north": 1.0, "south": 2.0}, claimants=2)
    assert feed_disagreement(hall, make.snapshot(), FEEDS.defaults) is None


def test_a_halving_ends_profit_too(make):
    """Within its span before a halving, a model that the halving takes below its break-even is flagged."""
    height = 1_050_000 - 100 * 144
    market = {"hashprice_per_ph_day": 70.0, "height": height, "fee_share": 0.02}
    facts = model(break_even_hashprice_per_ph_day=40.0)
    judged = horizon(facts, make.snapshot(market=market), HORIZON.defaults)
    assert judged.holds is True
    assert "halving" in judged.message
    assert judged.evidence["days_to_halving"] == pytest.approx(100.0)


def test_what_loses_today_has_no_horizon(make):
    """A model below its break-even already is left to the rules about today."""
    view = ahead(hashprice=39.0)(make, 0.0)
    assert horizon(view.models[0], view, HORIZON.defaults) is None


def test_a_fixed_price_has_no_hours_worth_stopping(make):
    """Only a market's price makes findings about the hour."""
    facts = model(break_even_price_per_kwh=0.1, power_w=30e3)
    view = make.snapshot(market={"price_per_kwh": 0.5, "is_live": False})
    assert stop_worthy_hour(facts, view, STOP_WORTHY.defaults) is None
