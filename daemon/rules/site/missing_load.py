"""S-02: devices claim more than their meter shows. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power

NO_METER = unknown("The feeder's meter is silent.")


def missing_load(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the gap is negative beyond its error; devices that hide their watts could only widen it."""
    if not feeder.has_meter:
        return None
    meter, gap, sd = feeder.meter_w, feeder.gap_w, feeder.gap_sd_w
    if meter is None or gap is None or not sd:
        return NO_METER
    z = gap / sd
    if z >= -p["z"]:
        return FINE if z > -p["clear_z"] else BETWEEN
    return Judgement(
        holds=True,
        value=gap,
        threshold=-p["z"] * sd,
        unit="W",
        message=(
            f"The meter of {feeder.id} shows {power(meter)}, {power(-gap)} less than its devices claim (z {z:.1f})."
        ),
        evidence={"meter_w": meter, "expected_w": feeder.expected_w, "gap_w": gap, "gap_sd_w": sd, "z": z},
    )


RULE = Rule(
    id="S-02",
    scope="feeder",
    group="site",
    title="missing load",
    severity="high",
    judge=missing_load,
    for_s=6 * HOUR,
    clear_for_s=DAY,
    what="The devices' own watts add up to more than their meter shows, beyond all errors.",
    why="A bypassed meter, a dead current transformer, a wrong multiplier, or telemetry that is made up.",
    do="Check the meter's multiplier and transformers; then read a few devices with a clamp meter.",
    needs=(Need(text="feeders.meter, and watts of devices of the feeder with their grades"),),
    parameters=(
        Parameter(name="z", default=3.0, dimension="number", low=1.0, high=20.0, text="standard deviations to hold"),
        Parameter(name="clear_z", default=1.5, dimension="number", low=0.0, high=20.0, text="deviations to clear"),
    ),
    quiet=("maintenance",),
)
