"""C-02: racks stand side by side that are empty, or whose machines all lose money. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import many


def spare_racks(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the longest run of such racks is long enough; None where no rack of the feeder has a place."""
    capacity = feeder.capacity
    if capacity is None or "racks_unknown" in capacity.blockers:
        return None
    longest = capacity.runs[0] if capacity.runs else None
    if longest is None or longest.racks < p["racks"]:
        return FINE
    moved = f", {many(longest.displaced_devices, 'unprofitable device')} in them" if longest.displaced_devices else ""
    return Judgement(
        holds=True,
        value=float(longest.racks),
        threshold=p["racks"],
        unit="racks",
        message=(
            f"Row {longest.row} of {feeder.id} has {longest.racks} racks side by side, {longest.first} to "
            f"{longest.last}, that are free or would be: {longest.empty} empty{moved}."
        ),
        evidence={
            "row": longest.row,
            "from": float(longest.first),
            "to": float(longest.last),
            "empty": float(longest.empty),
            "displaced_devices": float(longest.displaced_devices),
            "power_w": longest.power_w,
            "cooling": longest.cooling,
        },
    )


RULE = Rule(
    id="C-02",
    scope="feeder",
    group="capacity",
    title="spare racks",
    severity="info",
    judge=spare_racks,
    for_s=30 * DAY,
    clear_for_s=DAY,
    what="Neighbouring racks of one feeder are empty, or hold only machines that lose money.",
    why="Space is worth something in one piece; scattered gaps are not.",
    do="Consolidate what still earns, if moving it costs less than the space brings.",
    needs=(Need(text="racks with row and position, and the racks of the devices"),),
    parameters=(
        Parameter(name="racks", default=4.0, dimension="number", low=1.0, high=1000.0, text="racks side by side"),
    ),
    quiet=("maintenance",),
)
