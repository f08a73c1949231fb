"""S-07: a feeder's power factor is low, or its phases carry unequal load. Pure."""

from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import share

FACTOR = Need(text="power factor", signal="power_factor_FEEDER", dimension="number", max_age_s=900.0)
UNBALANCE = Need(text="unbalance of the phases", signal="phase_unbalance_FEEDER", dimension="ratio", max_age_s=900.0)
NO_QUALITY = unknown("The power quality meter is silent.")
LIGHT_LOAD = 0.2


def power_quality(feeder: FeederFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while either is beyond its limit at a load that matters; None without such a meter."""
    if not (snapshot.is_configured(FACTOR, feeder.id) or snapshot.is_configured(UNBALANCE, feeder.id)):
        return None
    factor, unbalance = snapshot.signal(FACTOR, feeder.id), snapshot.signal(UNBALANCE, feeder.id)
    if factor is None and unbalance is None:
        return NO_QUALITY
    drawn = feeder.load.devices_w if feeder.meter_w is None else feeder.meter_w
    if drawn < LIGHT_LOAD * feeder.contracted_w:
        return BETWEEN
    low = factor is not None and factor < p["factor"]
    uneven = unbalance is not None and unbalance > p["unbalance"]
    if not low and not uneven:
        near = (factor is not None and factor < p["factor"] + 0.01) or (
            unbalance is not None and unbalance > 0.8 * p["unbalance"]
        )
        return BETWEEN if near else FINE
    parts = [f"power factor {factor:.2f}"] if low else []
    if uneven and unbalance is not None:
        parts.append(f"phases {share(unbalance)} apart")
    return Judgement(
        holds=True,
        value=factor if low else unbalance,
        threshold=p["factor"] if low else p["unbalance"],
        unit="" if low else "ratio",
        message=f"{feeder.id}: {' and '.join(parts)}.",
        evidence={"power_factor": factor, "unbalance_ratio": unbalance, "drawn_w": drawn},
    )


RULE = Rule(
    id="S-07",
    scope="feeder",
    group="site",
    title="poor power quality",
    severity="warn",
    judge=power_quality,
    for_s=HOUR,
    clear_for_s=HOUR,
    what="The power factor is low, or one phase carries clearly more than another.",
    why="Utilities bill reactive power, and an uneven load heats neutral and transformer.",
    do="Move devices between phases; look for failing power supplies or compensation.",
    needs=(FACTOR, UNBALANCE),
    parameters=(
        Parameter(name="factor", default=0.95, dimension="number", low=0.1, high=1.0, text="least power factor"),
        Parameter(name="unbalance", default=0.05, dimension="ratio", low=0.0, high=1.0, text="most unbalance"),
    ),
)
