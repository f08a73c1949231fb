"""L-06: much of the hashrate is on a pool that is not the first choice. Pure."""

from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import hashrate, share

NO_POOLS = unknown("No device says which of its pools is active.")


def failover(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while more than a share of the hashrate mines on a slot that is not the device's first."""
    fleet = snapshot.fleet
    if fleet.shares_hs <= 0.0:
        return NO_POOLS
    part = fleet.backup_hs / fleet.shares_hs
    if part <= p["share"]:
        return FINE if part < p["clear_share"] else BETWEEN
    return Judgement(
        holds=True,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=f"{hashrate(fleet.backup_hs)}, {share(part)} of the fleet, mine on a backup pool.",
        evidence={"backup_hs": fleet.backup_hs, "placed_hs": fleet.shares_hs},
    )


RULE = Rule(
    id="L-06",
    scope="site",
    group="pool",
    title="on backup pools",
    severity="warn",
    judge=failover,
    for_s=10 * MINUTE,
    clear_for_s=10 * MINUTE,
    what="Many devices have left their first pool for a backup.",
    why="The first pool, or the way to it, is out; fees and payout rules of the backup hold meanwhile.",
    do="Check the first pool; see that the devices come back by themselves.",
    needs=(Need(text="the active pool in the readings"),),
    parameters=(
        Parameter(name="share", default=0.20, dimension="ratio", low=0.0, high=1.0, text="share of the hashrate"),
        Parameter(name="clear_share", default=0.10, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
    ),
)
