"""P-09: one is paid for using power, with every adder counted. Pure."""

from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import price

NO_PRICE = unknown("The power price is not known.")


def negative_price(snapshot: Snapshot, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while the price with all adders is below zero; only where the price is a market's."""
    if not snapshot.market.is_live:
        return None
    now = snapshot.market.price_per_kwh
    if now is None:
        return NO_PRICE
    if now >= 0.0:
        return FINE
    return Judgement(
        holds=True,
        value=now,
        threshold=0.0,
        unit=f"{snapshot.currency}/kWh",
        message=f"Power costs {price(now, snapshot.currency)}, with all adders: using it is paid for.",
        evidence={"price_per_kwh": now, "currency": snapshot.currency},
    )


RULE = Rule(
    id="P-09",
    scope="site",
    group="profitability",
    title="negative power price",
    severity="info",
    judge=negative_price,
    for_s=5 * MINUTE,
    clear_for_s=30 * MINUTE,
    what="The market pays for taking power, and fees and taxes do not eat that up.",
    why="Even machines that never pay their power earn in such an hour.",
    do="Wake retired or throttled units, if heat and breakers allow and restarting them is worth it.",
    needs=(Need(text="tariff.signal with the market's price, and its adders"),),
)
