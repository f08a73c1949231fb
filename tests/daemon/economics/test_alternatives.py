"""One axis for a megawatt-hour, and what a bitcoin takes."""

import pytest

from daemon.economics.alternatives import alternatives, gpu_rental, hosting_per_mwh, mining_per_mwh, selling_per_mwh
from daemon.economics.break_even import break_even_price
from daemon.economics.carbon import EnergyPart, energy_mix, kwh_per_btc, tonnes_per_btc


def test_mining_brings_its_break_even_price() -> None:
    """What a MWh brings when mined is a thousand times the break-even price of a kWh."""
    given = {"hashprice_per_ph_day": 48.0, "j_per_th": 20.0, "pue": 1.1, "paid_ratio": 0.98}
    assert pytest.approx(1000 * break_even_price(**given)) == mining_per_mwh(**given)
    assert pytest.approx(100.0) == mining_per_mwh(hashprice_per_ph_day=48.0, j_per_th=20.0)


def test_hosting_after_conversion() -> None:
    """73 a kW-month let at 90 % less 40 of capital, over a PUE of 1.25: (90 - 40) / 1.25 = 40 a MWh of the site."""
    assert pytest.approx(40.0) == hosting_per_mwh(rate_per_kw_month=73, pue=1.25, utilisation=0.9, capex_per_mwh=40)


def test_selling_back() -> None:
    """55 on the market less 3 of costs, with 5 of reserve."""
    assert pytest.approx(57.0) == selling_per_mwh(market_per_mwh=55, cost_per_mwh=3, reserve_per_mwh=5)


def test_renting_gpus() -> None:
    """Eight at 2.50 for half of the hours are 10 an hour; of a 10 kW server 1000 a MWh, of the site 800."""
    found = gpu_rental(gpus=8, server_kw=10, rate_per_gpu_hour=2.5, utilisation=0.5, pue=1.25)
    assert pytest.approx((10.0, 1000.0, 800.0)) == (found.per_server_hour, found.per_mwh_devices, found.per_mwh_site)


def test_side_by_side_best_first() -> None:
    """Each after its energy at 50: compute that passes energy on 40, mining 10, selling 5, idle 0."""
    found = alternatives(energy_per_mwh=50, mine_per_mwh=60, host_per_mwh=40, sell_per_mwh=55)
    assert [("host", 40.0), ("mine", 10.0), ("sell", 5.0), ("idle", 0.0)] == [
        (one.use, one.margin_per_mwh) for one in found
    ]
    paid = alternatives(energy_per_mwh=50, host_per_mwh=40, host_pays_energy=False)
    assert [("idle", 0.0), ("host", -10.0)] == [(one.use, one.margin_per_mwh) for one in paid]


def test_an_unknown_energy_price_is_last_and_not_zero() -> None:
    """Without an energy price only what does not need it has a margin."""
    found = alternatives(energy_per_mwh=None, mine_per_mwh=60, gpu_per_mwh=900)
    assert [("idle", 0.0), ("mine", None), ("gpu", None)] == [(one.use, one.margin_per_mwh) for one in found]


def test_energy_and_carbon_of_a_bitcoin() -> None:
    """20 J/TH draw 0.48 kWh a TH and day; at 0.0000005 BTC that is 960,000 kWh, at 400 g/kWh 384 t."""
    energy = kwh_per_btc(j_per_th=20, btc_per_th_day=5e-7)
    assert pytest.approx(960_000) == energy
    assert pytest.approx(384.0) == tonnes_per_btc(energy_kwh_per_btc=energy, carbon_g_per_kwh=400)


def test_energy_mix() -> None:
    """Three quarters hydro at 24 and a quarter gas at 480 make 138 g/kWh; one source named twice is one."""
    mix = energy_mix(
        [
            EnergyPart(source="hydro", energy_kwh=50, carbon_g_per_kwh=24),
            EnergyPart(source="gas", energy_kwh=25, carbon_g_per_kwh=480),
            EnergyPart(source="hydro", energy_kwh=25, carbon_g_per_kwh=24),
        ]
    )
    assert {"hydro": 0.75, "gas": 0.25} == mix.shares
    assert pytest.approx(138.0) == mix.carbon_g_per_kwh
    assert 100.0 == mix.energy_kwh


def test_energy_of_unknown_carbon_leaves_the_mix_unknown() -> None:
    """A part that nobody gave an intensity is not counted as clean; an empty mix has none."""
    assert energy_mix([EnergyPart(source="grid", energy_kwh=1.0)]).carbon_g_per_kwh is None
    assert (None, {}) == (lambda mix: (mix.carbon_g_per_kwh, mix.shares))(energy_mix([]))
