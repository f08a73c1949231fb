"""H-10: the water of a feeder's loop flows too slowly. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import share

FLOW = Need(
    text="flow of the loop over its design flow", signal="coolant_flow_FEEDER", dimension="ratio", max_age_s=2 * MINUTE
)
NO_FLOW = unknown("The flow of its coolant is not known, or too old.")


def coolant_flow(feeder: FeederFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the flow is below a share of the design; None without such a signal."""
    if not snapshot.is_configured(FLOW, feeder.id):
        return None
    flow = snapshot.signal(FLOW, feeder.id)
    if flow is None:
        return NO_FLOW
    if flow >= p["flow"]:
        return FINE if flow > p["clear_flow"] else BETWEEN
    return Judgement(
        holds=True,
        value=flow,
        threshold=p["flow"],
        unit="ratio",
        message=f"The coolant of {feeder.id} flows at {share(flow)} of its design.",
        evidence={"flow_ratio": flow},
    )


RULE = Rule(
    id="H-10",
    scope="feeder",
    group="health",
    title="coolant flow low",
    severity="crit",
    judge=coolant_flow,
    for_s=2 * MINUTE,
    clear_for_s=5 * MINUTE,
    what="The coolant of a hydro or immersion loop flows clearly slower than it should.",
    why="A leak, a pump or a clogged filter; the machines have minutes, the building has water in it.",
    do="Look for water first; stop the loop if it leaks, else switch pumps.",
    needs=(FLOW,),
    parameters=(
        Parameter(name="flow", default=0.8, dimension="ratio", low=0.0, high=1.0, text="share of the design flow"),
        Parameter(name="clear_flow", default=0.9, dimension="ratio", low=0.0, high=2.0, text="share that clears"),
    ),
    quiet=("maintenance",),
)
