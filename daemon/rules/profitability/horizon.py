"""P-06: at the pace of the network a model will soon no longer pay its power. Pure."""

from daemon.economics.break_even import horizon_band
from daemon.economics.subsidy import days_to_halving
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import ModelFacts, Snapshot
from daemon.rules.wording import many

NO_MARKET = unknown("The hashprice, the height of the chain or the fees' share is not known.")
NO_BREAK_EVEN = unknown("Its break-even is not known.")


def horizon(model: ModelFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while fast growth ends the profit within the days, or a halving within the longer span does."""
    market = snapshot.market
    now, height, fees = market.hashprice_per_ph_day, market.height, market.fee_share
    if now is None or height is None or fees is None:
        return NO_MARKET
    limit = model.break_even_hashprice_per_ph_day
    if limit is None:
        return NO_BREAK_EVEN
    if now <= limit:
        # It does not pay its power today; that is for the rules about today.
        return None
    until = days_to_halving(height)
    band = horizon_band(
        subsidy_part=now * (1.0 - fees),
        fees_part=now * fees,
        break_even=limit,
        growth_mean=p["growth"],
        growth_sd=p["growth_sd"],
        days_to_halving=until,
    )
    after = now * (1.0 - fees) / 2.0 + now * fees
    by_halving = until <= p["halving_days"] and after < limit
    early = band.earliest_days
    if not by_halving and (early is None or early > p["days"]):
        return FINE if early is None or early > 1.2 * p["days"] else BETWEEN
    when = "never" if band.central_days is None else f"in {band.central_days:.0f} days"
    why = f"the halving in {until:.0f} days would" if by_halving else "growth of the network could"
    days = until if by_halving and early is None else min(early or until, until) if by_halving else early
    return Judgement(
        holds=True,
        value=days,
        threshold=p["halving_days"] if by_halving else p["days"],
        unit="days",
        message=(
            f"{many(model.devices, 'device')} of {model.id} break even at {limit:.2f} {snapshot.currency}/PH/day, and "
            f"{why} end their profit in {days or 0.0:.0f} days at the earliest; at mean growth {when}."
        ),
        evidence={
            "hashprice_per_ph_day": now,
            "break_even_hashprice_per_ph_day": limit,
            "earliest_days": early,
            "central_days": band.central_days,
            "latest_days": band.latest_days,
            "days_to_halving": until,
            "hashprice_after_halving_per_ph_day": after,
            "currency": snapshot.currency,
        },
    )


RULE = Rule(
    id="P-06",
    scope="model",
    group="profitability",
    title="profit ends soon",
    severity="warn",
    judge=horizon,
    for_s=DAY,
    clear_for_s=7 * DAY,
    what="Growing difficulty, or the next halving, takes these devices below their break-even soon.",
    why="Machines sell best before everybody's tier crosses the line.",
    do="Decide now whether to sell, redeploy to cheaper power, or run only in cheap hours.",
    needs=(
        Need(text="hashprice, height and fees, from the pool's jobs"),
        Need(text="break-even hashprice of the devices"),
    ),
    parameters=(
        Parameter(name="days", default=60.0, dimension="number", low=1.0, high=1000.0, text="days ahead to warn"),
        Parameter(
            name="halving_days",
            default=120.0,
            dimension="number",
            low=1.0,
            high=1460.0,
            text="days before a halving to warn of it",
        ),
        Parameter(
            name="growth",
            default=0.011,
            dimension="ratio",
            low=-0.5,
            high=0.5,
            text="mean growth of difficulty per epoch; the mean of 26 epochs to February 2026",
        ),
        Parameter(
            name="growth_sd",
            default=0.039,
            dimension="ratio",
            low=0.0,
            high=0.5,
            text="standard deviation of that growth",
        ),
    ),
)
