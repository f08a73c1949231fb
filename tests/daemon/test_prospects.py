"""What lies ahead of a site: worse markets, its treasury, and what its machines are worth held or sold."""

from math import inf

import pytest

from collectors.reading import Reading
from config.load import load_text
from daemon import tiers
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry
from daemon.market import Quote
from daemon.rules.engine import Engine
from daemon.rules.profitability.runway import RULE as RUNWAY
from daemon.rules.profitability.runway import runway
from daemon.rules.profitability.sell_now import sell_now
from daemon.rules.snapshot import SignalFacts
from daemon.site import Site
from daemon.site_snapshot import Inputs, snapshot_of

HEAD = 'version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1}]\ntariff: {price: "0.05 USD/kWh"}\n'
SIGNALS = 'signals: {eur_usd: {static: "1.1 USD"}}\nexchange: {EUR: eur_usd}\n'
FACTS = {"eur_usd": SignalFacts(value=1.1, unit="USD")}
MACHINE = {"hashrate_hs": 1e14, "power_w": 3500.0}


async def site_of(
    written: str = "", *, btc: float | None = 1e5, hashprice: float | None = 50.0, count: int = 10
) -> Site:
    """A site of like machines that just answered and was looked at twice."""
    config = load_text(HEAD + SIGNALS + written, file="site.yaml").config
    site = Site(config, clock=SystemClock(), engine=Engine([]), tell=lambda _: None)
    quotes = {"hashprice": Quote(value=hashprice, currency="USD"), "btc_price": Quote(value=btc, currency="USD")}
    await site.reprice(quotes)
    for number in range(count):
        device = site.fleet.add(DeviceEntry(id=f"m{number}", host="h"))
        site.add(device)
        told = {"family": "antminer", "make": "Antminer", "model": "S19", "state": "hashing", "power_grade": "metered"}
        device.accept(Reading(**(told | MACHINE)), now=site.clock.now())
        site.answered(device)
    for _ in range(2):
        await site.look_around(Inputs(signals=FACTS))
    return site


HELD = 'treasury: {holdings: ["0.1 BTC", "1000 EUR", "400 USD"], fixed_costs: "40 USD/day"}\n'


async def test_the_treasury_is_valued_by_signals_and_burnt_by_the_day() -> None:
    """Ten machines earn 8 a day at most; 0.1 BTC, 1000 euro and 400 dollars bear what 40 a day leave open."""
    site = await site_of(HELD)
    document = await site.prospects.document()
    rows = {row["scenario"]: row for row in document["scenarios"]}
    assert {"EUR": 1.1, "BTC": 1e5} == document["treasury"]["rates"]
    now, fallen = rows["as it stands"], rows["bitcoin -30%"]
    margin = 10 * (5.0 - 4.2)
    assert (pytest.approx(margin), pytest.approx(11_500.0)) == (now["margin_per_day"], now["treasury"])
    assert pytest.approx(11_500.0 / (40.0 - margin)) == now["runway_days"]
    assert (pytest.approx(8_500.0), pytest.approx(8_500.0 / 40.0)) == (fallen["treasury"], fallen["runway_days"])


@pytest.mark.parametrize(
    ("written", "more", "days", "holds"),
    [
        (HELD, {}, 212.5, False),
        (HELD.replace("40 USD", "400 USD"), {}, 21.25, True),
        ('treasury: {holdings: ["5 USD"]}\n', {}, inf, False),
        (HELD, {"btc": None}, None, None),
        (HELD, {"hashprice": None}, None, None),
        ('treasury: {fixed_costs: "5 USD/day"}\n', {}, None, "absent"),
        ("", {}, None, "absent"),
    ],
)
async def test_the_runway_rule_sees_it(written: str, more: dict[str, None], days: float | None, holds: object) -> None:
    """Short cash is found, cash that nothing burns is fine, a missing price is unknown, no treasury is no concern."""
    site = await site_of(written, **more)
    snapshot = snapshot_of(site, Inputs(signals=FACTS), now=site.clock.now()).snapshot
    assert days == (None if snapshot.market.runway_days is None else pytest.approx(snapshot.market.runway_days))
    judged = runway(snapshot, snapshot, RUNWAY.defaults)
    assert holds == ("absent" if judged is None else judged.holds)


BANDS = (
    'outlook: {removal: "0.5 USD/TH", resale: ['
    '{below: "20 J/TH", low: "90 USD/TH", high: "99 USD/TH"}, {low: "8 USD/TH", high: "9 USD/TH"}]}\n'
)


async def test_each_tier_and_model_has_its_resale_band() -> None:
    """35 J/TH falls into the open band: tier and rule see the same price, less removal, and the same hold value."""
    site = await site_of(BANDS)
    (tier,) = (await tiers.document(site))["tiers"]
    choice = tier["hold_or_sell"]
    assert (7.5, 8.5) == (choice["sale_low"], choice["sale_high"])
    snapshot = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot
    (model,) = snapshot.models
    assert (7.5, pytest.approx(choice["hold_high"])) == (model.resale_low_per_th, model.hold_high_per_th)
    judged = sell_now(model, snapshot, {})
    assert judged is not None
    assert judged.holds == (choice["sale_low"] > choice["hold_high"])


async def test_without_resale_prices_nothing_is_said() -> None:
    """Hold or sell stays open, and the rule does not concern the model."""
    site = await site_of()
    snapshot = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot
    assert None is (await tiers.document(site))["tiers"][0]["hold_or_sell"]
    assert None is sell_now(snapshot.models[0], snapshot, {})


async def test_a_missing_price_leaves_the_value_of_keeping_open() -> None:
    """With a resale band but no hashprice the rule is unknown and not silent."""
    site = await site_of(BANDS, hashprice=None)
    snapshot = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot
    judged = sell_now(snapshot.models[0], snapshot, {})
    assert judged is not None
    assert None is judged.holds


async def test_a_silent_site_has_no_scenarios() -> None:
    """Nothing is made up where nothing answers."""
    site = await site_of(HELD, count=0)
    document = await site.prospects.document()
    assert ((), {"EUR": 1.1, "BTC": 1e5}) == (document["scenarios"], document["treasury"]["rates"])


PLANNED = (
    'retired: [{id: lot, day: "2020-01-01", count: 3}]\ndates: [{title: covenant, day: "2030-01-01"}]\n'
    'feeders: [{id: f1, contracted: "1 MW", firm: false, ramp: "5 kW"}, {id: f2, contracted: "2 MW"}]\n'
    'capacity: {hosting_rate: "120 USD/kW/month", pue: 1.3, grants: [{id: g, feeder: f1, power: "9 kW",'
    ' withdrawn: "2026-01-01 12:00"}], gpu: {rate: "2.35 USD/hour", count: 8, server: "10.2 kW", use: 75%}}\n'
)


async def test_what_is_planned_reaches_the_rules() -> None:
    """Retired lots, dates, allowed ramps, withdrawn grants and what may be curtailed stand in the snapshot."""
    site = await site_of(PLANNED)
    snapshot = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot
    assert ("lot", 3, False) == (snapshot.retired[0].id, snapshot.retired[0].count, snapshot.retired[0].has_record)
    assert ["covenant"] == [one.title for one in snapshot.dues]
    assert (5e3, None) == (snapshot.feeders[0].ramp_w_per_min, snapshot.feeders[1].ramp_w_per_min)
    assert (1767268800.0, 1e6) == (snapshot.grants[0].withdrawn_at, snapshot.history.interruptible_w)


async def test_letting_processors_is_on_the_axis() -> None:
    """The published example of eight H100 at 2.35 an hour is 1,063 a MWh at the meter, less what the servers cost."""
    site = await site_of(PLANNED)
    capacity = site.capacity[0]
    assert capacity.uses_per_mwh["gpu"].p50 == pytest.approx(1063.348416, rel=1e-6)
    assert capacity.uses_per_mwh["host"].p50 == pytest.approx(164.3835616 / 1.3, rel=1e-6)
    dear = await site_of(PLANNED.replace("use: 75%", 'use: 75%, capex: "73 USD/kW/month"'))
    assert dear.capacity[0].uses_per_mwh["gpu"].p50 == pytest.approx(1063.348416 - 100.0 / 1.3, rel=1e-6)


async def test_a_machine_that_wakes_is_taken_at_its_usual_watts() -> None:
    """A starting device adds what it lacks of its usual watts, a sleeping one all of them; an unseen one is counted."""
    site = await site_of('feeders: [{id: f1, contracted: "1 MW", ramp: "1 kW"}]\n', count=0)
    clock = 1_800_000_000.0
    for name, state in (("a", "starting"), ("b", "sleeping"), ("c", "sleeping")):
        device = site.fleet.add(DeviceEntry(id=name, host="h", feeder="f1"))
        site.add(device)
        told = {"family": "antminer", "power_grade": "metered"}
        if name != "c":
            for later in (0.0, 300.0, 600.0):
                device.accept(Reading(state="hashing", uptime_s=9e4, **MACHINE, **told), now=clock + later)
                site.device_history.feed(device, clock + later)
        device.accept(Reading(state=state, hashrate_hs=0.0, power_w=500.0, **told), now=clock + 900.0)
    await site.look_around(Inputs())
    facts = snapshot_of(site, Inputs(), now=site.clock.now()).snapshot.feeders[0]
    assert (pytest.approx(3000.0), pytest.approx(3500.0), 1) == (facts.waking_w, facts.asleep_w, facts.unseen_wakers)
