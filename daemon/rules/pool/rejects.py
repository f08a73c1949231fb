"""L-03: a pool refuses too many of a device's shares. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import share

NO_SHARES = unknown("No shares were counted between two readings yet.")
FEW_SHARES = unknown("Too few shares of late to tell.")


def rejects(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the share refused of late, by growth of the counters and never by their totals, is high."""
    recent = context.history.recent_rejects(device.entry.id)
    if recent is None:
        return NO_SHARES
    rejected, decided = recent
    if decided < p["shares"]:
        return FEW_SHARES
    part = rejected / decided
    if part <= p["share"] or rejected < p["least"]:
        return FINE if part < p["clear_share"] else BETWEEN
    reading = device.reading
    slot = None if reading is None else next((slot for slot in reading.pools if slot.active), None)
    return Judgement(
        holds=True,
        severity="high" if part > p["high_share"] else None,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=f"{share(part)} of its shares were refused in the last half hour.",
        evidence={"rejected": rejected, "decided": decided, "pool": None if slot is None else slot.url},
    )


RULE = Rule(
    id="L-03",
    scope="device",
    group="pool",
    title="shares refused",
    severity="warn",
    judge=rejects,
    for_s=30 * MINUTE,
    clear_for_s=2 * HOUR,
    what="The pool refuses more of the device's shares than is usual.",
    why="A refused share is work that was paid for with power and is not paid back.",
    do="Check latency to the pool first, then overclocking; many devices at once point to the pool.",
    needs=(Need(text="accepted and rejected counters in two readings or more"),),
    parameters=(
        Parameter(name="share", default=0.01, dimension="ratio", low=0.0, high=1.0, text="share refused"),
        Parameter(name="high_share", default=0.03, dimension="ratio", low=0.0, high=1.0, text="share for high"),
        Parameter(name="clear_share", default=0.007, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
        Parameter(name="shares", default=30.0, dimension="number", low=1.0, high=1e6, text="shares needed to tell"),
        Parameter(name="least", default=2.0, dimension="number", low=1.0, high=1e6, text="least shares refused"),
    ),
)
