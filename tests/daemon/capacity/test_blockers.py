"""What stands in the way of a use, by name."""

import pytest

from daemon.capacity.blockers import BLOCKERS
from daemon.capacity.plan import RackPlan

SOUND = {"cooling": "hydro", "redundancy": "2N", "uplink_bps": 100e9, "diverse_paths": 2}


def racks(count, *, power_w=80e3):
    return [RackPlan(id=f"r{place}", feeder="f1", row="A", position=place, power_w=power_w) for place in range(count)]


def test_a_sound_feeder_has_none(capacity):
    """Firm, redundant, metered, cooled by water, with racks and fibre: nothing stands in the way."""
    assert () == capacity(plan=SOUND, load={"devices_w": 1.0}, meter_w=100e3, racks=racks(8)).blockers


@pytest.mark.parametrize(
    ("plan", "load", "more", "name"),
    [
        ({"is_firm": False}, {}, {}, "curtailable"),
        ({"award_w": 1.0}, {}, {}, "curtailable"),
        ({"redundancy": "n"}, {}, {}, "no_redundancy"),
        ({"cooling": "air"}, {}, {}, "air_cooling"),
        ({}, {}, {"racks": racks(8, power_w=15e3)}, "low_density"),
        ({}, {}, {"racks": racks(3)}, "scattered"),
        ({}, {}, {"racks": []}, "racks_unknown"),
        ({"diverse_paths": 1}, {}, {}, "single_fibre"),
        ({"uplink_bps": 1e9}, {}, {}, "thin_uplink"),
        ({"uplink_bps": None}, {}, {}, "uplink_unknown"),
        ({}, {}, {"meter_w": None}, "unmetered"),
        ({}, {"silent_w": 5.0}, {}, "uncertain"),
        ({"award_w": 90e3}, {"freed_w": 50e3}, {}, "reserve_award"),
        ({}, {}, {"is_peak_season": True}, "peak_season"),
    ],
)
def test_every_blocker_has_its_name(capacity, plan, load, more, name):
    """Each attribute that limits the use is named."""
    fields = {"meter_w": 100e3, "racks": racks(8)} | more
    found = capacity(plan=SOUND | plan, load={"devices_w": 1.0} | load, **fields).blockers
    assert name in found
    assert set(found) <= set(BLOCKERS)
