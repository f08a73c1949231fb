"""S-04: something mines here, or for our account, that is in no inventory. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import many


def unlisted(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while anything unlisted is older than the grace; None when nobody looks for such things."""
    if snapshot.unlisted is None:
        return None
    old = [one for one in snapshot.unlisted if snapshot.now - one.since >= p["grace"]]
    if not old:
        return FINE
    shown = ", ".join(f"{one.name} ({one.where})" for one in old[:8])
    return Judgement(
        holds=True,
        value=float(len(old)),
        threshold=0.0,
        unit="devices",
        message=f"{many(len(old), 'miner')} not in the inventory: {shown}.",
        evidence={"names": ", ".join(one.name for one in old[:50])},
    )


RULE = Rule(
    id="S-04",
    scope="site",
    group="site",
    title="unlisted miner",
    severity="high",
    judge=unlisted,
    for_s=0.0,
    clear_for_s=0.0,
    what="An address answers like a miner, or a worker mines for the account, that no inventory knows.",
    why="It takes your power for somebody, or your list is wrong; both cost.",
    do="Ask who put it there; list it, or take it off the network.",
    needs=(Need(text="a list of what mines here beside the inventory; the daemon gathers none by itself yet"),),
    parameters=(
        Parameter(name="grace", default=DAY, dimension="duration", low=0.0, high=30 * DAY, text="time to be listed"),
    ),
    quiet=("maintenance",),
)
