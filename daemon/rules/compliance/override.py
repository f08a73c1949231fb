"""G-07: devices go on running although stopping them has been advised for long. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import many


def override(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while any open advice is older than the days and its device still runs."""
    old = [one for one in snapshot.overrides if snapshot.now - one.since > p["days"] * DAY]
    if not old:
        return FINE
    longest = max(snapshot.now - one.since for one in old) / DAY
    return Judgement(
        holds=True,
        value=float(len(old)),
        threshold=0.0,
        unit="devices",
        message=(
            f"{many(len(old), 'device')} {'runs' if len(old) == 1 else 'run'} on although stopping was advised more "
            f"than {p['days']:.0f} days ago, the longest for {longest:.0f} days."
        ),
        evidence={"devices": ", ".join(one.device for one in old[:50]), "longest_days": longest},
    )


RULE = Rule(
    id="G-07",
    scope="site",
    group="compliance",
    title="advice overridden",
    severity="info",
    judge=override,
    for_s=0.0,
    clear_for_s=0.0,
    what="Devices that are flagged as unprofitable have been kept running for more than a week.",
    why="There may be a good reason; in a year nobody will know it.",
    do="Acknowledge the findings with the reason, or follow them.",
    needs=(Need(text="open findings of P-01"),),
    parameters=(Parameter(name="days", default=7.0, dimension="number", low=0.0, high=366.0, text="days to wait"),),
    quiet=(),
)
