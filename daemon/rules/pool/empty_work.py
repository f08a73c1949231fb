"""L-10: a pool gives work without transactions for too much of the time. Pure."""

from daemon.rules.rule import BETWEEN, FINE, HOUR, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import share

NOT_SEEN = unknown("The pool has not been watched long enough, or its jobs do not show their transactions.")


def empty_work(pool: PoolFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the share of time on empty jobs is high; None on test chains, where blocks may well be empty."""
    if pool.chain not in {None, "main"}:
        return None
    part = pool.empty_share
    if part is None:
        return NOT_SEEN
    if part <= p["share"]:
        return FINE if part < p["clear_share"] else BETWEEN
    return Judgement(
        holds=True,
        severity="high" if part > p["high_share"] else None,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=f"{share(part)} of the time {pool.id} gave work without transactions, over the last hours.",
        evidence={"empty_share": part, "height": pool.height},
    )


RULE = Rule(
    id="L-10",
    scope="pool",
    group="pool",
    title="empty work",
    severity="warn",
    judge=empty_work,
    for_s=10 * MINUTE,
    clear_for_s=HOUR,
    what="The pool has its miners work on blocks without transactions for more than moments after a new block.",
    why="An empty block brings no fees; some seconds a block are usual, half a minute is not.",
    do="Ask the pool; where fees are shared out, compare what it pays with the others.",
    needs=(Need(text="pools that are watched, with jobs that show their transactions"),),
    parameters=(
        Parameter(name="share", default=0.05, dimension="ratio", low=0.0, high=1.0, text="share of the time"),
        Parameter(name="high_share", default=0.30, dimension="ratio", low=0.0, high=1.0, text="share for high"),
        Parameter(name="clear_share", default=0.03, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
    ),
    quiet=("maintenance",),
)
