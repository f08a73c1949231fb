"""G-01: the site comes near the size at which large loads have to register. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import power, share

NO_PEAK = unknown("The site's peak is not known yet.")


def large_load(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the peak is near the threshold and enough of it can be interrupted, as mining can."""
    peak = snapshot.history.peak_w
    if peak is None:
        return NO_PEAK
    interruptible = snapshot.history.interruptible_w
    if interruptible is not None and interruptible < p["interruptible"] * peak:
        return FINE
    limit = p["near"] * p["threshold"]
    if peak < limit:
        return FINE if peak < 0.95 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=peak,
        threshold=limit,
        unit="W",
        message=(
            f"The site has peaked at {power(peak)}, {share(peak / p['threshold'])} of the {power(p['threshold'])} from "
            f"which it must register."
        ),
        evidence={"peak_w": peak, "threshold_w": p["threshold"], "interruptible_w": interruptible},
    )


RULE = Rule(
    id="G-01",
    scope="site",
    group="compliance",
    title="large load threshold",
    severity="high",
    judge=large_load,
    for_s=0.0,
    clear_for_s=30 * DAY,
    what="The site's peak is near the size from which interruptible large loads must register.",
    why="In Texas (16 TAC 25.114) that is 75 MW, with one working day to do it; other places have their own.",
    do="Ask your lawyers; set the threshold to your jurisdiction's.",
    needs=(Need(text="the site's power, from meters or devices"),),
    parameters=(
        Parameter(name="threshold", default=75e6, dimension="power", low=1e3, high=1e11, text="size to register at"),
        Parameter(name="near", default=0.9, dimension="ratio", low=0.1, high=1.0, text="share of it to warn at"),
        Parameter(
            name="interruptible",
            default=0.1,
            dimension="ratio",
            low=0.0,
            high=1.0,
            text="share that can be interrupted",
        ),
    ),
    quiet=(),
)
