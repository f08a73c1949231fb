"""What a site holds, at the rates of now: for the scenarios, and as a document that says what it was valued at."""

from typing import TYPE_CHECKING, Any

from daemon.economics.stress import Treasury, treasury_value
from daemon.exchange import rates_of

if TYPE_CHECKING:
    from daemon.site import Site


def treasury_of(site: "Site") -> Treasury | None:
    """Give what is held with the rates of now; None when no treasury is configured."""
    held = site.config.treasury
    if held is None or not held.holdings:
        return None
    holdings: dict[str, float] = {}
    for one in held.holdings:
        holdings[one.currency] = holdings.get(one.currency, 0.0) + one.amount
    signals = {name: facts.value if facts.ok else None for name, facts in site.signals.items()}
    rates = rates_of(signals, exchange=site.config.exchange, btc_price=site.market.prices.btc_price)
    return Treasury(holdings=holdings, rates=rates)


def treasury_document(treasury: Treasury, *, currency: str, fixed_per_day: float) -> dict[str, Any]:
    """Give holdings, the rates they were valued at, and their worth; None with a reason where a rate lacks."""
    value, reason = treasury_value(treasury, currency=currency)
    return {
        "holdings": dict(treasury.holdings),
        "rates": dict(treasury.rates),
        "value": value,
        "reason": reason or None,
        "fixed_costs_per_day": fixed_per_day,
    }
