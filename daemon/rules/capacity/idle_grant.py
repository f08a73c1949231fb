"""C-07: power was granted and is not used. Pure."""

from daemon.rules.capacity.grant_exceeded import DRAW, NO_DRAW
from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Parameter, Parameters, Rule
from daemon.rules.snapshot import GrantFacts, Snapshot
from daemon.rules.wording import power, share


def idle_grant(grant: GrantFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the draw is below a share of the grant; None once the grant was withdrawn."""
    if grant.withdrawn_at is not None:
        return None
    if grant.drawn_w is None:
        return NO_DRAW
    used = grant.drawn_w / grant.granted_w
    if used >= p["used"]:
        return FINE if used > 1.5 * p["used"] else BETWEEN
    return Judgement(
        holds=True,
        value=used,
        threshold=p["used"],
        unit="ratio",
        message=(
            f"{grant.id} uses {power(grant.drawn_w)} of {power(grant.granted_w)} granted on {grant.feeder}: "
            f"{share(used)}."
        ),
        evidence={"drawn_w": grant.drawn_w, "granted_w": grant.granted_w, "feeder": grant.feeder},
    )


RULE = Rule(
    id="C-07",
    scope="grant",
    group="capacity",
    title="grant not used",
    severity="info",
    judge=idle_grant,
    for_s=DAY,
    clear_for_s=HOUR,
    what="Other compute has used little of its granted power for a day.",
    why="The power could mine meanwhile.",
    do="Ask, then reclaim it and mine again.",
    needs=(DRAW,),
    parameters=(Parameter(name="used", default=0.20, dimension="ratio", low=0.0, high=1.0, text="share that is used"),),
)
