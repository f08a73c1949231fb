"""L-13: a pool's connection is encrypted, and nobody knows with whom. Pure."""

from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import PoolFacts, Snapshot


def unproved(pool: PoolFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while whoever answers is taken for the pool; None where the address asks for no encryption at all."""
    if pool.authenticated is None:
        return None
    if pool.authenticated:
        return FINE
    return Judgement(
        holds=True,
        value=0.0,
        threshold=1.0,
        unit="proofs",
        message=f"{pool.id} is encrypted, but any certificate or key is accepted: it may be anybody.",
        evidence={"url": pool.url},
    )


RULE = Rule(
    id="L-13",
    scope="pool",
    group="pool",
    title="pool not proved",
    severity="info",
    judge=unproved,
    for_s=MINUTE,
    clear_for_s=MINUTE,
    what="TLS is set to `insecure`, or a Stratum V2 address names no authority key.",
    why="Whoever sits on the way can take the pool's place, and what is measured there proves nothing.",
    do="Verify or pin the certificate, or add the authority's key to the address.",
    needs=(Need(text="pools that are watched over TLS or Stratum V2"),),
    quiet=("maintenance",),
)
