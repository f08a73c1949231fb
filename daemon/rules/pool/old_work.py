"""L-08: devices go on hashing for a pool that gives no work. Pure."""

from daemon.rules.pool.no_work import AGE, NOT_ASKED, is_out
from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import duration, hashrate


def old_work(pool: PoolFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the pool is out and devices say that they hash, with this pool as their active one."""
    if pool.up is None:
        return NOT_ASKED
    left = pool.devices_hs
    if not left or not is_out(pool, p["age"]):
        return FINE
    age = pool.last_job_age_s
    last = "has given no work" if age is None else f"gave its last work {duration(age)} ago"
    return Judgement(
        holds=True,
        value=left,
        threshold=0.0,
        unit="H/s",
        message=f"{pool.id} {last}, and {hashrate(left)} still hash for it: old work that nobody pays.",
        evidence={"devices_hs": left, "up": "yes" if pool.up else "no", "last_job_age_s": age, "url": pool.url},
    )


RULE = Rule(
    id="L-08",
    scope="pool",
    group="pool",
    title="hashing on old work",
    severity="high",
    judge=old_work,
    for_s=3 * MINUTE,
    clear_for_s=MINUTE,
    what="The pool is down, and devices have it as their active pool and go on hashing.",
    why="They hash the last job they have; what they find is too late, and the power is spent.",
    do="Move them to a backup pool, or stop them until the pool is back; see why they did not switch by themselves.",
    needs=(Need(text="pools that are watched, and the active pool and hashrate of the devices"),),
    parameters=(AGE,),
    quiet=("maintenance",),
)
