"""L-09: a pool comes to new blocks later than the others. Pure."""

from statistics import median

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import duration

ALONE = unknown("Too few new blocks were seen beside another pool to tell.")


def stale_pool(pool: PoolFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the pool misses a block that others work on, or was late at most of the last blocks."""
    behind, lags = pool.behind_s, pool.lags_s
    if pool.height is not None and pool.network_height is not None and pool.height >= pool.network_height:
        # Who alone claims a newer block does not make all others late.
        behind = 0.0
    if behind is not None and behind > p["missing"]:
        return Judgement(
            holds=True,
            severity="high",
            value=behind,
            threshold=p["missing"],
            unit="s",
            message=f"{pool.id} has given work on an old block for {duration(behind)}; another pool is on a newer one.",
            evidence={"behind_s": behind, "height": pool.height, "network_height": pool.network_height},
        )
    if len(lags) < p["blocks"]:
        return ALONE
    usual = median(lags)
    if usual <= p["lag"]:
        return FINE if usual < p["clear_lag"] and not behind else BETWEEN
    return Judgement(
        holds=True,
        value=usual,
        threshold=p["lag"],
        unit="s",
        message=f"At half of its last {len(lags)} blocks {pool.id} was {usual:.1f} s or more behind the first pool.",
        evidence={"lags_s": ", ".join(f"{lag:.2f}" for lag in lags), "blocks": float(len(lags))},
    )


RULE = Rule(
    id="L-09",
    scope="pool",
    group="pool",
    title="stale pool",
    severity="warn",
    judge=stale_pool,
    for_s=MINUTE,
    clear_for_s=10 * MINUTE,
    what="The pool gives work on a new block clearly later than the other watched pools, on several blocks.",
    why="Work on an old block is lost: ten seconds a block are 1.7 % of everything that mines there.",
    do="Compare the endpoints of the pool from this site, choose the nearest, and tell the pool.",
    needs=(Need(text="two pools or more that are watched"),),
    parameters=(
        Parameter(name="lag", default=5.0, dimension="duration", low=0.1, high=3600.0, text="median delay"),
        Parameter(name="clear_lag", default=3.0, dimension="duration", low=0.0, high=3600.0, text="delay that clears"),
        Parameter(name="missing", default=60.0, dimension="duration", low=1.0, high=86400.0, text="delay at one block"),
        Parameter(name="blocks", default=3.0, dimension="number", low=1.0, high=12.0, text="blocks needed to tell"),
    ),
    quiet=("maintenance",),
)
