"""S-10: several devices claim one identity. Pure."""

from daemon.rules.rule import FINE, MINUTE, Judgement, Need, Parameters, Rule
from daemon.rules.snapshot import Snapshot


def duplicate(snapshot: Snapshot, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while two devices that answer at present say that they are the same."""
    found = snapshot.duplicates
    if not found:
        return FINE
    shown = "; ".join(f"{one.identity} by {' and '.join(one.devices[:4])}" for one in found[:8])
    return Judgement(
        holds=True,
        value=float(len(found)),
        threshold=0.0,
        unit="identities",
        message=f"Claimed more than once: {shown}.",
        evidence={
            "identities": "; ".join(one.identity for one in found[:50]),
            "devices": ", ".join(dict.fromkeys(name for one in found[:50] for name in one.devices)),
        },
    )


RULE = Rule(
    id="S-10",
    scope="site",
    group="site",
    title="duplicate identity",
    severity="warn",
    judge=duplicate,
    for_s=2 * MINUTE,
    clear_for_s=10 * MINUTE,
    what="Two devices answer with the same MAC address or serial number at different addresses.",
    why="One of them is a cloned control board, one device at two addresses, or one that passes for another; a network "
    "with a MAC address twice loses packets of both.",
    do="Find both by their addresses; give the cloned board its own MAC, or list the device with two addresses once.",
    needs=(Need(text="MAC addresses or serial numbers in the readings"),),
    quiet=("maintenance",),
)
