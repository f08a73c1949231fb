"""Hold or sell: what keeping a machine is worth, with the right to stop it, against what it would fetch."""

from math import exp, log1p
from typing import Literal

import msgspec

from daemon.economics.capital import YEAR_DAYS

Choice = Literal["hold", "sell", "undecided", "unknown"]


class HoldOrSell(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A choice with both sides of it, in money per machine; None where a side is not known.

    `sale_low` and `sale_high` are what is left of the resale band after taking the machine out and shipping it.
    """

    choice: Choice
    hold_low: float | None
    hold_high: float | None
    sale_low: float | None
    sale_high: float | None


def hold_value(
    *,
    revenue_per_day: float,
    cost_per_day: float,
    growth_daily: float,
    days: int,
    salvage: float = 0.0,
    discount: float = 0.0,
    halving_day: int | None = None,
    subsidy_share: float = 1.0,
) -> float:
    """Give the present value of running a machine on the days that pay, and its salvage at the end.

    Revenue falls by `growth_daily` a day from today's (day 0), and by half of its `subsidy_share` from `halving_day`
    on; `discount` is a yearly rate. A day that would lose money counts as nothing, since the machine may be stopped.
    """
    down, back = log1p(growth_daily), log1p(discount) / YEAR_DAYS
    value = 0.0
    for day in range(days):
        revenue = revenue_per_day * exp(-down * day)
        if halving_day is not None and day >= halving_day:
            revenue *= 1.0 - subsidy_share / 2.0
        if revenue > cost_per_day:
            value += (revenue - cost_per_day) * exp(-back * day)
    return value + salvage * exp(-back * days)


def hold_or_sell(
    *,
    hold_low: float | None,
    hold_high: float | None,
    resale_low: float | None,
    resale_high: float | None,
    removal: float = 0.0,
) -> HoldOrSell:
    """Choose between keeping and selling, each a band in money per machine; overlapping bands are undecided.

    `removal` is what taking it out, packing and freight cost. An asking price is no bid: the low end is what counts
    for selling.
    """
    if hold_low is None or hold_high is None or resale_low is None or resale_high is None:
        return HoldOrSell(choice="unknown", hold_low=hold_low, hold_high=hold_high, sale_low=None, sale_high=None)
    low, high = resale_low - removal, resale_high - removal
    choice: Choice = "undecided"
    if low > hold_high:
        choice = "sell"
    elif high < hold_low:
        choice = "hold"
    return HoldOrSell(choice=choice, hold_low=hold_low, hold_high=hold_high, sale_low=low, sale_high=high)
