"""L-01: a pool credits less work than the devices there make by their own account. Pure."""

from math import sqrt

from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import hashrate, share

CREDITED = Need(
    text="hashrate that the pool credits, as a mean of a day",
    signal="pool_hashrate_POOL",
    dimension="hashrate",
    max_age_s=6 * 3600.0,
)
NO_CREDIT = unknown("What the pool credits is not known, or too old.")
NO_DEVICES = unknown("No device says that it mines there.")


def hash_gap(pool: PoolFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the gap is above a share, and above three times the noise of the shares behind it."""
    if not snapshot.is_configured(CREDITED, pool.id):
        return None
    credited = snapshot.signal(CREDITED, pool.id)
    if credited is None:
        return NO_CREDIT
    claimed = pool.devices_hs
    if not claimed:
        return NO_DEVICES
    gap = 1.0 - credited / claimed
    noise = p["sigmas"] / sqrt(pool.shares) if pool.shares else 0.0
    if gap <= p["gap"] or gap <= noise:
        return FINE if gap < p["clear_gap"] else BETWEEN
    return Judgement(
        holds=True,
        severity="high" if gap > p["high_gap"] else None,
        for_s=p["high_for"] if gap > p["high_gap"] else None,
        value=gap,
        threshold=max(p["gap"], noise),
        unit="ratio",
        message=(
            f"The devices claim {hashrate(claimed)} and the pool credits {hashrate(credited)}: {share(gap)} are "
            f"missing, and chance explains {share(noise)} at most."
        ),
        evidence={"claimed_hs": claimed, "credited_hs": credited, "noise_ratio": noise, "shares": pool.shares},
    )


RULE = Rule(
    id="L-01",
    scope="pool",
    group="pool",
    title="work not credited",
    severity="warn",
    judge=hash_gap,
    for_s=DAY,
    clear_for_s=DAY,
    what="The pool credits clearly less hashrate than the devices report.",
    why="The difference is not paid: refused shares, a developer's fee, dead workers, or somebody else's account.",
    do="Compare worker by worker; check rejects and firmware fees; then ask the pool.",
    needs=(CREDITED, Need(text="active pools and hashrate of the devices")),
    parameters=(
        Parameter(name="gap", default=0.03, dimension="ratio", low=0.0, high=1.0, text="share that is missing"),
        Parameter(name="high_gap", default=0.15, dimension="ratio", low=0.0, high=1.0, text="share for high"),
        Parameter(
            name="high_for",
            default=6 * HOUR,
            dimension="duration",
            low=0.0,
            high=30 * DAY,
            text="time that the larger share must be missing, where that is shorter",
        ),
        Parameter(name="clear_gap", default=0.015, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
        Parameter(name="sigmas", default=3.0, dimension="number", low=0.0, high=10.0, text="times the share noise"),
    ),
)
