"""The spread of what a MWh is worth in each use, and what giving it away would forgo. Pure.

Money per MWh at the utility meter, before the energy itself; the uses are those of `economics.alternatives`.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from daemon.economics.alternatives import Use, mining_per_mwh


class Band(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value with its spread: one time in ten it is below `p10`, one in ten above `p90`."""

    p10: float
    p50: float
    p90: float


NOTHING = Band(p10=0.0, p50=0.0, p90=0.0)


def certain(value: float) -> Band:
    """Give the band of a value without spread, such as a rent by contract."""
    return Band(p10=value, p50=value, p90=value)


def band(values: Iterable[float]) -> Band | None:
    """Give the spread of a series, interpolated; None when it is empty."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Band(p10=quantile(ordered, 0.1), p50=quantile(ordered, 0.5), p90=quantile(ordered, 0.9))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Give the value below which that share of an ascending series lies, interpolated between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def mining_band(hashprices: Iterable[float], *, j_per_th: float | None, pue: float) -> Band | None:
    """Give the spread of mining's value per MWh over a series of net hashprices; None without J/TH or series."""
    if not j_per_th or j_per_th <= 0.0:
        return None
    return band(mining_per_mwh(hashprice_per_ph_day=price, j_per_th=j_per_th, pue=pue) for price in hashprices)


def best_use(uses: Mapping[Use, Band | None]) -> tuple[Use, Band]:
    """Give the use whose middle value is highest; leaving the power idle is always one, at nothing.

    A use without a band is not possible.
    """
    possible: dict[Use, Band] = {"idle": NOTHING}
    possible.update((use, value) for use, value in uses.items() if value is not None)
    name = max(possible, key=lambda use: possible[use].p50)
    return name, possible[name]


def blended(parts: Sequence[tuple[float, Band]]) -> Band:
    """Average bands by the watts that they hold for."""
    total = sum(watts for watts, _ in parts)
    if total <= 0.0:
        return NOTHING
    return Band(
        p10=sum(watts * one.p10 for watts, one in parts) / total,
        p50=sum(watts * one.p50 for watts, one in parts) / total,
        p90=sum(watts * one.p90 for watts, one in parts) / total,
    )
