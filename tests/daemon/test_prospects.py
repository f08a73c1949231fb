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
