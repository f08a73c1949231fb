"""How sure a margin is: the chance of a loss, the error of a sum, and what a measurement would be worth."""

from collections.abc import Iterable
from math import copysign, erfc, exp, hypot, inf, pi, sqrt

import msgspec

from daemon.economics.verdict import POWER_ERROR_RATIO, Verdict, verdict


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A margin judged by its error: standard deviations from zero, the chance that it is a loss, the verdict."""

    margin: float
    sd: float
    z: float
    loss_probability: float
    verdict: Verdict


class Group(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Devices of one model and firmware in a sum of watts.

    `independent_ratio` is the relative error that differs from device to device, `common_ratio` the one that all of
    them share and that no number of them averages out.
    """

    power_w: float
    count: int
    independent_ratio: float
    common_ratio: float = 0.0


class Uncertain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One undecided device: its margin, what its energy and revenue are a day, and how its watts are known."""

    model: str
    firmware: str
    grade: str
    margin: float
    revenue: float
    power_cost: float
    hashrate_error_ratio: float = 0.0


class UndecidedGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Undecided devices of one model, firmware and grade, and what metering them would do.

    `decided_by_meter` counts those that a meter's error would leave decided as they stand. `value_per_day` is what
    the measurement is expected to be worth: loss avoided by switching off those that it would show to lose.
    """

    model: str
    firmware: str
    grade: str
    count: int
    margin: float
    energy_cost: float
    decided_by_meter: int
    value_per_day: float
    measurement: str


def judge(margin: float, *, sd: float) -> Judgement:
    """Judge a margin by its standard deviation; an error of zero leaves no chance either way."""
    z = margin / sd if sd > 0.0 else copysign(inf, margin) if margin else 0.0
    return Judgement(margin=margin, sd=sd, z=z, loss_probability=normal_cdf(-z), verdict=verdict(margin, sd=sd))


def margin_sd(*, revenue: float, power_cost: float, hashrate_error: float, power_error: float) -> float:
    """Give the standard deviation of a margin from the relative errors of hashrate and watts."""
    return hypot(revenue * hashrate_error, power_cost * power_error)


def sum_sd_w(groups: Iterable[Group], *, meter_w: float = 0.0, meter_ratio: float = 0.0) -> float:
    """Give the standard deviation of a sum of watts: `sqrt((Σ·u)²/n + (Σ·bias)² + meter²)`, group by group.

    What is independent is added in squares and shrinks with the number of devices. What is common is added as it
    stands, also across groups: splitting a fleet into more groups must not make its error smaller.
    """
    independent = common = 0.0
    for group in groups:
        if group.count > 0:
            independent += (group.power_w * group.independent_ratio) ** 2 / group.count
            common += abs(group.power_w * group.common_ratio)
    return sqrt(independent + common**2 + (meter_w * meter_ratio) ** 2)


def information_value(margin: float, *, sd_now: float, sd_after: float = 0.0) -> float:
    """Give what a better measurement is expected to be worth a day to somebody who acts on the margin's sign.

    Without it a device runs if its margin is above zero. The measurement moves the margin by what it takes off the
    error; the value is the mean gain of changing one's mind where it crosses zero, never below zero.
    """
    moved = sqrt(max(0.0, sd_now**2 - sd_after**2))
    if moved == 0.0:
        return 0.0
    z = abs(margin) / moved
    return max(0.0, moved * (normal_density(z) - z * normal_cdf(-z)))


def undecided_groups(devices: Iterable[Uncertain]) -> tuple[UndecidedGroup, ...]:
    """Gather undecided devices by model, firmware and grade, with what metering them would decide; best value first."""
    gathered: dict[tuple[str, str, str], list[Uncertain]] = {}
    for device in devices:
        gathered.setdefault((device.model, device.firmware, device.grade), []).append(device)
    groups = [_gathered(key, members=members) for key, members in gathered.items()]
    return tuple(sorted(groups, key=lambda group: -group.value_per_day))


def normal_cdf(z: float) -> float:
    """Give the chance that a standard normal number is below z."""
    return 0.5 * erfc(-z / sqrt(2.0))


def normal_density(z: float) -> float:
    """Give the standard normal density at z."""
    return exp(-z * z / 2.0) / sqrt(2.0 * pi)


def _gathered(key: tuple[str, str, str], *, members: list[Uncertain]) -> UndecidedGroup:
    model, firmware, grade = key
    metered = POWER_ERROR_RATIO["metered"]
    decided, value = 0, 0.0
    for device in members:
        now = _sd(device, power_error=POWER_ERROR_RATIO.get(grade, POWER_ERROR_RATIO["spec"]))
        after = _sd(device, power_error=metered)
        decided += verdict(device.margin, sd=after) in {"profitable", "unprofitable"}
        value += information_value(device.margin, sd_now=now, sd_after=after)
    if grade == "metered":
        measurement = "a longer window of their hashrate, or a day of their shares"
    elif decided:
        measurement = f"a meter on one of the {len(members)}: what they have in common shows on any of them"
    else:
        measurement = "none: they run at their break-even"
    return UndecidedGroup(
        model=model,
        firmware=firmware,
        grade=grade,
        count=len(members),
        margin=sum(device.margin for device in members),
        energy_cost=sum(device.power_cost for device in members),
        decided_by_meter=decided,
        value_per_day=value,
        measurement=measurement,
    )


def _sd(device: Uncertain, *, power_error: float) -> float:
    return margin_sd(
        revenue=device.revenue,
        power_cost=device.power_cost,
        hashrate_error=device.hashrate_error_ratio,
        power_error=power_error,
    )
