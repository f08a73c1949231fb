"""H-02: a row gets air or water that is too warm. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import RowFacts, Snapshot
from daemon.rules.wording import many


def inlet(row: RowFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the median inlet of a row is above what its cooling allows; one sensor in the sun moves no median."""
    now = row.inlet_median_c
    if now is None or row.sensors < p["sensors"]:
        return None
    limit = p["air_limit"] if row.cooling in {None, "air"} else p["water_limit"]
    if now <= limit:
        return FINE if now < limit - p["clear_by"] else BETWEEN
    return Judgement(
        holds=True,
        value=now,
        threshold=limit,
        unit="°C",
        message=f"The median inlet of {many(row.sensors, 'device')} is {now:.1f} °C, above {limit:.0f} °C.",
        evidence={"inlet_median_c": now, "sensors": float(row.sensors), "cooling": row.cooling},
    )


RULE = Rule(
    id="H-02",
    scope="row",
    group="health",
    title="warm inlet",
    severity="high",
    judge=inlet,
    for_s=15 * MINUTE,
    clear_for_s=15 * MINUTE,
    what="A whole row breathes air, or gets water, that is too warm.",
    why="Every machine of the row loses hashrate and takes more watts, and soon they stop.",
    do="Check the site's cooling and recirculation; shed the row if it rises further.",
    needs=(Need(text="an inlet temperature in the readings of at least three devices of a row"),),
    parameters=(
        Parameter(
            name="air_limit", default=35.0, dimension="temperature", low=0.0, high=80.0, text="most of inlet air"
        ),
        Parameter(
            name="water_limit", default=50.0, dimension="temperature", low=0.0, high=80.0, text="most of inlet water"
        ),
        Parameter(
            name="clear_by",
            default=3.0,
            dimension="temperature",
            low=0.0,
            high=30.0,
            text="distance below that clears",
            difference=True,
        ),
        Parameter(name="sensors", default=3.0, dimension="number", low=1.0, high=100.0, text="least devices that tell"),
    ),
    quiet=("maintenance",),
)
