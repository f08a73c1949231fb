"""S-09: this may be one of the grid's own peaks, which set next year's bill. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import money, share

PROBABILITY = Need(
    text="probability that the grid peaks in the next hours",
    signal="coincident_peak_probability",
    dimension="ratio",
    max_age_s=3600.0,
)
NO_PROBABILITY = unknown("The probability of a grid peak is missing or too old.")
NO_MARGIN = unknown("What a kW earns in an hour is not known.")
PEAKS = 4.0


def grid_peak(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while probability times a quarter of the yearly charge is more than the hours earn; None without either."""
    rate = snapshot.market.coincident_peak_per_kw_year
    if not rate or not snapshot.is_configured(PROBABILITY):
        return None
    probability = snapshot.signal(PROBABILITY)
    if probability is None:
        return NO_PROBABILITY
    fleet = snapshot.fleet
    if not fleet.power_w:
        return NO_MARGIN
    margin = max(0.0, fleet.margin_per_day) / 24.0 / (fleet.power_w / 1000.0) * p["hours"]
    risk = probability * rate / PEAKS
    if risk <= margin:
        return FINE if risk < 0.5 * margin or not probability else BETWEEN
    return Judgement(
        holds=True,
        value=probability,
        threshold=margin * PEAKS / rate,
        unit="ratio",
        message=(
            f"A grid peak is {share(probability)} likely: running through it risks {money(risk, snapshot.currency)} "
            f"a kW of next year's charge, and earns {money(margin, snapshot.currency)}."
        ),
        evidence={"probability": probability, "rate_per_kw_year": rate, "margin_per_kw": margin},
    )


RULE = Rule(
    id="S-09",
    scope="site",
    group="site",
    title="grid peak likely",
    severity="high",
    judge=grid_peak,
    for_s=0.0,
    clear_for_s=30 * MINUTE,
    what="The grid may set one of the few peaks in these hours that next year's transmission bill is reckoned from.",
    why="One such quarter-hour can cost as much as weeks of mining.",
    do="Curtail for these hours; other loads do the same and move the peak, so stay until it is over.",
    needs=(PROBABILITY, Need(text="tariff.coincident_peak")),
    parameters=(
        Parameter(name="hours", default=3.0, dimension="number", low=0.25, high=24.0, text="hours to curtail for"),
    ),
)
