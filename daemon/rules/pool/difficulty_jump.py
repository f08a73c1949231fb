"""L-15: the share difficulty is many times, or a fraction of, what is usual. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.pool.foreign_pool import without_secrets
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import PoolFacts, Snapshot

NOT_KNOWN = unknown("Which share difficulty is usual is not known yet.")
PARAMETERS = (
    Parameter(name="factor", default=8.0, dimension="number", low=1.5, high=1e9, text="times the usual, or its part"),
    Parameter(name="clear_factor", default=4.0, dimension="number", low=1.0, high=1e9, text="times that clear"),
)
WHAT = "The pool asks for shares of a difficulty that is far from what it was in the last hours."
WHY = (
    "Too high, a device's shares become so rare that its work hardly counts; too low, they flood the pool. It also is "
    "what another pool behind the same name looks like."
)
DO = "Check the pool's port and settings, and that it is the same pool; set a difficulty where the pool lets you."


def device_jump(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the active slot's difficulty is that far from the device's usual one at this pool."""
    reading = device.reading
    usual = context.work.usual_difficulty(device.entry.id)
    if reading is None or usual is None:
        return NOT_KNOWN
    for slot in reading.pools:
        if slot.active:
            if not slot.difficulty:
                return NOT_KNOWN
            return _judged(slot.difficulty, usual, p, at=without_secrets(slot.url))
    return NOT_KNOWN


def pool_jump(pool: PoolFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the difficulty that the watch is given lies that far outside the range of those before."""
    newest, usual = pool.difficulty, pool.usual_difficulty
    if not newest or usual is None:
        return NOT_KNOWN
    low, high = usual
    return _judged(newest, min(max(newest, low), high), p, at=pool.url)


def _judged(newest: float, usual: float, p: Parameters, *, at: str) -> Judgement:
    if newest == usual:
        return FINE
    times = newest / usual
    off = max(times, 1.0 / times)
    if off <= p["factor"]:
        return FINE if off < p["clear_factor"] else BETWEEN
    return Judgement(
        holds=True,
        value=times,
        threshold=p["factor"] if times > 1.0 else 1.0 / p["factor"],
        unit="times",
        message=f"The share difficulty is {newest:,.6g}, {times:,.3g} times the usual {usual:,.6g}.",
        evidence={"difficulty": newest, "usual_difficulty": usual, "pool": at},
    )


RULE = Rule(
    id="L-15",
    scope="device",
    group="pool",
    title="share difficulty jumped",
    severity="warn",
    judge=device_jump,
    for_s=10 * MINUTE,
    clear_for_s=10 * MINUTE,
    what=WHAT,
    why=WHY,
    do=DO,
    needs=(Need(text="share difficulty of the active pool in the readings of an hour"),),
    parameters=PARAMETERS,
)
POOL_RULE = Rule(
    id="L-15",
    scope="pool",
    group="pool",
    title="share difficulty jumped",
    severity="info",
    judge=pool_jump,
    for_s=MINUTE,
    clear_for_s=10 * MINUTE,
    what=WHAT,
    why=WHY,
    do=DO,
    needs=(Need(text="pools that are watched for more than an hour"),),
    parameters=PARAMETERS,
    quiet=("maintenance",),
)
