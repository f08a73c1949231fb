"""E-03: a device draws more than the limit that it was set to. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.history.devices import GRADES_WITH_TELEMETRY, SETTLING_S
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import power, share

NO_WATTS = unknown("Its watts are not measured or reported.")


def power_cap(device: DeviceState, _: Context, p: Parameters) -> Judgement | None:
    """Hold while a settled, hashing device draws a share more than its own power limit."""
    reading = device.reading
    if reading is None or reading.power_limit_w is None or reading.power_limit_w <= 0.0:
        return None
    if reading.state != "hashing" or (reading.uptime_s is not None and reading.uptime_s < SETTLING_S):
        return BETWEEN
    watts, limit = device.power_w, reading.power_limit_w
    if watts is None or device.power_grade not in GRADES_WITH_TELEMETRY:
        return NO_WATTS
    over = watts / limit - 1.0
    if over <= p["over"]:
        return FINE if over < p["clear_over"] else BETWEEN
    return Judgement(
        holds=True,
        value=watts,
        threshold=limit * (1.0 + p["over"]),
        unit="W",
        message=f"Draws {power(watts)} against a limit of {power(limit)}: {share(over)} more.",
        evidence={"power_w": watts, "power_limit_w": limit, "power_grade": device.power_grade},
    )


RULE = Rule(
    id="E-03",
    scope="device",
    group="power",
    title="power limit not kept",
    severity="warn",
    judge=power_cap,
    for_s=15 * MINUTE,
    clear_for_s=15 * MINUTE,
    what="The device draws more than the power limit that it reports as set.",
    why="Feeder and tariff were planned with the limit, not with what it does.",
    do="Set the limit again, let it tune anew; if it stays, suspect the power supply's sensor.",
    needs=(Need(text="a power limit in the reading, and watts of grade reported or better"),),
    parameters=(
        Parameter(name="over", default=0.07, dimension="ratio", low=0.0, high=1.0, text="share above the limit"),
        Parameter(name="clear_over", default=0.04, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
    ),
    rests_on=("condition", "power"),
)
