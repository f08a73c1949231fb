"""States told apart: sleep, start, idleness, fault, and not knowing."""

import pytest

from collectors.condition import condition
from collectors.reading import PoolSlot

DEAD = (PoolSlot(index=0, alive=False), PoolSlot(index=1, alive=False))
ALIVE = (PoolSlot(index=0, alive=True), PoolSlot(index=1, alive=False))


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("sleeping", {"rate_hs": 5e12, "is_asleep": True}),
        ("hashing", {"rate_hs": 5e12, "is_asleep": False, "has_faults": True}),
        ("unknown", {"rate_hs": None}),
        ("starting", {"rate_hs": None, "is_starting": True}),
        ("starting", {"rate_hs": 0.0, "uptime_s": 30.0, "pools": ALIVE}),
        ("idle", {"rate_hs": 0.0, "uptime_s": 9000.0, "pools": DEAD}),
        ("fault", {"rate_hs": 0.0, "uptime_s": 9000.0, "pools": ALIVE, "is_asleep": False}),
        ("fault", {"rate_hs": 0.0, "uptime_s": 9000.0, "pools": ALIVE, "has_faults": True}),
        ("unknown", {"rate_hs": 0.0, "uptime_s": 9000.0, "pools": ALIVE}),
        ("unknown", {"rate_hs": 0.0, "uptime_s": 9000.0, "pools": (PoolSlot(index=0),)}),
    ],
)
def test_the_state_is_what_the_device_says_before_what_it_does(expected, said):
    """Sleep outlives no average, dead pools excuse, and zero without a reason is not called a fault."""
    assert expected == condition(**said)
