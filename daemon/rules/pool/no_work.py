"""L-07: a pool, or most of them, sends no new work. Pure."""

from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import duration, share

NOT_ASKED = unknown("The pool has not been reached yet.")
AGE = Parameter(
    name="age", default=5 * MINUTE, dimension="duration", low=10.0, high=86400.0, text="age of the last job"
)
NEEDS = (Need(text="pools that are watched"),)


def no_work(pool: PoolFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the pool is down, or its newest job is too old."""
    if pool.up is None:
        return NOT_ASKED
    if not is_out(pool, p["age"]):
        return FINE
    age = pool.last_job_age_s
    last = "it has sent none yet" if age is None else f"its last job is {duration(age)} old"
    why = f" ({pool.trouble})" if pool.trouble else ""
    return Judgement(
        holds=True,
        value=age,
        threshold=p["age"],
        unit="s",
        message=f"{pool.id} {'sends no new work' if pool.up else 'is not reached'}{why}: {last}.",
        evidence={"up": "yes" if pool.up else "no", "trouble": pool.trouble, "url": pool.url},
    )


def no_work_anywhere(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while more than a share of two or more watched pools sends no new work."""
    asked = [pool for pool in snapshot.pools if pool.up is not None]
    if len(asked) < 2:
        return None
    out = [pool.id for pool in asked if is_out(pool, p["age"])]
    part = len(out) / len(asked)
    if part <= p["share"]:
        return FINE
    return Judgement(
        holds=True,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=f"{len(out)} of {len(asked)} pools ({share(part)}) send no new work: {', '.join(out[:8])}.",
        evidence={"pools": ", ".join(out)},
    )


def is_out(pool: PoolFacts, age_s: float) -> bool:
    """Tell whether a pool that was asked gives no work: it is down, or its newest job is older than `age_s`."""
    return not pool.up or (pool.last_job_age_s is not None and pool.last_job_age_s > age_s)


RULE = Rule(
    id="L-07",
    scope="pool",
    group="pool",
    title="no work from a pool",
    severity="warn",
    judge=no_work,
    for_s=MINUTE,
    clear_for_s=MINUTE,
    what="The pool is down, or has sent no new job for minutes.",
    why="Devices go on hashing old work that nobody pays.",
    do="See whether the devices have switched; check the pool's status and the way to it.",
    needs=NEEDS,
    parameters=(AGE,),
    upstream=("L-07/site",),
    quiet=("maintenance",),
)
SITE_RULE = Rule(
    id="L-07",
    scope="site",
    group="pool",
    title="loss of work",
    severity="high",
    judge=no_work_anywhere,
    for_s=0.5 * MINUTE,
    clear_for_s=MINUTE,
    what="Most watched pools send no new work.",
    why="The site hashes for nothing, and its load may fall at once when the devices give up.",
    do="Check the site's way to the internet and its names; expect a drop of load.",
    needs=NEEDS,
    parameters=(
        AGE,
        Parameter(name="share", default=0.5, dimension="ratio", low=0.1, high=1.0, text="share of the watched pools"),
    ),
    quiet=("maintenance",),
)
