"""The fleet's tiers by J/TH, from what the devices report: exact sums, a cut-off, hold or sell."""

from collections.abc import Sequence

import pytest

from collectors.reading import PoolSlot, Reading
from config.model import SiteConfig
from daemon import tiers
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry
from daemon.market import HASHPRICE, Quote
from daemon.network import NetworkState
from daemon.prospects import ahead
from daemon.rules.engine import Engine
from daemon.site import Site


async def site_of(
    *devices: dict[str, object], pools: Sequence[dict[str, str]] = (), network: NetworkState | None = None, **costs: str
) -> Site:
    """Give a site at 50 USD/PH/day and 0.05 USD/kWh whose devices have just answered."""
    config = SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"id": "north", "currency": "USD"},
            "devices": [{"host": "127.0.0.1"}],
            "tariff": {"price": "0.05 USD/kWh"},
            "costs": costs,
            "pools": list(pools),
        }
    )
    site = Site(config, clock=SystemClock(), engine=Engine([]), tell=lambda _: None)
    site.network = network
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


async def test_the_worse_half_of_a_model_is_told_apart() -> None:
    """Devices of one model and tier are judged by their own efficiency: half of them earn, half lose, and it shows."""
    good, bad = {"hashrate_hs": 1.2e14, "power_w": 3000.0}, {"hashrate_hs": 0.82e14, "power_w": 3100.0}
    site = await site_of(*[good] * 3, *[bad] * 3)
    await site.reprice({HASHPRICE: Quote(value=39.0, currency="USD")})
    margins = [device.money.margin_per_day for device in site.fleet]
    found = ahead(site, await tiers.batches(site), now=site.clock.now()).outcomes[0]
    assert (3, 0) == (found.unprofitable_devices, found.undecided_devices)
    assert pytest.approx(sum(margins)) == found.margin_per_day
    assert pytest.approx(sum(max(0.0, margin) for margin in margins)) == found.margin_best_per_day
    table = await tiers.document(site)
    assert [6] == [tier["devices"] for tier in table["tiers"]]


async def test_what_another_pool_pays_is_counted() -> None:
    """Two devices at pools of unlike fees make the margin that their own money adds up to."""
    first = {"hashrate_hs": 1e14, "power_w": 3000.0}
    pools = [
        {"id": "p1", "url": "stratum+tcp://one.example:1", "user": "a", "fee": "2%"},
        {"id": "p2", "url": "stratum+tcp://two.example:1", "user": "a", "fee": "10%"},
    ]
    slots = [(PoolSlot(index=0, url=pool["url"], active=True),) for pool in pools]
    site = await site_of(*[first | {"pools": slot} for slot in slots], pools=pools)
    found = ahead(site, await tiers.batches(site), now=site.clock.now()).outcomes[0]
    assert pytest.approx(sum(device.money.margin_per_day for device in site.fleet)) == found.margin_per_day


async def test_a_halving_leaves_pps_the_halved_subsidy() -> None:
    """PPS pays the subsidy alone, and a halving takes half of just that; the fees it keeps are no comfort."""
    pools = [{"id": "p1", "url": "stratum+tcp://one.example:1", "user": "a", "scheme": "pps"}]
    network = NetworkState(difficulty=1e14, subsidy_sats=312_500_000, fees_mean_sats=312_500_000 / 9)
    site = await site_of({"hashrate_hs": 1e15, "power_w": 10_000.0}, pools=pools, network=network)
    now, halved = (
        one.margin_per_day + 10 * 24 * 0.05
        for one in ahead(site, await tiers.batches(site), now=site.clock.now()).outcomes
        if one.scenario in ("as it stands", "halving")
    )
    assert (pytest.approx(45.0), pytest.approx(22.5)) == (now, halved)


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
