"""S-04: something mines here, or for our account, that is in no inventory. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot, Unlisted
from daemon.rules.wording import duration, many

SHOWN = 8


def unlisted(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while anything unlisted is older than the grace; None when nobody looks for such things."""
    if snapshot.unlisted is None:
        return None
    old = [one for one in snapshot.unlisted if snapshot.now - one.since >= p["grace"]]
    if not old:
        trouble = snapshot.unlisted_trouble
        return unknown(f"Not everything could be looked at: {'; '.join(trouble)}.") if trouble else FINE
    shown = ", ".join(_words(one, now=snapshot.now) for one in old[:SHOWN])
    more = f", and {len(old) - SHOWN} more" if len(old) > SHOWN else ""
    return Judgement(
        holds=True,
        value=float(len(old)),
        threshold=0.0,
        unit="devices",
        message=f"{many(len(old), 'miner')} not in the inventory: {shown}{more}.",
        evidence={
            "names": ", ".join(one.name for one in old[:50]),
            "macs": ", ".join(one.mac for one in old[:50] if one.mac),
        },
    )


def _words(one: Unlisted, *, now: float) -> str:
    facts = (one.mac, one.hostname, one.where, f"for {duration(now - one.since)}")
    return f"{one.name} ({', '.join(fact for fact in facts if fact)})"


RULE = Rule(
    id="S-04",
    scope="site",
    group="site",
    title="unlisted miner",
    severity="high",
    judge=unlisted,
    for_s=0.0,
    clear_for_s=0.0,
    what="An address has a miner's hardware, or a worker mines for the account, that no inventory knows.",
    why="It takes your power for somebody, or your list is wrong; both cost.",
    do=(
        "Ask who put it there. List it, or say under `unlisted.expected` until when it may stay; else find its port by "
        "the MAC address on the switch, and take it off the network."
    ),
    needs=(Need(text="`unlisted`: DHCP leases or the kernel's neighbours; or `pools.workers`, the pool's own list"),),
    parameters=(
        Parameter(name="grace", default=DAY, dimension="duration", low=0.0, high=30 * DAY, text="time to be listed"),
    ),
    quiet=("maintenance",),
)
