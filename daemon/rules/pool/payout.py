"""L-05: a pool pays less than its scheme and our shares say. Pure."""

from daemon.economics.network import DAY_S
from daemon.economics.payout_check import Allowance, PayoutCheck, payout_check
from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PayoutFacts, PoolFacts, Snapshot
from daemon.rules.wording import share

PAID = Need(
    text="what the pool paid for the last day, in bitcoin or in the currency it pays in",
    signal="pool_paid_POOL",
    dimension="bitcoin",
    max_age_s=2 * DAY,
)
FOUND = Need(
    text="blocks that the pool found on the last day",
    signal="pool_blocks_POOL",
    dimension="number",
    max_age_s=2 * DAY,
)
NO_PAYOUT = unknown("What the pool paid is not known yet.")


def payout(pool: PoolFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while whole days of a fixed scheme paid too little, or luck cannot explain what another paid."""
    facts = pool.payout
    if facts is None or not any(day.paid is not None for day in facts.days):
        return NO_PAYOUT if snapshot.is_configured(PAID, pool.id) else None
    check = checked(facts, now=snapshot.now, p=p)
    if check.state == "unknown":
        return unknown(check.reason)
    if check.state != "short" or check.paid is None or check.floor is None or check.due_low is None:
        return FINE if check.state == "full" else BETWEEN
    short = 1.0 - check.paid / check.due_low
    return Judgement(
        holds=True,
        value=short,
        threshold=1.0 - check.floor / check.due_low,
        unit="ratio",
        message=(
            f"{pool.id} paid {check.paid:.8g} {facts.currency} in {check.days_known} days where "
            f"{check.due_low:.8g} were due on average: {share(short)} less, and {_excuse(facts, check)}."
        ),
        evidence={
            "scheme": facts.scheme,
            "paid": check.paid,
            "due_low": check.due_low,
            "due_high": check.due_high,
            "floor": check.floor,
            "blocks_expected": check.blocks_expected,
            "blocks_found": check.blocks_found,
            "z": check.z,
            "days": float(check.days_known),
        },
    )


def checked(facts: PayoutFacts, *, now: float, p: Parameters) -> PayoutCheck:
    """Hold the settled days against what is due, with the rule's parameters."""
    allowance = Allowance(
        short_ratio=p["short"],
        sigmas=p["sigmas"],
        fees_error_ratio=p["fees_error"],
        pool_error_ratio=p["pool_error"],
        minimum_btc=facts.minimum_btc,
        days=round(p["days"]),
        luck_days=round(p["luck_days"]),
    )
    days = {day.day: day for day in facts.days}
    in_money = facts.currency != "BTC"
    return payout_check(days, scheme=facts.scheme, today=int(now // DAY_S), allowance=allowance, in_money=in_money)


def _excuse(facts: PayoutFacts, check: PayoutCheck) -> str:
    least = f"with every excuse {check.floor:.8g} should have come"
    if facts.scheme in {"fpps", "pps"}:
        return f"its scheme leaves nothing to luck; {least}"
    if check.blocks_found is not None:
        return f"the pool found {check.blocks_found:g} blocks; {least}"
    z = "" if check.z is None else f" ({check.z:.1f} deviations)"
    return f"luck does not explain it{z}; {least}"


RULE = Rule(
    id="L-05",
    scope="pool",
    group="pool",
    title="payout too small",
    severity="high",
    judge=payout,
    for_s=DAY,
    clear_for_s=DAY,
    what="Over whole UTC days the pool paid less than our accepted shares and its scheme say, whatever luck there was.",
    why="Fee tiers, minimum payouts, cut-off hours and luck are allowed for; what is missing beyond them is yours.",
    do="Check the fee and the account that the pool paid to, then claim the difference for these days.",
    needs=(
        PAID,
        FOUND,
        Need(
            text="accepted shares with their difficulty, the network's difficulty and fees, the pool's scheme and fee"
        ),
    ),
    parameters=(
        Parameter(name="short", default=0.01, dimension="ratio", low=0.0, high=1.0, text="share missing, luck aside"),
        Parameter(name="sigmas", default=3.0, dimension="number", low=0.0, high=10.0, text="deviations of luck"),
        Parameter(name="days", default=7.0, dimension="number", low=1.0, high=35.0, text="days under FPPS and PPS"),
        Parameter(
            name="luck_days", default=30.0, dimension="number", low=1.0, high=35.0, text="days under PPLNS, PPS+, solo"
        ),
        Parameter(
            name="fees_error",
            default=0.2,
            dimension="ratio",
            low=0.0,
            high=1.0,
            text="how far the pool's mean of the blocks' fees may lie from ours",
        ),
        Parameter(
            name="pool_error",
            default=0.2,
            dimension="ratio",
            low=0.0,
            high=1.0,
            text="how far `pools.hashrate` may be off",
        ),
    ),
)
