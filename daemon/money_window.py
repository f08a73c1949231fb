"""Which of a device's hashrate windows its money rests on: the one nearest to an hour, or what was seen in an hour."""

import re
from functools import lru_cache
from math import inf

import msgspec

from collectors.reading import Reading
from daemon.economics.hashrate_error import REALTIME_S
from daemon.economics.work import Work

WINDOW_S = 3600.0
# A window shorter than this is noise beside what was seen of the device in the last hour, from as long a look on.
SHORT_S = 600.0
LIFETIME = "lifetime"
_NAME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class SeenMean(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The mean of the rates that a device told over `seconds` of its last hour, `counted_s` of them in its windows."""

    hashrate_hs: float
    seconds: float
    counted_s: float


def seen_mean(reading: Reading, hour: Work | None, *, window_s: float | None, interval_s: float) -> SeenMean | None:
    """Give the mean of what a device told in its last hour, for one whose own window of `window_s` is short.

    Each poll, `interval_s` apart, saw one window of it. None while it does not hash, and before ten minutes are known.
    """
    if hour is None or hour.seconds < SHORT_S or reading.state != "hashing" or not reading.hashrate_hs:
        return None
    counted_s = hour.seconds * min(1.0, (window_s or REALTIME_S) / interval_s)
    return SeenMean(hashrate_hs=hour.claimed / hour.seconds, seconds=hour.seconds, counted_s=counted_s)


def money_window(reading: Reading) -> str | None:
    """Name the window nearest to one hour; None when only the real-time hashrate can be had.

    Shorter windows are noise, longer ones history. The lifetime average counts by the device's uptime. A sleeping
    device's averages are of its waking time, so none of them is taken.
    """
    return _chosen(reading)[0]


def money_rate(reading: Reading) -> tuple[float | None, float | None]:
    """Give the hashrate that money rests on, and how many seconds its window is long.

    Where no window can be had that is the real-time hashrate; its window is None, as nobody knows it.
    """
    window, seconds = _chosen(reading)
    return (reading.hashrate_hs if window is None else reading.hashrate_averages_hs[window]), seconds


def money_hashrate_hs(reading: Reading) -> float | None:
    """Give the hashrate that money rests on; the real-time one where no window can be had."""
    return money_rate(reading)[0]


def _chosen(reading: Reading) -> tuple[str | None, float | None]:
    averages, uptime = reading.hashrate_averages_hs, reading.uptime_s
    if not averages or reading.state == "sleeping":
        return None, None
    best, seconds = _nearest(tuple(averages))
    if LIFETIME in averages and uptime is not None:
        distance = inf if seconds is None else abs(seconds - WINDOW_S)
        if abs(uptime - WINDOW_S) < distance:
            return LIFETIME, uptime
    return best, seconds


@lru_cache(maxsize=256)
def _nearest(names: tuple[str, ...]) -> tuple[str | None, float | None]:
    """Name the nearest of the windows whose names say how long they are, the first of equals, and its seconds."""
    known = [(name, seconds) for name in names if (seconds := window_s(name)) is not None]
    return min(known, key=lambda window: abs(window[1] - WINDOW_S), default=(None, None))


@lru_cache(maxsize=256)
def window_s(name: str) -> float | None:
    """Give the seconds of a window's name such as `30m`; None when it says no length."""
    match = _NAME.fullmatch(name)
    return float(match[1]) * _UNITS[match[2]] if match else None
