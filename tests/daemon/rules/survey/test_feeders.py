"""From a survey to a feeder's facts: draw, gap, dark time, capacity and what its power is worth."""

import pytest

from daemon.capacity.load import FeederLoad
from daemon.capacity.plan import FeederPlan, RackPlan
from daemon.capacity.value import certain
from daemon.rules.history.site import SiteHistory
from daemon.rules.snapshot import FleetFacts
from daemon.rules.survey.feeders import Values, feeder_facts
from daemon.rules.survey.surveyor import Survey

PLAN = FeederPlan(id="f1", contracted_w=500e3, reserve_w=20e3, auxiliary_w=5e3, loss_ratio=0.02)


def facts(load, *, meters=None, history=None, now=1000.0, **values):
    survey = Survey(fleet=FleetFacts(), feeders={"f1": load}, models=(), rows=(), racks={}, peers={}, mined={})
    (found,) = feeder_facts(
        survey,
        now=now,
        plans=[PLAN],
        racks=[RackPlan(id="r1", feeder="f1", row="A", position=1)],
        meters_w=meters or {},
        history=history or SiteHistory(),
        values=Values(currency="USD", **values),
    )
    return found


LOAD = FeederLoad(
    feeder="f1", devices=100, answering=100, devices_w=300e3, independent_w=1e3, common_w=6e3, hashrate_hs=10e15
)


def test_without_a_meter_the_devices_are_the_draw():
    """Nothing can be reconciled, and capacity rests on the devices."""
    found = facts(LOAD)
    assert (False, None, None) == (found.has_meter, found.meter_w, found.gap_w)
    assert (300e3, 180e3, "devices") == (
        found.capacity.drawn_w, found.capacity.spare_w, found.capacity.drawn_basis,
    )  # fmt: skip


def test_a_meter_is_held_against_devices_losses_and_auxiliaries():
    """The gap is what the meter shows beyond those, with the error of both."""
    found = facts(LOAD, meters={"f1": 320e3})
    assert pytest.approx(300e3 * 1.02 + 5e3) == found.expected_w
    assert pytest.approx(320e3 - 311e3) == found.gap_w
    assert found.gap_sd_w > 6e3
    assert "meter" == found.capacity.drawn_basis


def test_a_silent_meter_is_told_from_none():
    """A meter that says nothing makes the gap unknown; the devices serve for capacity."""
    found = facts(LOAD, meters={"f1": None})
    assert (True, None, None) == (found.has_meter, found.meter_w, found.gap_w)


def test_a_feeder_without_devices_is_there():
    """A configured feeder on which nothing stands is all spare."""
    found = facts(FeederLoad(feeder="f1"))
    assert (0, 480e3) == (found.load.devices, found.capacity.spare_w)


def test_dark_time_and_inventory_come_from_the_past():
    """How long it has been dark, and when devices changed, is kept between surveys."""
    history = SiteHistory()
    asleep = FeederLoad(feeder="f1", devices=10, answering=10, sleeping=10)
    facts(asleep, history=history, now=1000.0)
    assert 500.0 == facts(asleep, history=history, now=1500.0).dark_for_s
    more = FeederLoad(feeder="f1", devices=11, answering=11, sleeping=11)
    assert 2000.0 == facts(more, history=history, now=2000.0).inventory_changed_at


def test_uses_stand_on_one_axis():
    """Mining is valued with the feeder's own efficiency, the others as they were given."""
    found = facts(LOAD, hashprice_net_per_ph_day=41.22, pue=1.0, hosting=certain(120.0), selling=certain(45.0))
    uses = found.capacity.uses_per_mwh
    assert {"mine", "host", "sell"} == set(uses)
    assert pytest.approx(41.22 * 1000 / (30.0 * 24)) == uses["mine"].p50
    assert ("sell", 45.0) == (found.capacity.best_other_use, found.capacity.cost_per_mwh.p50)


def test_days_of_hashprices_give_the_spread():
    """With a past of hashprices the value of mining is a band."""
    history = SiteHistory()
    for day in range(11):
        history.hashprice.feed(40.0 + day, now=day * 86400.0)
    band = facts(LOAD, history=history, hashprice_net_per_ph_day=41.0).capacity.uses_per_mwh["mine"]
    assert band.p10 < band.p50 < band.p90
