"""Each feeder's meter held against its devices: what is unexplained, how sure that is, and when nobody can tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.capacity.load import FeederLoad
from daemon.economics.reconciliation import reconcile
from daemon.meters import MeterAccount, meter_accounts, site_unexplained_w
from daemon.rules.snapshot import FeederFacts


def account(meter_w: float | None, *, has_meter: bool = True, auxiliary_w: float = 0.0, **load: float) -> MeterAccount:
    """The account of one feeder whose hundred devices claim 300 kW, right to 1.5 %."""
    counted = FeederLoad(
        **({"feeder": "f1", "devices": 100, "devices_w": 300_000.0, "independent_w": 1500.0, "common_w": 3000.0} | load)  # type: ignore[arg-type]
    )
    compared = None
    if meter_w is not None:
        compared = reconcile(
            [counted.group], meter_w=meter_w, auxiliary_w=auxiliary_w, unknown_devices=counted.unknown_devices
        )
    facts = FeederFacts(
        id="f1",
        load=counted,
        has_meter=has_meter,
        meter_w=meter_w,
        auxiliary_w=auxiliary_w,
        expected_w=None if compared is None else compared.expected_w,
        compared=compared,
    )
    (found,) = meter_accounts([facts]) or (None,)
    assert found is not None
    return found


def test_a_feeder_that_agrees() -> None:
    """Watts within the errors are told with their error and no alarm; below zero stays below zero."""
    found = account(306_000.0, auxiliary_w=8000.0)
    assert (-2000.0, "agrees") == (found.unexplained_w, found.state)
    assert found.unexplained_sd_w == pytest.approx((1500.0**2 + 3000.0**2 + 3060.0**2) ** 0.5)


@pytest.mark.parametrize(("meter_w", "state"), [(330_000.0, "unexplained"), (270_000.0, "missing")])
def test_a_gap_beyond_its_error(meter_w: float, state: str) -> None:
    """More than three deviations either way has a name and a sentence."""
    found = account(meter_w)
    assert (meter_w - 300_000.0, state) == (found.unexplained_w, found.state)
    assert found.reason.endswith(".")


def test_a_silent_meter_says_nothing() -> None:
    """The figure is absent, the devices' own watts stay."""
    found = account(None)
    assert (None, None, 300_000.0, "unknown") == (
        found.unexplained_w,
        found.unexplained_sd_w,
        found.devices_w,
        found.state,
    )


def test_devices_that_hide_their_watts_are_no_unexplained_load() -> None:
    """What they draw is on the meter and in no sum, so there is no figure; claims above the meter still show."""
    assert (None, "unknown") == (lambda one: (one.unexplained_w, one.state))(account(330_000.0, unknown_devices=3))
    assert "missing" == account(250_000.0, unknown_devices=3).state


def test_silent_devices_may_be_the_gap() -> None:
    """While they could draw it the gap is told but blamed on nobody; what they cannot draw is unexplained."""
    assert (30_000.0, "unknown") == (lambda one: (one.unexplained_w, one.state))(account(330_000.0, silent_w=30_000.0))
    assert "unexplained" == account(360_000.0, silent_w=30_000.0).state


def test_a_feeder_without_a_meter_has_no_account() -> None:
    """Nothing can be held against its devices."""
    facts = FeederFacts(id="f1", load=FeederLoad(feeder="f1"))
    assert () == meter_accounts([facts])


@given(st.lists(st.one_of(st.none(), st.floats(1e3, 1e6)), max_size=6))
def test_the_sites_figure_is_the_feeders_sum(meters: list[float | None]) -> None:
    """It adds up exactly over feeders with a fresh meter, and is absent without any."""
    found = [account(meter) for meter in meters]
    known = [one.unexplained_w for one in found if one.unexplained_w is not None]
    assert (sum(known) if known else None) == site_unexplained_w(found)


def test_the_sites_figure_needs_every_fresh_meter() -> None:
    """Where one feeder's devices hide their watts the whole is not known either."""
    assert None is site_unexplained_w([account(306_000.0), account(306_000.0, unknown_devices=1)])
