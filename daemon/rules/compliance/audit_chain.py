"""G-05: the books have a gap, a broken chain, or a change that nobody owns. Pure."""

from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot

NOT_CHECKED = unknown("The chain over the closed days has not been checked yet.")


def audit_chain(snapshot: Snapshot, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while the ledger's chain is broken, days are missing, or the configuration changed without an actor."""
    ledger = snapshot.ledger
    if ledger is None:
        return None
    faults = []
    if ledger.is_sound is False:
        faults.append("the chain over the closed days is broken")
    if ledger.gap:
        faults.append(f"days are missing: {ledger.gap}")
    if ledger.config_changed_without_actor:
        faults.append("the configuration changed and nobody is recorded for it")
    if not faults:
        return NOT_CHECKED if ledger.is_sound is None else FINE
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
    what="The record of closed days cannot be trusted as a whole.",
    why="A report is worth what its books are.",
    do="Run `headframe report verify`; look for a restored backup, a stepped clock, or a hand in the database.",
    needs=(Need(text="the ledger's chain over closed days"),),
    quiet=(),
)
