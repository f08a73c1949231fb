"""H-08: a device restarts again and again. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule


def flapping(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the last day saw enough restarts; clear after a day without any."""
    restarts = device.restarts
    if not restarts:
        return FINE
    since = context.now - p["window"]
    count = 0
    for at in restarts:
        if at > since:
            count += 1
    if count < p["restarts"]:
        return BETWEEN if count else FINE
    return Judgement(
        holds=True,
        value=float(count),
        threshold=p["restarts"],
        unit="restarts",
        message=f"Restarted {count} times within {p['window'] / 3600.0:.0f} hours.",
        evidence={"restarts": float(count), "last_restart_at": max(restarts)},
    )


RULE = Rule(
    id="H-08",
    scope="device",
    group="health",
    title="restarts again and again",
    severity="high",
    judge=flapping,
    for_s=0.0,
    clear_for_s=0.0,
    what="Its uptime began anew many times within a day.",
    why="Every start costs minutes of work and wears the device; the cause grows worse.",
    do="Take it off the rack's power rail and test its supply, then firmware and boards.",
    needs=(Need(text="uptime in the reading"),),
    parameters=(
        Parameter(name="restarts", default=6.0, dimension="number", low=2.0, high=30.0, text="restarts to hold"),
        Parameter(name="window", default=DAY, dimension="duration", low=60.0, high=7 * DAY, text="time they fall into"),
    ),
    quiet=("maintenance", "idle"),
    upstream=("H-09/feeder", "H-09/site"),
    rests_on=("condition",),
)
