"""Prices of one instant, and what money makes of them."""

from typing import Any

import pytest
import yaml

from collectors.reading import PoolSlot, Reading
from config.load import load_text
from daemon.market import Market, Quote
from daemon.network import NetworkState

CONFIG = """
version: 1
site: {id: north}
devices: [{id: m1, host: 127.0.0.1}]
"""
POOLS = {
    "pools": [
        {"id": "p1", "url": "stratum+tcp://one.example:3333", "user": "a.b", "fee": "2%"},
        {"id": "p2", "url": "stratum+tcp://two.example:3333", "user": "a.b", "fee": "50%"},
    ]
}
TARIFF = {"tariff": {"price": "0.06 USD/kWh"}}
NOW = 1_800_000_000.0


def config(**sections: Any) -> Any:
    text = CONFIG + yaml.safe_dump(sections) if sections else CONFIG
    return load_text(text, file="site.yaml").config


def reading(url: str | None = None) -> Reading:
    slots = (PoolSlot(index=0, url=url, active=True),) if url else ()
    return Reading(
        family="antminer", make="Antminer", hashrate_hs=1e15, power_w=30_000.0, power_grade="metered", pools=slots
    )


def money(market: Market, **of: Any) -> Any:
    return market.money(reading(**of), reject_ratio=0.0, expected_hs=None)


def quotes(**values: float | None) -> dict[str, Quote]:
    return {name: Quote(value=value, currency="USD", reason="it is too old") for name, value in values.items()}


def updated(quoted: dict[str, Quote], **sections: Any) -> Market:
    market = Market(config(**sections))
    market.update(now=NOW, quotes=quoted, network=None)
    return market


def test_a_device_pays_its_own_pools_fee() -> None:
    """The fee is that of the configured pool a device mines at, and the first pool's for one that nobody configured."""
    market = updated(quotes(hashprice=40.0), **POOLS, **TARIFF)
    assert pytest.approx(39.2) == money(market, url="stratum+tcp://one.example:3333").revenue_per_day
    assert pytest.approx(20.0) == money(market, url="stratum+ssl://two.example:443").revenue_per_day
    assert pytest.approx(39.2) == money(market, url="stratum+tcp://three.example:1").revenue_per_day
    assert pytest.approx(39.2) == money(market).revenue_per_day
    assert pytest.approx(40.0) == money(updated(quotes(hashprice=40.0), **TARIFF)).revenue_per_day


@pytest.mark.parametrize(
    ("quoted", "sections", "word"),
    [
        (quotes(), TARIFF, "no signal"),
        (quotes(hashprice=None), TARIFF, "too old"),
        (quotes(hashprice=40.0), {}, "tariff"),
    ],
)
def test_what_is_missing_is_said(quoted: dict[str, Quote], sections: dict[str, Any], word: str) -> None:
    """Without a price there is no verdict, and the reason names what is missing."""
    market = updated(quoted, **sections)
    one = money(market)
    assert ("unknown", None) == (one.verdict, one.margin_per_day)
    assert word in (market.prices.missing or "")
    assert one.verdict_reason == market.prices.missing


def test_frozen_prices_give_no_verdict() -> None:
    """While sources disagree the verdict is unknown with their word as its reason."""
    market = Market(config(**TARIFF))
    market.update(now=NOW, quotes=quotes(hashprice=40.0), network=None, frozen="Frozen: two feeds differ.")
    assert ("unknown", "Frozen: two feeds differ.") == (money(market).verdict, money(market).verdict_reason)


def test_the_hashprice_follows_from_jobs_and_price() -> None:
    """Without a signal the hashprice is the job's bitcoin times the price; a configured signal beats it."""
    network = NetworkState(difficulty=1e14, subsidy_sats=312_500_000, fees_mean_sats=12_500_000.0)
    market = Market(config(**TARIFF))
    market.update(now=NOW, quotes=quotes(btc_price=100_000.0), network=network)
    expected = 1e15 * 86_400 / (1e14 * 2**32) * 3.25 * 100_000
    assert pytest.approx(expected) == market.prices.hashprice_per_ph_day == market.prices.computed_per_ph_day
    market.update(now=NOW, quotes=quotes(btc_price=100_000.0, hashprice=41.0), network=network)
    assert (41.0, "signal hashprice") == (market.prices.hashprice_per_ph_day, market.prices.hashprice_source)
    assert pytest.approx(expected) == market.prices.computed_per_ph_day
    market.update(now=NOW, quotes={}, network=network)
    assert "no btc_price signal" in (market.prices.missing or "")


def test_unknown_fees_are_not_none() -> None:
    """Before any pool has shown a full block the jobs give no hashprice, and the reason says what is awaited."""
    network = NetworkState(difficulty=1e14, subsidy_sats=312_500_000)
    market = Market(config(**TARIFF))
    market.update(now=NOW, quotes=quotes(btc_price=100_000.0), network=network)
    assert (None, None) == (market.prices.computed_per_ph_day, market.prices.fee_share)
    assert "fees" in (market.prices.missing or "")
    market.update(now=NOW, quotes=quotes(btc_price=100_000.0, hashprice=41.0), network=network)
    assert market.prices.missing is None


def test_what_money_rests_on_is_named() -> None:
    """The signals of prices, of the tariff and of rates of exchange, and no other."""
    spot = {"unit": "USD/kWh", "file": {"path": "spot"}}
    signals = {"spot": spot, "sold": spot, "eur": {"static": "1.1 USD"}, "hall": {"static": "20 C"}}
    tariff = {"signal": "spot", "sell_signal": "sold"}
    market = Market(config(tariff=tariff, signals=signals, exchange={"EUR": "eur"}))
    assert {"hashprice", "btc_price", "spot", "sold", "eur"} == market.signals


def test_change_is_told_once() -> None:
    """An update says whether money rests on something else now: at first, at a new price, after a new configuration."""
    market = Market(config(**TARIFF))
    steps = [quotes(hashprice=40.0), quotes(hashprice=40.0), quotes(hashprice=39.0)]
    assert [True, False, True] == [market.update(now=NOW, quotes=step, network=None) for step in steps]
    heir = Market(config(tariff={"price": "0.12 USD/kWh"}), prices=market.prices)
    assert 39.0 == heir.prices.hashprice_per_ph_day
    assert pytest.approx(30 * 24 * 0.06) == money(heir).cost_terms["energy"]
    assert heir.update(now=NOW, quotes=steps[-1], network=None)
    assert pytest.approx(30 * 24 * 0.12) == money(heir).cost_terms["energy"]


FLAT = {"costs": {"hosting": "0.01 USD/kWh"}, "tariff": {"price": "0.05 USD/kWh"}}


def test_figures_of_the_site_count_scheme_rejects_and_every_rate() -> None:
    """Net hashprice, marginal price and their ratio are those of the first pool, with all that a kWh brings along."""
    pools = [{"id": "p1", "url": "stratum+tcp://one.example:3333", "user": "a.b", "fee": "2%", "scheme": "pps"}]
    market = Market(config(pools=pools, **FLAT))
    network = NetworkState(difficulty=1e14, subsidy_sats=312_500_000, fees_mean_sats=312_500_000 / 9)
    market.update(now=NOW, quotes=quotes(hashprice=40.0), network=network)
    net = 40.0 * 0.98 * 0.9 * 0.99
    assert pytest.approx(net) == market.net_hashprice(reject_ratio=0.01)
    assert pytest.approx(0.06) == market.marginal_per_kwh()
    assert pytest.approx(24.0 * 0.06 / net) == market.cost_ratio(reject_ratio=0.01)
    market.update(now=NOW, quotes=quotes(hashprice=40.0), network=network, frozen="Two feeds differ.")
    assert (None, None) == (market.net_hashprice(), market.cost_ratio())
    market.update(now=NOW, quotes={}, network=None)
    assert (None, None) == (market.net_hashprice(), market.cost_ratio())


@pytest.mark.parametrize(
    ("sunk", "drawn_w", "peak_w", "added"),
    [
        (False, 9e6, None, 8.5 / 730),
        (False, None, 10e6, 8.5 / 730),
        (False, 9e6, 10e6, 0.0),
        (False, 10e6, 10e6, 0.0),
        (False, 11e6, 10e6, 8.5 / 730),
        (True, 11e6, 10e6, 0.0),
        (True, None, None, 0.0),
    ],
)
def test_a_demand_charge_counts_until_its_peak_is_set(
    sunk: bool, drawn_w: float | None, peak_w: float | None, added: float
) -> None:
    """Below the month's peak, or when the operator calls it sunk, the next kWh has none of it; unknown is careful."""
    market = Market(config(tariff={"price": "0.05 USD/kWh", "demand": "8.5 USD/kW/month", "demand_sunk": sunk}))
    market.update(now=NOW, quotes=quotes(hashprice=40.0), network=None, drawn_w=drawn_w, month_peak_w=peak_w)
    assert pytest.approx(added * 30 * 24) == money(market).cost_terms["demand"]
    assert pytest.approx(0.05 + added) == market.marginal_per_kwh()
