"""C-08: a consumer goes on drawing power after its notice has run out. Pure."""

from daemon.rules.capacity.grant_exceeded import DRAW, NO_DRAW
from daemon.rules.rule import BETWEEN, FINE, Judgement, Parameter, Parameters, Rule
from daemon.rules.snapshot import GrantFacts, Snapshot
from daemon.rules.wording import duration, power


def late_withdrawal(grant: GrantFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold from the end of the notice on while more than a share of the grant is drawn; None without withdrawal."""
    if grant.withdrawn_at is None:
        return None
    late = snapshot.now - grant.withdrawn_at - grant.notice_s
    if late < 0.0:
        return FINE
    if grant.drawn_w is None:
        return NO_DRAW
    limit = p["rest"] * grant.granted_w
    if grant.drawn_w <= limit:
        return FINE if grant.drawn_w < 0.5 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=grant.drawn_w,
        threshold=limit,
        unit="W",
        message=(
            f"{grant.id} still draws {power(grant.drawn_w)} on {grant.feeder}, {duration(late)} after its notice of "
            f"{duration(grant.notice_s)} ran out."
        ),
        evidence={"drawn_w": grant.drawn_w, "granted_w": grant.granted_w, "late_s": late, "feeder": grant.feeder},
    )


RULE = Rule(
    id="C-08",
    scope="grant",
    group="capacity",
    title="withdrawal not followed",
    severity="crit",
    judge=late_withdrawal,
    for_s=0.0,
    clear_for_s=0.0,
    clear_polls=2,
    what="Capacity was withdrawn with notice, and its consumer still draws power.",
    why="The power may be promised to the grid; not delivering that is expensive.",
    do="Cut it at its outlets, as the contract allows; a checkpoint may be running.",
    needs=(DRAW,),
    parameters=(
        Parameter(name="rest", default=0.10, dimension="ratio", low=0.0, high=1.0, text="share of the grant left over"),
    ),
    quiet=(),
)
