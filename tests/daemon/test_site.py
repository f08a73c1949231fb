"""The site's state under polls, prices and reloads that cross each other."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from collectors.reading import PoolSlot, Reading
from config.load import load_text
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry
from daemon.market import Quote
from daemon.rules.engine import Engine, Transition
from daemon.rules.snapshot import SignalFacts
from daemon.site import SLICE, Site
from daemon.site_snapshot import Inputs, snapshot_of
from daemon.start import rules_in_force
from daemon.tiers import batches


def config(**sections: Any) -> Any:
    written = {"version": 1, "site": {"id": "north"}, "devices": [{"id": "m1", "host": "127.0.0.1"}],
               "tariff": {"price": "0.06 USD/kWh"}, **sections}  # fmt: skip
    return load_text(yaml.safe_dump(written), file="site.yaml").config


FEEDERS = [{"id": "f1", "contracted": "10 MW"}]


def site_of(count: int, *, told: list[Transition] | None = None) -> Site:
    """A site of equal devices on f1, all of them answering."""
    with_feeder = config(feeders=FEEDERS)

    def tell(transitions: Sequence[Transition]) -> None:
        if told is not None:
            told.extend(transitions)

    site = Site(with_feeder, clock=SystemClock(), engine=Engine(rules_in_force(with_feeder)), tell=tell)
    for number in range(count):
        entry = DeviceEntry(id=f"m{number}", host="127.0.0.1", feeder="f1", power_w=3000.0, power_grade="metered")
        site.add(site.fleet.add(entry))
    answer(site)
    return site


def answer(site: Site) -> None:
    for device in site.fleet:
        reading = Reading(family="antminer", make="Antminer", model="S19", state="hashing", hashrate_hs=1e14)
        device.accept(reading, now=site.clock.now())
        site.answered(device)


def quote(value: float | None) -> dict[str, Quote]:
    return {"hashprice": Quote(value=value, currency="USD")}


async def test_a_new_price_values_the_whole_fleet_anew() -> None:
    """When the hashprice changes, every device's money follows at once, without another poll."""
    site = site_of(3)
    assert await site.reprice(quote(40.0))
    before = [device.money.revenue_per_day for device in site.fleet if device.money]
    assert not await site.reprice(quote(40.0))
    assert await site.reprice(quote(80.0))
    after = [device.money.revenue_per_day for device in site.fleet if device.money]
    assert [4.0, 4.0, 4.0] == before
    assert [8.0, 8.0, 8.0] == after


async def test_prices_that_disagree_freeze_at_once() -> None:
    """Verdicts freeze with the first prices that disagree and thaw when they agree, hours before a finding opens."""
    told: list[Transition] = []
    site = site_of(1, told=told)
    (device,) = site.fleet

    async def verdict(jobs: float) -> str:
        sources = {"hashprice": 40.0, "pools' jobs": jobs}
        await site.reprice(quote(40.0), facts=lambda: {"hashprice": SignalFacts(value=40.0, sources=sources)})
        assert device.money is not None
        return f"{device.money.verdict}: {device.money.verdict_reason}"

    assert "unprofitable: " in await verdict(40.0)
    assert "unknown: pools' jobs says 48 and hashprice says 40: 16.7 % apart." == await verdict(48.0)
    assert "unknown: pools' jobs says 48" in await verdict(41.6), "between the two thresholds nothing changes"
    answer(site)
    assert device.money is not None
    assert "unknown" == device.money.verdict
    assert "unprofitable: " in await verdict(40.0)
    assert [] == [transition.finding.rule for transition in told if transition.finding.rule == "P-07"]


async def test_a_disagreement_outlasts_the_silence_of_a_source() -> None:
    """When one of two sources that disagreed falls silent the verdicts stay frozen: it may have been the right one."""
    site = site_of(1)
    (device,) = site.fleet

    async def verdict(**sources: float) -> str:
        facts = {"hashprice": SignalFacts(value=40.0, sources=sources, claimants=2)}
        await site.reprice(quote(40.0), facts=lambda: facts)
        assert device.money is not None
        return f"{device.money.verdict}: {device.money.verdict_reason}"

    assert "unknown: " in await verdict(index=40.0, jobs=60.0)
    silent = await verdict(index=40.0)
    assert "unknown: " in silent
    assert "Only one of its sources can be heard" in silent
    assert "unprofitable: " in await verdict(index=40.0, jobs=40.1)
    assert "unprofitable: " in await verdict(index=40.0), "nothing was in doubt when it fell silent"


async def test_what_no_verdict_rests_on_freezes_none() -> None:
    """Two meters that disagree are a finding; prices stay believed."""
    site = site_of(1)
    (device,) = site.fleet
    facts = {"f1_meter": SignalFacts(value=9e3, unit="W", sources={"f1_meter": 9e3, "spare": 12e3}, claimants=2)}
    await site.reprice(quote(40.0), facts=lambda: facts)
    assert ["f1_meter"] == [finding.subject for finding in site.engine.holding("P-07")]
    assert device.money is not None
    assert "unprofitable" == device.money.verdict


async def test_the_survey_sums_up() -> None:
    """Totals and capacity are the sums over the devices that are fresh, and the silent ones are counted apart."""
    site = site_of(4)
    await site.reprice(quote(40.0))
    lost = site.fleet.get("m3")
    assert lost is not None
    lost.lose(reason="timed_out", detail="", now=site.clock.now() + 1000.0, stale_after_s=100.0)
    site.lost(lost)
    await site.look_around(Inputs())
    totals = site.totals
    assert (4, 3, 1, 9000.0, 3e14) == (totals.devices, totals.up, totals.stale, totals.power_w, totals.hashrate_hs)
    assert pytest.approx(3 * (4.0 - 3.0 * 24 * 0.06)) == totals.margin_per_day
    assert {"hashing": 3, "unknown": 1} == totals.states
    assert ["f1"] == [feeder.document()["feeder"] for feeder in site.capacity]


async def test_what_devices_claim_in_common_averages_out_in_no_number() -> None:
    """A hundred like machines: chance shrinks, the part of hashrate and watts that is the firmware's stays whole."""
    site = site_of(100)
    await site.reprice(quote(60.0))
    await site.look_around(Inputs())
    device = site.fleet.get("m0")
    assert device is not None
    assert device.money is not None
    assert device.money.hashrate_error is not None
    assert pytest.approx(0.01) == device.money.hashrate_error.account_ratio
    revenue, cost = site.totals.revenue_per_day, site.totals.cost_per_day
    assert revenue is not None
    assert cost is not None
    least = (0.01 * revenue) ** 2 + (0.005 * cost) ** 2
    assert site.totals.margin_sd_per_day is not None
    assert least**0.5 < site.totals.margin_sd_per_day < 1.2 * least**0.5


async def test_a_reload_in_the_midst_of_a_survey() -> None:
    """A survey that is under way when feeders change begins again by the new ones."""
    site = site_of(SLICE + 1)
    await site.reprice(quote(40.0))
    async with asyncio.TaskGroup() as group:
        group.create_task(site.look_around(Inputs()))
        await asyncio.sleep(0)
        site.configure(config(feeders=[*FEEDERS, {"id": "f2", "contracted": "1 MW"}]))
    assert ["f1", "f2"] == [feeder.document()["feeder"] for feeder in site.capacity]


async def test_polls_after_a_reload_find_prices() -> None:
    """A poll right after a reload is valued by the prices of before; in another currency there are none yet."""
    site = site_of(1)
    await site.reprice(quote(40.0))
    site.configure(config(feeders=FEEDERS))
    answer(site)
    device = site.fleet.get("m0")
    assert device is not None
    assert device.money is not None
    assert 4.0 == device.money.revenue_per_day
    site.configure(config(feeders=FEEDERS, site={"id": "north", "currency": "EUR"}, tariff={"price": "0.06 EUR/kWh"}))
    answer(site)
    assert ("unknown", None) == (device.money.verdict, device.money.revenue_per_day)


async def test_who_leaves_takes_the_past_along() -> None:
    """A device that is removed is gone from the fleet, from the metric lines and from the next survey."""
    site = site_of(2)
    site.remove("m0")
    await site.look_around(Inputs())
    assert (1, None) == (site.totals.devices, site.fleet.get("m0"))


@pytest.mark.parametrize(
    ("target", "places", "asleep"), [(4e6, set(), True), (0.0, {"north"}, True), (10e6, set(), False)]
)
async def test_a_target_below_full_load_is_booked_as_curtailment(target: float, places: set[str], asleep: bool) -> None:
    """While the target holds, devices that sleep are curtailed and nothing is raised about a site that stands still."""
    site = site_of(2)
    await site.reprice(quote(40.0))
    signals = {"curtailment_target": SignalFacts(value=target, age_s=1.0, unit="W")}
    await site.look_around(Inputs(signals=signals))
    assert places == set(site.context.curtailed)
    clock = site.clock
    for device in site.fleet:
        reading = Reading(family="antminer", make="Antminer", model="S19", state="sleeping", hashrate_hs=0.0)
        for after in (0.0, 30.0):
            device.accept(reading, now=clock.now() + after)
            site.books.poll(device, clock.now() + after)
    days = [day for rows, _ in site.books.take() for day in rows]
    assert [pytest.approx(30.0 if asleep else 0.0, abs=1.0)] * 2 == [day.curtailed_s for day in days]


def configured(**sections: Any) -> Site:
    """A site of four devices of 3 kW each on f1, under these sections."""
    written = config(feeders=FEEDERS, **sections)
    site = Site(written, clock=SystemClock(), engine=Engine(rules_in_force(written)), tell=lambda _: None)
    for number in range(4):
        entry = DeviceEntry(id=f"m{number}", host="127.0.0.1", feeder="f1", power_w=3000.0, power_grade="metered")
        site.add(site.fleet.add(entry))
    answer(site)
    return site


async def priced(site: Site, signals: dict[str, SignalFacts] | None = None) -> float | None:
    """Survey, reprice, and give the price of the next kWh."""
    await site.look_around(Inputs(signals=signals or {}))
    await site.reprice(quote(40.0))
    return site.market.prices.price.price_per_kwh


async def test_a_minimum_take_is_held_against_what_the_meters_see() -> None:
    """12 kW of devices are 15 kW at the meter with a PUE of 1.25, and a meter that says more is believed."""
    tariff = {"price": "0.06 USD/kWh", "minimum_take": "14 kW"}
    assert 0.0 == await priced(configured(tariff=tariff))
    assert 0.06 == await priced(configured(tariff=tariff, site={"id": "north", "pue": 1.25}))
    feeders = [{"id": "f1", "contracted": "10 MW", "meter": "f1_meter"}]
    site = configured(tariff=tariff)
    site.configure(config(feeders=feeders, signals={"f1_meter": {"static": "20 kW"}}, tariff=tariff))
    assert 0.06 == await priced(site, {"f1_meter": SignalFacts(value=20e3, age_s=1.0, unit="W")})


async def test_who_hides_the_draw_leaves_the_price_unknown() -> None:
    """With a device that hides its watts, or silent ones that decide it, nobody knows whether the take is used up."""
    tariff = {"price": "0.06 USD/kWh", "minimum_take": "11 kW"}
    site = configured(tariff=tariff)
    site.add(site.fleet.add(DeviceEntry(id="m9", host="127.0.0.1", feeder="f1")))
    answer(site)
    assert await priced(site) is None
    site = configured(tariff=tariff)
    lost = site.fleet.get("m3")
    assert lost is not None
    lost.lose(reason="timed_out", detail="", now=site.clock.now() + 1000.0, stale_after_s=100.0)
    assert await priced(site) is None
    site = configured(tariff={**tariff, "minimum_take": "8 kW"})
    lost = site.fleet.get("m3")
    assert lost is not None
    lost.lose(reason="timed_out", detail="", now=site.clock.now() + 1000.0, stale_after_s=100.0)
    assert 0.06 == await priced(site)


async def test_a_stopped_site_draws_nothing_and_that_is_known() -> None:
    """No watts at all lie within the minimum take; they are not taken for a figure that is missing."""
    site = configured(tariff={"price": "0.06 USD/kWh", "minimum_take": "14 kW"})
    for device in site.fleet:
        reading = Reading(
            family="antminer", make="Antminer", model="S19", state="sleeping", hashrate_hs=0.0, power_w=0.0
        )
        device.accept(reading, now=site.clock.now())
        site.answered(device)
    assert 0.0 == await priced(site)


@pytest.mark.parametrize(("live", "expected"), [(0.0, 0.0), (300.0, 300.0), (None, 370.0)])
async def test_carbon_of_nothing_is_nothing(live: float | None, expected: float) -> None:
    """A signal of zero grams is a figure and not a missing one."""
    site = configured(site={"id": "north", "carbon": "370 g/kWh"})
    signals = {} if live is None else {"carbon_intensity": SignalFacts(value=live, age_s=1.0, unit="g/kWh")}
    assert pytest.approx(expected * 12.0) == await month_grams(site, signals)


async def test_a_feeders_own_carbon_goes_before_the_grids() -> None:
    """What a feeder's own source emits counts for its energy, as in the books, whatever the grid does."""
    site = configured(site={"id": "north", "pue": 1.5})
    feeders = [{"id": "f1", "contracted": "10 MW", "carbon": "20 g/kWh"}]
    site.configure(config(feeders=feeders, site={"id": "north", "pue": 1.5}))
    signals = {"carbon_intensity": SignalFacts(value=400.0, age_s=1.0, unit="g/kWh")}
    assert pytest.approx(20.0 * 12.0 * 1.5) == await month_grams(site, signals)


@pytest.mark.parametrize(
    ("costs", "rate"),
    [({"hosting_flat": "55 USD/kW/month"}, 55 * 12 / 8760), ({"hosting": "0.07 USD/kWh"}, 0.07)],
)
async def test_a_hosting_contract_is_known_by_its_rate(costs: dict[str, str], rate: float) -> None:
    """A flat rate by the kW and an all-in rate by the kWh are held alike against what the machines earn."""
    site = configured(costs={**costs, "hosting_until": "2099-12-31"})
    await site.look_around(Inputs())
    hosting = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot.hosting
    assert hosting is not None
    assert pytest.approx(rate) == hosting.rate_per_kwh


async def month_grams(site: Site, signals: dict[str, SignalFacts]) -> float | None:
    """Let an hour pass and give the month's carbon for it."""
    await site.look_around(Inputs(signals=signals))
    history, now = site.history, site.clock.now()
    assert site.survey is not None
    for quarter in range(1, 5):
        site.clock = Later(now + quarter * 900.0)
        await site.look_around(Inputs(signals=signals))
    return history.facts(site.clock.now()).month_carbon_g


class Later(SystemClock):
    """A clock that stands at a later moment."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        return self._at


async def test_an_hour_of_short_windows_decides_what_one_of_them_cannot() -> None:
    """A device that tells no more than its last five seconds is judged by an hour of them, and so surely."""
    whole, at = config(feeders=FEEDERS), 1_700_000_000.0
    site = Site(whole, clock=Later(at), engine=Engine(rules_in_force(whole)), tell=lambda _: None)
    device = site.fleet.add(DeviceEntry(id="m1", host="127.0.0.1", feeder="f1", power_w=1300.0, power_grade="metered"))
    site.add(device)
    await site.reprice(quote(150.0))
    moneys = []
    for turn in range(121):
        rate = 13e12 * (1.2 if turn % 2 else 0.8)
        pool = PoolSlot(index=0, url="stratum+tcp://p:1", active=True, difficulty=4096.0, accepted=22 * turn)
        reading = Reading(
            family="antminer", make="Antminer", model="S9", state="hashing", algorithm="sha256d", hashrate_hs=rate,
            hashrate_averages_hs={"5s": rate, "lifetime": 14e12}, uptime_s=9e6, pools=(pool,),
        )  # fmt: skip
        device.accept(reading, now=site.clock.now())
        site.answered(device)
        assert device.money is not None
        moneys.append(device.money)
        site.clock = Later(at + 30.0 * (turn + 1))
    first, last = moneys[0], moneys[-1]
    assert ("undecided", 0.8 * 13e12) == (first.verdict, first.hashrate_hs)
    assert "profitable" == last.verdict
    assert pytest.approx(13e12, rel=0.01) == last.hashrate_hs
    assert first.hashrate_error is not None
    assert last.hashrate_error is not None
    assert last.hashrate_error.chance_ratio < 0.12 * first.hashrate_error.chance_ratio
    assert device.seen_mean is not None
    assert 3000.0 <= device.seen_mean.seconds <= 3600.0
    (tier,) = await batches(site)
    assert last.hashrate_hs is not None
    assert pytest.approx(last.hashrate_hs) == tier.hashrate_hs
