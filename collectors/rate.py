"""Hashrates and their units, proven where the label cannot be believed."""

import functools
import re
from collections.abc import Mapping

_UNIT = re.compile(r"\s*([kKMGTPEm]?)\s*(?:h|sol|gps)", re.IGNORECASE)
_PREFIX = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_UNIT_LENGTH = 64
_BARE = re.compile(r"\s*([KMGTPE])\s*\Z", re.IGNORECASE)
# shortest first: the order in which `hashrate_hs` is chosen
ORDER = ("5s", "realtime", "10s", "15s", "20s", "30s", "1m", "5m", "10m", "15m", "30m", "1h", "24h", "lifetime")
# A rate a million times under what the device is built for is a unit mix-up; a device at 0.02 % of itself is not seen.
_MILLIONFOLD = 1e6
_LOW, _HIGH = 2e-8, 2e-4
# how far a unit can be mistaken, and how far apart two rates of one machine can be for it to be the only reason
_SLIPS = (1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e9)
_NEAR_LOW, _NEAR_HIGH = 0.4, 2.5


def factor(unit: object) -> float | None:
    """Give the H/s of one `GH/s`, `MH`, `KSol/s`, `T` …; None for anything else."""
    return _factor(unit[:_UNIT_LENGTH]) if isinstance(unit, str) else None


@functools.lru_cache(maxsize=256)
def _factor(unit: str) -> float | None:
    match = _UNIT.match(unit) or _BARE.match(unit)
    return None if match is None else _PREFIX[match[1].upper()]


def proven(rate_hs: float | None, *, reference_hs: float | None) -> float | None:
    """Give a rate whose unit agrees with what the device is built for.

    Some firmware writes TH/s under a key that says MH/s; then the rate is a million times too low. Without a
    reference it is given as it came, None included.
    """
    if not rate_hs or not reference_hs:
        return rate_hs
    return rate_hs * _MILLIONFOLD if _LOW < rate_hs / reference_hs < _HIGH else rate_hs


def unit_between(rate_hs: float, reference_hs: float) -> float | None:
    """Give the power of a thousand that brings a rate near a reference; None where no mistaken unit explains it."""
    ratio = reference_hs / rate_hs
    return next((slip for slip in _SLIPS if _NEAR_LOW < ratio / slip < _NEAR_HIGH), None)


def shortest(windows: Mapping[str, float]) -> float | None:
    """Give the rate over the shortest window, None when there is none."""
    for name in ORDER:
        if name in windows:
            return windows[name]
    return next(iter(windows.values()), None)
