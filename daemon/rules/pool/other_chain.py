"""L-12: a pool's jobs are not Bitcoin's. Pure."""

from daemon.rules.pool.contradiction import NO_VOICE
from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import PoolFacts, Snapshot
from daemon.rules.wording import hashrate


def other_chain(pool: PoolFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while the pool's newest jobs are of another chain, or of none that the evidence names."""
    if pool.network is None:
        return NO_VOICE
    if pool.network != "other_chain":
        return FINE
    named = "a chain that cannot be told" if pool.chain in {None, "unknown"} else f"the chain {pool.chain}"
    there = f"; {hashrate(pool.devices_hs)} mine there" if pool.devices_hs else ""
    return Judgement(
        holds=True,
        severity="crit" if pool.devices_hs else None,
        value=pool.devices_hs or 0.0,
        threshold=0.0,
        unit="H/s",
        message=f"The jobs of {pool.id} are of {named}, not of Bitcoin{there}.",
        evidence={"chain": pool.chain, "height": pool.height, "devices_hs": pool.devices_hs, "url": pool.url},
    )


RULE = Rule(
    id="L-12",
    scope="pool",
    group="pool",
    title="work of another chain",
    severity="high",
    judge=other_chain,
    for_s=MINUTE,
    clear_for_s=2 * MINUTE,
    what="The pool gives work of a test chain, of another coin, or of a chain that cannot be told.",
    why="It is not what the site is paid for; nothing of such a job gets into prices.",
    do="Check the pool's address and port; then ask the pool.",
    needs=(Need(text="pools that are watched, with jobs that show their coinbase"),),
    quiet=("maintenance",),
)
