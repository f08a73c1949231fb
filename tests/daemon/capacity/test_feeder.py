"""One feeder's capacity: spare, freed, offered; what is not known is not promised."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.capacity.feeder import feeder_capacity
from daemon.capacity.load import FeederLoad, LoadCount
from daemon.capacity.plan import FeederPlan
from daemon.capacity.value import Band, certain


def test_spare_is_contracted_less_drawn_less_reserve(capacity):
    """The plain formula, from the devices where there is no meter."""
    found = capacity(load={"devices_w": 3068.0, "devices": 1, "power_w_by_grade": {"metered": 3068.0}})
    assert (500e3, 3068.0, 476_932.0, "devices", "metered") == (
        found.contracted_w, found.drawn_w, found.spare_w, found.drawn_basis, found.power_grade,
    )  # fmt: skip


def test_a_meter_beats_the_devices(capacity):
    """What the meter shows is drawn, with the meter's error and grade, whatever devices hide."""
    found = capacity(load={"devices_w": 100e3, "unknown_devices": 3}, meter_w=250e3)
    assert (250e3, 230e3, "meter", "metered", 2500.0) == (
        found.drawn_w, found.spare_w, found.drawn_basis, found.power_grade, found.drawn_sd_w,
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 4])
def test_hidden_watts_make_the_spare_unknown(capacity, count):
    """A sum with a hidden part is no sum: nothing is offered, and the reason is told."""
    found = capacity(load={"devices_w": 100e3, "unknown_devices": count})
    assert (None, None, 0.0, "unknown") == (found.drawn_w, found.spare_w, found.offered_w, found.power_grade)
    assert f"{count} device" in found.reason
    assert "no meter" in found.reason


def test_what_is_freed_comes_on_top(capacity):
    """Stopping the unprofitable adds their watts, with their error."""
    load = {"devices_w": 300e3, "freed_w": 60e3, "freed_sd_w": 3e3, "unprofitable": ("m1", "m2"), "undecided_w": 10e3}
    found = capacity(load=load)
    assert (180e3, 60e3, 3e3, 10e3, ("m1", "m2")) == (
        found.spare_w, found.freed_w, found.freed_sd_w, found.undecided_w, found.unprofitable,
    )  # fmt: skip
    assert pytest.approx(180e3 + 60e3 - 1.645 * 3e3) == found.offered_w


def test_an_offer_is_careful(capacity):
    """Errors, silent devices, the breaker, the cooling and the bad hours each take from what is promised."""
    plain = capacity(load={"devices_w": 300e3})
    assert 180e3 == plain.offered_w
    unsure = capacity(load={"devices_w": 300e3, "common_w": 6e3})
    assert pytest.approx(180e3 - 1.645 * 6e3) == unsure.offered_w
    silent = capacity(load={"devices_w": 300e3, "silent_w": 50e3})
    assert 130e3 == silent.offered_w
    seen = capacity(load={"devices_w": 300e3, "silent_w": 50e3}, meter_w=300e3)
    assert pytest.approx(180e3 - 1.645 * 3e3) == seen.offered_w, "a meter sees the silent"
    breaker = capacity(load={"devices_w": 300e3}, plan={"breaker_w": 500e3})
    assert pytest.approx(100e3) == breaker.offered_w
    cooling = capacity(load={"devices_w": 300e3}, plan={"cooling_capacity_w": 350e3})
    assert (50e3, 50e3) == (cooling.offered_w, cooling.cooling_spare_w)
    bad_hours = capacity(load={"devices_w": 300e3}, p95_w=420e3)
    assert (60e3, 60e3, 180e3) == (bad_hours.offered_w, bad_hours.spare_p95_w, bad_hours.spare_w)


def test_too_much_drawn_is_a_negative_spare_and_no_offer(capacity):
    """A feeder beyond its contract has negative spare, and offers nothing rather than less."""
    found = capacity(load={"devices_w": 510e3})
    assert (-30e3, 0.0) == (found.spare_w, found.offered_w)


def test_a_reserve_that_is_sold_forbids_the_stop(capacity):
    """Stopping the unprofitable below the award is refused, and what they would free is not offered."""
    load = {"devices_w": 350e3, "freed_w": 100e3, "unprofitable": ("m1",)}
    found = capacity(load=load, plan={"award_w": 300e3})
    assert (300e3, 350e3, 250e3) == (found.refusal.award_w, found.refusal.load_w, found.refusal.after_w)
    assert "300.0 kW are sold as a reserve" in found.refusal.message
    assert 130e3 == found.offered_w
    assert "curtailable" == found.firmness
    assert "reserve_award" in found.blockers
    kept = capacity(load=load, plan={"award_w": 200e3})
    assert kept.refusal is None


def test_the_worst_grade_that_matters_names_the_draw(capacity):
    """A grade that carries less than a hundredth of the load does not name it."""
    mostly = {"metered": 299e3, "spec": 1e3}
    half = {"metered": 200e3, "reported": 90e3, "spec": 10e3}
    assert "metered" == capacity(load={"devices_w": 300e3, "power_w_by_grade": mostly}).power_grade
    assert "spec" == capacity(load={"devices_w": 300e3, "power_w_by_grade": half}).power_grade
    assert "unknown" == capacity().power_grade


def test_what_an_offer_forgoes(capacity):
    """Spare power forgoes selling it; freed power forgoes what is mined with it; leaving it idle is always possible."""
    load = {"devices_w": 300e3, "freed_w": 60e3}
    mined = Band(p10=38.0, p50=57.0, p90=71.0)
    assert None is capacity(load=load).cost_per_mwh
    spare = capacity(load={"devices_w": 300e3}, uses_per_mwh={"sell": certain(-5.0), "host": certain(165.0)})
    assert ("idle", 0.0) == (spare.best_other_use, spare.cost_per_mwh.p50)
    sold = capacity(load={"devices_w": 300e3}, uses_per_mwh={"sell": certain(45.0)})
    assert ("sell", 45.0) == (sold.best_other_use, sold.cost_per_mwh.p50)
    both = capacity(load=load, uses_per_mwh={"sell": certain(45.0)}, displaced_per_mwh=mined)
    assert pytest.approx((180e3 * 45.0 + 60e3 * 57.0) / 240e3) == both.cost_per_mwh.p50
    assert "mine" == both.best_other_use
    full = capacity(load={"devices_w": 480e3, "freed_w": 60e3}, displaced_per_mwh=mined)
    assert pytest.approx(57.0) == full.cost_per_mwh.p50


def test_the_document_is_json(capacity):
    """Everything can be written as JSON, and says that no machines are offered."""
    document = capacity(load={"devices_w": 300e3, "freed_w": 1.0}, displaced_per_mwh=certain(1.0)).document()
    assert "f1" == json.loads(json.dumps(document, allow_nan=False))["feeder"]
    assert "power, cooling, space and network" in document["what"]
    assert {"feeder", "contracted_w", "drawn_w", "reserve_w", "spare_w", "freed_w", "power_grade"} <= document.keys()


WATTS = st.floats(0.0, 1e9)


@given(
    contracted=st.floats(1.0, 1e9), drawn=WATTS, freed=WATTS, common=WATTS, more=WATTS, silent=WATTS,
    meter=st.none() | WATTS, award=WATTS,
)  # fmt: skip
def test_less_certainty_never_offers_more(contracted, drawn, freed, common, more, silent, meter, award):
    """A larger error, or more that is silent, never makes the offer larger, and it is never negative."""
    plan = FeederPlan(id="f1", contracted_w=contracted, award_w=award)

    def offered(error, quiet):
        load = FeederLoad(feeder="f1", devices_w=drawn, common_w=error, silent_w=quiet, freed_w=min(freed, drawn))
        return feeder_capacity(plan, load=load, meter_w=meter).offered_w

    assert offered(common + more, silent) <= offered(common, silent)
    assert 0.0 <= offered(common, silent + more) <= offered(common, silent)


def test_loads_add_up_from_nothing():
    """A feeder nobody stands on has a load of zeros."""
    assert FeederLoad(feeder="f1") == LoadCount("f1").load()
    assert 0.0 == FeederLoad(feeder="f1").sd_w
