"""The power level to run at: operating points, their lower convex hull, and the best point for a price."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

Origin = Literal["seen", "preset", "promised"]
"""A setting seen at work; one that the firmware lists, brought in line with what is seen; one as it is listed."""


class Point(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One setting that a device can run at: H/s and watts at the wall, and the setting's name where it has one."""

    hashrate_hs: float
    power_w: float
    name: str = ""
    origin: Origin = "seen"

    @property
    def j_per_th(self) -> float:
        """Its average efficiency, J/TH; 0 for off."""
        return self.power_w / self.hashrate_hs * 1e12 if self.hashrate_hs else 0.0


OFF = Point(hashrate_hs=0.0, power_w=0.0, name="off")


class Setting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The best point for a price, with its margin per day; `marginal_j_per_th` is the hull's last step up to it."""

    point: Point
    margin_per_day: float
    marginal_j_per_th: float | None


def hull(points: Iterable[Point], *, off: Point = OFF) -> tuple[Point, ...]:
    """Give the lower convex hull of watts over hashrate from `off` up to the fastest point, in rising hashrate.

    Each step of it costs more J/TH than the one before, so stepping up while it pays finds the best point; on the
    raw points, which are noisy, it would not. Of points with one hashrate the thriftiest counts.
    """
    kept: list[Point] = []
    for point in sorted((off, *points), key=lambda one: (one.hashrate_hs, one.power_w)):
        if kept and point.hashrate_hs == kept[-1].hashrate_hs:
            continue
        while len(kept) > 1 and _turns_down(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def marginal_j_per_th(points: Sequence[Point]) -> tuple[float, ...]:
    """Give the J/TH of each step from one point to the next; one fewer than there are points."""
    return tuple(
        (later.power_w - earlier.power_w) / (later.hashrate_hs - earlier.hashrate_hs) * 1e12
        for earlier, later in pairwise(points)
    )


def margin_per_day(
    point: Point, *, hashprice_per_ph_day: float, price_per_kwh: float, pue: float = 1.0, paid_ratio: float = 1.0
) -> float:
    """Give what a point earns a day after its energy; `paid_ratio` is what fee, scheme and rejects leave."""
    revenue = point.hashrate_hs / 1e15 * hashprice_per_ph_day * paid_ratio
    return revenue - point.power_w / 1000.0 * pue * 24.0 * price_per_kwh


def best_setting(
    points: Iterable[Point],
    *,
    hashprice_per_ph_day: float,
    price_per_kwh: float,
    pue: float = 1.0,
    paid_ratio: float = 1.0,
    off: Point = OFF,
) -> Setting:
    """Give the point with the most margin at a price, off among them; of equals the one that draws least.

    At a price above zero it is the highest hull point whose last step costs fewer J/TH than the site's cut-off. At
    zero or below energy is no cost, every point is a candidate, and the thirstiest may win.
    """
    listed = tuple(points)
    candidates = hull(listed, off=off) if price_per_kwh > 0.0 else (off, *listed)
    best, most = off, None
    for point in sorted(candidates, key=lambda one: one.power_w):
        margin = margin_per_day(
            point,
            hashprice_per_ph_day=hashprice_per_ph_day,
            price_per_kwh=price_per_kwh,
            pue=pue,
            paid_ratio=paid_ratio,
        )
        if most is None or margin > most:
            best, most = point, margin
    steps = hull(listed, off=off)
    last = None
    if best in steps and steps.index(best) > 0:
        last = marginal_j_per_th(steps)[steps.index(best) - 1]
    return Setting(point=best, margin_per_day=most or 0.0, marginal_j_per_th=last)


def _turns_down(first: Point, middle: Point, last: Point) -> bool:
    """Tell whether the middle point lies on or above the line between its neighbours."""
    run, rise = middle.hashrate_hs - first.hashrate_hs, middle.power_w - first.power_w
    whole_run, whole_rise = last.hashrate_hs - first.hashrate_hs, last.power_w - first.power_w
    return rise * whole_run >= whole_rise * run
