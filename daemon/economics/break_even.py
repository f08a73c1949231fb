"""Where a margin turns: break-even efficiency, bitcoin price and difficulty, and the days until the network gets there.

The break-even power price and hashprice of a device are fields of its Money; their closed forms are here as well, for
plans and tables that have an efficiency and no device.
"""

from math import floor, inf, log, log1p

import msgspec

EPOCH_DAYS = 14.0
"""Days of a difficulty epoch: 2016 blocks at ten minutes."""

# No four weeks of the network's history took a tenth of this; it only keeps the logarithm defined.
LOWEST_GROWTH = -0.99
# After this many halvings nothing is left of any subsidy that a horizon could depend on.
HALVINGS_AHEAD = 64
HALVING_DAYS = 210_000 * 600 / 86400.0


class Horizon(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When growing difficulty takes a hashprice to a break-even, at a constant bitcoin price.

    `epochs` counts difficulty epochs as a real number, `first_epoch_below` the whole ones after which the hashprice
    has fallen below. `days` is 0 when it is below already; all three are None when it never gets there.
    `by_halving` tells that it is a halving that takes it below.
    """

    epochs: float | None
    days: float | None
    first_epoch_below: int | None
    by_halving: bool = False


NEVER = Horizon(epochs=None, days=None, first_epoch_below=None)


class HorizonBand(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A horizon as a band, for growth one standard deviation above, at and below its mean; None is never."""

    earliest_days: float | None
    central_days: float | None
    latest_days: float | None
    by_halving: bool = False


def break_even_hashprice(*, j_per_th: float, price_per_kwh: float, pue: float = 1.0, paid_ratio: float = 1.0) -> float:
    """Give the gross hashprice per PH/s and day at which a device just pays its energy.

    `paid_ratio` is what is left after pool fee, scheme and rejects: `(1 - fee)(1 - rejects)`.
    """
    return hashcost(j_per_th=j_per_th, price_per_kwh=price_per_kwh, pue=pue) / paid_ratio


def break_even_price(
    *, j_per_th: float, hashprice_per_ph_day: float, pue: float = 1.0, paid_ratio: float = 1.0
) -> float:
    """Give the power price per kWh at which a device just pays its energy; times 1000 it is the strike per MWh."""
    return hashprice_per_ph_day * paid_ratio / (j_per_th * pue * 24.0)


def cut_off_j_per_th(
    *, hashprice_per_ph_day: float, price_per_kwh: float, pue: float = 1.0, paid_ratio: float = 1.0
) -> float:
    """Give the efficiency in J/TH at which a device just pays its energy; infinite when power costs nothing or less."""
    if price_per_kwh <= 0.0:
        return inf
    return hashprice_per_ph_day * paid_ratio / (24.0 * price_per_kwh * pue)


def hashcost(*, j_per_th: float, price_per_kwh: float, pue: float = 1.0) -> float:
    """Give what the energy of one PH/s costs a day."""
    return j_per_th * pue * 24.0 * price_per_kwh


def break_even_btc_price(*, btc_price: float, hashprice: float, break_even: float) -> float | None:
    """Give the bitcoin price at which the hashprice is its break-even, difficulty and fees in bitcoin held.

    None when a block pays nothing, so that no price would help.
    """
    return btc_price * break_even / hashprice if hashprice > 0.0 else None


def break_even_difficulty(*, difficulty: float, hashprice: float, break_even: float) -> float | None:
    """Give the difficulty at which the hashprice is its break-even, price and fees per block held.

    None when no difficulty gets there, because the power costs nothing or less.
    """
    return difficulty * hashprice / break_even if break_even > 0.0 else None


def horizon(*, hashprice: float, break_even: float, growth_per_epoch: float) -> Horizon:
    """Give when difficulty growing by a ratio each epoch takes the hashprice to its break-even, no halving between."""
    return halving_horizon(
        subsidy_part=hashprice,
        fees_part=0.0,
        break_even=break_even,
        growth_per_epoch=growth_per_epoch,
        days_to_halving=None,
    )


def halving_horizon(
    *,
    subsidy_part: float,
    fees_part: float,
    break_even: float,
    growth_per_epoch: float,
    days_to_halving: float | None,
) -> Horizon:
    """Give when growth and halvings take a hashprice, given in its two parts, to its break-even.

    Growth lowers both parts, a halving only the subsidy's; solved from halving to halving. Difficulty is taken not to
    answer a halving, which is the careful side. `days_to_halving` of None leaves halvings out. Raises ValueError
    for a growth of -100 % or less.
    """
    if growth_per_epoch <= -1.0:
        raise ValueError("difficulty cannot lose all of itself in an epoch")
    if subsidy_part + fees_part <= break_even:
        return Horizon(epochs=0.0, days=0.0, first_epoch_below=0)
    if break_even <= 0.0:
        return NEVER
    slope = log1p(growth_per_epoch)
    start, halving = 0.0, inf if days_to_halving is None else days_to_halving / EPOCH_DAYS
    for _ in range(HALVINGS_AHEAD):
        whole = subsidy_part + fees_part
        distance = log(whole / break_even) if whole > 0.0 else -inf
        if distance <= start * slope:
            return _at(start, by_halving=True)
        # A growth too small to count takes longer than any number of epochs.
        epochs = distance / slope if slope > 0.0 else inf
        if epochs <= halving and epochs < inf:
            return _at(epochs, by_halving=False)
        if halving == inf:
            break
        subsidy_part /= 2.0
        start, halving = halving, halving + HALVING_DAYS / EPOCH_DAYS
    return NEVER


def horizon_band(
    *,
    subsidy_part: float,
    fees_part: float,
    break_even: float,
    growth_mean: float,
    growth_sd: float,
    days_to_halving: float | None,
) -> HorizonBand:
    """Give the horizon for growth per epoch one standard deviation above and below its mean, never as one date."""
    early, central, late = (
        halving_horizon(
            subsidy_part=subsidy_part,
            fees_part=fees_part,
            break_even=break_even,
            growth_per_epoch=max(LOWEST_GROWTH, growth_mean + step * growth_sd),
            days_to_halving=days_to_halving,
        )
        for step in (1.0, 0.0, -1.0)
    )
    return HorizonBand(
        earliest_days=early.days, central_days=central.days, latest_days=late.days, by_halving=central.by_halving
    )


def _at(epochs: float, *, by_halving: bool) -> Horizon:
    return Horizon(epochs=epochs, days=epochs * EPOCH_DAYS, first_epoch_below=floor(epochs) + 1, by_halving=by_halving)
