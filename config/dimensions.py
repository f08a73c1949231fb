"""What can be measured: every dimension with the one base unit that its values are kept in. Pure."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Literal

import msgspec

Dimension = Literal[
    "power",
    "hashrate",
    "efficiency",
    "temperature",
    "duration",
    "difficulty",
    "data_rate",
    "carbon",
    "ratio",
    "number",
    "money",
    "bitcoin",
    "energy_price",
    "hashprice",
    "bitcoin_price",
    "demand_price",
    "daily_cost",
    "hardware_price",
]


_DECIMALS = Context(prec=60, Emin=-999999, Emax=999999, traps=[])


class QuantityError(ValueError):
    """A text is not the quantity that was expected; the message says what was, with an example."""


class Unit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One unit as it was written; a value in the dimension's base unit is `(number + shift) * scale / divisor`.

    `currency` is set where the dimension is money or a price (satoshis are `BTC`), and None elsewhere.
    """

    text: str
    dimension: Dimension
    scale: float = 1.0
    divisor: float = 1.0
    shift: float = 0.0
    currency: str | None = None

    def base(self, number: float | str) -> float:
        """Convert a number in this unit, or the digits of one, to the base unit of its dimension.

        It is reckoned in decimals and rounded once, so that 45.2 USD/MWh is the very float 0.0452. The result is
        finite unless the number is not, or is far too large.
        """
        digits = Decimal(number if isinstance(number, str) else repr(number))
        shifted = _DECIMALS.add(digits, Decimal(repr(self.shift)))
        scaled = _DECIMALS.multiply(shifted, Decimal(repr(self.scale)))
        return float(_DECIMALS.divide(scaled, Decimal(repr(self.divisor)))) + 0.0


class Kind(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a dimension is called in a message, its base unit, and an example that is always valid."""

    noun: str
    base: str
    expected: str
    example: str


KINDS: Mapping[Dimension, Kind] = {
    "power": Kind(noun="a power", base="W", expected="W, kW or MW", example="3.4 kW"),
    "hashrate": Kind(noun="a hashrate", base="H/s", expected="TH/s, PH/s or another prefix", example="110 TH/s"),
    "efficiency": Kind(noun="an efficiency", base="J/TH", expected="J/TH", example="29.5 J/TH"),
    "temperature": Kind(noun="a temperature", base="°C", expected="C, F or K", example="35 C"),
    "duration": Kind(noun="a duration", base="s", expected="ms, s, m, h, d, w or y", example="30s"),
    "difficulty": Kind(noun="a difficulty", base="1", expected="no unit, or k, M, G, T or P", example="146.47 T"),
    "data_rate": Kind(noun="a data rate", base="bit/s", expected="Mbps or Gbps", example="10 Gbps"),
    "carbon": Kind(noun="a carbon intensity", base="g/kWh", expected="g/kWh or kg/MWh", example="370 g/kWh"),
    "ratio": Kind(noun="a ratio", base="1", expected="%", example="2%"),
    "number": Kind(noun="a number", base="1", expected="no unit", example="42"),
    "money": Kind(noun="an amount of money", base="currency", expected="a currency code", example="90000 USD"),
    "bitcoin": Kind(noun="an amount of bitcoin", base="BTC", expected="BTC or sat", example="0.02 BTC"),
    "energy_price": Kind(
        noun="an energy price", base="currency/kWh", expected="a currency per kWh or MWh", example="0.07 USD/kWh"
    ),
    "hashprice": Kind(
        noun="a hashprice",
        base="currency/PH/day",
        expected="a currency per PH or TH and day",
        example="41.22 USD/PH/day",
    ),
    "bitcoin_price": Kind(
        noun="a bitcoin price", base="currency/BTC", expected="a currency per BTC", example="90000 USD/BTC"
    ),
    "demand_price": Kind(
        noun="a price of power",
        base="currency/kW/month",
        expected="a currency per kW and month",
        example="8.5 USD/kW/month",
    ),
    "daily_cost": Kind(
        noun="a running cost", base="currency/day", expected="a currency per day", example="0.15 USD/day"
    ),
    "hardware_price": Kind(
        noun="a hardware price", base="currency/TH", expected="a currency per TH", example="17.6 USD/TH"
    ),
}
