"""C-04: there is capacity to offer, and something that stands in its way. Pure."""

from daemon.capacity.blockers import BLOCKERS
from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power

# The blockers that money can remove; the rest describe how well the capacity is known.
PRICED = frozenset({"single_fibre", "no_redundancy", "air_cooling", "low_density", "curtailable", "thin_uplink"})


def blocked(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while an offer's worth of power exists and a blocker that could be removed stands in its way."""
    capacity = feeder.capacity
    if capacity is None:
        return None
    names = [name for name in capacity.blockers if name in PRICED]
    if capacity.offered_w < p["spare"] or not names:
        return FINE
    shown = "; ".join(f"{name} ({BLOCKERS[name]})" for name in names)
    return Judgement(
        holds=True,
        value=float(len(names)),
        threshold=0.0,
        unit="blockers",
        message=f"{power(capacity.offered_w)} on {feeder.id} could be offered, but: {shown}.",
        evidence={"offered_w": capacity.offered_w, "blockers": ", ".join(names)},
    )


RULE = Rule(
    id="C-04",
    scope="feeder",
    group="capacity",
    title="capacity blocked",
    severity="info",
    judge=blocked,
    for_s=DAY,
    clear_for_s=DAY,
    what="Power is free on this feeder, and an attribute of its supply, cooling or network limits what it is good for.",
    why="Each of these has a price; it may be smaller than what the capacity would bring.",
    do="Price the fixes, one by one.",
    needs=(Need(text="attributes of the feeder: cooling, redundancy, firm, uplink, diverse_paths; racks with power"),),
    parameters=(
        Parameter(name="spare", default=100e3, dimension="power", low=0.0, high=1e10, text="least power to report on"),
    ),
    quiet=("maintenance",),
)
