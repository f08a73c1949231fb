"""The fleet by efficiency: tiers of J/TH, the site's cut-off through them, and hold or sell for each."""

from collections.abc import Iterable, Sequence

import msgspec

from daemon.economics.batch import Batch
from daemon.economics.break_even import break_even_hashprice, break_even_price, cut_off_j_per_th
from daemon.economics.holding import HoldOrSell, hold_or_sell, hold_value
from daemon.economics.money import Appraiser, Terms

# The bounds that hardware indices quote prices by, with one more for the newest machines. J/TH, each tier up to, not
# with, its upper bound.
BOUNDS = (15.0, 19.0, 25.0, 38.0, 68.0)


class Tier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Devices of one span of efficiency; `above` and `below` are its bounds in J/TH, None where it is open.

    `power_w` is at the devices. `margin_per_day` is on the cash basis with all of them running; it and the
    break-evens are None where a price is missing. `is_past_cut_off` tells that the tier's mean efficiency does not
    pay its energy at today's prices; None when that cannot be told.
    """

    above: float | None
    below: float | None
    devices: int
    hashrate_hs: float
    power_w: float
    hashrate_share: float
    j_per_th: float
    margin_per_day: float | None
    break_even_price_per_kwh: float | None
    break_even_hashprice_per_ph_day: float | None
    is_past_cut_off: bool | None


class TierTable(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All tiers, thriftiest first, with the cut-off; None when a price is missing, infinite when energy costs nothing.

    `unknown_devices` have no efficiency and stand in no tier.
    """

    tiers: tuple[Tier, ...]
    cut_off_j_per_th: float | None
    unknown_devices: int


class Outlook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is expected of the coming years, for hold or sell: yearly ratios, money per TH/s, days.

    Growth is a band; salvage is what a machine fetches at the end, resale what it fetches now, removal what taking it
    out and shipping it costs.
    """

    growth_low: float
    growth_high: float
    days: int = 730
    discount: float = 0.12
    salvage_per_th: float = 0.0
    resale_low_per_th: float | None = None
    resale_high_per_th: float | None = None
    removal_per_th: float = 0.0
    halving_day: int | None = None
    subsidy_share: float = 1.0


def tier_table(
    fleet: Iterable[Batch], *, terms: Terms, bounds: Sequence[float] = BOUNDS, reject_ratio: float = 0.0
) -> TierTable:
    """Sort a fleet into tiers by J/TH and hold each against the cut-off; empty tiers are left out."""
    rows: list[list[Batch]] = [[] for _ in range(len(bounds) + 1)]
    unknown = 0
    for batch in fleet:
        efficiency = batch.j_per_th
        if efficiency is None:
            unknown += batch.count
        else:
            rows[sum(efficiency >= bound for bound in bounds)].append(batch)
    whole = sum((batch.hashrate_hs or 0.0) * batch.count for row in rows for batch in row)
    limit = cut_off(terms, reject_ratio=reject_ratio)
    tiers = [
        _tier(
            row,
            above=bounds[place - 1] if place else None,
            below=bounds[place] if place < len(bounds) else None,
            whole_hs=whole,
            terms=terms,
            cut_off=limit,
            reject_ratio=reject_ratio,
        )
        for place, row in enumerate(rows)
        if row
    ]
    return TierTable(tiers=tuple(tiers), cut_off_j_per_th=limit, unknown_devices=unknown)


def tier_choice(tier: Tier, *, terms: Terms, outlook: Outlook, reject_ratio: float = 0.0) -> HoldOrSell:
    """Choose between holding and selling a tier, in money per TH/s, over the band of growth.

    Fast growth gives the low end of the hold value, slow growth the high end.
    """
    band = holding(
        tier.j_per_th,
        terms=terms,
        outlook=outlook,
        reject_ratio=reject_ratio,
        th_per_device=tier.hashrate_hs / tier.devices / 1e12,
    )
    low, high = band if band is not None else (None, None)
    return hold_or_sell(
        hold_low=low,
        hold_high=high,
        resale_low=outlook.resale_low_per_th,
        resale_high=outlook.resale_high_per_th,
        removal=outlook.removal_per_th,
    )


def holding(
    j_per_th: float, *, terms: Terms, outlook: Outlook, reject_ratio: float = 0.0, th_per_device: float | None = None
) -> tuple[float, float] | None:
    """Give what keeping machines of an efficiency is worth, low and high, in money per TH/s; None without prices.

    `th_per_device` spreads what is paid for every device that runs, its upkeep, over its TH/s.
    """
    per_hs, price, kwh_per_w = terms.revenue_per_hs, terms.usable_price_per_kwh, terms.kwh_per_w
    if per_hs is None or price is None or kwh_per_w is None:
        return None
    upkeep = sum(terms.daily_terms.values()) / th_per_device if th_per_device else 0.0
    low, high = (
        hold_value(
            revenue_per_day=per_hs * 1e12 * (1.0 - reject_ratio),
            cost_per_day=j_per_th * kwh_per_w * (price + sum(terms.energy_terms.values())) + upkeep,
            growth_daily=(1.0 + growth) ** (1.0 / 365.25) - 1.0,
            days=outlook.days,
            salvage=outlook.salvage_per_th,
            discount=outlook.discount,
            halving_day=outlook.halving_day,
            subsidy_share=outlook.subsidy_share,
        )
        for growth in (outlook.growth_high, outlook.growth_low)
    )
    return low, high


def cut_off(terms: Terms, *, reject_ratio: float = 0.0) -> float | None:
    """Give the J/TH at which a device just pays what the next kWh costs, its demand and hosting rates included.

    None when a price is missing, infinite when energy costs nothing or less.
    """
    paid, price = terms.paid_ratio, terms.usable_price_per_kwh
    if paid is None or price is None or terms.revenue_per_hs is None or terms.hashprice_per_ph_day is None:
        return None
    return cut_off_j_per_th(
        hashprice_per_ph_day=terms.hashprice_per_ph_day,
        price_per_kwh=price + sum(terms.energy_terms.values()),
        pue=terms.pue,
        paid_ratio=paid * (1.0 - reject_ratio),
    )


def _tier(
    batches: Sequence[Batch],
    *,
    above: float | None,
    below: float | None,
    whole_hs: float,
    terms: Terms,
    cut_off: float | None,
    reject_ratio: float,
) -> Tier:
    appraiser = Appraiser(terms)
    hashrate = sum((batch.hashrate_hs or 0.0) * batch.count for batch in batches)
    power = sum((batch.power_w or 0.0) * batch.count for batch in batches)
    efficiency = power / hashrate * 1e12
    margin: float | None = 0.0
    for batch in batches:
        found = appraiser.money(
            hashrate_hs=batch.hashrate_hs, power_w=batch.power_w, power_grade=batch.grade, reject_ratio=reject_ratio
        ).margin_per_day
        margin = None if margin is None or found is None else margin + found * batch.count
    paid, price, hashprice = terms.paid_ratio, terms.usable_price_per_kwh, terms.hashprice_per_ph_day
    kept = None if paid is None else paid * (1.0 - reject_ratio)
    return Tier(
        above=above,
        below=below,
        devices=sum(batch.count for batch in batches),
        hashrate_hs=hashrate,
        power_w=power,
        hashrate_share=hashrate / whole_hs,
        j_per_th=efficiency,
        margin_per_day=margin,
        break_even_price_per_kwh=None
        if kept is None or hashprice is None or terms.revenue_per_hs is None
        else break_even_price(j_per_th=efficiency, hashprice_per_ph_day=hashprice, pue=terms.pue, paid_ratio=kept),
        break_even_hashprice_per_ph_day=None
        if not kept or price is None
        else break_even_hashprice(j_per_th=efficiency, price_per_kwh=price, pue=terms.pue, paid_ratio=kept),
        is_past_cut_off=None if cut_off is None else efficiency > cut_off,
    )
