"""The settings known of each device, seen and listed, and which of them would earn most at the present prices. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from math import inf

import msgspec

from collectors.reading import PowerSetting, Reading
from daemon.economics.break_even import cut_off_j_per_th
from daemon.economics.explain_settings import KnownSetting
from daemon.economics.hull import Origin, Point, hull, margin_per_day, marginal_j_per_th
from daemon.economics.money import Terms
from daemon.economics.verdict import POWER_ERROR_RATIO
from daemon.fleet import DeviceState
from daemon.rules.advice import setting_advice
from daemon.rules.context import BetterSetting
from daemon.rules.history.points import LIKE_HASHRATE, LIKE_LIMIT, Level, OperatingPoints

# Prices change at once for all devices; each is then looked at with its next reading, and otherwise now and then.
AGAIN_S = 900.0
CURVES = 512
HIGHEST_HASHRATE_RATIO = 1.5
"""How far above what is seen a listed setting may lie: beyond it the list is of another machine."""


class Known(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one device: its present point, others that were seen, and the firmware's list.

    `scale` brings the list's hashrate and watts in line with what is seen; None where the present setting is not
    found in the list, which is then only a promise.
    """

    current: Point
    seen: tuple[Point, ...] = ()
    listed: tuple[PowerSetting, ...] = ()
    scale: tuple[float, float] | None = None

    def preset(self, one: PowerSetting) -> Point | None:
        """Give a listed setting as a point; None when it was seen, or belongs to another machine than this."""
        scale = self.scale or (1.0, 1.0)
        hashrate, power = one.hashrate_hs * scale[0], one.power_w * scale[1]
        if hashrate > HIGHEST_HASHRATE_RATIO * self.current.hashrate_hs:
            return None
        if any(abs(hashrate - other.hashrate_hs) <= LIKE_HASHRATE * other.hashrate_hs for other in self.all_seen):
            return None
        origin: Origin = "promised" if self.scale is None else "preset"
        return Point(hashrate_hs=hashrate, power_w=power, name=one.name, origin=origin)

    @property
    def all_seen(self) -> tuple[Point, ...]:
        """The present point and the others that were seen."""
        return (self.current, *self.seen)

    @property
    def points(self) -> list[Point]:
        """Every point there is, in rising watts."""
        presets = (self.preset(one) for one in self.listed)
        found = [*self.all_seen, *(point for point in presets if point is not None)]
        return sorted(found, key=lambda point: point.power_w)


class Advisor:
    """Keeps the advice for every device; `better` is what the rules read."""

    def __init__(self, points: OperatingPoints) -> None:
        self.points = points
        self.better: dict[str, BetterSetting | None] = {}
        self._looked: dict[str, tuple[int, float]] = {}
        self._curves: dict[tuple[int, int], Curve] = {}

    def look(self, device: DeviceState, terms_of: Callable[[Reading], Terms], *, now: float, priced: int) -> None:
        """Work the advice out anew where prices (`priced` counts their changes) or time call for it."""
        name = device.entry.id
        looked = self._looked.get(name)
        if looked is not None and looked[0] == priced and 0.0 <= now - looked[1] < AGAIN_S:
            return
        self._looked[name] = (priced, now)
        known = known_settings(device, self.points)
        if known is None or device.reading is None or not (known.seen or known.listed):
            self.better.pop(name, None)
            return
        terms = terms_of(device.reading)
        found = None if terms.fault else self._advice(device, known, terms)
        if found is None and not terms.fault:
            self.better.pop(name, None)
        else:
            self.better[name] = found

    def forget(self, device_id: str) -> None:
        """Let a device go."""
        self.better.pop(device_id, None)
        self._looked.pop(device_id, None)
        self.points.forget(device_id)

    def settings(self, device: DeviceState, terms: Terms) -> list[KnownSetting]:
        """List what is known of a device, in rising watts, the present setting among it."""
        known = known_settings(device, self.points)
        if known is None:
            return []
        prices = _prices(device, terms)
        found = None if terms.fault else self._advice(device, known, terms)
        best = None if found is None else (found.power_w, found.hashrate_hs)
        return [
            KnownSetting(
                name=point.name or f"{point.power_w:.0f} W",
                origin=point.origin,
                hashrate_hs=point.hashrate_hs,
                power_w=point.power_w,
                j_per_th=point.j_per_th,
                margin_per_day=None if terms.fault else margin_per_day(point, **prices),
                is_current=point is known.current,
                is_best=best == (point.power_w, point.hashrate_hs),
            )
            for point in known.points
        ]

    def _advice(self, device: DeviceState, known: Known, terms: Terms) -> BetterSetting | None:
        """Hold what was seen, and what is best of the list, against the present point; the terms must have no fault."""
        prices = _prices(device, terms)
        return setting_advice(
            (*known.all_seen, *self._best_listed(known, prices)),
            now=known.current,
            power_error_ratio=POWER_ERROR_RATIO.get(device.power_grade, POWER_ERROR_RATIO["spec"]),
            **prices,
        )

    def _best_listed(self, known: Known, prices: Mapping[str, float]) -> Iterator[Point]:
        """Give the listed settings around the best one; at a price of zero or less, the thirstiest that is allowed."""
        scale = known.scale or (1.0, 1.0)
        most_hs = HIGHEST_HASHRATE_RATIO * known.current.hashrate_hs / scale[0]
        allowed = sum(one.hashrate_hs <= most_hs for one in known.listed)
        if not allowed:
            return
        curve = self._curves.get((id(known.listed), allowed))
        if curve is None or curve.listed is not known.listed:
            if len(self._curves) >= CURVES:
                self._curves.clear()
            curve = self._curves[id(known.listed), allowed] = curve_of(known.listed, most_hs=most_hs)
        place = len(curve.hull)
        if prices["price_per_kwh"] > 0.0:
            place = bisect_left(curve.marginals, cut_off_j_per_th(**prices) * scale[0] / scale[1])
        for one in curve.hull[max(0, place - 2) : place + 1]:
            point = known.preset(one)
            if point is not None:
                yield point


class Curve(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A firmware's list and its lower convex hull without off, with the J/TH of each step up to a point."""

    listed: tuple[PowerSetting, ...]
    hull: tuple[PowerSetting, ...]
    marginals: tuple[float, ...]


def curve_of(listed: tuple[PowerSetting, ...], *, most_hs: float = inf) -> Curve:
    """Make the curve of a list up to a hashrate; scaling it keeps its shape, so that devices with one list share it."""
    by_point = {(one.hashrate_hs, one.power_w): one for one in listed}
    lower = hull(
        Point(hashrate_hs=one.hashrate_hs, power_w=one.power_w) for one in listed if one.hashrate_hs <= most_hs
    )
    return Curve(
        listed=listed,
        hull=tuple(by_point[point.hashrate_hs, point.power_w] for point in lower[1:]),
        marginals=marginal_j_per_th(lower),
    )


def known_settings(device: DeviceState, points: OperatingPoints) -> Known | None:
    """Gather what is known of a device; None where it shows no present point, or its watts were configured."""
    reading, name = device.reading, device.entry.id
    if reading is None or device.stale or device.entry.power_w is not None:
        return None
    level = points.current(name)
    if level is not None:
        current = _seen(level)
    elif reading.settings and reading.state == "hashing" and reading.hashrate_hs and device.power_w:
        current = Point(
            hashrate_hs=reading.hashrate_hs, power_w=device.power_w, name=_limit_name(reading.power_limit_w)
        )
    else:
        return None
    return Known(
        current=current,
        seen=tuple(_seen(one) for one in points.levels(name) if one is not level),
        listed=reading.settings,
        scale=_scale(reading, current),
    )


def _seen(level: Level) -> Point:
    return Point(hashrate_hs=level.hashrate_hs, power_w=level.power_w, name=_limit_name(level.limit_w))


def _prices(device: DeviceState, terms: Terms) -> dict[str, float]:
    return {
        "hashprice_per_ph_day": terms.hashprice_per_ph_day or 0.0,
        "price_per_kwh": (terms.usable_price_per_kwh or 0.0) + sum(terms.energy_terms.values()),
        "pue": terms.pue,
        "paid_ratio": (terms.paid_ratio or 0.0) * (1.0 - device.reject_ratio),
    }


def _scale(reading: Reading, current: Point) -> tuple[float, float] | None:
    """Give by what hashrate and watts seen differ from those listed for the present setting; None when it is not found.

    A device that does a quarter less than its setting promises has lost a board or throttles: nothing can be told then.
    """
    listed, limit = reading.settings, reading.power_limit_w
    if not listed:
        return None
    if limit is not None:
        same = [one for one in listed if abs((one.target_w or one.power_w) - limit) <= LIKE_LIMIT * limit]
    else:
        nearest = min(listed, key=lambda one: abs(one.hashrate_hs - current.hashrate_hs))
        same = (
            [nearest] if abs(nearest.hashrate_hs - current.hashrate_hs) <= LIKE_HASHRATE * current.hashrate_hs else []
        )
    if len(same) != 1:
        return None
    ratios = current.hashrate_hs / same[0].hashrate_hs, current.power_w / same[0].power_w
    return ratios if all(0.75 < ratio < 1.25 for ratio in ratios) else None


def _limit_name(limit_w: float | None) -> str:
    return "" if limit_w is None else f"{limit_w:.0f} W"
