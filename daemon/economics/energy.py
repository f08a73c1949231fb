"""Power and energy in the words of contracts: kW-months, MWh, demand charges, peak hours, PUE.

A year has 8,760 hours and a month 730; no other month or year is mixed in.
"""

from collections.abc import Sequence

HOURS_PER_YEAR = 8760.0
HOURS_PER_MONTH = 730.0
MONTHS_PER_YEAR = 12.0
COINCIDENT_PEAKS = 4
"""Quarter-hours, one each in June to September, that ERCOT's transmission charge of the next year rests on."""


def per_mwh_of_kw_month(rate_per_kw_month: float) -> float:
    """Turn a rate per kW and month into one per MWh at full load."""
    return rate_per_kw_month * MONTHS_PER_YEAR * 1000.0 / HOURS_PER_YEAR


def per_kw_month_of_mwh(price_per_mwh: float) -> float:
    """Turn a price per MWh into the rate per kW and month that it comes to at full load."""
    return price_per_mwh * HOURS_PER_YEAR / (MONTHS_PER_YEAR * 1000.0)


def per_mw_year(total: float, *, mw: float, years: float = 1.0) -> float:
    """Turn a contract's total into money per MW and year."""
    return total / years / mw


def per_mwh_of_mw_year(rate_per_mw_year: float) -> float:
    """Turn a rate per MW and year into one per MWh at full load."""
    return rate_per_mw_year / HOURS_PER_YEAR


def per_kw_month_of_mw_year(rate_per_mw_year: float) -> float:
    """Turn a rate per MW and year into one per kW and month."""
    return rate_per_mw_year / (MONTHS_PER_YEAR * 1000.0)


def demand_per_kwh(rate_per_kw_month: float, *, load_factor: float = 1.0) -> float:
    """Spread a demand charge over the energy of the month, per kWh; `load_factor` is mean power over peak power."""
    return rate_per_kw_month / (HOURS_PER_MONTH * load_factor)


def marginal_demand_per_kwh(
    rate_per_kw_month: float, *, load_factor: float = 1.0, power_w: float | None, peak_w: float | None
) -> float:
    """Give what a demand charge adds to the next kWh: nothing below the month's peak so far, which is paid already.

    With either power unknown the charge counts, which is the careful side.
    """
    if power_w is not None and peak_w is not None and power_w <= peak_w:
        return 0.0
    return demand_per_kwh(rate_per_kw_month, load_factor=load_factor)


def coincident_peak_per_year(rate_per_kw_year: float, *, peaks_w: Sequence[float]) -> float:
    """Give the yearly charge on the mean power drawn in the grid's peak quarter-hours; 0 without any."""
    return rate_per_kw_year * sum(peaks_w) / len(peaks_w) / 1000.0 if peaks_w else 0.0


def coincident_peak_cost(rate_per_kw_year: float, *, power_w: float, peaks: int = COINCIDENT_PEAKS) -> float:
    """Give what drawing this power in one of the year's peak quarter-hours adds to the next year's charge."""
    return rate_per_kw_year * power_w / 1000.0 / peaks


def hours_worth_missing(cost: float, *, power_w: float, margin_per_mwh: float) -> float | None:
    """Give how many hours of standing still cost as much as a charge; None when standing still costs nothing."""
    per_hour = power_w / 1e6 * margin_per_mwh
    return cost / per_hour if per_hour > 0.0 else None


def pue(*, site_w: float, devices_w: float) -> float | None:
    """Give power usage effectiveness, all power over the devices'; None when the devices draw nothing."""
    return site_w / devices_w if devices_w > 0.0 else None
