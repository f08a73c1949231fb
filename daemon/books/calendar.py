"""Which local day and which UTC hour an instant belongs to, and until when. Pure."""

from datetime import UTC, date, datetime, timedelta, tzinfo

import msgspec

EPOCH = date(1970, 1, 1).toordinal()
HOUR_S = 3600.0


class Period(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The part of one UTC hour that lies within one local day: epoch seconds from `begin` up to, not with, `end`.

    `day` counts days since 1970-01-01 on the local calendar, `hour` hours since 1970-01-01 in UTC.
    """

    day: int
    hour: int
    begin: float
    end: float


def day_number(day: date) -> int:
    """Count the days from 1970-01-01 to a date."""
    return day.toordinal() - EPOCH


def date_of(day: int) -> date:
    """Give the date of a day's number."""
    return date.fromordinal(day + EPOCH)


def day_begins(day: int, *, zone: tzinfo) -> float:
    """Give the epoch second at which a local day begins; days of 23 and 25 hours come out right.

    A midnight that the clocks jump over is the instant of the jump, one that comes twice is the first of both.
    """
    begin = date_of(day)
    return datetime(begin.year, begin.month, begin.day, tzinfo=zone).timestamp()


def day_of(instant: float, *, zone: tzinfo) -> int:
    """Give the number of the local day of an epoch second."""
    return day_number(datetime.fromtimestamp(instant, zone).date())


def period_at(instant: float, *, zone: tzinfo) -> Period:
    """Give the period of an epoch second."""
    day, hour = day_of(instant, zone=zone), int(instant // HOUR_S)
    return Period(
        day=day,
        hour=hour,
        begin=max(hour * HOUR_S, day_begins(day, zone=zone)),
        end=min((hour + 1) * HOUR_S, day_begins(day + 1, zone=zone)),
    )


def hours_of(day: int, *, zone: tzinfo) -> tuple[int, int]:
    """Give the first and the last UTC hour that begin within a local day."""
    first = -int(-day_begins(day, zone=zone) // HOUR_S)
    after = -int(-day_begins(day + 1, zone=zone) // HOUR_S)
    return first, after - 1


def hour_text(hour: int) -> str:
    """Write the begin of a UTC hour."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%MZ")
