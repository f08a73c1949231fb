"""G-04: machines were retired, and nothing says where they went. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import many


def e_waste(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while a retired unit is without a record for longer than the days; None where none was retired."""
    if not snapshot.retired:
        return None
    open_ends = [one for one in snapshot.retired if not one.has_record and snapshot.now - one.at > p["days"] * DAY]
    if not open_ends:
        return FINE
    units = sum(one.count for one in open_ends)
    shown = ", ".join(one.id for one in open_ends[:8])
    oldest = max(snapshot.now - one.at for one in open_ends) / DAY
    return Judgement(
        holds=True,
        value=float(units),
        threshold=0.0,
        unit="devices",
        message=f"{many(units, 'retired device')} without a record of where they went, for {oldest:.0f} days: {shown}.",
        evidence={"ids": ", ".join(one.id for one in open_ends[:50]), "oldest_days": oldest},
    )


RULE = Rule(
    id="G-04",
    scope="site",
    group="compliance",
    title="retired without a record",
    severity="info",
    judge=e_waste,
    for_s=0.0,
    clear_for_s=0.0,
    what="Machines were taken out of service, and no receipt says that they were recycled, sold or scrapped.",
    why="Electronic waste has to be accounted for (WEEE), and disclosures ask for it (MiCA).",
    do="Add the receipt to the entry under `retired`, or get one.",
    needs=(Need(text="retired: the machines that were taken out, with their receipts"),),
    parameters=(
        Parameter(name="days", default=90.0, dimension="number", low=0.0, high=3660.0, text="days to get a record"),
    ),
    quiet=(),
)
