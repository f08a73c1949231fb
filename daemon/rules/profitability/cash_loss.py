"""P-01: a device costs more than it earns, by more than the figures can be wrong. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import money, power, price

NO_MONEY = unknown("Its earnings or its costs are not known.")
FROZEN = unknown("Sources of a price disagree, so no verdict may rest on it.")


def cash_loss(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the verdict is `unprofitable`; clear once margin less one sd is a band of the revenue above zero."""
    earned = device.money
    if earned is None:
        return NO_MONEY
    margin, sd = earned.margin_per_day, earned.margin_sd_per_day
    if margin is None or sd is None or earned.verdict == "unknown":
        return NO_MONEY
    if context.frozen:
        return FROZEN
    reading = device.reading
    if reading is not None and reading.state == "sleeping":
        # Switched off is what was advised; there is nothing left to flag.
        return None
    revenue = earned.revenue_per_day or 0.0
    if earned.verdict != "unprofitable":
        return FINE if margin - sd > p["band"] * revenue else BETWEEN
    currency = earned.currency
    cost = revenue - margin
    limit = earned.break_even_price_per_kwh
    worth = "" if limit is None else f" It breaks even at {price(limit, currency)}."
    better = context.better.get(device.entry.id)
    lower = ""
    if better is not None and not better.is_current and better.margin_per_day > better.gain_sd_per_day:
        lower = (
            f" Before it is stopped: at {better.name} ({power(better.power_w)}) it would earn "
            f"{money(better.margin_per_day, currency)} a day after its energy."
        )
    return Judgement(
        holds=True,
        value=margin,
        threshold=0.0,
        unit=f"{currency}/day",
        message=(
            f"Loses {money(-margin, currency)} a day, give or take {money(sd, currency)}: it earns "
            f"{money(revenue, currency)} and costs {money(cost, currency)}.{worth}{lower}"
        ),
        evidence={
            "margin_per_day": margin,
            "margin_sd_per_day": sd,
            "revenue_per_day": revenue,
            "cost_per_day": cost,
            "currency": currency,
            "basis": "cash",
            "hashrate_hs": earned.hashrate_hs,
            "power": None if earned.power_w is None else power(earned.power_w),
            "power_w": earned.power_w,
            "power_grade": earned.power_grade,
            "break_even_price_per_kwh": limit,
            "better_setting": better.name if lower and better is not None else None,
        },
    )


RULE = Rule(
    id="P-01",
    scope="device",
    group="profitability",
    title="unprofitable device",
    severity="warn",
    judge=cash_loss,
    for_s=2 * HOUR,
    clear_for_s=2 * HOUR,
    what="The device costs more than it earns, on the cash basis, even if its figures err in its favour.",
    why="Every hour that it runs costs money that stopping it would save.",
    do="See whether a lower power setting earns (P-03); else stop it, and wake it when the price allows.",
    needs=(
        Need(text="hashrate and watts of the device, with the grade of the watts"),
        Need(text="hashprice, from the pool's jobs and btc_price", signal="hashprice", dimension="hashprice"),
        Need(text="power price from the tariff"),
    ),
    parameters=(
        Parameter(
            name="band",
            default=0.05,
            dimension="ratio",
            low=0.0,
            high=0.5,
            text="share of the revenue that the margin must exceed, after one standard deviation, to clear",
        ),
    ),
)
