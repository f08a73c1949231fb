"""The fleet's tiers by J/TH, from what the devices report: exact sums, a cut-off, hold or sell."""

import pytest

from collectors.reading import Reading
from config.model import SiteConfig
from daemon import tiers
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry
from daemon.market import HASHPRICE, Quote
from daemon.rules.engine import Engine
from daemon.site import Site


async def site_of(*devices: dict[str, object], **costs: str) -> Site:
    """Give a site at 50 USD/PH/day and 0.05 USD/kWh whose devices have just answered."""
    config = SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"id": "north", "currency": "USD"},
            "devices": [{"host": "127.0.0.1"}],
            "tariff": {"price": "0.05 USD/kWh"},
            "costs": costs,
        }
    )
    site = Site(config, clock=SystemClock(), engine=Engine([]), tell=lambda _: None)
    await site.reprice({HASHPRICE: Quote(value=50.0, currency="USD")})
    for number, reading in enumerate(devices):
        state = site.fleet.add(DeviceEntry(id=f"m{number}", host=f"h{number}"))
        site.add(state)
        told = {"family": "antminer", "model": "S21", "state": "hashing", "power_grade": "metered"} | reading
        state.accept(Reading(**told), now=site.clock.now())
        site.answered(state)
    return site


async def test_tiers_add_up_to_the_fleet() -> None:
    """Two tiers with the very sums of their devices; sleepers are left out, and who hides its watts has no tier."""
    site = await site_of(
        {"hashrate_hs": 2e14, "power_w": 3400.0},
        {"hashrate_hs": 1.9e14, "power_w": 3500.0},
        {"hashrate_hs": 1e14, "power_w": 5000.0},
        {"hashrate_hs": 1e14},
        {"state": "sleeping", "hashrate_hs": 0.0, "power_w": 10.0},
    )
    found = await tiers.document(site)
    assert ("USD", 1, [2, 1]) == (
        found["currency"],
        found["unknown_devices"],
        [one["devices"] for one in found["tiers"]],
    )
    new, old = found["tiers"]
    margins = [device.money.margin_per_day for device in site.fleet][:3]
    assert (pytest.approx(sum(margins[:2])), pytest.approx(margins[2])) == (
        new["margin_per_day"],
        old["margin_per_day"],
    )
    assert pytest.approx(50.0 / 24 / 0.05) == found["cut_off_j_per_th"]
    assert (False, True, None) == (new["is_past_cut_off"], old["is_past_cut_off"], new["hold_or_sell"])


async def test_resale_prices_make_a_choice() -> None:
    """What loses money today is sold at any price; hold or sell is there once resale prices are configured."""
    site = await site_of(
        {"hashrate_hs": 2e14, "power_w": 3400.0},
        {"hashrate_hs": 1e14, "power_w": 9000.0},
        resale_low="2 USD/TH",
        resale_high="3 USD/TH",
    )
    new, old = (await tiers.document(site))["tiers"]
    assert ("hold", "sell") == (new["hold_or_sell"]["choice"], old["hold_or_sell"]["choice"])


async def test_a_silent_site_has_no_tiers() -> None:
    """Nothing is made up for devices that never answered."""
    site = await site_of()
    site.fleet.add(DeviceEntry(id="m9", host="h9"))
    found = await tiers.document(site)
    assert ([], None, 1) == (found["tiers"], found["cut_off_j_per_th"], found["unknown_devices"])
