"""Signals: named numbers that change over time, such as a price or a meter's power, and where each comes from."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from config import quantity
from config.dimensions import KINDS, Dimension, Unit
from config.model.amounts import Growth, PositiveDurationS
from config.model.network import FilePath, HttpUrl
from config.model.reference import SecretOrText
from config.model.section import Location, Refused, Section, only
from config.model.words import Pointer, SignalName, Text, named, text
from config.quantity import Quantity
from config.scalars import Surprise
from config.units import any_unit

SOURCES = ("static", "file", "http", "mqtt", "promql")

SPECIAL: dict[str, Dimension] = {
    "hashprice": "hashprice",
    "btc_price": "bitcoin_price",
    "power_price": "energy_price",
    "ambient_temperature": "temperature",
    "curtailment_target": "power",
    "carbon_intensity": "carbon",
}
"""Signals that Headframe itself looks for by name, and what each must measure."""

PLAUSIBLE: dict[Dimension, tuple[float, float]] = {
    "hashprice": (1e-9, 1e9),
    "bitcoin_price": (1.0, 1e12),
    "carbon": (0.0, 5000.0),
    "temperature": (-100.0, 200.0),
}
"""What a number can be at all, in its base unit and in any currency; `min` and `max` replace the two ends."""

_CONFIDENTIAL = ("authorization", "cookie", "key", "token", "secret", "password")


def _unit(value: Any) -> Unit:
    return any_unit(text(value))


def _amount(value: Any, info: ValidationInfo) -> Quantity:
    """Read text with a unit, or a bare number in the signal's own unit."""
    own: Unit | None = info.data.get("unit")
    if isinstance(value, Surprise):
        raise Refused(value.remedy)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if own is None:
            raise Refused(f'{named(value)} has no unit; write it as text, such as "90000 USD/BTC", or give `unit`')
        if not math.isfinite(value):
            raise Refused("expected a finite number")
        return Quantity(value=own.base(value), unit=own)
    if not isinstance(value, str):
        raise Refused(f'expected a number with its unit, such as "90000 USD/BTC", not {named(value)}')
    read = quantity.quantity(value)
    if own is not None and (read.unit.dimension, read.unit.currency) != (own.dimension, own.currency):
        raise Refused(f"{named(value)} does not fit the signal's unit, {own.text or 'a plain number'}")
    if own is None and read.unit.dimension == "number":
        raise Refused(f'{named(value)} has no unit; write it such as "90000 USD/BTC", or give `unit`')
    return read


def _bound(value: Any, info: ValidationInfo) -> float:
    return _amount(value, info).value


def _header(value: Any) -> str:
    name = text(value)
    if not name.isascii() or any(letter in name for letter in ' :()<>@,;\\"/[]?={}'):
        raise Refused(f"{named(name)} is not the name of a header")
    return name


HeaderName = Annotated[str, PlainValidator(_header), WithJsonSchema({"type": "string"})]
Bound = Annotated[float, PlainValidator(_bound), WithJsonSchema({"type": ["number", "string"]})]
_POINTER = "JSON pointer to the number; without it the whole answer is the number."


class FileSource(Section):
    """A file that something else writes."""

    path: FilePath = Field(description="File with the number, plain or inside a JSON document.")
    pointer: Pointer | None = Field(default=None, description=_POINTER)
    interval_s: PositiveDurationS = Field(
        default=10.0, alias="interval", description="Time between looks.", json_schema_extra={"default": "10s"}
    )


class HttpSource(Section):
    """A number behind an HTTP address."""

    url: HttpUrl = Field(description="Address to fetch.")
    pointer: Pointer | None = Field(default=None, description=_POINTER)
    headers: dict[HeaderName, SecretOrText] = Field(
        default_factory=dict, description="Headers to send; those that grant access take references only."
    )
    interval_s: PositiveDurationS = Field(
        default=60.0, alias="interval", description="Time between requests.", json_schema_extra={"default": "1m"}
    )
    timeout_s: PositiveDurationS = Field(
        default=10.0,
        alias="timeout",
        description="Time that one request may take.",
        json_schema_extra={"default": "10s"},
    )

    @model_validator(mode="after")
    def _no_plain_secrets(self) -> Self:
        refuse_plain_secrets(self.headers)
        return self


class MqttSource(Section):
    """A topic at the broker of the `mqtt` section."""

    topic: Text = Field(description="Topic; the last retained or published payload counts.")
    pointer: Pointer | None = Field(default=None, description=_POINTER)

    @model_validator(mode="after")
    def _one_topic(self) -> Self:
        if "+" in self.topic or "#" in self.topic:
            raise only(("topic",), "must name one topic, without + and #")
        return self


class PromqlSource(Section):
    """An instant query to a Prometheus or VictoriaMetrics server that gives one number."""

    url: HttpUrl = Field(description="Address of the server, such as http://127.0.0.1:9090.")
    query: Text = Field(description="PromQL that gives exactly one value.")
    headers: dict[HeaderName, SecretOrText] = Field(
        default_factory=dict, description="Headers to send; those that grant access take references only."
    )
    interval_s: PositiveDurationS = Field(
        default=30.0, alias="interval", description="Time between queries.", json_schema_extra={"default": "30s"}
    )
    timeout_s: PositiveDurationS = Field(
        default=10.0, alias="timeout", description="Time that one query may take.", json_schema_extra={"default": "10s"}
    )

    @model_validator(mode="after")
    def _no_plain_secrets(self) -> Self:
        refuse_plain_secrets(self.headers)
        return self


Source = FileSource | HttpSource | MqttSource | PromqlSource


class Signal(Section):
    """One named number: exactly one source, a unit, and the limits within which it is believed.

    A value outside `min` and `max`, or a jump larger than `jump`, is not believed; neither is a value older than
    `max_age`. Then the signals under `fallback` are asked in their order. What the price of bitcoin, a hashprice, a
    temperature or a carbon intensity cannot be is not believed without any limits either.
    """

    unit: Annotated[Unit, PlainValidator(_unit), WithJsonSchema({"type": "string", "examples": ["USD/MWh"]})] | None = (
        Field(default=None, description="Unit of the numbers that the source gives; `static` carries its own.")
    )
    static: (
        Annotated[
            Quantity,
            PlainValidator(_amount),
            WithJsonSchema({"type": ["string", "number"], "examples": ["90000 USD/BTC"]}),
        ]
        | None
    ) = Field(default=None, description="A value that never changes, with its unit.")
    file: FileSource | None = Field(default=None, description="Read from a file.")
    http: HttpSource | None = Field(default=None, description="Fetched over HTTP.")
    mqtt: MqttSource | None = Field(default=None, description="Taken from an MQTT topic.")
    promql: PromqlSource | None = Field(default=None, description="Queried from Prometheus.")
    max_age_s: PositiveDurationS = Field(
        default=900.0,
        alias="max_age",
        description="Age from which a value is stale; a static one never is.",
        json_schema_extra={"default": "15m"},
    )
    stuck_after_s: PositiveDurationS | None = Field(
        default=None,
        alias="stuck_after",
        description="Time without the least change from which a value counts as stuck; without it a bitcoin price may "
        "stay for 12 hours, a hashprice for two days, or for twice its `max_age`, anything else for ever.",
    )
    min: Bound | None = Field(
        default=None, description="Smallest value that is believed, in `unit` unless it has its own."
    )
    max: Bound | None = Field(
        default=None, description="Largest value that is believed, in `unit` unless it has its own."
    )
    jump_ratio: Growth | None = Field(
        default=None,
        alias="jump",
        description="Largest change from one value to the next, such as 20%; a larger one must last to be believed.",
    )
    fallback: tuple[SignalName, ...] = Field(
        default=(), description="Signals to ask instead, in this order, while this one cannot be believed."
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Look for one source and a unit."""
        given = [name for name in SOURCES if name in raw]
        if len(given) != 1:
            yield (), f"needs exactly one source of {', '.join(SOURCES)}, not {' and '.join(given) or 'none'}"
        if "unit" not in raw and "static" not in raw:
            yield (), 'needs `unit`, such as "USD/MWh", to say what the numbers mean'

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise only(("min",), "must be below `max`")
        if self.static is not None and not _within(self.static.value, self.min, self.max):
            raise only(("static",), "lies outside `min` and `max`")
        if self.static is not None and not _within(self.static.value, *self.bounds):
            raise only(("static",), f"is no {KINDS[self.measure.dimension].noun.split(' ', 1)[1]} that can be")
        return self

    @property
    def kind_of_number(self) -> Dimension:
        """Name what is measured; money for nothing named, as a rate of exchange is written, is no bitcoin price."""
        measure = self.measure
        is_bare = measure.dimension == "bitcoin_price" and "btc" not in measure.text.lower()
        return "money" if is_bare else measure.dimension

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Give the smallest and the largest value that is believed, in the base unit; None where there is no limit."""
        low, high = PLAUSIBLE.get(self.kind_of_number, (None, None))
        return (low if self.min is None else self.min), (high if self.max is None else self.max)

    @property
    def kind(self) -> str:
        """Name the source: static, file, http, mqtt or promql."""
        return next(name for name in SOURCES if getattr(self, name) is not None)

    @property
    def source(self) -> Source | None:
        """Give the source's own settings; None when the value is static."""
        return self.file or self.http or self.mqtt or self.promql

    @property
    def measure(self) -> Unit:
        """Give the unit: its `dimension`, its `currency` if any, and `base(number)` to convert what the source says."""
        if self.unit is not None:
            return self.unit
        assert self.static is not None
        return self.static.unit


def _within(value: float, minimum: float | None, maximum: float | None) -> bool:
    return (-math.inf if minimum is None else minimum) <= value <= (math.inf if maximum is None else maximum)


def refuse_plain_secrets(headers: dict[str, Any]) -> None:
    """Refuse a header that grants access and stands in the file itself."""
    for name, value in headers.items():
        if value.kind == "text" and any(word in name.lower() for word in _CONFIDENTIAL):
            raise only(
                ("headers", name),
                'grants access, so it takes a reference: "file:PATH", "env:NAME" or "credential:NAME"',
            )
