"""What shares tell: how noisy their count is, the hashrate behind them, and counters that start again at zero."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, inf, lgamma, log, sqrt
from statistics import NormalDist

import msgspec

from daemon.economics.network import TWO32

# Counts up to here get the exact interval; above, it would take longer and differ by less than anyone can see.
EXACT_UP_TO = 1000


class ShareNoise(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The shares expected in a span, and one relative standard deviation of their count."""

    expected_shares: float
    relative_sd: float


class ShareHashrate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A hashrate from accepted shares, H/s, with the bounds of its 95 % interval."""

    hashrate_hs: float
    low_hs: float
    high_hs: float


class CountedSpan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a counter rose by between its first and last sample, over how many seconds, and how often it restarted."""

    increase: float
    seconds: float
    restarts: int


def share_noise(*, hashrate_hs: float, share_difficulty: float, seconds: float) -> ShareNoise:
    """Give how many shares a hashrate finds in a span, and how far that count strays; infinite when none are due."""
    expected = hashrate_hs * seconds / (share_difficulty * TWO32)
    return ShareNoise(expected_shares=expected, relative_sd=1.0 / sqrt(expected) if expected > 0.0 else inf)


def share_hashrate(*, shares: int, share_difficulty: float, seconds: float) -> ShareHashrate | None:
    """Give the hashrate that accepted shares of one difficulty point to; None for a span of no length."""
    if not seconds > 0.0:
        return None
    low, high = poisson_interval(shares)
    per_share = share_difficulty * TWO32 / seconds
    return ShareHashrate(hashrate_hs=shares * per_share, low_hs=low * per_share, high_hs=high * per_share)


def hashrate_of_difficulty(accepted_difficulty: float, *, seconds: float) -> float | None:
    """Give the hashrate behind a sum of accepted share difficulty, H/s; None for a span of no length."""
    return accepted_difficulty * TWO32 / seconds if seconds > 0.0 else None


def reject_ratio(*, accepted: float, rejected: float, stale: float = 0.0) -> float | None:
    """Give the share of the work that was refused or came too late; None without any shares."""
    whole = accepted + rejected + stale
    return (rejected + stale) / whole if whole > 0.0 else None


def counted(samples: Sequence[tuple[float, float]]) -> CountedSpan | None:
    """Add up a counter over samples of (second, count) in order, through restarts; None with fewer than two.

    A count below the one before means that the counter began again at zero, so all of it is new. Samples that do not
    move forward in time are left out.
    """
    kept = [sample for place, sample in enumerate(samples) if place == 0 or sample[0] > samples[place - 1][0]]
    if len(kept) < 2:
        return None
    increase, restarts = 0.0, 0
    for (_, before), (_, after) in pairwise(kept):
        restarts += after < before
        increase += after - before if after >= before else after
    return CountedSpan(increase=increase, seconds=kept[-1][0] - kept[0][0], restarts=restarts)


def poisson_interval(count: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Give the interval of the mean behind a Poisson count, half of the remaining chance on either side.

    Exact (Garwood) for small counts; above a thousand the cube-root approximation, which is right to 1e-5 there.
    Raises ValueError for a negative count or a confidence outside 0 to 1.
    """
    if count < 0 or not 0.0 < confidence < 1.0:
        raise ValueError("a count is not negative, and a confidence lies between 0 and 1")
    rest = (1.0 - confidence) / 2.0
    if count > EXACT_UP_TO:
        z = NormalDist().inv_cdf(1.0 - rest)
        return _cube_root(count, z=-z), _cube_root(count + 1, z=z)
    low = 0.0 if count == 0 else _mean_at(count, chance=rest)
    return low, _mean_at(count + 1, chance=1.0 - rest)


def poisson_bounds(count: float, *, z: float) -> tuple[float, float]:
    """Give the interval at `z` standard deviations a side, for any count and in no time; the count may be weighted.

    The cube-root approximation: within one percent of the exact bounds from five on. Raises ValueError for a negative
    count or `z`.
    """
    if not (count >= 0.0 and z >= 0.0):
        raise ValueError("neither a count nor a distance is negative")
    return (_cube_root(count, z=-z) if count > 0.0 else 0.0), _cube_root(count + 1.0, z=z)


def _cube_root(count: float, *, z: float) -> float:
    root = max(0.0, 1.0 - 1.0 / (9.0 * count) + z / (3.0 * sqrt(count)))
    return count * root * root * root


def _mean_at(count: int, *, chance: float) -> float:
    """Give the mean at which this many or more come with a chance, by halving the span that holds it."""
    low, high = 0.0, count + 10.0 * sqrt(count) + 20.0
    for _ in range(80):
        middle = (low + high) / 2.0
        if _at_least(count, mean=middle) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _at_least(count: int, *, mean: float) -> float:
    """Give the chance that a Poisson number of this mean is `count` or more, from the sum of the terms below it."""
    if mean <= 0.0:
        return 0.0
    below = 0.0
    for k in range(count):
        below += exp(k * log(mean) - mean - lgamma(k + 1.0))
    return 1.0 - below
