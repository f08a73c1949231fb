"""How fast difficulty grows: between a year, an epoch and a day, and as a band from its own history."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import msgspec

from daemon.economics.break_even import EPOCH_DAYS

YEAR_DAYS = 365.25


class Growth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Growth per difficulty epoch: its mean, its standard deviation, and from how many epochs."""

    mean: float
    sd: float
    epochs: int


def daily(annual: float) -> float:
    """Give the daily growth that compounds to an annual one, as ratios (0.35 is +35 % a year of 365.25 days)."""
    return growth_over(annual, days=1.0)


def per_epoch(annual: float) -> float:
    """Give the growth of a 14-day epoch that compounds to an annual one, as ratios."""
    return growth_over(annual, days=EPOCH_DAYS)


def growth_over(annual: float, *, days: float) -> float:
    """Give the growth over some days that compounds to an annual one; ValueError at -100 % a year or below."""
    if annual <= -1.0:
        raise ValueError("difficulty cannot lose all of itself in a year")
    return float((1.0 + annual) ** (days / YEAR_DAYS)) - 1.0


def annual(growth_per_epoch: float) -> float:
    """Give the annual growth that a growth per epoch compounds to, as ratios."""
    return float((1.0 + growth_per_epoch) ** (YEAR_DAYS / EPOCH_DAYS)) - 1.0


def growth_of(difficulties: Sequence[float]) -> Growth | None:
    """Give the band of growth from difficulties, one per epoch in order; None with fewer than two steps.

    Raises ValueError when a difficulty is not above zero.
    """
    if any(not difficulty > 0.0 for difficulty in difficulties):
        raise ValueError("difficulty must be above zero")
    steps = [later / earlier - 1.0 for earlier, later in pairwise(difficulties)]
    if len(steps) < 2:
        return None
    mean = sum(steps) / len(steps)
    spread = sum((step - mean) ** 2 for step in steps) / (len(steps) - 1)
    return Growth(mean=mean, sd=sqrt(spread), epochs=len(steps))
