"""Which known setting of a device would earn most now, as its rule wants to know it. Pure."""

from collections.abc import Iterable
from math import hypot

from daemon.economics.hull import Point, best_setting, margin_per_day
from daemon.rules.context import BetterSetting

# Two points nearer than this are the same setting, measured twice.
SAME = 0.03


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

    Both wattages come from the same sensor, so its error touches only their difference, and likewise the hashrate's.
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
    moved_w, moved_hs = best.point.power_w - now.power_w, best.point.hashrate_hs - now.hashrate_hs
    cost = moved_w / 1000.0 * pue * 24.0 * price_per_kwh
    revenue = moved_hs / 1e15 * hashprice_per_ph_day * paid_ratio
    present = margin_per_day(
        now, hashprice_per_ph_day=hashprice_per_ph_day, price_per_kwh=price_per_kwh, pue=pue, paid_ratio=paid_ratio
    )
    is_same = abs(moved_w) <= SAME * now.power_w and abs(moved_hs) <= SAME * now.hashrate_hs
    return BetterSetting(
        name=best.point.name or f"{best.point.power_w:.0f} W",
        power_w=best.point.power_w,
        hashrate_hs=best.point.hashrate_hs,
        gain_per_day=best.margin_per_day - present,
        gain_sd_per_day=hypot(cost * power_error_ratio, revenue * hashrate_error_ratio),
        is_current=is_same,
    )
