"""Signals in another currency than the site's, at the rate of a signal."""

import pytest

from collectors.signals.reading import SignalReading
from daemon.exchange import exchanged, rates_of


def reading(name: str, value: float | None, currency: str | None, **more: object) -> SignalReading:
    state = "ok" if value is not None else "stale"
    told = {"unit": f"{currency}/BTC", "state": state, "at": 100.0, "reason": "" if value else "it is old"}
    return SignalReading(name=name, value=value, currency=currency, **(told | more))


def brought(*readings: SignalReading) -> dict[str, SignalReading]:
    known = {one.name: one for one in readings}
    return exchanged(known, currency="EUR", exchange={"USD": "usd_eur"})


RATE = reading("usd_eur", 0.9, "EUR", unit="EUR", at=50.0)


def test_value_sources_unit_and_age_follow_the_rate() -> None:
    """A dollar price becomes euro, source by source, as old as the older of price and rate."""
    price = reading("btc_price", 100_000.0, "USD", sources={"btc_price": 100_000.0, "other": 90_000.0})
    found = brought(price, RATE)["btc_price"]
    assert (90_000.0, "EUR", "EUR/BTC", 50.0) == (found.value, found.currency, found.unit, found.at)
    assert {"btc_price": 90_000.0, "other": 81_000.0} == found.sources


def test_a_fixed_rate_does_not_age_the_price() -> None:
    """A rate that the configuration states has no age."""
    fixed = reading("usd_eur", 0.9, "EUR", unit="EUR", at=1.0, is_fixed=True)
    assert 100.0 == brought(reading("btc_price", 1.0, "USD"), fixed)["btc_price"].at


def test_what_needs_no_exchange_stays() -> None:
    """Euro, bitcoin and powers are left as they are."""
    others = [reading("a", 1.0, "EUR"), reading("b", 2.0, "BTC"), reading("c", 3.0, None), RATE]
    assert {one.name: one for one in others} == brought(*others)


@pytest.mark.parametrize(
    "rates", [(), (reading("usd_eur", None, "EUR", unit="EUR"),), (reading("usd_eur", 0.0, "EUR"),)]
)
def test_without_a_rate_there_is_no_value(rates: tuple[SignalReading, ...]) -> None:
    """A price whose rate is missing, stale or nothing is missing itself and says why; none of its sources counts."""
    found = brought(reading("btc_price", 5.0, "USD", sources={"btc_price": 5.0}), *rates)["btc_price"]
    assert (None, "missing", {}) == (found.value, found.state, found.sources)
    assert "what a USD is worth is not known" in found.reason


def test_a_stale_price_keeps_its_own_reason() -> None:
    """What was wrong before the exchange is told first."""
    found = brought(reading("btc_price", None, "USD"))["btc_price"]
    assert (None, "stale", "it is old") == (found.value, found.state, found.reason)


def test_rates_that_are_not_known_are_left_out() -> None:
    """A treasury is valued with what is known; zero is no rate."""
    names = {"USD": "usd", "CHF": "chf", "GBP": "gbp"}
    found = rates_of({"usd": 0.9, "chf": None, "gbp": 0.0}, exchange=names, btc_price=5.0)
    assert {"USD": 0.9, "BTC": 5.0} == found
