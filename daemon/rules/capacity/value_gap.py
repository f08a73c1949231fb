"""C-03: letting a feeder's power would bring more than mining with it, even on a bad day. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import money


def value_gap(feeder: FeederFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while hosting's low value is above mining's high one; clear once hosting's middle is below mining's."""
    capacity = feeder.capacity
    if capacity is None:
        return None
    host, mine = capacity.uses_per_mwh.get("host"), capacity.uses_per_mwh.get("mine")
    if host is None or mine is None:
        return None
    if host.p10 <= mine.p90:
        return FINE if host.p50 < mine.p50 else BETWEEN
    currency = capacity.currency
    return Judgement(
        holds=True,
        value=host.p10,
        threshold=mine.p90,
        unit=f"{currency}/MWh",
        message=(
            f"Each MWh on {feeder.id} would bring {money(host.p10, currency)} or more from hosting, net of building "
            f"for it, and mining brings {money(mine.p90, currency)} at best."
        ),
        evidence={
            "hosting_p10": host.p10,
            "hosting_p50": host.p50,
            "mining_p50": mine.p50,
            "mining_p90": mine.p90,
            "currency": currency,
            "basis": "per MWh at the meter, before energy",
        },
    )


RULE = Rule(
    id="C-03",
    scope="feeder",
    group="capacity",
    title="power worth more elsewhere",
    severity="info",
    judge=value_gap,
    for_s=30 * DAY,
    clear_for_s=7 * DAY,
    what="The cautious value of hosting other compute is above the hopeful value of mining, per MWh.",
    why="A megawatt can be used once.",
    do="Have it studied: terms of years against a hashprice of hours, lead time, and gross against IT megawatts.",
    needs=(Need(text="capacity.hosting_rate, and hashprices of some days"),),
    quiet=("maintenance",),
)
