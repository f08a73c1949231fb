"""E-01: a device needs more energy for the same work than it used to. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import share

LEARNING = unknown("Its usual J/TH is not learnt yet: a week at one preset, with watts from a meter or a power supply.")
NO_MEAN = unknown("Its mean J/TH of the last day is not known.")


def efficiency_drift(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the day's mean J/TH is a share above the device's own usual one, and beyond its usual scatter."""
    device_id = device.entry.id
    usual = context.history.usual_efficiency(device_id)
    if usual is None:
        return LEARNING
    now = context.history.mean_efficiency_j_per_th(device_id)
    if now is None:
        return NO_MEAN
    base, sd = usual
    drift = now / base - 1.0
    if drift < p["clear_drift"]:
        return FINE
    if drift <= p["drift"] or now - base <= p["sigmas"] * sd:
        return BETWEEN
    reading = device.reading
    return Judgement(
        holds=True,
        value=now,
        threshold=base * (1.0 + p["drift"]),
        unit="J/TH",
        message=f"Needs {now:.1f} J/TH where it used to need {base:.1f}: {share(drift)} more.",
        evidence={
            "mean_24h_j_per_th": now,
            "usual_j_per_th": base,
            "usual_sd_j_per_th": sd,
            "power_grade": device.power_grade,
            "temperature_inlet_c": None if reading is None else reading.temperature_inlet_c,
        },
    )


RULE = Rule(
    id="E-01",
    scope="device",
    group="power",
    title="efficiency drift",
    severity="warn",
    judge=efficiency_drift,
    for_s=DAY,
    clear_for_s=DAY,
    what="Over a day it took clearly more energy for each terahash than in its first week at this preset.",
    why="Dust, dry paste, a tired power supply or a failing board show here before they stop anything.",
    do="Clean it, check paste and fans, then power supply and boards; mind hot weather, which does the same.",
    needs=(Need(text="watts of grade reported, branch or metered, for a week at one preset and firmware"),),
    parameters=(
        Parameter(name="drift", default=0.08, dimension="ratio", low=0.0, high=1.0, text="rise over the usual J/TH"),
        Parameter(name="clear_drift", default=0.04, dimension="ratio", low=0.0, high=1.0, text="rise that clears"),
        Parameter(name="sigmas", default=3.0, dimension="number", low=0.0, high=10.0, text="times its usual scatter"),
    ),
)
