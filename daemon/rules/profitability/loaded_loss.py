"""P-05: a device earns its power but not its purchase. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import money

TOO_SHORT = unknown("Its margin is not known over enough days.")


def loaded_loss(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the month's mean margin is negative fully loaded, yet not on the cash basis."""
    now = device.money
    if now is None or now.margin_loaded_per_day is None:
        return None
    means = context.history.mean_margins(device.entry.id)
    if means is None or means[2] < p["days"]:
        return TOO_SHORT
    cash, loaded, days = means
    if loaded >= 0.0:
        return FINE if loaded > p["band"] * (now.revenue_per_day or 0.0) else BETWEEN
    if cash < 0.0:
        # That it does not even earn its power is another rule's word.
        return None
    return Judgement(
        holds=True,
        value=loaded,
        threshold=0.0,
        unit=f"{now.currency}/day",
        message=(
            f"Earns {money(cash, now.currency)} a day over its power, but with purchase and overhead it loses "
            f"{money(-loaded, now.currency)}."
        ),
        evidence={
            "margin_cash_per_day": cash,
            "margin_loaded_per_day": loaded,
            "days": days,
            "currency": now.currency,
            "basis": "fully loaded",
        },
    )


RULE = Rule(
    id="P-05",
    scope="device",
    group="profitability",
    title="fully loaded loss",
    severity="info",
    judge=loaded_loss,
    for_s=DAY,
    clear_for_s=DAY,
    what="Over the last month the device earned its power, but not its depreciation, financing and overhead.",
    why="It is right to keep it running, and wrong to buy another one.",
    do="Keep it on; do not buy more of it at that price; look at refinancing.",
    needs=(Need(text="costs.hardware, costs.overhead or another cost of the loaded basis"),),
    parameters=(
        Parameter(
            name="days", default=7.0, dimension="number", low=0.0, high=25.0, text="days of margins that must be known"
        ),
        Parameter(
            name="band", default=0.02, dimension="ratio", low=0.0, high=0.5, text="share of the revenue to clear by"
        ),
    ),
)
