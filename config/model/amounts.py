"""Amounts with a unit: text in the file, base units in the attributes.

Every price must be in the site's currency; that is checked where the price stands, so that the message points at it.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from config import quantity
from config.currencies import BITCOIN
from config.dimensions import KINDS, Dimension
from config.model.section import SURROUNDINGS
from config.model.words import named
from config.quantity import Price, Quantity, QuantityError
from config.scalars import Surprise


def _shape(dimension: Dimension) -> WithJsonSchema:
    """Describe a text with a unit to an editor."""
    kind = KINDS[dimension]
    return WithJsonSchema({"type": "string", "examples": [kind.example]})


def _local(read: Callable[[object], Price]) -> PlainValidator:
    """Read a price and hold it against the site's currency."""

    def amount(value: Any) -> float:
        price = read(value)
        paid_in_site_currency(price.currency)
        return price.amount

    return PlainValidator(amount)


def paid_in_site_currency(currency: str | None, *, bitcoin: bool = False) -> None:
    """Refuse a price in another currency than the site's; `bitcoin` allows BTC and satoshis beside it."""
    expected = SURROUNDINGS.get().currency
    if expected is None or currency is None or currency == expected or (bitcoin and currency == BITCOIN):
        return
    raise QuantityError(f"is in {currency}, but the site counts in {expected} (site.currency)")


def positive(read: Callable[[object], float]) -> Callable[[object], float]:
    """Make a reader that refuses zero as well."""

    def amount(value: object) -> float:
        taken = read(value)
        if taken <= 0:
            raise QuantityError("must be above zero")
        return taken

    return amount


def _pue(value: Any) -> float:
    if isinstance(value, Surprise):
        raise QuantityError(value.remedy)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(f"expected a plain number such as 1.05, not {named(value)}")
    if not 1 <= value <= 5:
        raise QuantityError("a PUE is total power over IT power: it must lie between 1 and 5")
    return float(value)


def _parameter(value: Any) -> float | Quantity:
    """Read a rule's parameter; which unit it must have, only the rule knows."""
    if isinstance(value, Surprise):
        raise QuantityError(value.remedy)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise QuantityError(f"expected a number, or text with a unit, not {named(value)}")
    if isinstance(value, str):
        return quantity.quantity(value)
    if not math.isfinite(value):
        raise QuantityError("expected a finite number")
    return float(value)


def _growth(value: Any) -> float:
    """Read a share that may be above the whole, such as a jump of 200%."""
    return quantity.ratio(value, limit=100.0)


PowerW = Annotated[float, PlainValidator(quantity.power_w), _shape("power")]
PositivePowerW = Annotated[float, PlainValidator(positive(quantity.power_w)), _shape("power")]
HashrateHs = Annotated[float, PlainValidator(positive(quantity.hashrate_hs)), _shape("hashrate")]
TemperatureC = Annotated[float, PlainValidator(quantity.temperature_c), _shape("temperature")]
DurationS = Annotated[float, PlainValidator(quantity.duration_s), _shape("duration")]
PositiveDurationS = Annotated[float, PlainValidator(positive(quantity.duration_s)), _shape("duration")]
DataRateBps = Annotated[float, PlainValidator(quantity.data_rate_bps), _shape("data_rate")]
CarbonGPerKwh = Annotated[float, PlainValidator(quantity.carbon_g_per_kwh), _shape("carbon")]
Ratio = Annotated[
    float,
    PlainValidator(quantity.ratio),
    WithJsonSchema({"type": ["string", "number"], "minimum": 0, "maximum": 1, "examples": ["2%"]}),
]
Growth = Annotated[
    float, PlainValidator(_growth), WithJsonSchema({"type": ["string", "number"], "minimum": 0, "examples": ["20%"]})
]
Pue = Annotated[float, PlainValidator(_pue), WithJsonSchema({"type": "number", "minimum": 1, "maximum": 5})]
EnergyPrice = Annotated[float, _local(quantity.energy_price), _shape("energy_price")]
DemandPrice = Annotated[float, _local(quantity.demand_price), _shape("demand_price")]
DailyCost = Annotated[float, _local(quantity.daily_cost), _shape("daily_cost")]
HardwarePrice = Annotated[float, _local(quantity.hardware_price), _shape("hardware_price")]
Parameter = Annotated[
    float | Quantity,
    PlainValidator(_parameter),
    WithJsonSchema({"type": ["number", "string"], "examples": [5, "2%", "80 kW"]}),
]
