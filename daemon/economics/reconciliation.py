"""A meter against the devices behind it: the gap, how large it may be by error alone, and what devices share of it."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from daemon.economics.uncertainty import Group, sum_sd_w

GapState = Literal["agrees", "unexplained", "missing", "unknown"]

# A gap counts when error alone would make it less than once in 370 readings, and it is worth a walk.
DECIDED_Z = 3.0
WORTH_A_WALK = 0.02


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A meter's power less what the devices, losses and auxiliaries should draw, in watts.

    `z` is the gap in standard deviations, None when no error is known. `state` is `unexplained` when the meter shows
    more than can be accounted for, `missing` when the devices claim more than the meter, both only beyond three
    standard deviations and 2 %; `unknown` when a figure lacks.
    """

    state: GapState
    expected_w: float | None
    gap_w: float | None
    gap_ratio: float | None
    sd_w: float | None
    z: float | None
    reason: str = ""


class DarkWindow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a meter still shows while nearly everything sleeps, less what sleeping devices and auxiliaries draw."""

    state: GapState
    residual_w: float | None
    residual_ratio: float | None
    reason: str = ""


def reconcile(
    groups: Sequence[Group],
    *,
    meter_w: float | None,
    meter_ratio: float = 0.01,
    loss_ratio: float = 0.0,
    auxiliary_w: float = 0.0,
    unknown_devices: int = 0,
) -> Gap:
    """Hold a meter against the devices behind it: `expected = Σ·(1 + loss) + auxiliary`.

    `meter_ratio` is the meter's relative error, `unknown_devices` counts those whose watts nobody knows; with any of
    those the expected sum is a lower bound and only a missing load can be told.
    """
    if meter_w is None:
        return _unknown("The meter's power is not known.")
    if not groups and not auxiliary_w:
        return _unknown("No device with known watts hangs on this meter.")
    expected = sum(group.power_w for group in groups) * (1.0 + loss_ratio) + auxiliary_w
    gap = meter_w - expected
    sd = sum_sd_w(groups, meter_w=meter_w, meter_ratio=meter_ratio)
    z = gap / sd if sd > 0.0 else None
    ratio = gap / expected if expected else None
    state: GapState = "agrees"
    reason = ""
    beyond = is_beyond(gap, sd_w=sd, expected_w=expected)
    if beyond and gap < 0.0:
        state, reason = "missing", "The devices claim more than the meter shows."
    elif unknown_devices and gap > 0.0:
        state, reason = "unknown", f"The watts of {unknown_devices} devices are not known."
    elif beyond:
        state, reason = "unexplained", "The meter shows more than devices, losses and auxiliaries account for."
    return Gap(state=state, expected_w=expected, gap_w=gap, gap_ratio=ratio, sd_w=sd, z=z, reason=reason)


def is_beyond(gap_w: float, *, sd_w: float | None, expected_w: float | None) -> bool:
    """Tell whether a gap is beyond its error and worth a walk; never where one of the two is not known."""
    if not sd_w or not expected_w:
        return False
    return abs(gap_w) > DECIDED_Z * sd_w and abs(gap_w) > WORTH_A_WALK * abs(expected_w)


def dark_window(
    *,
    meter_w: float | None,
    rated_w: float,
    sleeping: int,
    devices: int,
    sleep_w: float,
    auxiliary_w: float = 0.0,
    awake_w: float = 0.0,
    asleep_ratio: float = 0.9,
    limit_ratio: float = 0.01,
) -> DarkWindow:
    """Look for load while the site is curtailed: then errors of running devices cannot hide it.

    `sleep_w` is what one sleeping device draws, `awake_w` what those that did not sleep say they draw. Unexplained
    when what is left is above `limit_ratio` of the rated power; unknown unless at least `asleep_ratio` sleep.
    """
    if meter_w is None:
        return DarkWindow(
            state="unknown", residual_w=None, residual_ratio=None, reason="The meter's power is not known."
        )
    if not devices or sleeping < asleep_ratio * devices or not rated_w > 0.0:
        reason = f"{sleeping} of {devices} devices sleep, which is too few for the test."
        return DarkWindow(state="unknown", residual_w=None, residual_ratio=None, reason=reason)
    residual = meter_w - sleeping * sleep_w - auxiliary_w - awake_w
    ratio = residual / rated_w
    if ratio > limit_ratio:
        reason = "Something draws power that should not while the devices sleep."
        return DarkWindow(state="unexplained", residual_w=residual, residual_ratio=ratio, reason=reason)
    return DarkWindow(state="agrees", residual_w=residual, residual_ratio=ratio)


def step_w(before: Iterable[float], *, after: Iterable[float]) -> float | None:
    """Give how far a load has stepped: the median after less the median before; None with nothing on a side."""
    earlier, later = _median(before), _median(after)
    return None if earlier is None or later is None else later - earlier


def _median(values: Iterable[float]) -> float | None:
    ranked = sorted(values)
    if not ranked:
        return None
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2.0


def _unknown(reason: str) -> Gap:
    return Gap(state="unknown", expected_w=None, gap_w=None, gap_ratio=None, sd_w=None, z=None, reason=reason)
