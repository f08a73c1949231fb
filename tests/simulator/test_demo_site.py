"""The demo's site has something to show: losers, the undecided, and faults that come within a minute."""

from typing import Any

from simulator.site import demo_site


def margin_ratio(device: Any, *, hashprice: float, power_price: float, pue: float) -> float:
    """What is left of a device's revenue after energy, by nameplate."""
    revenue = device.identity.model.hashrate_hs / 1e15 * hashprice * 0.98
    energy = device.identity.model.power_w / 1000 * 24 * pue * power_price
    return 1.0 - energy / revenue


async def test_it_has_losers_winners_and_some_between(clock: Any) -> None:
    """At its own prices S9 and M20S lose money for certain, some are within the error of their power, most earn."""
    async with demo_site(now=clock) as site:
        prices = site.market.prices()
        ratios = {
            name: margin_ratio(
                device, hashprice=prices["hashprice"], power_price=prices["power_price"] / 1000, pue=1.03
            )
            for name, device in site.devices.items()
        }
        losers = {site.devices[name].identity.model.key for name, ratio in ratios.items() if ratio < -0.3}
        between = [name for name, ratio in ratios.items() if -0.16 < ratio < 0.16]
        winners = [name for name, ratio in ratios.items() if ratio > 0.25]
    assert {"s9", "m20s"} == losers
    assert 2 <= len(between) <= 7
    assert len(winners) >= 12


async def test_it_stands_on_two_feeders_and_four_racks(clock: Any) -> None:
    """24 devices in four racks of six, half of them on each feeder."""
    async with demo_site(now=clock) as site:
        assert (24, 2, 4) == (len(site.devices), len(site.plan.feeders), len(site.plan.racks))
        assert [6] * 4 == [rack.slots for rack in site.plan.racks]


async def test_its_faults_are_there_from_the_start(clock: Any) -> None:
    """One is hot already, one lacks a board, one mines elsewhere; none is silent yet."""
    async with demo_site(now=clock) as site:
        assert {"m7": "hot", "m11": "missing-board", "m16": "wrong-pool"} == {
            name: device.kind for name, device in site.devices.items() if device.kind is not None
        }
        assert site.devices["m7"].machine.thermals.chip_c > 95.0


async def test_one_falls_silent_after_a_while(clock: Any) -> None:
    """The device that will be lost answers at first."""
    async with demo_site(now=clock, silent_after_s=0.0) as site:
        import asyncio

        async with asyncio.timeout(20):
            while site.devices["m5"].kind is None:
                await asyncio.sleep(0.005)
        assert "silent" == site.devices["m5"].kind
