"""P-02: devices of one model whose margin is smaller than its error, and what measurement would decide them. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import ModelFacts, Snapshot
from daemon.rules.wording import many, money, power, share

NO_COST = unknown("What the site costs is not known.")


def undecided(model: ModelFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the undecided devices of a model and firmware carry enough of the site's cost to matter."""
    if not model.undecided:
        return FINE
    whole = snapshot.fleet.cost_per_day
    if whole <= 0.0:
        return NO_COST
    part = model.undecided_cost_per_day / whole
    if part <= p["share"]:
        return FINE if part < 0.8 * p["share"] else BETWEEN
    helped = f"{model.decidable} of them"
    would = (
        f"A meter would decide {helped}."
        if model.decidable
        else "Not even a meter would decide them: they run at their break-even."
    )
    return Judgement(
        holds=True,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=(
            f"{many(model.undecided, 'device')} of {model.id}, drawing {power(model.undecided_w)} and costing "
            f"{money(model.undecided_cost_per_day, snapshot.currency)} a day ({share(part)} of the site), can "
            f"neither be called profitable nor unprofitable. {would}"
        ),
        evidence={
            "devices": float(model.undecided),
            "decided_by_a_meter": float(model.decidable),
            "power_w": model.undecided_w,
            "cost_per_day": model.undecided_cost_per_day,
            "currency": snapshot.currency,
        },
    )


RULE = Rule(
    id="P-02",
    scope="model",
    group="profitability",
    title="undecided devices",
    severity="info",
    judge=undecided,
    for_s=DAY,
    clear_for_s=6 * HOUR,
    what="The margin of these devices is smaller than what their watts may be wrong by.",
    why="Money is spent on them, and nobody can say whether it comes back.",
    do="Fit a meter to one or two of them, and write the watts and `power_grade: metered` into the configuration.",
    needs=(Need(text="verdicts of the devices, by model and firmware"),),
    parameters=(
        Parameter(
            name="share",
            default=0.005,
            dimension="ratio",
            low=0.0,
            high=1.0,
            text="share of the site's cost above which the undecided of a model matter",
        ),
    ),
)
