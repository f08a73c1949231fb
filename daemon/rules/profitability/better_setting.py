"""P-03: another power setting of the same device would earn more at today's prices. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import hashrate, money, power

FROZEN = unknown("Sources of a price disagree, so no setting can be called better.")

NO_PRICE = unknown("A price is not known, so no setting can be called better.")
ORIGINS = {
    "seen": "as it did before",
    "preset": "by the firmware's list, brought in line with what it does now",
    "promised": "as the firmware's list promises",
}


def better_setting(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the best known operating point gains enough, and more than it may be wrong by."""
    if device.entry.id not in context.better:
        return None
    best = context.better[device.entry.id]
    if context.frozen:
        return FROZEN
    if best is None:
        return NO_PRICE
    if best.is_current:
        return FINE
    if best.gain_per_day <= p["gain"] or best.gain_per_day <= p["sigmas"] * best.gain_sd_per_day:
        return FINE if best.gain_per_day < p["gain"] / 2 else BETWEEN
    currency = context.currency
    return Judgement(
        holds=True,
        value=best.gain_per_day,
        threshold=p["gain"],
        unit=f"{currency}/day",
        message=(
            f"At {best.name} ({power(best.power_w)}, {hashrate(best.hashrate_hs)}, {ORIGINS[best.origin]}) it would "
            f"make {money(best.gain_per_day, currency)} a day more than it does, give or take "
            f"{money(best.gain_sd_per_day, currency)}."
        ),
        evidence={
            "setting": best.name,
            "power_w": best.power_w,
            "hashrate_hs": best.hashrate_hs,
            "origin": best.origin,
            "margin_per_day": best.margin_per_day,
            "gain_per_day": best.gain_per_day,
            "gain_sd_per_day": best.gain_sd_per_day,
            "currency": currency,
        },
    )


RULE = Rule(
    id="P-03",
    scope="device",
    group="profitability",
    title="better setting exists",
    severity="info",
    judge=better_setting,
    for_s=6 * HOUR,
    clear_for_s=HOUR,
    what="Of the operating points known for this device, another one earns more at the present prices.",
    why="The last terahashes cost the most power; what loses money at full power may earn at less.",
    do="Change the preset, at most once a day, and not in the heat of an afternoon.",
    needs=(
        Need(text="two settings of the device: seen at work for an hour each, or listed by its firmware"),
        Need(text="hashprice and power price"),
    ),
    parameters=(
        Parameter(
            name="gain",
            default=0.10,
            dimension="daily_cost",
            low=0.0,
            high=1000.0,
            text="least gain a day that is worth a change, in the site's currency",
        ),
        Parameter(
            name="sigmas",
            default=3.0,
            dimension="number",
            low=0.0,
            high=10.0,
            text="standard deviations that the gain must exceed",
        ),
    ),
)
