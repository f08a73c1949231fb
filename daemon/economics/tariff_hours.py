"""A tariff's own hours: which price the clock and the calendar give at an instant.

An instant is an argument, in epoch seconds: nothing here knows what time it is. Hours are those of the tariff's time
zone, so a day has 23 or 25 of them when the clocks change.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

HOLIDAY = 7
"""The eighth day of a week: a date listed as a holiday is this instead of its weekday (0 is Monday)."""

ALL_DAYS = frozenset(range(8))
ALL_MONTHS = frozenset(range(1, 13))
DAY_MINUTES = 1440
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Period(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hours with a price of their own, from one local minute of the day up to, not with, another.

    A period that does not end after it begins runs across midnight and belongs, whole, to the day on which it begins.
    """

    price_per_kwh: float
    name: str = ""
    days: frozenset[int] = ALL_DAYS
    months: frozenset[int] = ALL_MONTHS
    from_minute: int = 0
    to_minute: int = DAY_MINUTES


class Tariff(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What power costs, per kWh in the site's currency; None and empty where a part does not apply.

    The energy price is that of `signal` where it is known, else of the one period that holds, else `price_per_kwh`.
    `adder_per_kwh` (grid fees, losses, taxes) comes on top before anybody asks for the sign. Up to `minimum_take_w`
    the energy is paid for whether drawn or not, so drawing it costs only the adder. Where power can be sold back,
    the price of `sell_signal` less `sell_cost_per_kwh` is what using it forgoes, and the dearer of the two counts.
    """

    timezone: str = "UTC"
    price_per_kwh: float | None = None
    periods: tuple[Period, ...] = ()
    holidays: frozenset[date] = frozenset()
    signal: str | None = None
    adder_per_kwh: float = 0.0
    minimum_take_w: float = 0.0
    sell_signal: str | None = None
    sell_cost_per_kwh: float = 0.0


class Hour(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the tariff's own hours say at an instant, before adder, signal and contract."""

    price_per_kwh: float | None
    source: str = ""
    reason: str | None = None


def hour_at(tariff: Tariff, instant: float) -> Hour:
    """Give the tariff's own price at an instant: a period's, else the base price, else the reason why there is none."""
    local = datetime.fromtimestamp(instant, zone_of(tariff.timezone))
    holding = [period for period in tariff.periods if _holds(period, local=local, holidays=tariff.holidays)]
    if not holding:
        if tariff.price_per_kwh is None:
            return Hour(price_per_kwh=None, reason=f"The tariff has no price for {_moment(local, tariff)}.")
        return Hour(price_per_kwh=tariff.price_per_kwh, source="base price")
    first = holding[0]
    if any(period.price_per_kwh != first.price_per_kwh for period in holding):
        names = " and ".join(_name(period) for period in holding)
        return Hour(price_per_kwh=None, reason=f"The tariff has two prices for {_moment(local, tariff)}: {names}.")
    return Hour(price_per_kwh=first.price_per_kwh, source=f"period {_name(first)}")


def zone_of(name: str) -> tzinfo:
    """Give a time zone by its IANA name; UTC needs no database. Raises ZoneInfoNotFoundError for an unknown one."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _holds(period: Period, *, local: datetime, holidays: frozenset[date]) -> bool:
    minute = local.hour * 60 + local.minute
    today = local.date()
    if period.from_minute < period.to_minute:
        return period.from_minute <= minute < period.to_minute and _counts(period, day=today, holidays=holidays)
    if minute >= period.from_minute:
        return _counts(period, day=today, holidays=holidays)
    return minute < period.to_minute and _counts(period, day=today - timedelta(days=1), holidays=holidays)


def _counts(period: Period, *, day: date, holidays: frozenset[date]) -> bool:
    kind = HOLIDAY if day in holidays else day.weekday()
    return kind in period.days and day.month in period.months


def _name(period: Period) -> str:
    return period.name or f"{_clock(period.from_minute)}-{_clock(period.to_minute)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _moment(local: datetime, tariff: Tariff) -> str:
    return f"{DAY_NAMES[local.weekday()]} {local:%H:%M} {tariff.timezone}"
