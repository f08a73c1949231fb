"""E-07: a device that sleeps goes on drawing power. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.history.devices import GRADES_WITH_TELEMETRY
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import power

NO_WATTS = unknown("Its watts while asleep are not measured or reported.")


def idle_burn(device: DeviceState, _: Context, p: Parameters) -> Judgement | None:
    """Hold while a sleeping device draws a multiple of what sleep should take; None while it is awake."""
    reading = device.reading
    if reading is None or reading.state != "sleeping":
        return None
    watts = device.power_w
    if watts is None or device.power_grade not in GRADES_WITH_TELEMETRY:
        return NO_WATTS
    limit = p["times"] * p["sleep"]
    if watts <= limit:
        return FINE if watts < 0.8 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=watts,
        threshold=limit,
        unit="W",
        message=f"Sleeps, and draws {power(watts)}; sleep should take about {power(p['sleep'])}.",
        evidence={"power_w": watts, "power_grade": device.power_grade},
    )


RULE = Rule(
    id="E-07",
    scope="device",
    group="power",
    title="draws power asleep",
    severity="warn",
    judge=idle_burn,
    for_s=15 * MINUTE,
    clear_for_s=15 * MINUTE,
    what="The device says that it sleeps, and yet draws far more than its control board needs.",
    why="Over a long curtailment that is money, and in an audit it is load that should not be there.",
    do="Cut it at the outlet, or see whether its fans or boards are still on.",
    needs=(Need(text="watts of grade reported or better while the device sleeps"),),
    parameters=(
        Parameter(
            name="sleep", default=25.0, dimension="power", low=1.0, high=1000.0, text="watts that sleep should take"
        ),
        Parameter(name="times", default=3.0, dimension="number", low=1.0, high=100.0, text="multiple of it to hold"),
    ),
    quiet=("maintenance",),
    rests_on=("condition", "power"),
)
