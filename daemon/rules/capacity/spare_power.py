"""C-01: a feeder has power to spare, or would have if what loses money stopped. Pure."""

from daemon.capacity.feeder import CAUTION_SD
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import money, power

NOT_WORKED_OUT = unknown("The feeder's capacity is not worked out yet.")


def spare_power(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while spare plus freed power, less their errors and what silent devices may draw, is worth an offer.

    Spare counts with the draw that 95 of 100 quarter-hours stayed below, once that is known.
    """
    capacity = feeder.capacity
    if capacity is None:
        return NOT_WORKED_OUT
    if capacity.spare_w is None:
        return unknown(capacity.reason)
    spare = capacity.spare_w if capacity.spare_p95_w is None else min(capacity.spare_w, capacity.spare_p95_w)
    freed = 0.0 if capacity.refusal else capacity.freed_w
    sure = capacity.offered_w
    if sure < p["spare"]:
        return FINE if sure < p["clear_spare"] else BETWEEN
    cost = capacity.cost_per_mwh
    worth = "" if cost is None else f" Promising it forgoes {money(cost.p50, capacity.currency)}/MWh of its own use."
    stop = f", and {power(freed)} if the unprofitable stop" if freed else ""
    blocked = f" In the way: {', '.join(capacity.blockers).replace('_', ' ')}." if capacity.blockers else ""
    return Judgement(
        holds=True,
        value=sure,
        threshold=p["spare"],
        unit="W",
        message=(
            f"{capacity.feeder} has {power(spare)} to spare{stop}; {power(sure)} of it can be promised: power, "
            f"cooling, space and network for other compute, not the mining machines.{worth}{blocked}"
        ),
        evidence={
            "spare_w": spare,
            "freed_w": freed,
            "offered_w": sure,
            "sd_w": CAUTION_SD * capacity.offered_sd_w,
            "contracted_w": capacity.contracted_w,
            "drawn_w": capacity.drawn_w,
            "drawn_p95_w": capacity.drawn_p95_w,
            "reserve_w": capacity.reserve_w,
            "basis": capacity.drawn_basis,
            "power_grade": capacity.power_grade,
            "firmness": capacity.firmness,
            "cooling": capacity.cooling,
            "blockers": ", ".join(capacity.blockers) or None,
        },
    )


RULE = Rule(
    id="C-01",
    scope="feeder",
    group="capacity",
    title="spare power",
    severity="info",
    judge=spare_power,
    for_s=30 * DAY,
    clear_for_s=DAY,
    what="Contracted power of this feeder is not used, or is used at a loss.",
    why="Contracted power is scarce and paid for; other compute would pay for power, cooling, space and network.",
    do="Publish the capacity offer, or lower the contract; mind seasons of cooling and ramps in the contract.",
    needs=(Need(text="feeders.contracted, and the draw from a meter or from devices that all tell their watts"),),
    parameters=(
        Parameter(name="spare", default=100e3, dimension="power", low=0.0, high=1e10, text="least power to hold"),
        Parameter(name="clear_spare", default=80e3, dimension="power", low=0.0, high=1e10, text="power to clear below"),
    ),
    quiet=("maintenance",),
)
