"""H-07: results of a device fail its own check far more often than they used to. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import share

LEARNING = unknown("Its usual rate of hardware errors is not learnt yet.")


def hardware_errors(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while errors per accepted share of the last hour are over a share, and a multiple of the usual."""
    reading = device.reading
    if reading is None or reading.hardware_errors is None:
        return None
    ratios = context.history.error_ratios(device.entry.id)
    if ratios is None:
        return LEARNING
    now, usual = ratios
    limit = max(p["share"], p["times"] * usual)
    if now <= limit:
        return FINE if now < 0.7 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=now,
        threshold=limit,
        unit="ratio",
        message=f"{share(now)} hardware errors for each accepted share in the last hour; usual are {share(usual)}.",
        evidence={"ratio_1h": now, "usual_ratio": usual, "hardware_errors": float(reading.hardware_errors)},
    )


RULE = Rule(
    id="H-07",
    scope="device",
    group="health",
    title="hardware errors",
    severity="warn",
    judge=hardware_errors,
    for_s=HOUR,
    clear_for_s=HOUR,
    what="Far more of its results fail the device's own check than usual.",
    why="Energy went into work that cannot be paid; a chip or a voltage is drifting.",
    do="Lower the frequency or raise the voltage a step; then look for a hot or failing chip.",
    needs=(Need(text="a count of hardware errors and accepted shares in the reading"),),
    parameters=(
        Parameter(name="share", default=0.01, dimension="ratio", low=0.0, high=10.0, text="errors per accepted share"),
        Parameter(name="times", default=3.0, dimension="number", low=1.0, high=100.0, text="multiple of the usual"),
    ),
)
