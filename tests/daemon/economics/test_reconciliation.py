"""A meter against its devices, the dark window, and what meters teach about a model's own watts."""

import pytest

from daemon.economics.reconciliation import dark_window, reconcile, step_w
from daemon.economics.uncertainty import Group


def group(watts: float = 1e6, *, own: float = 0.05, common: float = 0.02, count: int = 400) -> Group:
    return Group(power_w=watts, count=count, independent_ratio=own, common_ratio=common)


def test_a_small_gap_agrees() -> None:
    """3 % beside a common error of 2 % is nothing to walk for."""
    gap = reconcile([group()], meter_w=1.03e6, meter_ratio=0.005)
    assert "agrees" == gap.state
    assert (pytest.approx(3e4), pytest.approx(0.03)) == (gap.gap_w, gap.gap_ratio)


def test_losses_and_auxiliaries_are_expected() -> None:
    """1 MW of devices, 2 % lost on the way and 90 kW of fans leave nothing unexplained."""
    gap = reconcile([group()], meter_w=1.11e6, loss_ratio=0.02, auxiliary_w=90_000)
    assert (pytest.approx(1.11e6), pytest.approx(0.0, abs=1e-3)) == (gap.expected_w, gap.gap_w)


def test_metered_devices_make_the_same_gap_unexplained() -> None:
    """8 % that estimates could hide stand out where the devices are metered."""
    rough = reconcile([group(own=0.08, common=0.04)], meter_w=1.08e6, meter_ratio=0.005)
    fine = reconcile([group(own=0.01, common=0.005)], meter_w=1.08e6, meter_ratio=0.005)
    assert ("agrees", "unexplained") == (rough.state, fine.state)
    assert fine.z is not None
    assert fine.z > 3


def test_a_meter_that_shows_less_is_named() -> None:
    """Devices that claim more than the meter point to a bypass, a transformer, or invented telemetry."""
    gap = reconcile([group(own=0.01, common=0.005)], meter_w=0.9e6, meter_ratio=0.005)
    assert "missing" == gap.state
    assert "claim" in gap.reason


def test_below_two_percent_nobody_walks() -> None:
    """Even a certain gap must be worth something."""
    assert "agrees" == reconcile([group(own=0.0, common=0.0)], meter_w=1.015e6, meter_ratio=0.0001).state


def test_devices_of_unknown_watts_leave_it_open() -> None:
    """A surplus may be theirs; a deficit cannot be."""
    fine = group(own=0.01, common=0.005)
    surplus = reconcile([fine], meter_w=1.2e6, meter_ratio=0.005, unknown_devices=30)
    assert "unknown" == surplus.state
    assert "30 devices" in surplus.reason
    assert "missing" == reconcile([fine], meter_w=0.8e6, meter_ratio=0.005, unknown_devices=30).state


def test_what_is_missing_is_said() -> None:
    """No meter, or nothing behind it: unknown, with a reason."""
    assert "meter" in reconcile([group()], meter_w=None).reason
    assert "No device" in reconcile([], meter_w=1e6).reason
    assert {"unknown"} == {reconcile([group()], meter_w=None).state, reconcile([], meter_w=1e6).state}


def dark(**changes: float | None) -> str:
    given = {"meter_w": 25_000.0, "rated_w": 1e6, "sleeping": 390, "devices": 400, "sleep_w": 25.0}
    return dark_window(**given | {"auxiliary_w": 10_000.0, "awake_w": 5_000.0} | changes).state  # type: ignore[arg-type]


def test_dark_window() -> None:
    """With 97 % asleep 250 W are left, within 1 % of 1 MW; another 12 kW would not be; with too few nothing is said."""
    assert "agrees" == dark()
    assert "unexplained" == dark(meter_w=37_000.0)
    assert "unknown" == dark(sleeping=300)
    assert "unknown" == dark(meter_w=None)


def test_a_step_over_night() -> None:
    """Medians, so that one spike on either side is no step."""
    assert pytest.approx(2.5) == step_w([10, 10, 99, 10], after=[12, 13, 12, 13])
    assert step_w([], after=[1.0]) is None
