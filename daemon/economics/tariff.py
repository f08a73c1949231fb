"""What the next kilowatt-hour costs at an instant: the tariff's hours, a real-time signal, adders, and the contract."""

from collections.abc import Mapping
from math import isfinite

import msgspec

from daemon.economics.tariff_day import next_change
from daemon.economics.tariff_hours import HOLIDAY, Hour, Period, Tariff, hour_at

__all__ = ["HOLIDAY", "Period", "PriceNow", "Tariff", "price_at"]


class PriceNow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The marginal price of a kWh at an instant, and where it came from.

    `price_per_kwh` is None when it cannot be known, and `reason` then says why in one sentence; else `source` names
    what set it, and `is_live` tells that it was a signal. `next_change_at` is the epoch second at which the tariff's
    own hours change it next; None when they do not within thirteen months, or when a signal sets it.
    """

    price_per_kwh: float | None
    source: str = ""
    is_live: bool = False
    reason: str | None = None
    next_change_at: float | None = None


def price_at(
    tariff: Tariff, instant: float, signals: Mapping[str, float | None], *, drawn_w: float | None = None
) -> PriceNow:
    """Give the price of the next kWh at an instant, from the tariff and the newest signals by name.

    `signals` are per kWh in the tariff's currency; None or absent means missing, stale or frozen. `drawn_w` is the
    power that the whole contract draws now, for take-or-pay.
    """
    hour, next_change_at = _signal_hour(tariff, signals), None
    is_live = hour is not None
    if hour is None:
        hour, next_change_at = hour_at(tariff, instant), next_change(tariff, instant)
    if hour.price_per_kwh is None:
        return PriceNow(price_per_kwh=None, reason=hour.reason, next_change_at=next_change_at)
    price, source = hour.price_per_kwh, hour.source
    if tariff.minimum_take_w > 0.0:
        if drawn_w is None:
            reason = "Power is paid for up to a minimum take, and what the site draws is not known."
            return PriceNow(price_per_kwh=None, reason=reason, next_change_at=next_change_at)
        if drawn_w <= tariff.minimum_take_w:
            price, source, is_live = 0.0, "paid for already, within the minimum take", False
    price += tariff.adder_per_kwh
    if tariff.sell_signal is not None:
        offered = _figure(signals.get(tariff.sell_signal))
        if offered is None:
            reason = f"What selling the power back would bring is not known: signal {tariff.sell_signal!r} is missing."
            return PriceNow(price_per_kwh=None, reason=reason, next_change_at=next_change_at)
        forgone = offered - tariff.sell_cost_per_kwh
        if forgone > price:
            price, source = forgone, f"what selling it back would bring, signal {tariff.sell_signal!r}"
            is_live = True
    return PriceNow(price_per_kwh=price, source=source, is_live=is_live, next_change_at=next_change_at)


def _signal_hour(tariff: Tariff, signals: Mapping[str, float | None]) -> Hour | None:
    """Give the signal's price, or the reason why there is none; None when the tariff's own hours apply."""
    if tariff.signal is None:
        return None
    price = _figure(signals.get(tariff.signal))
    if price is not None:
        return Hour(price_per_kwh=price, source=f"signal {tariff.signal!r}")
    if tariff.price_per_kwh is not None or tariff.periods:
        return None
    return Hour(
        price_per_kwh=None, reason=f"The power price is not known: signal {tariff.signal!r} is missing or stale."
    )


def _figure(price: float | None) -> float | None:
    return price if price is not None and isfinite(price) else None
