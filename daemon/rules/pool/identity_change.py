"""L-04: what identifies a pool is not what it was. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot

# These change with every load balancer or new server; the rest does not change without a reason that is announced.
MILD = frozenset({"address", "extranonce"})


# Until the pool was asked again after a start, a change that was not written down yet may be found anew.
NOT_ASKED = unknown("The pool has not been reached yet.")


def identity_change(pool: PoolFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while a change is news; high unless only what changes with every server did."""
    changes = [change for change in pool.changes if snapshot.now - change.at <= p["news"]]
    if not changes:
        return FINE if pool.up is not None else NOT_ASKED
    kinds = {change.kind for change in changes}
    shown = "; ".join(f"{change.kind} was {change.before}, is {change.after}" for change in changes[-4:])
    return Judgement(
        holds=True,
        severity=None if kinds <= MILD else "high",
        value=float(len(changes)),
        threshold=0.0,
        unit="changes",
        message=f"{pool.id} is not what it was: {shown}.",
        evidence={f"{change.kind}": f"{change.before} -> {change.after}" for change in changes},
    )


RULE = Rule(
    id="L-04",
    scope="pool",
    group="pool",
    title="pool identity changed",
    severity="warn",
    judge=identity_change,
    for_s=0.0,
    clear_for_s=0.0,
    what="The pool's address, certificate, authority key, chain, payout or tag differs from before, or it redirects.",
    why="A hijacked name, route or connection collects the work of a whole site within minutes.",
    do="Ask the pool over another way; confirm the change, or move the devices to another pool.",
    needs=(Need(text="pools that are watched"),),
    parameters=(
        Parameter(
            name="news", default=DAY, dimension="duration", low=60.0, high=30 * DAY, text="how long a change is news"
        ),
    ),
    quiet=(),
)
