"""Amounts with their units, from an operator's text to base units: "3.4 kW" is 3400.0 W. Pure.

Every function takes what was written (text; a bare number only where nothing could be mistaken), gives a finite value
in the base unit, or raises QuantityError with what was expected, an example, and the slip if it is a common one.
"""

import math
import re
from itertools import pairwise

import msgspec

from config.dimensions import KINDS, Dimension, QuantityError, Unit
from config.units import any_unit, unit

__all__ = [
    "Price",
    "Quantity",
    "QuantityError",
    "bitcoin",
    "bitcoin_price",
    "carbon_g_per_kwh",
    "daily_cost",
    "data_rate_bps",
    "demand_price",
    "difficulty",
    "duration_s",
    "efficiency_j_per_th",
    "energy_price",
    "hardware_price",
    "hashprice",
    "hashrate_hs",
    "money",
    "power_w",
    "quantity",
    "ratio",
    "temperature_c",
]

LONGEST = 64
"""Characters that a quantity may have; longer text is a mistake and is not searched for a number."""

_NUMBER = re.compile(
    r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?)\s*(.*?)\s*", re.DOTALL
)
_COMMA = re.compile(r"\s*[+-]?[0-9.]*[0-9],[0-9]")


class Price(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money in one currency (ISO 4217 code, or `BTC`); per what, the function that made it says."""

    amount: float
    currency: str


class Quantity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value in the base unit of its dimension, and the unit it was written in."""

    value: float
    unit: Unit


def power_w(written: object) -> float:
    """Read a power such as "3.4 kW" in watts, never negative."""
    return _not_negative(written, "power")


def hashrate_hs(written: object) -> float:
    """Read a hashrate such as "110 TH/s" in hashes per second, never negative; "110 TH" will do."""
    return _not_negative(written, "hashrate")


def efficiency_j_per_th(written: object) -> float:
    """Read an efficiency such as "29.5 J/TH" in joules per terahash, never negative."""
    return _not_negative(written, "efficiency")


def temperature_c(written: object) -> float:
    """Read a temperature such as "35 C" or "95 F" in degrees Celsius, never below absolute zero."""
    value = _read(written, "temperature").value
    if value < -273.15:
        raise _refusal(written, "temperature", "it is below absolute zero")
    return value


def difficulty(written: object) -> float:
    """Read a difficulty such as "146.47 T" or 65536; always above zero."""
    value = _read(str(written) if _is_number(written) else written, "difficulty").value
    if value <= 0:
        raise _refusal(written, "difficulty", "it must be above zero")
    return value


def data_rate_bps(written: object) -> float:
    """Read a data rate such as "10 Gbps" in bits per second, never negative."""
    return _not_negative(written, "data_rate")


def carbon_g_per_kwh(written: object) -> float:
    """Read a carbon intensity such as "370 g/kWh" in grams per kilowatt-hour, never negative."""
    return _not_negative(written, "carbon")


def ratio(written: object, *, limit: float = 1.0) -> float:
    """Read a share such as "2%" as 0.02; a bare number must itself lie between 0 and 1, and no result above `limit`."""
    bare = str(written) if _is_number(written) else written
    if isinstance(bare, str) and (number := _plain(bare)) is not None:
        if not 0 <= number <= 1:
            raise _refusal(
                written, "ratio", f'a bare number must lie between 0 and 1; in percent, write "{bare.strip()}%"'
            )
        return number
    value = _read(bare, "ratio").value
    if not 0 <= value <= limit:
        raise _refusal(written, "ratio", f"it must lie between 0% and {limit * 100:g}%")
    return value


def duration_s(written: object) -> float:
    """Read a duration such as "30s", "1h30m" or "30 d" in seconds, never negative; a year counts 365 days."""
    if not isinstance(written, str) or len(written) > LONGEST:
        return _not_negative(written, "duration")
    if re.fullmatch(r"\s*[0-9]+:[0-9]{2}(:[0-9]{2})?\s*", written):
        raise _refusal(written, "duration", "a colon tells a time of day")
    parts = re.findall(r"\s*(-?[0-9.]+(?:[eE][+-]?[0-9]+)?\s*[^\W\d_]+)", written)
    if len(parts) < 2 or "".join("".join(parts).split()) != "".join(written.split()):
        return _not_negative(written, "duration")
    read = [_read(part, "duration", whole=written) for part in parts]
    scales = [part.unit.scale for part in read]
    if any(later >= earlier for earlier, later in pairwise(scales)):
        raise _refusal(written, "duration", "its parts must go from long to short")
    if any(part.value < 0 for part in read):
        raise _refusal(written, "duration", "it must not be negative")
    return math.fsum(part.value for part in read)


def energy_price(written: object) -> Price:
    """Read an energy price such as "0.07 USD/kWh" or "70 EUR/MWh", per kilowatt-hour; it may be negative."""
    return _price(written, "energy_price")


def hashprice(written: object) -> Price:
    """Read a hashprice such as "41.22 USD/PH/day" or "42000 sat/TH/day", per PH/s and day, never negative."""
    return _price(written, "hashprice", negative=False)


def bitcoin_price(written: object) -> Price:
    """Read a price such as "90000 USD/BTC", or "90000 USD", per bitcoin; never negative."""
    return _price(written, "bitcoin_price", negative=False)


def demand_price(written: object) -> Price:
    """Read a price of power such as "8.5 USD/kW/month" or "102 USD/kW/year", per kilowatt and month; never negative."""
    return _price(written, "demand_price", negative=False)


def daily_cost(written: object) -> Price:
    """Read a running cost such as "0.15 USD/day", per day; a year counts 365 days. Never negative."""
    return _price(written, "daily_cost", negative=False)


def hardware_price(written: object) -> Price:
    """Read a machine price such as "17.6 USD/TH", per TH/s of its hashrate; never negative."""
    return _price(written, "hardware_price", negative=False)


def money(written: object) -> Price:
    """Read an amount of money such as "90000 USD"; it may be negative."""
    return _price(written, "money")


def bitcoin(written: object) -> float:
    """Read an amount such as "0.02 BTC" or "350000 sat" in bitcoin, never negative."""
    return _not_negative(written, "bitcoin")


def quantity(written: object) -> Quantity:
    """Read a number with whatever unit it carries; a bare number is a plain number."""
    if _is_number(written):
        written = str(written)
    number, name = _split(written, None)
    try:
        found = any_unit(name)
    except QuantityError as error:
        raise QuantityError(f"{_shown(written)}: {error}") from None
    return Quantity(value=_exact(number, found, written), unit=found)


def _not_negative(written: object, dimension: Dimension) -> float:
    value = _read(written, dimension).value
    if value < 0:
        raise _refusal(written, dimension, "it must not be negative")
    return value


def _price(written: object, dimension: Dimension, *, negative: bool = True) -> Price:
    read = _read(written, dimension)
    if read.value < 0 and not negative:
        raise _refusal(written, dimension, "it must not be negative")
    return Price(amount=read.value, currency=read.unit.currency or "")


def _read(written: object, dimension: Dimension, *, whole: str | None = None) -> Quantity:
    number, name = _split(written, dimension)
    try:
        found = unit(name, dimension)
    except QuantityError as error:
        raise _refusal(whole or written, dimension, str(error)) from None
    return Quantity(value=_exact(number, found, written), unit=found)


def _split(written: object, dimension: Dimension | None) -> tuple[str, str]:
    """Part the number from its unit."""
    if _is_number(written):
        raise _refusal(written, dimension, "it has no unit")
    if not isinstance(written, str):
        raise _refusal(written, dimension, "it is not text")
    if len(written) > LONGEST:
        raise _refusal(written, dimension, f"it is longer than {LONGEST} characters")
    match = _NUMBER.fullmatch(written.replace("\N{MINUS SIGN}", "-"))
    if _COMMA.match(written):
        raise _refusal(written, dimension, "a comma is not understood; decimals take a point, thousands take nothing")
    if match is None:
        symbol = re.match(r"\s*([$€£¥])", written)
        reason = (
            f"{symbol[1]} is a sign; write the currency's code after the number"
            if symbol
            else "it does not begin with a number"
        )
        raise _refusal(written, dimension, reason if written.strip() else "it is empty")
    # Messages quote the unit, and go to terminals.
    number, name = match[1], "".join(letter if letter.isprintable() else "?" for letter in " ".join(match[2].split()))
    if re.match(r"[eE][+-]?([0-9\s]|$)", name) and not (dimension == "difficulty" and name == "E"):
        raise _refusal(written, dimension, "its exponent is incomplete or far too large")
    if re.match(r"['_.0-9]", name):
        raise _refusal(written, dimension, "its digits must stand together, with at most one point")
    return number, name


def _exact(number: str, found: Unit, written: object) -> float:
    value = found.base(number)
    if not math.isfinite(value):
        raise _refusal(written, found.dimension, "it is far too large")
    return value


def _plain(text: str) -> float | None:
    """Read text that is a number and nothing else; None when it is not."""
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or match[2]:
        return None
    value = float(match[1])
    return value if math.isfinite(value) else None


def _is_number(written: object) -> bool:
    return isinstance(written, int | float) and not isinstance(written, bool)


def _refusal(written: object, dimension: Dimension | None, reason: str) -> QuantityError:
    if dimension is None:
        return QuantityError(f"{_shown(written)} is not a number with a unit: {reason}")
    kind = KINDS[dimension]
    return QuantityError(
        f"{_shown(written)} is not {kind.noun}: {reason}; "
        f'expected a number and {kind.expected}, such as "{kind.example}"'
    )


def _shown(written: object) -> str:
    """Quote what was written, short and on one line."""
    if not isinstance(written, str):
        text = str(written).lower() if isinstance(written, bool) else str(written)
        text = (
            text
            if _is_number(written) or isinstance(written, bool)
            else {"NoneType": "nothing"}.get(type(written).__name__, "that")
        )
        return text[:40]
    short = written if len(written) <= 40 else written[:39] + "…"
    return '"' + "".join(letter if letter.isprintable() else "?" for letter in short) + '"'
