"""Which of a device's hashrate windows its money rests on: the one nearest to an hour."""

import re
from functools import lru_cache
from math import inf

from collectors.reading import Reading

WINDOW_S = 3600.0
LIFETIME = "lifetime"
_NAME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def money_window(reading: Reading) -> str | None:
    """Name the window nearest to one hour; None when only the real-time hashrate can be had.

    Shorter windows are noise, longer ones history. The lifetime average counts by the device's uptime. A sleeping
    device's averages are of its waking time, so none of them is taken.
    """
    averages = reading.hashrate_averages_hs
    if not averages or reading.state == "sleeping":
        return None
    best, nearest = _nearest(tuple(averages))
    if LIFETIME in averages and reading.uptime_s is not None and abs(reading.uptime_s - WINDOW_S) < nearest:
        return LIFETIME
    return best


def money_hashrate_hs(reading: Reading) -> float | None:
    """Give the hashrate that money rests on; the real-time one where no window can be had."""
    window = money_window(reading)
    return reading.hashrate_hs if window is None else reading.hashrate_averages_hs[window]


def money_window_s(reading: Reading) -> float | None:
    """Give how long the window is that money rests on; None for a real-time figure, and where nobody knows."""
    window = money_window(reading)
    if window == LIFETIME:
        return reading.uptime_s
    return None if window is None else window_s(window)


@lru_cache(maxsize=256)
def _nearest(names: tuple[str, ...]) -> tuple[str | None, float]:
    """Name the nearest of the windows whose names say how long they are, the first of equals, and how near it is."""
    best: str | None = None
    nearest = inf
    for name in names:
        length_s = window_s(name)
        distance = inf if length_s is None else abs(length_s - WINDOW_S)
        if distance < nearest:
            best, nearest = name, distance
    return best, nearest


@lru_cache(maxsize=256)
def window_s(name: str) -> float | None:
    """Give the seconds of a window's name such as `30m`; None when it says no length."""
    match = _NAME.fullmatch(name)
    return float(match[1]) * _UNITS[match[2]] if match else None
