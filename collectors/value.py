"""Fields of a decoded answer, taken one by one: a finite number, a text, a truth, or nothing.

`Fields` remembers what was there but could not be read, so that a firmware change shows the day it comes. Absent,
null, empty and "N/A" are the device's ways to say nothing and are not counted.
"""

import functools
import re
from collections.abc import Mapping
from sys import intern
from typing import Any

_NUMBER = re.compile(r"\s*+([+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)\s*+(.*+)\Z", re.DOTALL)
# thousands set apart, as some web pages write them: "18,500.5"; "60,55" are two numbers
_GROUPED = re.compile(r"\s*+[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]*+)?\s*\Z")
_SILENCE = frozenset(("", "n/a", "na", "none", "null", "-", "--", "unknown"))
_PREFIX = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_UNIT = re.compile(r"([kKMGTPEZ]?)([A-Za-z°%/]*+)\Z")
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_NOT_HEX = re.compile(r"[^0-9A-Fa-f]")
TEXT_LENGTH = 256
SENSORS_LENGTH = 64
_QUANTITY_LENGTH = 64
MOST_COUNTED = (1 << 63) - 1  # what a database and a counter can hold
MOST = 1e36  # far above every figure of a miner, and far enough below overflow to be multiplied by a unit
_MAC_DIGITS = 12
_TRUE = frozenset(("true", "y", "yes", "on", "1", "enabled", "alive"))
_FALSE = frozenset(("false", "n", "no", "off", "0", "disabled", "dead"))

# A sensor that is not there reports 0, -1 or 255 (and 0x7f.. or -273 by family); what is left must be survivable.
_NO_SENSOR = frozenset((0.0, -1.0, 255.0))
_COLDEST_C = -40.0
_HOTTEST_C = 150.0


def number(value: object) -> float | None:
    """Give a finite number from a number or a numeric text (`"110.5"`, `"41%"`, `"18,500"`); None for all else."""
    if type(value) is str and value:
        # most texts are plain numbers, and float() is four times as fast as the pattern
        try:
            found = float(value)
        except ValueError:
            match = _NUMBER.match(value)
            if match is not None and match[2] == "%":
                found = float(match[1])
            elif len(value) <= TEXT_LENGTH and _GROUPED.match(value):
                found = float(value.replace(",", ""))
            else:
                return None
        return found if -MOST <= found <= MOST and "_" not in value else None
    if type(value) is float or type(value) is int:
        return float(value) if -MOST <= value <= MOST else None
    return None


def quantity(value: object) -> float | None:
    """Give a number whose text may carry a prefix and a unit: `"524K"`, `"4.55M"`, `"58.94W"`, `"6226G"`."""
    if type(value) is not str:
        return number(value)
    return _quantity_text(value) if len(value) <= _QUANTITY_LENGTH else _quantity(value)


def _quantity(value: str) -> float | None:
    match = _NUMBER.match(value)
    unit = match and _UNIT.match(match[2])
    if match is None or unit is None:
        return None
    # "58.94 kW" has a prefix; in "C", "rpm" and "MHz" a letter of the unit must not be taken for one
    prefix = _PREFIX[unit[1]] if unit[1] and unit[2] in ("", "W", "H/s", "H", "Hz", "hs", "Hs") else 1.0
    found = float(match[1]) * prefix
    return found if found <= MOST else None


# such texts are rounded, so the same few come again and again
_quantity_text = functools.lru_cache(maxsize=1 << 12)(_quantity)


def temperature(value: object) -> float | None:
    """Give a plausible temperature in °C; None for absent sensors (0, -1, 255) and impossible values."""
    found = number(value)
    if found is None or found in _NO_SENSOR or not _COLDEST_C < found < _HOTTEST_C:
        return None
    return found


def hottest(value: object) -> float | None:
    """Give the hottest plausible of several sensors: a list, `"73-45-64-65"`, or a single number."""
    return hottest_text(value) if type(value) is str and len(value) <= SENSORS_LENGTH else _hottest(value)


@functools.lru_cache(maxsize=1 << 14)
def hottest_text(value: str) -> float | None:
    """Give the hottest sensor of a text of at most `SENSORS_LENGTH`: a board says the same for minutes."""
    return _hottest(value)


def _hottest(value: object) -> float | None:
    parts: Any
    if type(value) is str:
        parts = value.replace(",", "-").split("-") if "-" in value[1:] or "," in value else (value,)
    elif type(value) is list:
        parts = value
    else:
        parts = (value,)
    try:
        highest = max(map(int, parts)) if type(value) is str else max(parts)
        if type(highest) is int and _COLDEST_C < highest < _HOTTEST_C and highest not in _NO_SENSOR:
            return float(highest)
    except (TypeError, ValueError):
        pass  # not all whole numbers, or none at all
    candidates = (found for found in map(number, parts) if found is not None)
    return max(
        (found for found in candidates if _COLDEST_C < found < _HOTTEST_C and found not in _NO_SENSOR), default=None
    )


def text(value: object) -> str | None:
    """Give a text without control characters, bounded in length; a number becomes its text, `2.0` becomes `2`."""
    if type(value) is not str:
        if type(value) is float:
            # some firmware writes every number with a fraction, codes and counts too
            value = str(int(value)) if value.is_integer() and abs(value) <= MOST_COUNTED else str(value)
        elif type(value) is int:
            value = str(value)
        else:
            return None
    if len(value) > TEXT_LENGTH or not value.isprintable():
        value = _NOT_SHOWN.sub("", value[:TEXT_LENGTH])
    return value.strip() or None


@functools.lru_cache(maxsize=1 << 15)
def shown(value: str) -> str | None:
    """Give what `text` does of one of at most `TEXT_LENGTH`, as one object for all devices that say it."""
    found = text(value)
    return None if found is None else intern(found)


def truth(value: object) -> bool | None:
    """Give a truth from true/false, 1/0 or a text such as `Y`, `off`, `enabled`; None when it is neither."""
    if type(value) is bool:
        return value
    word = (text(value) or "").lower() if type(value) in (str, int, float) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def mac(value: object) -> str | None:
    """Give a hardware address as `AA:BB:CC:DD:EE:FF`, from any way to write it; None when it is none."""
    if type(value) is not str:
        return None
    digits = _NOT_HEX.sub("", value) if len(value) <= TEXT_LENGTH else ""
    if len(digits) != _MAC_DIGITS or re.search(r"[G-Zg-z]", value) or digits.strip("0") == "":
        return None
    return ":".join(digits[at : at + 2] for at in range(0, _MAC_DIGITS, 2)).upper()


def mapping(value: object) -> dict[str, Any]:
    """Give a JSON object as it is, and an empty one for everything else."""
    return value if type(value) is dict else {}


def listing(value: object) -> list[Any]:
    """Give a JSON list as it is, and an empty one for everything else."""
    return value if type(value) is list else []


def first(value: object) -> dict[str, Any]:
    """Give the first object of a list, or the object itself; an empty one when there is none."""
    if type(value) is list:
        value = value[0] if value else None
    return value if type(value) is dict else {}


class Fields:
    """Takes fields, None for what is absent or unusable, and keeps the names of those that were there all the same."""

    __slots__ = ("_unread",)

    def __init__(self) -> None:
        self._unread: dict[str, None] = {}

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of the unreadable fields, each once, in the order of meeting."""
        return tuple(self._unread)

    def missed(self, name: str) -> None:
        """Note a field that was there and could not be read."""
        self._unread[name] = None

    def number(
        self, source: Mapping[str, Any], *names: str, low: float | None = None, high: float | None = None
    ) -> float | None:
        """Give the first of the named fields that holds a number within the bounds; outside them it is absent."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            found = number(value)
            if found is None:
                self._unreadable(name, value)
            elif (low is None or found >= low) and (high is None or found <= high):
                return found
        return None

    def positive(self, source: Mapping[str, Any], *names: str, times: float = 1.0) -> float | None:
        """Give the first named number that is zero or more, multiplied; a negative one is absent."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            if type(value) is int or type(value) is float:
                # the plain case without a call: a poll takes a hundred numbers
                if 0 <= value <= MOST:
                    return value * times
                continue
            found = number(value)
            if found is None:
                self._unreadable(name, value)
            elif found >= 0.0:
                return found * times
        return None

    def amount(self, name: str, value: object, times: float = 1.0) -> float | None:
        """Give what `positive` would of one field whose value has been looked up; None for None."""
        if type(value) is str:
            # the plain case without a call: every board's rate is such a text
            try:
                plain = float(value)
            except ValueError:
                pass
            else:
                if 0.0 <= plain <= MOST and "_" not in value:
                    return plain * times
        elif type(value) is int or type(value) is float:
            return value * times if 0 <= value <= MOST else None
        elif value is None:
            return None
        found = number(value)
        if found is None:
            self._unreadable(name, value)
            return None
        return found * times if found >= 0.0 else None

    def quantity(self, source: Mapping[str, Any], *names: str) -> float | None:
        """Give the first named number that is zero or more, with prefix and unit in its text allowed."""
        for name in names:
            value = source.get(name)
            if value is None or value == "":
                continue
            found = quantity(value)
            if found is None:
                self._unreadable(name, value)
            elif found >= 0.0:
                return found
        return None

    def count(self, source: Mapping[str, Any], *names: str) -> int | None:
        """Give the first named whole number that is zero or more."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            if type(value) is int and 0 <= value <= MOST_COUNTED:
                return value
            found = number(value)
            if found is None:
                self._unreadable(name, value)
            elif 0.0 <= found <= MOST_COUNTED:
                return int(found)
        return None

    def temperature(self, source: Mapping[str, Any], *names: str) -> float | None:
        """Give the first named plausible temperature in °C."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            found = temperature(value)
            if found is not None:
                return found
            if number(value) is None:
                self._unreadable(name, value)
        return None

    def hottest(self, source: Mapping[str, Any], *names: str) -> float | None:
        """Give the hottest plausible sensor over all the named fields, each a number, list or `"61-60-0-0"`."""
        best: float | None = None
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            found = hottest(value)
            if found is not None:
                if best is None or found > best:
                    best = found
            elif not _may_be_sensors(value):
                self._unreadable(name, value)
        return best

    def text(self, source: Mapping[str, Any], *names: str) -> str | None:
        """Give the first named text that is not empty."""
        for name in names:
            value = source.get(name)
            if value is None or value == "":
                continue
            if type(value) is str and len(value) <= TEXT_LENGTH and value.isprintable():
                # The plain case without a call. A fleet's devices say the same few texts at every poll: one object
                # for all of them takes less room, and is compared and looked up faster.
                found = intern(value.strip()) or None
            else:
                found = text(value)
            if found is not None:
                return found
            if type(value) is not str:
                self.missed(name)
        return None

    def truth(self, source: Mapping[str, Any], *names: str) -> bool | None:
        """Give the first named truth."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            if value is True or value is False:
                return value
            found = truth(value)
            if found is not None:
                return found
            self._unreadable(name, value)
        return None

    def mac(self, source: Mapping[str, Any], *names: str) -> str | None:
        """Give the first named hardware address."""
        for name in names:
            value = source.get(name)
            if value is None:
                continue
            found = mac(value)
            if found is not None:
                return found
            self._unreadable(name, value)
        return None

    def _unreadable(self, name: str, value: object) -> None:
        if type(value) is not str or value.strip().lower() not in _SILENCE:
            self._unread[name] = None


def _may_be_sensors(value: object) -> bool:
    """Tell what is a form of sensors, none of which says anything, from what is none at all."""
    if type(value) is list:
        said = [one for one in value if one is not None and one != ""]
        return not said or any(number(one) is not None for one in said)
    return type(value) is not dict and (type(value) is not str or _has_digit(value))


def _has_digit(value: str) -> bool:
    return any("0" <= letter <= "9" for letter in value) or value.strip().lower() in _SILENCE
