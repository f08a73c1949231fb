"""What a pool paid over whole UTC days, held against what the accepted shares of those days are worth. Pure.

Everything is bounded from both sides: shares that nobody could count, a fee that goes by tiers, fees that pools average
otherwise, a day that the pool cuts elsewhere, luck. A payout is short when it lies below the least that all of this
leaves, and full when it reaches the most.
"""

from collections.abc import Callable, Collection, Mapping
from math import ceil, floor, inf, sqrt
from typing import Literal

import msgspec

from daemon.economics.network import DAY_S
from daemon.economics.pool_scheme import Scheme
from daemon.economics.shares import poisson_bounds

LUCKY: frozenset[Scheme] = frozenset({"pps+", "pplns", "solo"})
"""Schemes of which luck decides a part, so that only many blocks tell something."""

UNKNOWN_POOL = "Known are neither the pool's blocks (signal pool_blocks_POOL) nor its hashrate (pools.hashrate)."
NEEDED_RATIO = 0.8
# How many days the pool's accounts may lag behind the shares. A day that is cut elsewhere than at midnight UTC is up
# to half a day off; under PPLNS a block ripens for most of a day, and shares wait for one.
LAGS: dict[bool, tuple[float, float]] = {False: (-0.5, 0.5), True: (-0.5, 2.0)}

PayoutState = Literal["short", "full", "between", "unknown"]


class PayoutDay(msgspec.Struct, kw_only=True):
    """One UTC day (counted from 1970-01-01) at one pool.

    The four amounts are what the day's accepted shares are worth at the network's mean luck, after the pool's fee:
    `low` for what is proved and the highest fee, `high` for what devices claim beyond it and the fee that is usual.
    `is_open` says that more than the high may be due, because not all of the day was seen. `own_blocks` is how many
    blocks the proved shares are worth; `pool_expected` of `pool_s` seconds is how many the whole pool's hashrate is.
    `found_blocks` and `paid` are by the pool's own account, None when it did not tell; `paid_own` is the
    same in the pool's own currency, where that is neither bitcoin nor the site's. The prices of a bitcoin, lowest and
    highest of the day in the site's currency, matter where the pool pays in money.
    """

    day: int
    subsidy_low_btc: float = 0.0
    subsidy_high_btc: float = 0.0
    fees_low_btc: float = 0.0
    fees_high_btc: float = 0.0
    is_open: bool = False
    own_blocks: float = 0.0
    pool_expected: float = 0.0
    pool_s: float = 0.0
    found_blocks: float | None = None
    paid: float | None = None
    paid_own: float | None = None
    btc_price_low: float | None = None
    btc_price_high: float | None = None

    @property
    def pool_blocks(self) -> float | None:
        """Give how many blocks the pool was to find that day; None when its hashrate was not known for half of it."""
        return self.pool_expected / self.pool_s * DAY_S if self.pool_s >= DAY_S / 2.0 else None


def mean_due_btc(day: PayoutDay, *, scheme: Scheme) -> tuple[float, float | None]:
    """Give what a day's shares are worth at the mean luck, at least and at most; no most where the day is open."""
    weights = _weights(scheme, fees_error=0.0)
    low = day.subsidy_low_btc * weights.subsidy + day.fees_low_btc * weights.fees
    high = day.subsidy_high_btc * weights.subsidy + day.fees_high_btc * weights.fees
    return low, None if day.is_open else high


class Allowance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is let pass before a payout counts as short.

    `short_ratio` of what leaves nothing to luck, `sigmas` deviations of what does. The fees' part may be off by
    `fees_error_ratio`, the pool's hashrate by `pool_error_ratio`. `minimum_btc` may wait at the pool for the next
    payout. A fixed scheme is looked at over `days`, one with luck over `luck_days`.
    """

    short_ratio: float = 0.01
    sigmas: float = 3.0
    fees_error_ratio: float = 0.2
    pool_error_ratio: float = 0.2
    minimum_btc: float = 0.0
    days: int = 7
    luck_days: int = 30


class PayoutCheck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How it went over the `days_known` of the last `days` whole days; amounts in the unit that the pool pays in.

    `due_low` and `due_high` are the mean over all luck, None where there is no bound. `floor` is the least that bad
    luck and every other excuse leave of it. `z` is how many deviations the payout lies off the mean, None where
    nothing is left to luck or the blocks are not known. `reason` says why the state is `unknown`, ''.
    """

    state: PayoutState
    days: int
    days_known: int = 0
    first: int | None = None
    last: int | None = None
    paid: float | None = None
    due_low: float | None = None
    due_high: float | None = None
    floor: float | None = None
    blocks_expected: float | None = None
    blocks_found: float | None = None
    z: float | None = None
    reason: str = ""


class _Luck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The least and the most of the mean that a part left to luck is to be, and why the least is nothing."""

    low: float = 0.0
    high: float = 1.0
    expected: float | None = None
    found: float | None = None
    reason: str = ""


def payout_check(
    days: Mapping[int, PayoutDay], *, scheme: Scheme, today: int, allowance: Allowance, in_money: bool = False
) -> PayoutCheck:
    """Look at the newest days whose payout is settled: what a pool tells on a day is the day's before, until midnight.

    `today` is the running UTC day. `in_money` says that it pays in the site's currency, not in bitcoin.
    """
    is_lucky = scheme in LUCKY
    length = allowance.luck_days if is_lucky else allowance.days
    window = range(today - 1 - length, today - 1)
    known = [day for day in window if day in days and days[day].paid is not None]
    if not known or len(known) < NEEDED_RATIO * length:
        reason = f"What the pool paid is known of {len(known)} of the last {length} whole days."
        return PayoutCheck(state="unknown", days=length, days_known=len(known), reason=reason)
    book = _Book(days, known=known, lags=LAGS[is_lucky], in_money=in_money)
    luck = _luck(book, scheme=scheme, allowance=allowance) if is_lucky else _Luck(low=1.0)
    paid = sum(days[day].paid or 0.0 for day in known)
    mean_low = book.least(_weights(scheme, fees_error=-allowance.fees_error_ratio))
    mean_high = book.most(_weights(scheme, fees_error=allowance.fees_error_ratio))
    part = 1.0 - allowance.short_ratio
    least = book.least(_weights(scheme, fees_error=-allowance.fees_error_ratio, sure=part, luck=luck.low))
    most = book.most(
        _weights(scheme, fees_error=allowance.fees_error_ratio, sure=1.0 - allowance.short_ratio / 2.0, luck=luck.high)
    )
    waiting = allowance.minimum_btc * book.highest_price
    state, reason = _state(paid, least=least, waiting=waiting, most=most), ""
    if state == "unknown":
        nobody = f"No accepted shares of the last {length} days are known that the pool would owe anything for."
        reason = luck.reason if mean_low > 0.0 and luck.low <= 0.0 else nobody
    return PayoutCheck(
        state=state,
        days=length,
        days_known=len(known),
        first=known[0],
        last=known[-1],
        paid=paid,
        due_low=mean_low,
        due_high=mean_high,
        floor=max(0.0, least - waiting),
        blocks_expected=luck.expected,
        blocks_found=luck.found,
        z=_z(paid, mean=mean_low, luck=luck, scheme=scheme),
        reason=reason,
    )


def _state(paid: float, *, least: float, waiting: float, most: float | None) -> PayoutState:
    if paid < least - waiting:
        return "short"
    if most is not None and paid >= most:
        return "full"
    return "between" if least > 0.0 else "unknown"


class _Weights(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much of a day's subsidy and fees counts."""

    subsidy: float
    fees: float


def _weights(scheme: Scheme, *, fees_error: float, sure: float = 1.0, luck: float = 1.0) -> _Weights:
    """Give what a scheme pays of both parts; `sure` is the part of it that must come, `luck` what luck makes of it."""
    fees = 0.0 if scheme == "pps" else sure * (luck if scheme in LUCKY else 1.0)
    return _Weights(subsidy=sure * (luck if scheme in {"pplns", "solo"} else 1.0), fees=fees * (1.0 + fees_error))


class _Book:
    """Sums over the known days, at whatever lag within the bounds makes them least, or most."""

    def __init__(
        self, days: Mapping[int, PayoutDay], *, known: Collection[int], lags: tuple[float, float], in_money: bool
    ) -> None:
        self.days = days
        self.known = known
        self._in_money = in_money
        low, high = lags
        # Between two whole lags the sum goes straight, so that its ends are all there is to look at.
        self._lags = sorted({low, high, *range(ceil(low), floor(high) + 1)})

    @property
    def highest_price(self) -> float:
        """Give the highest price of a bitcoin of these days; 1 where the pool pays in it."""
        if not self._in_money:
            return 1.0
        return max((self.days[day].btc_price_high or 0.0 for day in self.known), default=0.0)

    def least(self, weights: _Weights) -> float:
        """Give the least; a day of which nothing is known is worth nothing."""
        return min(self._sum(lambda day: self._low(day, weights), lag) for lag in self._lags)

    def most(self, weights: _Weights) -> float | None:
        """Give the most; None where a day has no bound."""
        found = max(self._sum(lambda day: self._high(day, weights), lag) for lag in self._lags)
        return None if found == inf else found

    def counted(self, count: Callable[[PayoutDay], float | None]) -> tuple[float, float] | None:
        """Give the least and most of a count over the known days; None unless each of them has one."""
        if any(count(self.days[day]) is None for day in self.known):
            return None

        def of(day: int, missing: float) -> float:
            found = count(self.days[day]) if day in self.days else None
            return missing if found is None else found

        sums = [self._sum(lambda day: of(day, 0.0), lag) for lag in self._lags]
        highest = max(self.counts(count))
        return min(sums), max(self._sum(lambda day: of(day, highest), lag) for lag in self._lags)

    def counts(self, count: Callable[[PayoutDay], float | None]) -> list[float]:
        """List a count of the known days, where it is known."""
        found = (count(self.days[day]) for day in self.known)
        return [one for one in found if one is not None]

    def _sum(self, value: Callable[[int], float], lag: float) -> float:
        whole, part = floor(lag), lag - floor(lag)
        total = sum(value(day - whole) for day in self.known)
        if not part:
            return total
        return (1.0 - part) * total + part * sum(value(day - whole - 1) for day in self.known)

    def _low(self, day: int, weights: _Weights) -> float:
        record = self.days.get(day)
        if record is None:
            return 0.0
        price = 1.0 if not self._in_money else self._price(day, of=min, attribute="btc_price_low")
        if price is None:
            return 0.0
        return (record.subsidy_low_btc * weights.subsidy + record.fees_low_btc * weights.fees) * price

    def _high(self, day: int, weights: _Weights) -> float:
        record = self.days.get(day)
        price = 1.0 if record is None or not self._in_money else self._price(day, of=max, attribute="btc_price_high")
        if record is None or record.is_open or price is None:
            return inf
        return (record.subsidy_high_btc * weights.subsidy + record.fees_high_btc * weights.fees) * price

    def _price(self, day: int, *, of: Callable[[list[float]], float], attribute: str) -> float | None:
        """Give the price of a day and the next, on which the pool settles it; None when the day's is not known."""
        own = getattr(self.days[day], attribute)
        if own is None:
            return None
        following = self.days.get(day + 1)
        next_day = None if following is None else getattr(following, attribute)
        return of([own] if next_day is None else [own, next_day])


def _luck(book: _Book, *, scheme: Scheme, allowance: Allowance) -> _Luck:
    """Bound what luck made of the mean, by the blocks that were found and those that were to be expected."""
    found = book.counted(lambda day: day.found_blocks)
    if scheme == "solo":
        expected: float | None = sum(book.days[day].own_blocks for day in book.known)
        error = 0.0
    else:
        told = book.counts(lambda day: day.pool_blocks)
        enough = len(told) >= NEEDED_RATIO * len(book.known)
        expected = sum(told) / len(told) * len(book.known) if told and enough else None
        error = allowance.pool_error_ratio
    if found is not None:
        counted = sum(book.counts(lambda day: day.found_blocks))
        if expected:
            high = found[1] / (expected * (1.0 - error)) if error < 1.0 else inf
            low, why = found[0] / (expected * (1.0 + error)), "None of the pool's blocks was to be paid in these days."
            return _Luck(low=low, high=high, expected=expected, found=counted, reason=why)
        low = found[0] / poisson_bounds(found[0], z=allowance.sigmas)[1]
        why = "The pool found no block in these days, so that it need not have paid."
        return _Luck(low=low, expected=expected, found=counted, reason=why)
    if not expected:
        if scheme == "solo":
            return _Luck(reason="No accepted shares are known, and so no block is to be expected.")
        return _Luck(reason=UNKNOWN_POOL)
    sure = expected * max(0.0, 1.0 - error)
    why = f"{expected:.2g} blocks were to be expected in these days; so few leave any payout to luck."
    return _Luck(low=_least_luck(sure, z=allowance.sigmas), expected=expected, reason=why)


def _least_luck(expected: float, *, z: float) -> float:
    """Give the least part of the mean that luck leaves at `z` deviations; 0 where it may leave nothing."""
    if not poisson_bounds(0.0, z=z)[1] < expected:
        return 0.0
    low, high = 0.0, expected
    for _ in range(60):
        middle = (low + high) / 2.0
        if poisson_bounds(middle, z=z)[1] < expected:
            low = middle
        else:
            high = middle
    return low / expected


def _z(paid: float, *, mean: float, luck: _Luck, scheme: Scheme) -> float | None:
    blocks = luck.expected or luck.found
    if scheme not in {"pplns", "solo"} or not blocks or not mean > 0.0:
        return None
    return (paid / mean - 1.0) * sqrt(blocks)
