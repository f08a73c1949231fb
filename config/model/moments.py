"""Time zones, times of day, days, months, dates and moments."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from config.model.section import SURROUNDINGS, Refused
from config.model.words import named, text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
HOLIDAY = DAYS.index("holiday")
_DAY_GROUPS = {"weekdays": frozenset(range(5)), "weekend": frozenset({5, 6}), "all": frozenset(range(8))}
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NUMBERS = {name: number for names in (DAYS, _FULL_DAYS) for number, name in enumerate(names)}
_MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)}
_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


def timezone(value: Any) -> str:
    """Take an IANA name that this machine knows."""
    taken = text(value)
    if zone(taken) is None:
        raise Refused(
            f'"{taken[:40]}" is not a time zone that this machine knows; expected a name such as America/Chicago'
        )
    return taken


def zone(name: str) -> tzinfo | None:
    """Find a time zone; None when the machine has none of that name. UTC is known everywhere."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def time_of_day(value: Any) -> int:
    """Take a time such as 17:30 as the minute of the day; 24:00 is the day's end, 1440."""
    # YAML 1.1 readers see 17:30 as 1050; here the text is what counts, quoted or not.
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match[1] == "24" and match[2] != "00"):
        raise Refused(f'expected a time of day such as "17:30", not {named(value)}')
    return int(match[1]) * 60 + int(match[2])


def days(value: Any) -> frozenset[int]:
    """Take days (mon … sun, holiday, weekdays, weekend, all; mon-fri) as numbers: Monday is 0, a holiday 7."""
    found: set[int] = set()
    for word in _words(value, "days such as [mon, tue] or weekdays"):
        if word in _DAY_GROUPS:
            found |= _DAY_GROUPS[word]
        else:
            found |= _span(word, _DAY_NUMBERS, f"a day; expected {', '.join(DAYS)}, weekdays, weekend or all", 0, 6)
    return frozenset(found)


def months(value: Any) -> frozenset[int]:
    """Take months (jan … dec, jun-sep, 1 … 12) as numbers from 1."""
    found: set[int] = set()
    for word in _words(value, "months such as [jun, jul] or jun-sep"):
        if word.isdecimal() and 1 <= int(word) <= 12:
            found.add(int(word))
        else:
            found |= _span(word, _MONTH_NUMBERS, f"a month; expected {', '.join(MONTHS)} or 1 to 12", 1, 12)
    return frozenset(found)


def _words(value: Any, expected: str) -> list[str]:
    words = value if isinstance(value, list) else [value]
    if not words or any(isinstance(word, bool) or not isinstance(word, str | int) for word in words):
        raise Refused(f"expected {expected}")
    return [part.strip().lower() for word in words for part in str(word).split(",")]


def _span(word: str, numbers: dict[str, int], noun: str, first: int, last: int) -> set[int]:
    begin, hyphen, end = word.partition("-")
    begin, end = begin.strip(), end.strip() if hyphen else begin.strip()
    if begin not in numbers or end not in numbers:
        raise Refused(f"{named(word)} is not {noun}")
    start, stop = numbers[begin], numbers[end]
    if start <= stop:
        return set(range(start, stop + 1))
    return set(range(start, last + 1)) | set(range(first, stop + 1))


def calendar_date(value: Any) -> date:
    """Take a date such as 2026-07-04."""
    try:
        return date.fromisoformat(str(value)) if isinstance(value, str) else _no_date(value)
    except ValueError:
        return _no_date(value)


def moment(value: Any) -> float:
    """Take a date and time as epoch seconds; without an offset it is the site's local time."""
    if not isinstance(value, str):
        raise Refused(f'expected a date and time such as "2026-06-01 15:00", not {named(value)}')
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise Refused(f'expected a date and time such as "2026-06-01 15:00", not {named(value)}') from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=SURROUNDINGS.get().timezone or UTC)
    try:
        return parsed.timestamp()
    except (OverflowError, ValueError):
        raise Refused(f"{named(value)} is outside the years that can be reckoned with") from None


def _no_date(value: Any) -> date:
    raise Refused(f'expected a date such as "2026-07-04", not {named(value)}')


def _one_or_many(names: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema(
        {"anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
        | {"examples": list(names)}
    )


Timezone = Annotated[str, PlainValidator(timezone), WithJsonSchema({"type": "string", "examples": ["America/Chicago"]})]
TimeOfDay = Annotated[int, PlainValidator(time_of_day), WithJsonSchema({"type": "string", "examples": ["17:30"]})]
Days = Annotated[
    frozenset[int], PlainValidator(days), _one_or_many(("weekdays", "weekend", "holiday", "all", "mon-fri"))
]
Months = Annotated[frozenset[int], PlainValidator(months), _one_or_many(("jun-sep", "dec", "1"))]
CalendarDate = Annotated[date, PlainValidator(calendar_date), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[float, PlainValidator(moment), WithJsonSchema({"type": "string", "examples": ["2026-06-01 15:00"]})]
