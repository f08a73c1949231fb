"""A row of the report shows what was booked, and nothing else."""

import pytest

from daemon.ledger.records import DeviceDay, SiteHour
from daemon.report.figures import added, figures, mix, supply
from daemon.report.gather import Covered
from daemon.report.text import _judged


def test_what_was_never_booked_is_absent() -> None:
    """No watts, no price and no verdict are None and not zero."""
    row = figures(DeviceDay(device="m1", day=1, hashes=1e18, hashing_s=3600, unknown_s=3600), name="m1", devices=1)
    assert (None, None, None, None, {}) == (row.energy_kwh, row.metered_ratio, row.revenue, row.margin, row.costs)
    assert (0.0, 1.0) == (row.valued_ratio, row.watched_h)


def test_a_margin_needs_the_cost_of_its_energy() -> None:
    """Revenue alone is no margin when energy was drawn that no price is known for."""
    row = figures(DeviceDay(device="m1", day=1, hashes=1e18, energy_j=3.6e6, revenue=2.0), name="m1", devices=1)
    assert (2.0, None) == (row.revenue, row.margin)


def test_money_and_efficiency_follow_from_the_sums() -> None:
    """3.5 kW at 200 TH/s for a day are 84 kWh and 17.5 J/TH."""
    sums = DeviceDay(
        device="m1", day=1, hashes=2e14 * 86400, energy_j=3500.0 * 86400, revenue=10.0, energy_cost=4.0,
        maintenance_cost=0.5, hashing_s=80000, fault_s=6400,
    )  # fmt: skip
    row = figures(sums, name="m1", devices=1)
    assert (pytest.approx(84.0), pytest.approx(17.5), pytest.approx(5.5)) == (row.energy_kwh, row.j_per_th, row.margin)
    assert (pytest.approx(2e14), pytest.approx(6400 / 3600)) == (row.hashrate_hs, row.down_h)


def test_a_meter_that_saw_all_goes_before_the_devices() -> None:
    """One that saw only a part of the period does not, and the PUE takes its place."""
    sums = SiteHour(scope="", hour=1, energy_j=3.6e8, meter_j=4.0e8, mined_btc=0.01, carbon_g=5000.0)
    by_meter = supply(sums, name="north", pue=1.1)
    assert ("meter", pytest.approx(4.0e8 / 3.6e6)) == (by_meter.basis, by_meter.energy_kwh)
    assert pytest.approx(4.0e8 / 3.6e6 / 0.01) == by_meter.kwh_per_btc
    by_devices = supply(SiteHour(scope="", hour=1, energy_j=3.6e8, meter_j=1.0e8), name="north", pue=1.1)
    assert pytest.approx(110.0) == by_devices.energy_kwh
    assert (None, None, None) == (by_devices.mined_btc, by_devices.kwh_per_btc, by_devices.carbon_kg)


def test_carbon_of_zero_is_only_zero_when_it_was_configured() -> None:
    """Hydropower of 0 g/kWh has carbon of 0 kg; energy of which nothing is known has none given."""
    sums = SiteHour(scope="f1", hour=1, energy_j=3.6e8)
    assert (0.0, None) == (
        supply(sums, name="f1", pue=1.0, is_clean=True).carbon_kg,
        supply(sums, name="f1", pue=1.0).carbon_kg,
    )


def test_hours_of_which_nothing_was_known_spoil_no_rate() -> None:
    """Carbon of a quarter of the energy and bitcoin of half the hashes say so, and their rates are of those hours."""
    sums = SiteHour(scope="", hour=1, energy_j=3.6e8, hashes=1e18, mined_btc=0.01, carbon_g=10_000.0)
    known = supply(sums, name="north", pue=1.0, covered=Covered(carbon=0.25, mined=0.5, mined_energy=0.5))
    assert (0.25, 0.5) == (known.carbon_ratio, known.mined_ratio)
    assert pytest.approx(10_000.0 / 25.0) == known.carbon_g_per_kwh
    assert pytest.approx(50.0 / 0.01) == known.kwh_per_btc
    assert pytest.approx(400.0 * 5000.0 / 1e6) == known.carbon_t_per_btc


def test_the_mix_names_energy_without_a_source() -> None:
    """Shares add up to one, what is not stated included."""
    sums = SiteHour(scope="f", hour=1, energy_j=3.6e8)
    shares = mix([supply(sums, name="f1", pue=1.0, source="hydro"), supply(sums, name="f2", pue=1.0)])
    assert {"hydro": 0.5, "not stated": 0.5} == shares


def test_a_margin_says_how_much_of_the_time_it_was_judged() -> None:
    """Where verdicts were missing for a part of the time, the terminal's margin says so beside the amount."""
    assert ["", "", ", with a verdict for 93.5% of the time"] == [_judged(ratio) for ratio in (None, 1.0, 0.935)]


def test_rows_add_up() -> None:
    """Sums over no rows are zero."""
    rows = [DeviceDay(device="m1", day=1, energy_j=1.0), DeviceDay(device="m2", day=1, energy_j=2.0, revenue=3.0)]
    assert (3.0, 3.0) == (added(rows).energy_j, added(rows).revenue)
    assert 0.0 == added([]).energy_j
