"""E-06: more load comes back at once than the feeder or the utility allows in a minute. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import duration, power

NOT_SEEN = unknown("What the devices that wake will draw is not known: they have not been seen hashing.")


def wake_storm(feeder: FeederFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while devices that start, or will when a planned stop ends soon, add watts faster than is allowed.

    Each is taken to reach its usual watts within the time that a start takes; None without a configured ramp.
    """
    if feeder.ramp_w_per_min is None:
        return None
    is_due = feeder.wakes_at is not None and feeder.wakes_at - snapshot.now <= p["ahead"]
    coming = feeder.waking_w + (feeder.asleep_w if is_due else 0.0)
    pace = coming / (p["start"] / MINUTE)
    limit = feeder.ramp_w_per_min
    if pace <= limit:
        if feeder.unseen_wakers and pace <= 0.0:
            return NOT_SEEN
        return FINE if pace < 0.9 * limit else BETWEEN
    when = "now"
    if is_due and feeder.wakes_at is not None and feeder.wakes_at > snapshot.now:
        when = f"when the planned stop ends in {duration(feeder.wakes_at - snapshot.now)}"
    return Judgement(
        holds=True,
        value=pace,
        threshold=limit,
        unit="W/min",
        message=(
            f"{power(coming)} of {feeder.id} come back at once {when}: {power(pace)} a minute, where {power(limit)} a "
            f"minute are allowed. Wake it in {max(2, round(pace / limit + 0.5))} parts."
        ),
        evidence={
            "coming_w": coming,
            "waking_w": feeder.waking_w,
            "asleep_w": feeder.asleep_w,
            "ramp_w_per_min": limit,
        },
    )


RULE = Rule(
    id="E-06",
    scope="feeder",
    group="power",
    title="wake storm",
    severity="high",
    judge=wake_storm,
    for_s=0.0,
    clear_for_s=5 * MINUTE,
    what="So many devices of the feeder start together, or will when a planned stop ends, that load rises too fast.",
    why="Inrush trips breakers, and a utility bills or forbids ramps above the agreed one.",
    do="Wake the devices in parts, some minutes apart.",
    needs=(Need(text="feeders.ramp, and watts of the devices from their hashing of the last days"),),
    parameters=(
        Parameter(
            name="start", default=5 * MINUTE, dimension="duration", low=1.0, high=3600.0, text="time that a start takes"
        ),
        Parameter(
            name="ahead",
            default=15 * MINUTE,
            dimension="duration",
            low=0.0,
            high=86400.0,
            text="how long before the end of a planned stop it warns",
        ),
    ),
    quiet=(),
)
