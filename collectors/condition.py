"""What a device is doing, told from its rate and from what it says of itself, where it has no word for it."""

from collections.abc import Iterable

from collectors.reading import DeviceCondition, PoolSlot

START_S = 600.0  # tuned firmware takes this long from its start to its first hash


def condition(
    *,
    rate_hs: float | None,
    uptime_s: float | None = None,
    is_asleep: bool | None = None,
    is_starting: bool = False,
    has_faults: bool = False,
    pools: Iterable[PoolSlot] = (),
) -> DeviceCondition:
    """Tell the state; `is_asleep` is what the device says of itself, None when it says nothing about it.

    Sleep goes before the rate, because averages outlive the last hash. A device that hashes nothing while every pool
    is dead has nothing to do. A rate of zero without any of these is a fault only when the device says that it should
    be hashing, or reports a fault; else it is not known why.
    """
    if is_asleep:
        return "sleeping"
    if rate_hs:
        return "hashing"
    if rate_hs is None:
        return "starting" if is_starting else "unknown"
    if is_starting:
        return "starting"
    alive = [pool.alive for pool in pools]
    if alive and not any(one is not False for one in alive):
        return "idle"
    return by_rate(rate_hs, uptime_s=uptime_s, at_zero="fault" if has_faults or is_asleep is False else "unknown")


def by_rate(
    rate_hs: float | None, *, uptime_s: float | None, at_zero: DeviceCondition, start_s: float = START_S
) -> DeviceCondition:
    """Tell the state from the rate alone, where the device has no word for it that is known.

    `at_zero` is what a rate of zero means once the device has run for `start_s`, in which a tuned one begins to hash.
    """
    if rate_hs:
        return "hashing"
    if rate_hs is None:
        return "unknown"
    return "starting" if uptime_s is not None and uptime_s < start_s else at_zero
