"""S-01: a meter shows more than its devices explain. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power, share

NO_METER = unknown("The feeder's meter is silent.")
HIDDEN = unknown(
    "Devices on the feeder hide their watts or were not asked yet, so that no sum can be held against the meter."
)
METER = Need(text="feeders.meter, and watts of all devices of the feeder with their grades")


def unexplained_load(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the gap is beyond its error and a share of the meter, whatever silent devices may draw."""
    if not feeder.has_meter:
        return None
    meter, gap, sd = feeder.meter_w, feeder.gap_w, feeder.gap_sd_w
    if meter is None or gap is None or not sd:
        return NO_METER
    if feeder.load.unknown_devices:
        return HIDDEN
    gap -= feeder.load.silent_w
    z = gap / sd
    if z <= p["z"] or gap <= p["share"] * meter:
        return FINE if z < p["clear_z"] else BETWEEN
    return Judgement(
        holds=True,
        value=gap,
        threshold=max(p["z"] * sd, p["share"] * meter),
        unit="W",
        message=(
            f"The meter of {feeder.id} shows {power(meter)}, {power(gap)} ({share(gap / meter)}) more than its "
            f"devices, losses and known other loads explain (z {z:.1f})."
        ),
        evidence={
            "meter_w": meter,
            "expected_w": feeder.expected_w,
            "gap_w": gap,
            "gap_sd_w": sd,
            "z": z,
            "silent_w": feeder.load.silent_w,
        },
    )


RULE = Rule(
    id="S-01",
    scope="feeder",
    group="site",
    title="unexplained load",
    severity="high",
    judge=unexplained_load,
    for_s=6 * HOUR,
    clear_for_s=DAY,
    what="The meter shows more than devices, losses and known auxiliary load add up to, beyond their errors.",
    why="Somebody pays for that power: a forgotten fan, an unlisted machine, theft, or a wrong assumption.",
    do="Walk the branch with a clamp meter; write new auxiliary load into `feeders.auxiliary`.",
    needs=(METER,),
    parameters=(
        Parameter(name="z", default=3.0, dimension="number", low=1.0, high=20.0, text="standard deviations to hold"),
        Parameter(name="clear_z", default=1.5, dimension="number", low=0.0, high=20.0, text="deviations to clear"),
        Parameter(name="share", default=0.02, dimension="ratio", low=0.0, high=1.0, text="least share of the meter"),
    ),
    quiet=("maintenance",),
)
