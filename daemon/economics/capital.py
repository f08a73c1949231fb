"""What machines cost over their life: write-off, interest, and capital recovery. Years count 365 days here."""

from math import exp, expm1, log1p

import msgspec

YEAR_DAYS = 365.0
HOURS_PER_YEAR = 8760.0


class ProductionWriteOff(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A write-off by expected production: day `t` (from 0) weighs `(1 + growth_daily)^-t`, as hashrate earns less.

    `cost` less `salvage` is spread over `days`; `growth_daily` is the network's expected growth a day.
    """

    cost: float
    salvage: float
    days: int
    growth_daily: float

    def on_day(self, day: int) -> float:
        """Give what one day bears; 0 outside the machine's life."""
        if not 0 <= day < self.days:
            return 0.0
        whole = _weight(self.days, growth_daily=self.growth_daily)
        return float((self.cost - self.salvage) * (1.0 + self.growth_daily) ** -day / whole)

    def before_day(self, day: int) -> float:
        """Give what all days before this one have borne together."""
        passed = min(max(day, 0), self.days)
        whole = _weight(self.days, growth_daily=self.growth_daily)
        return (self.cost - self.salvage) * _weight(passed, growth_daily=self.growth_daily) / whole


def straight_line_per_day(*, cost: float, salvage: float, years: float) -> float:
    """Give the even write-off of a machine a day."""
    return (cost - salvage) / (YEAR_DAYS * years)


def capital_recovery_factor(*, rate: float, years: float) -> float:
    """Give the yearly payment that pays one unit of money back with interest; `1 / years` at no interest."""
    if rate == 0.0:
        return 1.0 / years
    # 1 - (1 + r)^-n loses its digits at small rates; expm1 and log1p keep them.
    return rate / -expm1(-years * log1p(rate))


def capital_recovery_per_day(*, cost: float, salvage: float, years: float, rate: float) -> float:
    """Give the even payment a day that recovers a machine's cost with interest, its salvage value counted."""
    present = cost - salvage * exp(-years * log1p(rate))
    return present * capital_recovery_factor(rate=rate, years=years) / YEAR_DAYS


def financing_per_day(*, cost: float, salvage: float, years: float, rate: float) -> float:
    """Give the interest's part of the capital recovery: what is left of it above the straight line."""
    recovery = capital_recovery_per_day(cost=cost, salvage=salvage, years=years, rate=rate)
    return recovery - straight_line_per_day(cost=cost, salvage=salvage, years=years)


def capex_per_mwh(*, cost_per_mw: float, rate: float, years: float, load_ratio: float) -> float:
    """Give what building a megawatt adds to each MWh that it then serves, at a load of `load_ratio` of its hours."""
    return cost_per_mw * capital_recovery_factor(rate=rate, years=years) / (HOURS_PER_YEAR * load_ratio)


def _weight(days: int, *, growth_daily: float) -> float:
    """Give the sum of the weights of the first days, in closed form."""
    if growth_daily == 0.0:
        return float(days)
    step = log1p(growth_daily)
    return expm1(-days * step) / expm1(-step)
