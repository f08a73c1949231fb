"""S-03: a feeder goes on drawing power while its devices sleep. Pure."""

from daemon.economics import reconciliation
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import duration, power

NO_METER = unknown("The feeder's meter is silent while its devices sleep.")


def dark_window(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Judge only while nine in ten devices sleep, and after the cooling has run down; else nothing changes."""
    if not feeder.has_meter:
        return None
    dark = feeder.dark_for_s
    if dark is None or dark < p["settle"]:
        return BETWEEN
    meter = feeder.meter_w
    if meter is None:
        return NO_METER
    load = feeder.load
    # Sleepers that tell their watts are taken at their word, but for no less than sleep takes.
    beyond_sleep_w = max(0.0, load.asleep_w - load.asleep_told * p["sleep"])
    found = reconciliation.dark_window(
        meter_w=meter,
        rated_w=feeder.contracted_w,
        sleeping=load.sleeping,
        devices=load.devices,
        sleep_w=p["sleep"],
        auxiliary_w=feeder.auxiliary_w,
        awake_w=load.devices_w - load.asleep_w + beyond_sleep_w + load.silent_w,
    )
    rest, limit = found.residual_w, p["share"] * feeder.contracted_w
    if rest is None:
        return BETWEEN
    if rest <= limit:
        return FINE if rest < 0.5 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=rest,
        threshold=limit,
        unit="W",
        message=(
            f"{load.sleeping} of {load.devices} devices of {feeder.id} have slept for {duration(dark)}, and its meter "
            f"still shows {power(meter)}: {power(rest)} more than sleep and known other loads take."
        ),
        evidence={
            "meter_w": meter,
            "expected_w": meter - rest,
            "sleeping": float(load.sleeping),
            "devices": float(load.devices),
            "auxiliary_w": feeder.auxiliary_w,
        },
    )


RULE = Rule(
    id="S-03",
    scope="feeder",
    group="site",
    title="load in the dark",
    severity="high",
    judge=dark_window,
    for_s=15 * MINUTE,
    clear_for_s=0.0,
    what="While nearly all devices of the feeder sleep, its meter shows load that nobody put into the books.",
    why="A planned stop is the best moment to see machines that are on no list, leakage, and theft.",
    do="Walk the feeder while it is dark: what hums is not on your list.",
    needs=(Need(text="feeders.meter, feeders.auxiliary, and devices that report their sleep"),),
    parameters=(
        Parameter(
            name="share", default=0.01, dimension="ratio", low=0.0, high=1.0, text="share of the contracted power"
        ),
        Parameter(name="sleep", default=25.0, dimension="power", low=0.0, high=1000.0, text="watts of a device asleep"),
        Parameter(
            name="settle",
            default=20 * MINUTE,
            dimension="duration",
            low=0.0,
            high=86400.0,
            text="time that cooling may run on",
        ),
    ),
    quiet=("maintenance",),
)
