"""L-04: what identifies a pool is not what it was. Pure."""

from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import PoolFacts, Snapshot

# An address alone changes with every load balancer; the rest does not change without a reason that is announced.
MILD = frozenset({"address"})


def identity_change(pool: PoolFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while the observer reports changes that nobody has confirmed; high unless only the address changed."""
    if not pool.changes:
        return FINE
    kinds = {change.kind for change in pool.changes}
    shown = "; ".join(f"{change.kind} was {change.before}, is {change.after}" for change in pool.changes[:4])
    return Judgement(
        holds=True,
        severity=None if kinds <= MILD else "high",
        value=float(len(pool.changes)),
        threshold=0.0,
        unit="changes",
        message=f"{pool.id} is not what it was: {shown}.",
        evidence={f"{change.kind}": f"{change.before} -> {change.after}" for change in pool.changes},
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
    what="The pool's address, certificate, authority key, payout or tag differs from before.",
    why="A hijacked name, route or connection collects the work of a whole site within minutes.",
    do="Ask the pool over another way; confirm the change, or move the devices to another pool.",
    needs=(Need(text="pools that are watched"),),
    quiet=(),
)
