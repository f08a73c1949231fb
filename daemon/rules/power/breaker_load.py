"""E-04: a feeder carries more than its breaker should for long. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power, share

NO_LOAD = unknown("What the feeder carries is not known: its meter is silent, or devices hide their watts.")


def breaker_load(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the load is above a share of the breaker's rating; None without a rating."""
    rating = feeder.breaker_w
    if rating is None:
        return None
    load = feeder.meter_w
    if load is None:
        if feeder.has_meter or feeder.load.unknown_devices:
            return NO_LOAD
        load = feeder.load.devices_w
    part = load / rating
    if part <= p["share"]:
        return FINE if part < p["clear_share"] else BETWEEN
    return Judgement(
        holds=True,
        value=load,
        threshold=p["share"] * rating,
        unit="W",
        message=f"Carries {power(load)}, {share(part)} of its breaker's {power(rating)}.",
        evidence={"load_w": load, "breaker_w": rating, "basis": "devices" if feeder.meter_w is None else "meter"},
    )


RULE = Rule(
    id="E-04",
    scope="feeder",
    group="power",
    title="breaker near its limit",
    severity="crit",
    judge=breaker_load,
    for_s=10 * MINUTE,
    clear_for_s=30 * MINUTE,
    what="The feeder's continuous load is above what its breaker is made to carry for hours.",
    why="A breaker that runs hot trips at the worst time, and takes the whole feeder with it.",
    do="Shed load on this feeder now, the worst J/TH first.",
    needs=(Need(text="feeders.breaker, and a meter or known watts of all devices"),),
    parameters=(
        Parameter(name="share", default=0.80, dimension="ratio", low=0.1, high=1.0, text="share of the rating"),
        Parameter(name="clear_share", default=0.76, dimension="ratio", low=0.1, high=1.0, text="share that clears"),
    ),
)
