"""L-05: a pool pays less than its scheme and our shares say. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import share

PAID = Need(
    text="bitcoin that the pool paid for the last day",
    signal="pool_paid_POOL",
    dimension="bitcoin",
    max_age_s=2 * DAY,
)
NO_PAYOUT = unknown("What the pool paid is not known, or too old.")
NO_EXPECTATION = unknown("What the pool should have paid is not known yet.")


def payout(pool: PoolFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while a fixed scheme pays a share less than expected, or luck cannot explain what another pays."""
    paid = pool.paid_btc
    if paid is None:
        if not snapshot.is_configured(PAID, pool.id):
            return None
        paid = snapshot.signal(PAID, pool.id)
    if paid is None:
        return NO_PAYOUT
    expected = pool.expected_btc
    if not expected:
        return NO_EXPECTATION
    short = 1.0 - paid / expected
    sd = pool.expected_sd_ratio
    limit = p["sigmas"] * sd if sd > 0.0 else p["short"]
    if short <= limit:
        return FINE if short < 0.5 * limit else BETWEEN
    luck = "its scheme leaves nothing to luck" if not sd else f"luck explains {share(limit)} at most"
    return Judgement(
        holds=True,
        value=short,
        threshold=limit,
        unit="ratio",
        message=f"{pool.id} paid {paid:.8f} BTC where {expected:.8f} were due: {share(short)} less, and {luck}.",
        evidence={"paid_btc": paid, "expected_btc": expected, "expected_sd_ratio": sd},
    )


RULE = Rule(
    id="L-05",
    scope="pool",
    group="pool",
    title="payout too small",
    severity="high",
    judge=payout,
    for_s=DAY,
    clear_for_s=DAY,
    what="For a day the pool paid less than our shares and its scheme say; PPLNS and solo owe nothing by the day.",
    why="Fee tiers, minimum payouts and cut-off hours explain much, but not everything.",
    do="Check the fee and the window's edges, then claim the difference.",
    needs=(
        PAID,
        Need(text="accepted shares of a day with their difficulty, the network's difficulty and fees, the pool's fee"),
    ),
    parameters=(
        Parameter(
            name="short", default=0.01, dimension="ratio", low=0.0, high=1.0, text="share missing under FPPS, PPS"
        ),
        Parameter(
            name="sigmas", default=3.0, dimension="number", low=0.0, high=10.0, text="deviations of luck, under PPLNS"
        ),
    ),
)
