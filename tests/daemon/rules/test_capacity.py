"""The rules about capacity: each through its life, and what is particular to it."""

import msgspec
import pytest

from daemon.capacity.plan import RackCount, RackPlan
from daemon.capacity.value import Band
from daemon.rules.capacity.late_withdrawal import RULE as LATE
from daemon.rules.capacity.late_withdrawal import late_withdrawal
from daemon.rules.capacity.reserve_conflict import RULE as RESERVE
from daemon.rules.capacity.reserve_conflict import reserve_conflict
from daemon.rules.capacity.spare_power import RULE as SPARE
from daemon.rules.capacity.spare_power import spare_power
from daemon.rules.capacity.spare_racks import RULE as RACKS
from daemon.rules.capacity.spare_racks import spare_racks
from daemon.rules.snapshot import GrantFacts

MINE = Band(p10=40.0, p50=57.0, p90=70.0)


def drawn(watts, *, plan=None, unknown=0, **load):
    return lambda make, now: make.snapshot(
        feeder=make.capacity(plan=plan, load=make.load(devices_w=watts, unknown_devices=unknown, **load))
    )


def racks(free):
    """A row of ten racks, of which so many are empty and the rest are full of what earns."""
    rows = [RackPlan(id=f"r{place}", feeder="f1", row="A", position=place) for place in range(10)]
    counts = {f"r{place}": RackCount(devices=20) for place in range(free, 10)}
    return lambda make, now: make.snapshot(feeder=make.capacity(racks=rows, counts=counts))


def hosting(p10, p50):
    uses = {"mine": MINE, "host": Band(p10=p10, p50=p50, p90=p50 * 1.2)}
    return lambda make, now: make.snapshot(feeder=make.capacity(uses_per_mwh=uses))


def grant(drawn_w, *, withdrawn=None):
    return lambda make, now: make.snapshot(
        grant=GrantFacts(
            id="hpc",
            feeder="f1",
            granted_w=100e3,
            drawn_w=drawn_w,
            withdrawn_at=None if withdrawn is None else now - withdrawn,
        )
    )


SOLD = {"award_w": 300e3}
CASES = {
    "C-01/feeder": {
        "bad": drawn(300e3),
        "between": drawn(410e3),
        "fine": drawn(450e3),
        "unknown": drawn(300e3, unknown=1),
    },
    "C-02/feeder": {"bad": racks(6), "fine": racks(2)},
    "C-03/feeder": {"bad": hosting(100.0, 120.0), "between": hosting(60.0, 65.0), "fine": hosting(20.0, 30.0)},
    "C-04/feeder": {
        "bad": drawn(300e3, plan={"cooling": "air"}),
        "fine": drawn(480e3, plan={"cooling": "air"}),
    },
    "C-05/grant": {"bad": grant(120e3), "between": grant(102e3), "fine": grant(90e3), "unknown": grant(None)},
    "C-06/feeder": {
        "bad": drawn(350e3, plan=SOLD, freed_w=100e3),
        "fine": drawn(450e3, plan=SOLD, freed_w=100e3),
        "unknown": drawn(350e3, plan=SOLD, unknown=3),
    },
    "C-07/grant": {"bad": grant(5e3), "between": grant(25e3), "fine": grant(80e3), "unknown": grant(None)},
    "C-08/grant": {
        "bad": grant(50e3, withdrawn=1200.0),
        "between": grant(8e3, withdrawn=1200.0),
        "fine": grant(0.0, withdrawn=1200.0),
        "unknown": grant(None, withdrawn=1200.0),
    },
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


def test_an_offer_says_what_it_is_and_is_not(make):
    """Spare power is offered as power, cooling, space and network, never as the machines."""
    view = drawn(200e3, freed_w=50e3)(make, 0.0)
    judged = spare_power(view.feeders[0], view, SPARE.defaults)
    assert "power, cooling, space and network for other compute, not the mining machines" in judged.message
    assert "50.0 kW if the unprofitable stop" in judged.message


def test_spare_power_counts_by_its_bad_hours(make):
    """With the draw of 95 in 100 quarter-hours known, that and not the present lull is what is spare."""
    feeder = make.capacity(load=make.load(devices_w=100e3), p95_w=450e3)
    judged = spare_power(feeder, make.snapshot(), SPARE.defaults)
    assert judged.clears is True


def test_a_reserve_that_does_not_run_is_a_conflict_already(make):
    """Less load than was sold is critical, whatever is planned."""
    view = drawn(200e3, plan=SOLD)(make, 0.0)
    judged = reserve_conflict(view.feeders[0], view, RESERVE.defaults)
    assert "draws only 200.0 kW" in judged.message
    assert reserve_conflict(make.capacity(), make.snapshot(), RESERVE.defaults) is None


def test_racks_without_a_place_are_no_space(make):
    """Where no rack is written down, nothing is said of racks."""
    assert spare_racks(make.capacity(), make.snapshot(), RACKS.defaults) is None


def test_notice_runs_before_it_is_late(make):
    """Within its notice a consumer may still draw."""
    early = grant(90e3, withdrawn=60.0)(make, make.context.now)
    assert late_withdrawal(early.grants[0], early, LATE.defaults).clears is True
    kept = grant(90e3)(make, 0.0)
    assert late_withdrawal(kept.grants[0], kept, LATE.defaults) is None


def test_a_planned_stop_within_an_award_is_refused(make):
    """A stop that falls into a sold reserve is a conflict before it begins, whatever runs now."""
    feeder = msgspec.structs.replace(make.capacity(plan=SOLD, meter_w=450e3), award_clash="summer-peak")
    judged = reserve_conflict(feeder, make.snapshot(), {})
    assert judged.holds is True
    assert "summer-peak" in judged.message
