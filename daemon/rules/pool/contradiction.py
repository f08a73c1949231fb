"""L-11: a pool contradicts what the others say of the network. Pure."""

from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot

NO_VOICE = unknown("The pool has given no job of late that says anything of the network.")


def contradiction(pool: PoolFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while height or difficulty of the pool's jobs do not fit what holds; other chains are another rule's."""
    if pool.network is None:
        return NO_VOICE
    if pool.network != "disagrees":
        return FINE
    known = (
        f"where {pool.network_height} holds"
        if pool.network_height is not None
        else "and no majority of the pools agrees on anything"
    )
    return Judgement(
        holds=True,
        value=float(pool.height or 0),
        threshold=None if pool.network_height is None else float(pool.network_height),
        unit="height",
        message=f"{pool.id} works at height {pool.height}, {known}; its word does not count in prices.",
        evidence={"height": pool.height, "network_height": pool.network_height, "url": pool.url},
    )


RULE = Rule(
    id="L-11",
    scope="pool",
    group="pool",
    title="pools disagree on the network",
    severity="warn",
    judge=contradiction,
    for_s=2 * MINUTE,
    clear_for_s=2 * MINUTE,
    what="Height or difficulty in the pool's jobs contradict what the trusted pool, or most pools, work on.",
    why="A pool on a fork or on forged work earns nothing, whatever it credits.",
    do="Compare with a node or an explorer; take the devices off the pool that is wrong.",
    needs=(Need(text="two pools or more that are watched, or a trusted one"),),
    quiet=("maintenance",),
)
