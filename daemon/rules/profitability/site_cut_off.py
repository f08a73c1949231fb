"""P-04: a part of the fleet that matters is less efficient than the price of power allows. Pure."""

from collections.abc import Iterable

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot, Tier
from daemon.rules.wording import power, share

NO_CUT_OFF = unknown("The cut-off in J/TH is not known: it needs a hashprice and a power price.")
NO_TIERS = unknown("No device gives both hashrate and watts.")


def site_cut_off(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while more than a share of the hashrate sits above the cut-off; clear below a band under it."""
    market = snapshot.market
    cutoff = market.cutoff_7d_j_per_th if market.cutoff_7d_j_per_th is not None else market.cutoff_j_per_th
    if cutoff is None:
        return NO_CUT_OFF
    whole = sum(tier.hashrate_hs for tier in snapshot.fleet.tiers)
    if whole <= 0.0:
        return NO_TIERS
    above = [tier for tier in snapshot.fleet.tiers if _efficiency(tier) > cutoff]
    part = _hashrate(above) / whole
    if part <= p["share"]:
        near = [tier for tier in snapshot.fleet.tiers if _efficiency(tier) > (1.0 - p["band"]) * cutoff]
        return FINE if _hashrate(near) / whole <= p["share"] else BETWEEN
    watts = sum(tier.power_w for tier in above)
    count = sum(tier.devices for tier in above)
    return Judgement(
        holds=True,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=(
            f"{share(part)} of the hashrate ({count} devices, {power(watts)}) needs more than {cutoff:.1f} J/TH, "
            f"where the site breaks even."
        ),
        evidence={
            "cutoff_j_per_th": cutoff,
            "cutoff_now_j_per_th": market.cutoff_j_per_th,
            "devices_above": float(count),
            "power_above_w": watts,
            "worst_j_per_th": max(_efficiency(tier) for tier in above),
        },
    )


def _efficiency(tier: Tier) -> float:
    return tier.power_w / tier.hashrate_hs * 1e12 if tier.hashrate_hs else tier.j_per_th


def _hashrate(tiers: Iterable[Tier]) -> float:
    return sum(tier.hashrate_hs for tier in tiers)


RULE = Rule(
    id="P-04",
    scope="site",
    group="profitability",
    title="tier above the cut-off",
    severity="high",
    judge=site_cut_off,
    for_s=DAY,
    clear_for_s=DAY,
    what="A tier of the fleet, by J/TH, has crossed the efficiency at which the site pays its power.",
    why="It is a question for a plan (settings, hours, sale, other use of the power), not for one device at a time.",
    do="Plan for the tier as a whole, with the next difficulty change in mind.",
    needs=(
        Need(text="hashrate and watts of the devices"),
        Need(text="hashprice and power price, as a mean of seven days where known"),
    ),
    parameters=(
        Parameter(
            name="share",
            default=0.05,
            dimension="ratio",
            low=0.0,
            high=1.0,
            text="share of the hashrate that may sit above the cut-off",
        ),
        Parameter(
            name="band",
            default=0.05,
            dimension="ratio",
            low=0.0,
            high=0.5,
            text="how far below the cut-off the tier must be to clear",
        ),
    ),
)
