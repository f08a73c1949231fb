"""L-02: a device is set to a pool or a worker that is not ours. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule, unknown

NO_SLOTS = unknown("The reading names no pools.")


def foreign_pool(device: DeviceState, context: Context, _: Parameters) -> Judgement | None:
    """Hold while any slot, active or not, is outside the allow-list; None when no pool is configured at all."""
    allowed = context.allowed
    if not allowed:
        return None
    reading = device.reading
    if reading is None or not reading.pools:
        return NO_SLOTS
    foreign = None
    for slot in reading.pools:
        if not allowed.allows(slot.url, slot.user):
            foreign = [slot] if foreign is None else [*foreign, slot]
    if foreign is None:
        return FINE
    shown = "; ".join(f"slot {slot.index}: {without_secrets(slot.url)} as {slot.user or 'nobody'}" for slot in foreign)
    active = next((slot for slot in foreign if slot.active), None)
    mines = "It mines there now" if active is not None else "It does not mine there at present"
    return Judgement(
        holds=True,
        value=float(len(foreign)),
        threshold=0.0,
        unit="slots",
        message=f"Set to a pool or worker that is not allowed: {shown}. {mines}.",
        evidence={
            "slots": shown,
            "active": None if active is None else without_secrets(active.url),
            "firmware": reading.firmware,
            "firmware_version": reading.firmware_version,
            "host": device.entry.host,
        },
    )


def without_secrets(url: str | None) -> str:
    """Show an address without credentials in it."""
    scheme, mark, rest = (url or "").partition("://")
    if not mark:
        scheme, rest = "", scheme
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


RULE = Rule(
    id="L-02",
    scope="device",
    group="pool",
    title="foreign pool or worker",
    severity="crit",
    judge=foreign_pool,
    for_s=0.0,
    clear_for_s=0.0,
    for_polls=2,
    clear_polls=2,
    what="One of the device's pool slots points to a pool, or names a worker, that the configuration does not allow.",
    why="This is what theft of hashrate looks like: your power, somebody else's coins.",
    do="Isolate the device, restore its pools, change its password and check its firmware; look for others.",
    needs=(Need(text="pool slots in the reading; pools or pools_allowed in the configuration"),),
    quiet=(),
    rests_on=("pools",),
)
