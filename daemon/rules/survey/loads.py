"""Adding one device to the sums of its feeder. Pure."""

from collections.abc import Sequence

from daemon.capacity.load import LoadCount
from daemon.economics.verdict import COMMON_ERROR_RATIO, POWER_ERROR_RATIO
from daemon.fleet import DeviceState

# From the second lost poll on a device counts as lost with its feeder: early enough to speak before its own rule.
LOST_POLLS = 2


def count(device: DeviceState, *, into: Sequence[LoadCount], is_excused: bool = False) -> None:
    """Add one device to each of the sums; the silence of an excused one, in maintenance say, is no loss.

    What nobody has asked yet draws what nobody knows.
    """
    reading = device.reading
    power_w = device.power_w
    money = device.money
    for load in into:
        load.devices += 1
        if device.missed >= LOST_POLLS and not is_excused:
            load.lost += 1
            reason = device.reason or "lost"
            load.reasons[reason] = load.reasons.get(reason, 0) + 1
        if reading is None or device.stale:
            silent_w = power_w if power_w is not None else device.entry.power_w
            if silent_w is not None:
                load.silent_w += silent_w
            elif not device.missed:
                load.unknown_devices += 1
            continue
        load.answering += 1
        hashes = reading.state == "hashing"
        if hashes:
            load.hashing += 1
            load.hashrate_hs += reading.hashrate_hs or 0.0
        elif reading.state == "sleeping":
            load.sleeping += 1
        elif reading.state == "starting":
            load.starting += 1
        if power_w is None:
            # A sleeping device draws next to nothing; any other hides something that counts.
            if reading.state != "sleeping":
                load.unknown_devices += 1
            continue
        if reading.state == "sleeping":
            load.asleep_told += 1
            load.asleep_w += power_w
        error = POWER_ERROR_RATIO.get(device.power_grade, 0.0) * power_w
        common = COMMON_ERROR_RATIO.get(device.power_grade, 0.0) * power_w
        load.devices_w += power_w
        load.variance += error * error
        load.common_w += common
        load.grades[device.power_grade] = load.grades.get(device.power_grade, 0.0) + power_w
        if money is None or not hashes:
            continue
        revenue = money.revenue_per_day or 0.0
        load.revenue_per_day += revenue
        if money.verdict == "unprofitable":
            load.freed_w += power_w
            load.freed_variance += error * error
            load.freed_common_w += common
            load.freed_hashrate_hs += reading.hashrate_hs or 0.0
            load.freed_revenue_per_day += revenue
            load.unprofitable.append(device.entry.id)
        elif money.verdict == "undecided":
            load.undecided_w += power_w
