"""P-10: a model fetches more today than keeping it can be worth. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import ModelFacts, Snapshot
from daemon.rules.wording import many

HALF_KNOWN = unknown("Either its resale price or the value of keeping it is not known.")


def sell_now(model: ModelFacts, snapshot: Snapshot, _: Parameters) -> Judgement | None:
    """Hold while the low end of the resale price, less removal, is above the high end of the value of keeping."""
    low, high = model.resale_low_per_th, model.hold_high_per_th
    if low is None and high is None:
        return None
    if low is None or high is None:
        return HALF_KNOWN
    if low <= high:
        return FINE if low < 0.95 * high else BETWEEN
    return Judgement(
        holds=True,
        value=low,
        threshold=high,
        unit=f"{snapshot.currency}/TH",
        message=(
            f"{many(model.devices, 'device')} of {model.id} fetch at least {low:.2f} {snapshot.currency}/TH after "
            f"removal; keeping them is worth {high:.2f} at best."
        ),
        evidence={"resale_low_per_th": low, "hold_high_per_th": high, "currency": snapshot.currency},
    )


RULE = Rule(
    id="P-10",
    scope="model",
    group="profitability",
    title="worth more sold",
    severity="info",
    judge=sell_now,
    for_s=30 * DAY,
    clear_for_s=7 * DAY,
    what="The cautious resale price of these machines is above the hopeful value of their future profit.",
    why="Prices of machines follow the hashprice with a lag; the lag is worth money.",
    do="Ask for bids on the lot; an asking price is not a bid.",
    needs=(Need(text="outlook.resale: what machines of an efficiency would fetch; hashprice and power price"),),
)
