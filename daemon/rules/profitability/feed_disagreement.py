"""P-07: two sources of the same number disagree, so nothing may rest on either. Pure."""

from config.dimensions import KINDS
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import SignalFacts, Snapshot
from daemon.rules.wording import share

HIGH_FEES = 0.10
# A share of a temperature means nothing: it depends on where the scale begins.
NO_SHARES = frozenset({KINDS["temperature"].base})
ONE_LEFT = unknown("Only one of its sources can be heard, so whether they agree by now cannot be said.")


def feed_disagreement(signal: SignalFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the highest and the lowest fresh source are too far apart; wider in days of high fees.

    Unknown while all sources but one are silent: which of those that disagreed was right does not show by that.
    """
    sources = signal.sources
    if signal.unit in NO_SHARES:
        return None
    if len(sources) < 2:
        return ONE_LEFT if signal.claimants > 1 else None
    low, high = min(sources, key=sources.__getitem__), max(sources, key=sources.__getitem__)
    size = max(abs(sources[low]), abs(sources[high]))
    apart = (sources[high] - sources[low]) / size if size else 0.0
    fees = snapshot.market.fee_share
    # Indices differ in how they smooth fees; that is a matter of definition, not a fault of a feed.
    limit = p["apart_in_high_fees"] if fees is not None and fees > HIGH_FEES else p["apart"]
    if apart <= limit:
        return FINE if apart < p["clear_apart"] / p["apart"] * limit else BETWEEN
    evidence: dict[str, float | str | None] = {"fee_share": fees, "unit": signal.unit}
    evidence.update(sorted(sources.items()))
    return Judgement(
        holds=True,
        value=apart,
        threshold=limit,
        unit="ratio",
        message=f"{high} says {sources[high]:g} and {low} says {sources[low]:g}: {share(apart)} apart.",
        evidence=evidence,
    )


RULE = Rule(
    id="P-07",
    scope="signal",
    group="profitability",
    title="price sources disagree",
    severity="warn",
    judge=feed_disagreement,
    for_s=3 * HOUR,
    clear_for_s=3 * HOUR,
    what="Two fresh sources of one number say different things.",
    why="A verdict that rests on a wrong price switches off what earns; until two agree again none is given.",
    do="Find the one that is stuck, stale or in another unit, and correct or remove it.",
    needs=(Need(text="two sources of one signal, such as a hashprice signal beside the pool's jobs"),),
    parameters=(
        Parameter(name="apart", default=0.05, dimension="ratio", low=0.001, high=1.0, text="largest difference"),
        Parameter(
            name="apart_in_high_fees",
            default=0.20,
            dimension="ratio",
            low=0.001,
            high=1.0,
            text="largest difference while fees are over a tenth of a block's reward",
        ),
        Parameter(
            name="clear_apart", default=0.03, dimension="ratio", low=0.0, high=1.0, text="difference that clears"
        ),
    ),
    quiet=(),
)
