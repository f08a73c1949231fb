"""P-08: the market price of power is above what a model earns with it, for this hour. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import ModelFacts, Snapshot
from daemon.rules.wording import many, power, price

NO_PRICE = unknown("The power price is not known.")
NO_STRIKE = unknown("What its power earns is not known.")


def stop_worthy_hour(model: ModelFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the price is a band above the strike, clear a band below it; only where the price is a market's."""
    market = snapshot.market
    if not market.is_live:
        return None
    now, strike = market.price_per_kwh, model.break_even_price_per_kwh
    if now is None:
        return NO_PRICE
    if strike is None:
        return NO_STRIKE
    if now <= strike * (1.0 + p["band"]):
        return FINE if now < strike * (1.0 - p["band"]) else BETWEEN
    saved = (now - strike) * model.power_w / 1000.0
    return Judgement(
        holds=True,
        value=now,
        threshold=strike * (1.0 + p["band"]),
        unit=f"{snapshot.currency}/kWh",
        message=(
            f"Power costs {price(now, snapshot.currency)} now, and {many(model.devices, 'device')} of {model.id} "
            f"({power(model.power_w)}) earn {price(strike, snapshot.currency)} with it: stopping them saves "
            f"{saved:.2f} {snapshot.currency} an hour."
        ),
        evidence={
            "price_per_kwh": now,
            "strike_per_kwh": strike,
            "power_w": model.power_w,
            "devices": float(model.devices),
            "saving_per_hour": saved,
            "currency": snapshot.currency,
        },
    )


RULE = Rule(
    id="P-08",
    scope="model",
    group="profitability",
    title="hour worth stopping",
    severity="warn",
    judge=stop_worthy_hour,
    for_s=15 * MINUTE,
    clear_for_s=30 * MINUTE,
    dwell_s=30 * MINUTE,
    what="At the market's price of this hour these devices burn more money than they make.",
    why="Some hours of the year cost more than weeks of mining bring.",
    do="Curtail, the worst J/TH first, unless the load is sold as a reserve (C-06); restart in steps.",
    needs=(
        Need(text="tariff.signal with the market's price, and its adders"),
        Need(text="break-even power price of the devices"),
    ),
    parameters=(
        Parameter(
            name="band", default=0.05, dimension="ratio", low=0.0, high=1.0, text="band around the strike, both ways"
        ),
    ),
)
