"""P-12: a hosting contract ends soon and costs more than the machines earn with its power. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import price

NO_STRIKE = unknown("What the fleet's power earns is not known.")


def hosting_renewal(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold in the last days of a contract whose rate is above the fleet's mean break-even price."""
    hosting = snapshot.hosting
    if hosting is None:
        return None
    days = (hosting.until - snapshot.now) / DAY
    if days > p["days"] or days < 0.0:
        return FINE
    priced = [model for model in snapshot.models if model.break_even_price_per_kwh is not None and model.power_w > 0.0]
    whole = sum(model.power_w for model in priced)
    if not whole:
        return NO_STRIKE
    strike = sum((model.break_even_price_per_kwh or 0.0) * model.power_w for model in priced) / whole
    if hosting.rate_per_kwh <= strike:
        return FINE if hosting.rate_per_kwh < 0.95 * strike else BETWEEN
    return Judgement(
        holds=True,
        value=hosting.rate_per_kwh,
        threshold=strike,
        unit=f"{snapshot.currency}/kWh",
        message=(
            f"The hosting contract ends in {days:.0f} days; at {price(hosting.rate_per_kwh, snapshot.currency)} it "
            f"costs more than the {price(strike, snapshot.currency)} that the fleet earns with its power."
        ),
        evidence={"days_left": days, "rate_per_kwh": hosting.rate_per_kwh, "strike_per_kwh": strike},
    )


RULE = Rule(
    id="P-12",
    scope="site",
    group="profitability",
    title="hosting contract to renegotiate",
    severity="warn",
    judge=hosting_renewal,
    for_s=DAY,
    clear_for_s=DAY,
    what="The hosting contract ends soon, and its rate is above what the machines earn with the power.",
    why="Contracts renew themselves, and deposits are lost, when nobody looks in time.",
    do="Renegotiate the rate, or plan the move; check notice period and deposit.",
    needs=(Need(text="costs.hosting_until and a hosting rate"),),
    parameters=(
        Parameter(name="days", default=90.0, dimension="number", low=1.0, high=366.0, text="days before the end"),
    ),
)
