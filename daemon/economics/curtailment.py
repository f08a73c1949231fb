"""When to stop for a price: a band and dwell times around a strike, the smallest band that pays, and a replay."""

from collections.abc import Iterable
from math import inf

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a price stops and starts a load.

    It stops after `n_off` intervals in a row with a price above `strike · (1 + band)` and starts again after `n_on`
    in a row below `strike · (1 - band)`, but never before `min_on` or `min_off` intervals have passed since it last
    switched. The strike is the break-even price of what would be stopped, in the price's unit.
    """

    strike: float
    band: float = 0.0
    n_off: int = 1
    n_on: int = 1
    min_on: int = 0
    min_off: int = 0


class Switch:
    """A load under a policy, stepped from one interval to the next; it begins running, and free to stop."""

    __slots__ = ("_above", "_below", "_since", "on", "policy", "restarts")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.on = True
        self.restarts = 0
        self._above = self._below = 0
        self._since = inf

    def step(self, price: float) -> bool:
        """Take the next interval's price and give whether the load runs in that interval.

        Inside the band both counts go back to zero, so nothing switches there.
        """
        policy = self.policy
        self._above = self._above + 1 if price > policy.strike * (1.0 + policy.band) else 0
        self._below = self._below + 1 if price < policy.strike * (1.0 - policy.band) else 0
        self._since += 1
        if self.on and self._above >= policy.n_off and self._since >= policy.min_on:
            self.on, self._since = False, 0
        elif not self.on and self._below >= policy.n_on and self._since >= policy.min_off:
            self.on, self._since = True, 0
            self.restarts += 1
        return self.on


class Replay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a policy would have done with a series of prices, in the money of the prices.

    `mean_price` is what the energy that was drawn cost per MWh on average, None when none was drawn.
    """

    intervals: int
    off_intervals: int
    restarts: int
    energy_mwh: float
    energy_cost: float
    revenue: float
    profit: float
    mean_price: float | None
    always_on_profit: float


def replay(
    prices: Iterable[float],
    *,
    policy: Policy,
    mw: float,
    revenue_per_mwh: float,
    hours: float = 0.25,
    restart_loss: float = 0.0,
    prices_seen: Iterable[float] | None = None,
) -> Replay:
    """Run a load of `mw` megawatts through prices per MWh, one for each interval of `hours`.

    The interval in which it starts again earns `restart_loss` (a share of the interval) less. `prices_seen` are the
    prices that each decision may know, where they are not the interval's own: the one before, or a forecast.
    """
    switch = Switch(policy)
    energy = mw * hours
    intervals = off = 0
    cost = revenue = always = 0.0
    paid = list(prices)
    seen = paid if prices_seen is None else list(prices_seen)
    for price, known in zip(paid, seen, strict=True):
        intervals += 1
        always += energy * (revenue_per_mwh - price)
        restarts = switch.restarts
        if not switch.step(known):
            off += 1
            continue
        cost += energy * price
        revenue += energy * revenue_per_mwh * (1.0 - restart_loss if switch.restarts > restarts else 1.0)
    drawn = (intervals - off) * energy
    return Replay(
        intervals=intervals,
        off_intervals=off,
        restarts=switch.restarts,
        energy_mwh=drawn,
        energy_cost=cost,
        revenue=revenue,
        profit=revenue - cost,
        mean_price=cost / drawn if drawn else None,
        always_on_profit=always,
    )


def perfect_profit(prices: Iterable[float], *, mw: float, revenue_per_mwh: float, hours: float = 0.25) -> float:
    """Give what a load would earn that knows every price beforehand and switches at no cost."""
    return sum(mw * hours * max(0.0, revenue_per_mwh - price) for price in prices)


def restart_cost(*, ramp_minutes: float, mw: float, revenue_per_mwh: float, wear: float = 0.0) -> float:
    """Give what one stop and start costs: the revenue of the ramp, and the wear."""
    return ramp_minutes / 60.0 * mw * revenue_per_mwh + wear


def smallest_band(cost: float, *, mw: float, hours_off: float) -> float:
    """Give how far above the strike, per MWh, a price must be on average for a stop to pay its restart."""
    return cost / (mw * hours_off)
