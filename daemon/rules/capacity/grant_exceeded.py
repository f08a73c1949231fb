"""C-05: a consumer draws more power than it was granted. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import GrantFacts, Snapshot
from daemon.rules.wording import power, share

DRAW = Need(text="capacity.grants with a meter signal: an outlet's power, or the sum of its processors' (DCGM)")
NO_DRAW = unknown("What the consumer draws is not known, or too old.")


def grant_exceeded(grant: GrantFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the draw is a share above the grant."""
    if grant.drawn_w is None:
        return NO_DRAW
    over = grant.drawn_w / grant.granted_w - 1.0
    if over <= p["over"]:
        return FINE if over <= 0.0 else BETWEEN
    return Judgement(
        holds=True,
        value=grant.drawn_w,
        threshold=(1.0 + p["over"]) * grant.granted_w,
        unit="W",
        message=(
            f"{grant.id} draws {power(grant.drawn_w)} of {power(grant.granted_w)} granted on {grant.feeder}: "
            f"{share(over)} more."
        ),
        evidence={"drawn_w": grant.drawn_w, "granted_w": grant.granted_w, "feeder": grant.feeder},
    )


RULE = Rule(
    id="C-05",
    scope="grant",
    group="capacity",
    title="grant exceeded",
    severity="high",
    judge=grant_exceeded,
    for_s=5 * MINUTE,
    clear_for_s=5 * MINUTE,
    what="Other compute draws more than the power it was granted.",
    why="The feeder was planned with the grant.",
    do="Have it throttled: a power cap on its processors, or fewer jobs.",
    needs=(DRAW,),
    parameters=(
        Parameter(name="over", default=0.05, dimension="ratio", low=0.0, high=1.0, text="share above the grant"),
    ),
)
