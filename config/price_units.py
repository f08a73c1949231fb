"""Units of money and of prices, such as `EUR/MWh`: a currency, and what it is paid for. Pure."""

import difflib
import re

from config.currencies import BITCOIN, CODES, COMMON, STABLECOINS
from config.dimensions import KINDS, Dimension, QuantityError, Unit

PRICE_DIMENSIONS: tuple[Dimension, ...] = (
    *("energy_price", "hashprice", "bitcoin_price", "demand_price"),
    *("daily_cost", "hardware_price", "bitcoin", "money"),
)

Factor = tuple[float, float]
"""A multiplier and a divisor; two whole numbers keep a price exact where one fraction would not."""

_ENERGY: dict[str, Factor] = {"Wh": (1e3, 1.0), "kWh": (1.0, 1.0), "MWh": (1.0, 1e3), "GWh": (1.0, 1e6)}
_HASHES: dict[str, Factor] = {"GH": (1e6, 1.0), "TH": (1e3, 1.0), "PH": (1.0, 1.0), "EH": (1.0, 1e3)}
_POWER: dict[str, Factor] = {"W": (1e3, 1.0), "kW": (1.0, 1.0), "MW": (1.0, 1e3)}
_MACHINE: dict[str, Factor] = {"GH": (1e3, 1.0), "TH": (1.0, 1.0), "PH": (1.0, 1e3)}
_PER_DAY: dict[str, Factor] = {"hour": (24.0, 1.0), "day": (1.0, 1.0), "month": (12.0, 365.0), "year": (1.0, 365.0)}
_PER_MONTH: dict[str, Factor] = {"month": (1.0, 1.0), "year": (1.0, 12.0)}
_PERIODS = {
    **dict.fromkeys(("h", "hr", "hour"), "hour"),
    **dict.fromkeys(("d", "day"), "day"),
    **dict.fromkeys(("mo", "mon", "month"), "month"),
    **dict.fromkeys(("y", "yr", "year", "a"), "year"),
}
_PARTS = frozenset((*_ENERGY, *_HASHES, *_POWER, *_PERIODS, BITCOIN))
# A small m stands for a thousandth, so only the exact text is mega.
_FOLDED_PARTS = {part.lower(): part for part in _PARTS if not part.startswith("M")}
_SATOSHIS = frozenset({"SAT", "SATS", "SATOSHI", "SATOSHIS"})
_CENTS = ("CENTS", "CENT", "CT", "¢")
_SIGNS = frozenset({"$", "US$", "€", "£", "¥"})


def price_unit(name: str, dimension: Dimension) -> Unit:
    """Read the unit of one dimension of money; `per` and a hyphen do for the stroke.

    Raises QuantityError when the currency is unknown or the unit belongs to another dimension.
    """
    if not name:
        raise QuantityError("the unit is missing")
    top, *below = (part.strip() for part in re.split(r"[/-]", re.sub(r"\s+per\s+", "/", name)))
    currency, (scale, divisor) = _currency(top)
    parts = [part if part in _PARTS else _FOLDED_PARTS.get(part.lower(), part) for part in below]
    shape, (more, less) = _paid_for([part for part in parts if part not in {"s", "sec"}])
    if shape == "money":
        shape = "bitcoin" if currency == BITCOIN else dimension if dimension == "bitcoin_price" else shape
    if shape != dimension:
        raise QuantityError(_misfit(name, shape, below, dimension))
    return Unit(text=name, dimension=dimension, scale=scale * more, divisor=divisor * less, currency=currency)


def _currency(text: str) -> tuple[str, Factor]:
    code = text.upper()
    if code in CODES or code == BITCOIN or code in STABLECOINS:
        return code, (1.0, 1.0)
    if code in _SATOSHIS:
        return BITCOIN, (1.0, 1e8)
    compact = code.replace(" ", "")
    for cents in _CENTS:
        if compact == cents:
            raise QuantityError(f"{text} does not say of which currency; write USDct or EURct, or the whole unit")
        if compact.removesuffix(cents) in CODES:
            return compact.removesuffix(cents), (1.0, 100.0)
    if code in _SIGNS:
        raise QuantityError(f"{text} is a sign; write the currency's code, such as USD or EUR")
    if not code.isalpha() or len(code) != 3:
        raise QuantityError(f'"{text[:40]}" is not a currency')
    near = difflib.get_close_matches(code, COMMON, n=1) or difflib.get_close_matches(code, sorted(CODES), n=1)
    raise QuantityError(f"{text} is not a currency code" + (f"; did you mean {near[0]}?" if near else ""))


def _paid_for(parts: list[str]) -> tuple[Dimension | None, Factor]:
    """Name what a currency divided by these parts is, with the factor to its base unit; None when nothing known."""
    match parts:
        case []:
            return "money", (1.0, 1.0)
        case [energy] if energy in _ENERGY:
            return "energy_price", _ENERGY[energy]
        case [bitcoin] if bitcoin == BITCOIN:
            return "bitcoin_price", (1.0, 1.0)
        case [hashes] if hashes in _MACHINE:
            return "hardware_price", _MACHINE[hashes]
        case [hashes, period] if hashes in _HASHES and _PERIODS.get(period) == "day":
            return "hashprice", _HASHES[hashes]
        case [power, period] if power in _POWER and _PERIODS.get(period) in _PER_MONTH:
            (scale, divisor), (more, less) = _POWER[power], _PER_MONTH[_PERIODS[period]]
            return "demand_price", (scale * more, divisor * less)
        case [period] if period in _PERIODS:
            return "daily_cost", _PER_DAY[_PERIODS[period]]
    return None, (1.0, 1.0)


def _misfit(name: str, shape: Dimension | None, below: list[str], dimension: Dimension) -> str:
    last = below[-1] if below else ""
    if dimension == "energy_price" and last in _POWER:
        return f"{name} is per power; energy is {last}h"
    if dimension == "demand_price" and last in _POWER:
        return f"{name} lacks /month"
    if dimension == "hashprice" and last.upper() in _HASHES:
        return f"{name} lacks /day"
    if last in {"mWh", "mwh", "mW", "mw"}:
        return f"{name} has a small m, a thousandth; mega is M"
    if shape is None:
        return f"{name} is not a unit that fits"
    if shape == "money":
        return f"{name} alone does not say what the money is for"
    return f"{name} is the unit of {KINDS[shape].noun}"
