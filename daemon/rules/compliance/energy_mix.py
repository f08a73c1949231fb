"""G-02: the declared share of renewable energy is not covered. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import share

DECLARED = Need(
    text="share of renewable energy that was declared", signal="renewable_share_declared", dimension="ratio"
)
MATCHED = Need(
    text="share that contracts and certificates cover",
    signal="renewable_share_matched",
    dimension="ratio",
    max_age_s=40 * DAY,
)
NO_SHARES = unknown("The declared or the covered share of renewable energy is missing or too old.")


def energy_mix(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while more was declared than is covered; None unless both signals are configured."""
    if not (snapshot.is_configured(DECLARED) and snapshot.is_configured(MATCHED)):
        return None
    declared, matched = snapshot.signal(DECLARED), snapshot.signal(MATCHED)
    if declared is None or matched is None:
        return NO_SHARES
    gap = declared - matched
    if gap <= p["gap"]:
        return FINE if gap <= 0.5 * p["gap"] else BETWEEN
    return Judgement(
        holds=True,
        value=gap,
        threshold=p["gap"],
        unit="ratio",
        message=f"{share(declared)} renewable energy is declared, and {share(matched)} is covered.",
        evidence={"declared": declared, "matched": matched},
    )


RULE = Rule(
    id="G-02",
    scope="site",
    group="compliance",
    title="energy mix not covered",
    severity="warn",
    judge=energy_mix,
    for_s=DAY,
    clear_for_s=DAY,
    what="The renewable share that was declared is larger than contracts and certificates cover.",
    why="It is a claim that somebody will check.",
    do="Buy or retire certificates, or correct the declaration; mind hourly against yearly matching.",
    needs=(DECLARED, MATCHED),
    parameters=(
        Parameter(name="gap", default=0.02, dimension="ratio", low=0.0, high=1.0, text="share that may be uncovered"),
    ),
    quiet=(),
)
