"""When a tariff's own hours change: the next change, the course of a day, the mean over a span."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from daemon.economics.tariff_hours import Hour, Tariff, hour_at, zone_of

# A tariff with seasons changes at the latest when the year has come round.
HORIZON_DAYS = 400


class Slice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A stretch of time with one price: epoch seconds from `start` up to, not with, `end`.

    `price_per_kwh` has the adder in it; None is a gap or an overlap, and `reason` says which.
    """

    start: float
    end: float
    price_per_kwh: float | None
    source: str = ""
    reason: str | None = None


def next_change(tariff: Tariff, instant: float) -> float | None:
    """Give the epoch second at which the tariff's own hours next say something else; None within thirteen months."""
    if not tariff.periods:
        return None
    now = _comparable(hour_at(tariff, instant))
    for moment in _moments(tariff, instant, days=HORIZON_DAYS):
        if _comparable(hour_at(tariff, moment)) != now:
            return moment
    return None


def day_slices(tariff: Tariff, day: date) -> tuple[Slice, ...]:
    """Give the course of one local day, midnight to midnight: 23, 24 or 25 hours of it."""
    zone = zone_of(tariff.timezone)
    start = datetime.combine(day, time(), zone).timestamp()
    end = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
    return slices(tariff, start=start, end=end)


def slices(tariff: Tariff, *, start: float, end: float) -> tuple[Slice, ...]:
    """Give the stretches of one price between two instants; signals and contract are left out, the adder is in."""
    found: list[Slice] = []
    begin, hour = start, hour_at(tariff, start)
    days = int((end - start) // 86400) + 2
    for moment in _moments(tariff, start, days=days):
        if moment >= end:
            break
        there = hour_at(tariff, moment)
        if _comparable(there) != _comparable(hour):
            found.append(_slice(tariff, hour, start=begin, end=moment))
            begin, hour = moment, there
    if end > start:
        found.append(_slice(tariff, hour, start=begin, end=end))
    return tuple(found)


def mean_price(tariff: Tariff, *, start: float, end: float) -> float | None:
    """Give the mean price per kWh of a constant load between two instants; None when any part of it has no price."""
    total = 0.0
    for piece in slices(tariff, start=start, end=end):
        if piece.price_per_kwh is None:
            return None
        total += piece.price_per_kwh * (piece.end - piece.start)
    return total / (end - start) if end > start else None


def _slice(tariff: Tariff, hour: Hour, *, start: float, end: float) -> Slice:
    price = None if hour.price_per_kwh is None else hour.price_per_kwh + tariff.adder_per_kwh
    return Slice(start=start, end=end, price_per_kwh=price, source=hour.source, reason=hour.reason)


def _comparable(hour: Hour) -> tuple[float | None, str]:
    # A gap's reason names the minute and so differs at every one of them; a gap is a gap.
    return hour.price_per_kwh, hour.source


def _moments(tariff: Tariff, instant: float, *, days: int) -> Iterator[float]:
    """Give every instant after this one, in order, at which the hours may change.

    Both readings of a time that comes twice are given, and the very instant of a change of clocks, since a period
    that begins in the hour left out begins there.
    """
    zone = zone_of(tariff.timezone)
    minutes = {0} | {minute % 1440 for period in tariff.periods for minute in (period.from_minute, period.to_minute)}
    today = datetime.fromtimestamp(instant, zone).date()
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        found = {
            datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone).timestamp()
            for minute in minutes
            for fold in (0, 1)
        }
        found |= _clock_change(day, zone=zone)
        yield from sorted(moment for moment in found if moment > instant)


def _clock_change(day: date, *, zone: tzinfo) -> set[float]:
    """Give the instant of the day at which the clocks change, to the second, if they do."""
    begin = datetime.combine(day, time(), zone)
    low, high = begin.timestamp(), datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
    before = begin.utcoffset()
    if before == datetime.fromtimestamp(high, zone).utcoffset():
        return set()
    while high - low > 0.5:
        middle = (low + high) / 2.0
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return {float(round(high))}
