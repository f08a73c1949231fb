"""Every use of a megawatt on one axis: money per MWh at the utility meter, before the energy is paid. Pure.

Mining, hosting and rented processors differ in what they call a kilowatt; here PUE and capital cost are taken out, so
that the figures can be compared. Money is in the site's currency.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

HOURS_PER_YEAR = 8760.0
IDLE = "idle"


class Band(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value with its spread: one time in ten it is below `p10`, one in ten above `p90`."""

    p10: float
    p50: float
    p90: float


NOTHING = Band(p10=0.0, p50=0.0, p90=0.0)


def mining_per_mwh(hashprice_per_ph_day: float, *, j_per_th: float, pue: float) -> float:
    """Give what mining earns per MWh at a hashprice that is net of fee and rejects."""
    return hashprice_per_ph_day * 1000.0 / (j_per_th * 24.0 * pue)


def rent_per_mwh(rate_per_kw_month: float) -> float:
    """Turn a rent per kW and month into one per MWh of the rented kW at full load."""
    return rate_per_kw_month * 12.0 * 1000.0 / HOURS_PER_YEAR


def capital_per_mwh(capital_per_mw: float, *, rate: float, years: float, load: float) -> float:
    """Spread the cost of building one MW over every MWh of its years, with interest (capital recovery factor)."""
    growth = (1.0 + rate) ** years
    factor = rate * growth / (growth - 1.0) if rate else 1.0 / years
    return capital_per_mw * factor / (HOURS_PER_YEAR * load)


def hosting_per_mwh(
    rate_per_kw_month: float, *, pue: float, used: float = 1.0, capital_cost_per_mwh: float = 0.0
) -> float:
    """Give what letting power to a tenant earns per MWh, net of what building for him costs."""
    return (rent_per_mwh(rate_per_kw_month) * used - capital_cost_per_mwh) / pue


def processors_per_mwh(
    price_per_hour: float,
    *,
    processors: float,
    server_kw: float,
    used: float,
    pue: float,
    capital_cost_per_mwh: float = 0.0,
) -> float:
    """Give what renting out processors (priced each, by the hour) earns per MWh, net of a capital cost per MWh."""
    per_hour = price_per_hour * processors * used
    return (per_hour / (server_kw / 1000.0) - capital_cost_per_mwh) / pue


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
    return band(mining_per_mwh(hashprice, j_per_th=j_per_th, pue=pue) for hashprice in hashprices)


def best_use(uses: Mapping[str, Band]) -> tuple[str, Band]:
    """Give the use whose middle value is highest; leaving the power idle is always one, at nothing."""
    name = max((IDLE, *sorted(uses)), key=lambda use: uses.get(use, NOTHING).p50)
    return name, uses.get(name, NOTHING)


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
