"""Days, months, times, dates and moments."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.model import moments
from config.model.section import SURROUNDINGS, Refused, Surroundings

ALL = frozenset(range(8))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", {0}),
        ("weekdays", {0, 1, 2, 3, 4}),
        (["weekend", "holiday"], {5, 6, 7}),
        ("all", ALL),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Mon, Tuesday", {0, 1}),
        (["sat", "sun"], {5, 6}),
    ],
)
def test_days(written: Any, days: set[int]) -> None:
    """Days are numbers from Monday, a holiday is the eighth; ranges may go over Sunday."""
    assert days == moments.days(written)


@pytest.mark.parametrize(
    ("written", "months"),
    [("jan", {1}), ("jun-sep", {6, 7, 8, 9}), ("nov-feb", {11, 12, 1, 2}), ([1, "dec"], {1, 12}), (6, {6})],
)
def test_months(written: Any, months: set[int]) -> None:
    """Months are numbers from January; ranges may go over December."""
    assert months == moments.months(written)


@pytest.mark.parametrize(
    ("written", "minute"), [("00:00", 0), ("7:05", 425), ("17:30", 1050), ("23:59", 1439), ("24:00", 1440)]
)
def test_times(written: str, minute: int) -> None:
    """A time is the minute of the day; the day's end has one of its own."""
    assert minute == moments.time_of_day(written)


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (moments.time_of_day, "24:01"),
        (moments.time_of_day, "7"),
        (moments.time_of_day, 1050),
        (moments.time_of_day, "12:30:45"),
        (moments.days, "someday"),
        (moments.days, []),
        (moments.days, True),
        (moments.days, "mon-"),
        (moments.months, 13),
        (moments.months, "0"),
        (moments.calendar_date, "2026-02-30"),
        (moments.calendar_date, 20260101),
        (moments.moment, "soon"),
        (moments.moment, 5),
        (moments.timezone, "Mars/Olympus"),
        (moments.timezone, "../../etc/passwd"),
        (moments.timezone, "America"),
    ],
)
def test_what_is_no_time(read: Any, written: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(Refused):
        read(written)


def test_moments_are_local_unless_they_say_otherwise() -> None:
    """Without an offset a moment is in the site's time zone."""
    token = SURROUNDINGS.set(Surroundings(timezone=ZoneInfo("America/Chicago")))
    try:
        assert 1_780_344_000.0 == moments.moment("2026-06-01 15:00")
        assert 1_780_326_000.0 == moments.moment("2026-06-01T15:00Z")
        assert 1_780_318_800.0 == moments.moment("2026-06-01 15:00+02:00")
    finally:
        SURROUNDINGS.reset(token)
    assert 1_780_326_000.0 == moments.moment("2026-06-01 15:00")


def test_dates() -> None:
    """A date is a date, quoted or not."""
    assert date(2026, 7, 4) == moments.calendar_date("2026-07-04")


def test_utc_needs_no_database() -> None:
    """UTC is known on a machine without time zones."""
    assert moments.zone("UTC") is not None
    assert moments.zone("Nowhere/None") is None
