"""H-10: the water of a feeder's loop flows too slowly, or comes back too warm for what goes in. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import share

FLOW = Need(
    text="flow of the loop over its design flow", signal="coolant_flow_FEEDER", dimension="ratio", max_age_s=2 * MINUTE
)
RISE = Need(
    text="rise of its temperature over the design's",
    signal="coolant_rise_FEEDER",
    dimension="ratio",
    max_age_s=2 * MINUTE,
)
NO_FLOW = unknown("Neither flow nor rise of its coolant is known, or both are too old.")


def coolant_flow(feeder: FeederFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the flow is below, or the rise above, a share of the design; None without either signal."""
    if not (snapshot.is_configured(FLOW, feeder.id) or snapshot.is_configured(RISE, feeder.id)):
        return None
    flow, rise = snapshot.signal(FLOW, feeder.id), snapshot.signal(RISE, feeder.id)
    if flow is None and rise is None:
        return NO_FLOW
    slow = flow is not None and flow < p["flow"]
    warm = rise is not None and rise > p["rise"]
    if not slow and not warm:
        near = (flow is not None and flow <= p["clear_flow"]) or (rise is not None and rise >= p["clear_rise"])
        return BETWEEN if near else FINE
    parts = [f"flows at {share(flow)} of its design"] if slow and flow is not None else []
    if warm and rise is not None:
        parts.append(f"warms up by {share(rise)} of what it should")
    return Judgement(
        holds=True,
        value=flow if slow else rise,
        threshold=p["flow"] if slow else p["rise"],
        unit="ratio",
        message=f"The coolant of {feeder.id} {' and '.join(parts)}.",
        evidence={"flow_ratio": flow, "rise_ratio": rise},
    )


RULE = Rule(
    id="H-10",
    scope="feeder",
    group="health",
    title="coolant flow low or too warm",
    severity="crit",
    judge=coolant_flow,
    for_s=2 * MINUTE,
    clear_for_s=5 * MINUTE,
    what="The coolant of a hydro or immersion loop flows clearly slower than it should, or comes back too warm.",
    why="A leak, a pump or a clogged filter; the machines have minutes, the building has water in it.",
    do="Look for water first; stop the loop if it leaks, else switch pumps.",
    needs=(FLOW, RISE),
    parameters=(
        Parameter(name="flow", default=0.8, dimension="ratio", low=0.0, high=1.0, text="share of the design flow"),
        Parameter(name="clear_flow", default=0.9, dimension="ratio", low=0.0, high=2.0, text="share that clears"),
        Parameter(name="rise", default=1.3, dimension="ratio", low=1.0, high=5.0, text="times the design's rise"),
        Parameter(name="clear_rise", default=1.15, dimension="ratio", low=0.5, high=5.0, text="times that clear"),
    ),
    quiet=("maintenance",),
)
