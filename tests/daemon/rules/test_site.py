"""The rules about meters and the site: each through its life, and what is particular to it."""

import pytest

from daemon.rules.rule import FINE
from daemon.rules.site.dark_window import RULE as DARK
from daemon.rules.site.dark_window import dark_window
from daemon.rules.site.demand_peak import RULE as PEAK
from daemon.rules.site.demand_peak import demand_peak
from daemon.rules.site.grid_peak import RULE as GRID
from daemon.rules.site.grid_peak import grid_peak
from daemon.rules.site.load_step import RULE as STEP
from daemon.rules.site.load_step import load_step
from daemon.rules.site.missing_load import RULE as MISSING
from daemon.rules.site.missing_load import missing_load
from daemon.rules.site.power_quality import RULE as QUALITY
from daemon.rules.site.power_quality import power_quality
from daemon.rules.site.unexplained_load import RULE as UNEXPLAINED
from daemon.rules.site.unexplained_load import unexplained_load
from daemon.rules.snapshot import Duplicate, Unlisted

DAY = 86400.0


def gap(watts, *, sd=2e3, meter_w=300e3, has_meter=True, **load):
    def view(make, now):
        facts = make.feeder(
            has_meter=has_meter, meter_w=meter_w, gap_w=watts, gap_sd_w=sd, expected_w=290e3, load=make.load(**load)
        )
        return make.snapshot(feeder=facts)

    return view


def dark(meter_w, *, dark_for_s=3600.0):
    def view(make, now):
        load = make.load(devices=100, sleeping=95, answering=100)
        return make.snapshot(feeder=make.feeder(has_meter=True, meter_w=meter_w, dark_for_s=dark_for_s, load=load))

    return view


def step(watts, *, sd=100.0, changed=None):
    facts = {"has_meter": True, "step_w": watts, "step_sd_w": sd}
    return lambda make, now: make.snapshot(
        feeder=make.feeder(**facts, inventory_changed_at=None if changed is None else now - changed)
    )


def unlisted(*ages):
    return lambda make, now: make.snapshot(
        unlisted=tuple(
            Unlisted(name=f"10.0.0.{place}", where="scan", since=now - age) for place, age in enumerate(ages)
        )
    )


def twice(*devices):
    found = (Duplicate(identity="mac 02:00:00:00:00:01", devices=devices),) if devices else ()
    return lambda make, now: make.snapshot(duplicates=found)


def opened(**said):
    return lambda make, now: make.device(**said)


def measured_pue(pue):
    return lambda make, now: make.snapshot(history={"pue": 1.05, "pue_7d": pue}, signals={"site_power": 1e6})


def quality(factor, *, drawn=400e3):
    signals = {"power_factor_f1": factor}
    return lambda make, now: make.snapshot(feeder=make.feeder(meter_w=drawn), signals=signals)


def demand(forecast, *, rate=8.5):
    return lambda make, now: make.snapshot(
        signals={"demand_forecast": forecast},
        market={"demand_per_kw_month": rate},
        history={"month_peak_w": 10e6},
        fleet={"margin_per_day": 9600.0, "power_w": 10e6},
    )


def grid(probability):
    return lambda make, now: make.snapshot(
        signals={"coincident_peak_probability": probability},
        market={"coincident_peak_per_kw_year": 72.0},
        fleet={"margin_per_day": 9600.0, "power_w": 10e6},
    )


CASES = {
    "S-01/feeder": {"bad": gap(20e3), "between": gap(5e3), "fine": gap(1e3), "unknown": gap(20e3, meter_w=None)},
    "S-02/feeder": {"bad": gap(-20e3), "between": gap(-5e3), "fine": gap(-1e3), "unknown": gap(-20e3, meter_w=None)},
    "S-03/feeder": {
        "bad": dark(20e3),
        "between": dark(300e3, dark_for_s=None),
        "fine": dark(2.5e3),
        "unknown": dark(None),
    },
    "S-04/site": {"bad": unlisted(2 * DAY, 60.0), "fine": unlisted(60.0)},
    "S-05/feeder": {
        "bad": step(3e3),
        "between": step(3e3, changed=DAY),
        "fine": step(50.0),
        "unknown": step(None),
    },
    "S-06/site": {
        "bad": measured_pue(1.12),
        "between": measured_pue(1.07),
        "fine": measured_pue(1.05),
        "unknown": measured_pue(None),
    },
    "S-07/feeder": {"bad": quality(0.9), "between": quality(0.955), "fine": quality(0.99), "unknown": quality(None)},
    "S-08/site": {"bad": demand(10.5e6), "between": demand(9.6e6), "fine": demand(7e6), "unknown": demand(None)},
    "S-10/site": {"bad": twice("m1", "m2"), "fine": twice()},
    "S-11/device": {"bad": opened(vendor_login=True), "fine": opened()},
    "S-09/site": {"bad": grid(0.5), "between": grid(0.005), "fine": grid(0.0), "unknown": grid(None)},
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


@pytest.mark.parametrize(
    ("rule", "judge"),
    [(UNEXPLAINED, unexplained_load), (MISSING, missing_load), (DARK, dark_window), (STEP, load_step)],
)
def test_without_a_meter_nothing_can_be_held_against_it(make, rule, judge):
    """A feeder without a meter does not concern the rules about meters."""
    assert judge(make.feeder(), make.snapshot(), rule.defaults) is None


def test_devices_that_hide_their_watts_explain_any_gap(make):
    """With a hidden part in the sum an excess is unknown, but a shortfall still counts."""
    view = gap(20e3, unknown_devices=2)(make, 0.0)
    short = gap(-20e3, unknown_devices=2)(make, 0.0)
    assert unexplained_load(view.feeders[0], view, UNEXPLAINED.defaults).holds is None
    assert missing_load(short.feeders[0], short, MISSING.defaults).holds is True


def test_silent_devices_may_be_what_draws(make):
    """Watts that silent devices had are not called unexplained."""
    view = gap(20e3, silent_w=19e3)(make, 0.0)
    assert unexplained_load(view.feeders[0], view, UNEXPLAINED.defaults) is FINE


def test_what_sleepers_tell_is_counted_once(make):
    """A thousand sleepers that tell 60 W each explain 60 kW and not 85; one that tells nothing is allowed its sleep."""
    load = make.load(devices=1000, sleeping=1000, asleep_told=900, asleep_w=54e3, devices_w=54e3)
    feeder = make.feeder(has_meter=True, meter_w=66.5e3, dark_for_s=3600.0, load=load, contracted_w=900e3)
    found = dark_window(feeder, make.snapshot(feeder=feeder), DARK.defaults)
    assert (True, pytest.approx(66.5e3 - 54e3 - 100 * 25.0)) == (found.holds, found.value)
    low = make.load(devices=1000, sleeping=1000, asleep_told=1000, asleep_w=1e3, devices_w=1e3)
    feeder = make.feeder(has_meter=True, meter_w=30e3, dark_for_s=3600.0, load=low, contracted_w=900e3)
    assert dark_window(feeder, make.snapshot(feeder=feeder), DARK.defaults).holds is False


def test_cooling_may_run_on_in_the_dark(make):
    """The first twenty minutes of a dark window say nothing."""
    view = dark(20e3, dark_for_s=600.0)(make, 0.0)
    assert dark_window(view.feeders[0], view, DARK.defaults).holds is False


def test_light_load_has_any_power_factor(make):
    """A nearly idle feeder is not judged by its power factor."""
    view = quality(0.6, drawn=5e3)(make, 0.0)
    assert power_quality(view.feeders[0], view, QUALITY.defaults).holds is False


def test_unequal_phases_count_as_well(make):
    """Unbalance alone holds, with its own threshold."""
    view = make.snapshot(feeder=make.feeder(meter_w=400e3), signals={"phase_unbalance_f1": 0.09})
    judged = power_quality(view.feeders[0], view, QUALITY.defaults)
    assert (0.09, 0.05) == (judged.value, judged.threshold)


def test_a_peak_that_decides_nothing_is_not_announced(make):
    """Without a demand charge, or with one that the margin beats, a new peak is none."""
    free, cheap = demand(12e6, rate=None)(make, 0.0), demand(12e6, rate=0.01)(make, 0.0)
    assert demand_peak(free, free, PEAK.defaults) is None
    assert demand_peak(cheap, cheap, PEAK.defaults) is FINE


def test_a_grid_peak_is_weighed_by_its_probability(make):
    """The threshold is the probability at which risk and margin are equal."""
    view = grid(0.5)(make, 0.0)
    judged = grid_peak(view, view, GRID.defaults)
    margin_per_kw = 9600.0 / 24 / 10000 * 3
    assert judged.threshold == pytest.approx(margin_per_kw * 4 / 72.0)
