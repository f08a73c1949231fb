"""The owner's side: what is held, what the coming years are reckoned to bring, and what machines would fetch."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

import msgspec
from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from config import quantity
from config.currencies import BITCOIN, CODES, STABLECOINS
from config.model.amounts import DailyCost, Growth, HardwarePrice, PositiveDurationS, Ratio
from config.model.section import Location, Refused, Section, only
from config.model.words import named, text
from config.quantity import QuantityError


class Amount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money that is held: how much, in which currency; `BTC` is one."""

    amount: float
    currency: str


def holding(value: object) -> Amount:
    """Read an amount of money in any currency, or of bitcoin; never negative. Raises QuantityError."""
    try:
        read = quantity.money(value)
    except QuantityError as error:
        try:
            return Amount(amount=quantity.bitcoin(value), currency=BITCOIN)
        except QuantityError:
            raise error from None
    if read.amount < 0.0:
        raise QuantityError(f"{named(value)} is negative; what is owed belongs to fixed_costs")
    return Amount(amount=read.amount, currency=read.currency)


def _efficiency(value: Any) -> float:
    taken = quantity.efficiency_j_per_th(value)
    if taken <= 0.0:
        raise QuantityError("must be above zero")
    return taken


def _foreign(value: Any) -> str:
    code = text(value).upper()
    if code == BITCOIN:
        raise Refused("bitcoin has a signal of its own, btc_price")
    if code not in CODES and code not in STABLECOINS:
        raise Refused(f'"{code[:10]}" is not a currency code; expected one such as USD, EUR or USDT')
    return code


ForeignCurrency = Annotated[
    str, PlainValidator(_foreign), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{3,4}$"})
]
Holding = Annotated[
    Amount, PlainValidator(holding), WithJsonSchema({"type": "string", "examples": ["2.5 BTC", "100000 USD"]})
]
EfficiencyJPerTh = Annotated[
    float, PlainValidator(_efficiency), WithJsonSchema({"type": "string", "examples": ["25 J/TH"]})
]


class Treasury(Section):
    """What can be spent before a site must sell or stop; other currencies than the site's need `exchange`."""

    holdings: tuple[Holding, ...] = Field(
        default=(), description="Money and coins that can be spent, such as 2.5 BTC and 100000 USD."
    )
    fixed_per_day: DailyCost = Field(
        default=0.0,
        alias="fixed_costs",
        description="What is paid whatever runs, such as 40000 USD/month; costs per device do not belong here.",
        json_schema_extra={"default": "0 USD/day"},
    )


class ResaleBand(Section):
    """What machines of one span of efficiency would fetch today; asking prices are no bids, so give a band."""

    below_j_per_th: EfficiencyJPerTh | None = Field(
        default=None, alias="below", description="Efficiency up to which it holds; without it, for all the rest."
    )
    low_per_th: HardwarePrice = Field(alias="low", description="Lowest price.")
    high_per_th: HardwarePrice = Field(alias="high", description="Highest price.")

    @model_validator(mode="after")
    def _upwards(self) -> Self:
        if self.low_per_th > self.high_per_th:
            raise only(("low",), "must not be above `high`")
        return self


class Outlook(Section):
    """What hold or sell is reckoned with; nothing here touches a verdict of today."""

    growth_low_ratio: Growth = Field(
        default=0.10,
        alias="growth_low",
        description="Slow growth of difficulty in a year.",
        json_schema_extra={"default": "10%"},
    )
    growth_high_ratio: Growth = Field(
        default=0.60,
        alias="growth_high",
        description="Fast growth of difficulty in a year.",
        json_schema_extra={"default": "60%"},
    )
    horizon_s: PositiveDurationS = Field(
        default=730 * 86400.0,
        alias="horizon",
        description="How long a machine is held.",
        json_schema_extra={"default": "730 d"},
    )
    discount_ratio: Ratio = Field(
        default=0.12,
        alias="discount",
        description="Yearly interest that later money is discounted with.",
        json_schema_extra={"default": "12%"},
    )
    salvage_per_th: HardwarePrice = Field(
        default=0.0,
        alias="salvage",
        description="What a machine fetches at the end.",
        json_schema_extra={"default": "0 USD/TH"},
    )
    removal_per_th: HardwarePrice = Field(
        default=0.0,
        alias="removal",
        description="Taking out, packing and freight when it is sold.",
        json_schema_extra={"default": "0 USD/TH"},
    )
    resale: tuple[ResaleBand, ...] = Field(
        default=(), description="Resale prices by efficiency, thriftiest first; without them hold or sell stays open."
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Hold the bands against each other."""
        bands = raw.get("resale")
        if isinstance(bands, list):
            for place, band in enumerate(bands[:-1]):
                if isinstance(band, dict) and "below" not in band:
                    yield ("resale", place), "has no `below`, so it must stand last"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.growth_low_ratio > self.growth_high_ratio:
            raise only(("growth_low",), "must not be above `growth_high`")
        bounds = [band.below_j_per_th for band in self.resale if band.below_j_per_th is not None]
        if bounds != sorted(set(bounds)):
            raise only(("resale",), "must go from the thriftiest to the thirstiest, each `below` once")
        return self

    def resale_at(self, j_per_th: float) -> ResaleBand | None:
        """Find the band that an efficiency falls into; None when it lies in none."""
        for band in self.resale:
            if band.below_j_per_th is None or j_per_th < band.below_j_per_th:
                return band
        return None
