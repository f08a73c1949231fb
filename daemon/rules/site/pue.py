"""S-06: the site needs more power around its devices than it was planned with. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot

SITE_POWER = Need(text="power of the whole site", signal="site_power", dimension="power", max_age_s=900.0)
LEARNING = unknown("A day of the site's meter against its devices is not known yet.")


def pue(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the week's measured PUE is above the configured one by a step; None without a site meter."""
    if not snapshot.is_configured(SITE_POWER):
        return None
    now, planned = snapshot.history.pue_7d, snapshot.history.pue
    if now is None:
        return LEARNING
    if now <= planned + p["above"]:
        return FINE if now < planned + 0.5 * p["above"] else BETWEEN
    return Judgement(
        holds=True,
        value=now,
        threshold=planned + p["above"],
        unit="",
        message=f"Over a week the site drew {now:.3f} times its devices' power; {planned:.3f} is configured.",
        evidence={"pue_7d": now, "pue_configured": planned},
    )


RULE = Rule(
    id="S-06",
    scope="site",
    group="site",
    title="PUE above plan",
    severity="warn",
    judge=pue,
    for_s=DAY,
    clear_for_s=DAY,
    what="Measured power usage effectiveness is above the configured one over a week.",
    why="Cooling takes more than planned, and every verdict reckons with too little cost.",
    do="Clean filters and coils, look at pumps and fans; if it is the season, correct `site.pue`.",
    needs=(SITE_POWER, Need(text="watts of the devices")),
    parameters=(
        Parameter(name="above", default=0.03, dimension="number", low=0.0, high=1.0, text="distance above the plan"),
    ),
)
