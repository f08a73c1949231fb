"""S-08: the month's billed peak is about to rise, for less than it will cost. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import money, power

FORECAST = Need(
    text="load expected in the next billing interval", signal="demand_forecast", dimension="power", max_age_s=3600.0
)
NO_FORECAST = unknown("The forecast of the load is missing or too old.")
NO_PEAK = unknown("This month's peak so far is not known.")
BILLED_SHARE = 0.98


def demand_peak(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the forecast is near or above the peak, and a kW less saves more than it earns in those hours."""
    rate = snapshot.market.demand_per_kw_month
    if not snapshot.is_configured(FORECAST) or not rate:
        return None
    forecast = snapshot.signal(FORECAST)
    if forecast is None:
        return NO_FORECAST
    peak = snapshot.history.month_peak_w
    if not peak:
        return NO_PEAK
    fleet = snapshot.fleet
    margin = max(0.0, fleet.margin_per_day) / 24.0 / (fleet.power_w / 1000.0) * p["hours"] if fleet.power_w else 0.0
    if forecast <= BILLED_SHARE * peak or rate <= margin:
        return FINE if forecast < 0.95 * peak or rate <= margin else BETWEEN
    over = max(0.0, forecast - peak)
    return Judgement(
        holds=True,
        value=forecast,
        threshold=BILLED_SHARE * peak,
        unit="W",
        message=(
            f"{power(forecast)} are expected, and {power(peak)} is this month's peak: every kW above it costs "
            f"{money(rate, snapshot.currency)}, and earns {money(margin, snapshot.currency)} in these hours."
        ),
        evidence={"forecast_w": forecast, "peak_w": peak, "over_w": over, "rate_per_kw": rate, "margin_per_kw": margin},
    )


RULE = Rule(
    id="S-08",
    scope="site",
    group="site",
    title="demand peak ahead",
    severity="high",
    judge=demand_peak,
    for_s=0.0,
    clear_for_s=30 * MINUTE,
    what="The load is about to set a new monthly peak, which the demand charge bills.",
    why="One quarter-hour then costs more than the mining of that hour brings.",
    do="Cap the site for these hours; once the peak is set, stop caring until the next month.",
    needs=(FORECAST, Need(text="tariff.demand, and the month's peak from the meters")),
    parameters=(
        Parameter(name="hours", default=2.0, dimension="number", low=0.25, high=24.0, text="hours to cap for"),
    ),
)
