"""The rules about what others want to see: each through its life, and what is particular to it."""

import pytest

from daemon.rules.compliance.audit_chain import RULE as CHAIN
from daemon.rules.compliance.audit_chain import audit_chain
from daemon.rules.compliance.carbon import RULE as CARBON
from daemon.rules.compliance.carbon import carbon
from daemon.rules.compliance.e_waste import RULE as E_WASTE
from daemon.rules.compliance.e_waste import e_waste
from daemon.rules.compliance.large_load import RULE as LARGE
from daemon.rules.compliance.large_load import large_load
from daemon.rules.rule import FINE
from daemon.rules.snapshot import ConfigFacts, Due, LedgerFacts, Override, Retired

DAY = 86400.0


def peak(watts, **more):
    return lambda make, now: make.snapshot(history={"peak_w": watts, **more})


def mix(declared, matched):
    signals = {"renewable_share_declared": declared, "renewable_share_matched": matched}
    return lambda make, now: make.snapshot(signals=signals)


def books(**facts):
    return lambda make, now: make.snapshot(ledger=LedgerFacts(**facts))


def due(*days):
    return lambda make, now: make.snapshot(dues=tuple(Due(title="registration", at=now + day * DAY) for day in days))


def overridden(*days):
    return lambda make, now: make.snapshot(
        overrides=tuple(Override(device=f"m{place}", since=now - day * DAY) for place, day in enumerate(days))
    )


def retired(*entries):
    return lambda make, now: make.snapshot(
        retired=tuple(Retired(id=f"lot{place}", at=now - days * DAY, count=count, has_record=has_record)
                      for place, (days, count, has_record) in enumerate(entries))
    )  # fmt: skip


def tamper(flag):
    return lambda make, now: make.snapshot(feeder=make.feeder(), signals={"meter_tamper_f1": flag})


CASES = {
    "G-01/site": {"bad": peak(70e6), "between": peak(66e6), "fine": peak(10e6), "unknown": peak(None)},
    "G-02/site": {"bad": mix(0.8, 0.6), "between": mix(0.8, 0.785), "fine": mix(0.8, 0.9), "unknown": mix(0.8, None)},
    "G-04/site": {"bad": retired((91, 40, False), (10, 1, False)), "fine": retired((91, 40, True))},
    "G-05/site": {"bad": books(is_sound=False), "fine": books(is_sound=True), "unknown": books()},
    "G-06/site": {"bad": due(10, 40), "fine": due(40)},
    "G-07/site": {"bad": overridden(9, 1), "fine": overridden(1)},
    "G-08/feeder": {"bad": tamper(1.0), "fine": tamper(0.0), "unknown": tamper(None)},
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


def test_carbon_needs_a_target(make):
    """G-03/site: without a target nothing is judged; with one, tonnes per bitcoin of the month are."""
    month = {"month_carbon_g": 377e6, "month_mined_btc": 1.0, "month_energy_kwh": 1_020_106.0}
    view = make.snapshot(history=month)
    assert carbon(view, view, CARBON.defaults) is None
    assert 377.0 == carbon(view, view, {"target": 300.0}).value
    assert carbon(view, view, {"target": 380.0}).clears is False
    assert carbon(view, view, {"target": 900.0}) is FINE
    assert carbon(make.snapshot(), make.snapshot(), {"target": 300.0}).holds is None


def test_load_that_cannot_be_interrupted_is_another_law(make):
    """A site with next to nothing to interrupt is not what the threshold is about."""
    view = peak(74e6, interruptible_w=1e6)(make, 0.0)
    assert large_load(view, view, LARGE.defaults) is FINE


@pytest.mark.parametrize(
    "facts",
    [
        {"ledger": LedgerFacts(is_sound=True, gap="2026-01-03")},
        {"ledger": LedgerFacts(), "config": ConfigFacts(unowned=("entry 4 (site.yaml, last written then)",))},
        {"config": ConfigFacts(broken="entry 2")},
    ],
)
def test_every_fault_of_the_books_counts(make, facts):
    """Missing days, changes without an owner and a record that was touched are faults like a broken chain."""
    view = make.snapshot(**facts)
    assert audit_chain(view, view, CHAIN.defaults).holds is True
    assert audit_chain(make.snapshot(), make.snapshot(), CHAIN.defaults) is None
    owned = make.snapshot(config=ConfigFacts())
    assert audit_chain(owned, owned, CHAIN.defaults) is FINE


def test_retired_machines_are_counted_and_named(make):
    """Lots count with all their machines; without any retired the rule has nothing to say."""
    view = retired((100, 40, False), (200, 2, False), (300, 9, True))(make, make.context.now)
    judged = e_waste(view, view, E_WASTE.defaults)
    assert (42.0, "lot0, lot1") == (judged.value, judged.evidence["ids"])
    assert None is e_waste(make.snapshot(), make.snapshot(), E_WASTE.defaults)
