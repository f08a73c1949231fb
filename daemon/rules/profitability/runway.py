"""P-11: the treasury would not pay the power for long if bitcoin fell. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot

NOT_KNOWN = unknown("A price, a rate or the fleet's margin is not known, so nobody can say how long the cash lasts.")


def runway(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the stressed cash runway is short; None when no treasury is configured."""
    days = snapshot.market.runway_days
    if days is None:
        return NOT_KNOWN if snapshot.market.has_treasury else None
    if days >= p["days"]:
        return FINE if days > p["clear_days"] else BETWEEN
    return Judgement(
        holds=True,
        value=days,
        threshold=p["days"],
        unit="days",
        message=f"With bitcoin 30 % lower, and the losing devices off, cash and coins would last {days:.0f} days.",
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
    what="If bitcoin fell by 30 %, the treasury would bear what the site then loses for few days only.",
    why="Forced selling and forced stops happen at the worst price.",
    do="Follow your own treasury policy; this is a warning, not advice.",
    needs=(Need(text="treasury: what is held, and the fixed costs; btc_price, and exchange for other currencies"),),
    parameters=(
        Parameter(name="days", default=30.0, dimension="number", low=1.0, high=1000.0, text="days to warn below"),
        Parameter(
            name="clear_days", default=45.0, dimension="number", low=1.0, high=1000.0, text="days to clear above"
        ),
    ),
)
