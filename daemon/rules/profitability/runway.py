"""P-11: the treasury would not pay the power for long if bitcoin fell. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import Snapshot


def runway(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the stressed cash runway is short; None when no treasury is configured."""
    days = snapshot.market.runway_days
    if days is None:
        return None
    if days >= p["days"]:
        return FINE if days > p["clear_days"] else BETWEEN
    return Judgement(
        holds=True,
        value=days,
        threshold=p["days"],
        unit="days",
        message=f"With bitcoin 30 % lower, cash and coins would pay the power for {days:.0f} days.",
        evidence={"runway_days": days, "stress": "bitcoin -30 %"},
    )


RULE = Rule(
    id="P-11",
    scope="site",
    group="profitability",
    title="short cash runway",
    severity="high",
    judge=runway,
    for_s=DAY,
    clear_for_s=DAY,
    what="If bitcoin fell by 30 %, the treasury would pay the power bill for few days only.",
    why="Forced selling and forced stops happen at the worst price.",
    do="Follow your own treasury policy; this is a warning, not advice.",
    needs=(Need(text="a treasury: coins and cash held, and the power bill"),),
    parameters=(
        Parameter(name="days", default=30.0, dimension="number", low=1.0, high=1000.0, text="days to warn below"),
        Parameter(
            name="clear_days", default=45.0, dimension="number", low=1.0, high=1000.0, text="days to clear above"
        ),
    ),
)
