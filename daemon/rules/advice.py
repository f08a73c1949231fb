"""Which known setting of a device would earn most now, as its rule wants to know it. Pure."""

from collections.abc import Iterable
from math import hypot

from daemon.economics.hull import Point, best_setting, margin_per_day
from daemon.rules.context import BetterSetting

# Two points nearer than this are the same setting, measured twice.
SAME = 0.03
# What a setting that was seen draws another day, by weather and dust; what one that was only listed draws in truth.
DRIFT_RATIO = 0.01
PRESET_POWER_RATIO, PRESET_HASHRATE_RATIO, PRESET_DRIFT_RATIO = 0.08, 0.05, 0.02


def setting_advice(
    points: Iterable[Point],
    *,
    now: Point,
    hashprice_per_ph_day: float,
    price_per_kwh: float,
    pue: float = 1.0,
    paid_ratio: float = 1.0,
    power_error_ratio: float = 0.05,
    hashrate_error_ratio: float = 0.01,
) -> BetterSetting | None:
    """Hold the best of a device's points against what it does `now`; None when off is best, or nothing is known.

    Wattages of points that were seen come from the same sensor, so its error touches only their difference, and
    likewise the hashrate's. A preset brought in line with the present one errs in the difference as the firmware's
    model does; one that could not be brought in line errs as a whole, on both sides.
    """
    listed = tuple(points)
    if not listed or now.hashrate_hs <= 0.0:
        return None
    best = best_setting(
        listed,
        hashprice_per_ph_day=hashprice_per_ph_day,
        price_per_kwh=price_per_kwh,
        pue=pue,
        paid_ratio=paid_ratio,
    )
    if best.point.hashrate_hs <= 0.0:
        return None
    point = best.point
    per_w, per_hs = pue * 24.0 / 1000.0 * price_per_kwh, hashprice_per_ph_day * paid_ratio / 1e15
    moved_w, moved_hs = point.power_w - now.power_w, point.hashrate_hs - now.hashrate_hs
    cost, revenue = moved_w * per_w, moved_hs * per_hs
    if point.origin == "seen":
        errors = (cost * power_error_ratio, revenue * hashrate_error_ratio, point.power_w * per_w * DRIFT_RATIO)
    elif point.origin == "preset":
        errors = (
            cost * max(PRESET_POWER_RATIO, power_error_ratio),
            revenue * PRESET_HASHRATE_RATIO,
            point.power_w * per_w * PRESET_DRIFT_RATIO,
        )
    else:
        errors = (
            hypot(point.power_w * per_w * PRESET_POWER_RATIO, now.power_w * per_w * power_error_ratio),
            point.hashrate_hs * per_hs * PRESET_HASHRATE_RATIO,
            now.hashrate_hs * per_hs * hashrate_error_ratio,
        )
    present = margin_per_day(
        now, hashprice_per_ph_day=hashprice_per_ph_day, price_per_kwh=price_per_kwh, pue=pue, paid_ratio=paid_ratio
    )
    is_same = abs(moved_w) <= SAME * now.power_w and abs(moved_hs) <= SAME * now.hashrate_hs
    return BetterSetting(
        name=point.name or f"{point.power_w:.0f} W",
        power_w=point.power_w,
        hashrate_hs=point.hashrate_hs,
        margin_per_day=best.margin_per_day,
        gain_per_day=best.margin_per_day - present,
        gain_sd_per_day=hypot(*errors),
        origin=point.origin,
        is_current=is_same,
    )
