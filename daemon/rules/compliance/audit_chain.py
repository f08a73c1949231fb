"""G-05: the books have a gap, a broken chain, or a change that nobody owns. Pure."""

from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot

NOT_CHECKED = unknown("The chain over the closed days has not been checked yet.")


def audit_chain(snapshot: Snapshot, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while the ledger's chain is broken, days are missing, or the configuration changed without an actor."""
    ledger, config = snapshot.ledger, snapshot.config
    if ledger is None and config is None:
        return None
    faults = []
    if ledger is not None and ledger.is_sound is False:
        faults.append("the chain over the closed days is broken")
    if ledger is not None and ledger.gap:
        faults.append(f"days are missing: {ledger.gap}")
    if config is not None and config.broken:
        faults.append(f"the record of configurations is broken at {config.broken}")
    if config is not None and config.unowned:
        faults.append(f"the configuration changed and nobody is recorded for it: {', '.join(config.unowned)}")
    if not faults:
        return NOT_CHECKED if ledger is not None and ledger.is_sound is None else FINE
    return Judgement(
        holds=True,
        value=float(len(faults)),
        threshold=0.0,
        unit="faults",
        message=f"In the books: {'; '.join(faults)}.",
        evidence={"faults": "; ".join(faults)},
    )


RULE = Rule(
    id="G-05",
    scope="site",
    group="compliance",
    title="audit chain broken",
    severity="high",
    judge=audit_chain,
    for_s=0.0,
    clear_for_s=0.0,
    what="The record of closed days cannot be trusted as a whole, or a configuration came into force by nobody's word.",
    why="A report is worth what its books are, and what a rule said what its thresholds were.",
    do=(
        "For the books run `headframe report verify`: look for a restored backup, a stepped clock, or a hand in the "
        "database. For a configuration see `/api/v1/changes`; acknowledge the finding to answer for it by name, and "
        "reload after a change instead of restarting."
    ),
    needs=(Need(text="the ledger's chain over closed days, and its record of configurations"),),
    quiet=(),
)
