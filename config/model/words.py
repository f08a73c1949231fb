"""Texts, names, true and false, whole numbers: the fields that carry no unit."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from config.currencies import BITCOIN, CODES
from config.model.section import Refused
from config.scalars import Surprise

LONGEST_TEXT = 4096
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,62}")
_SIGNAL = re.compile(r"[a-z][a-z0-9_]{0,62}")
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")


def text(value: Any) -> str:
    """Take text as it is; refuse what only looks like text to some readers, and what is none."""
    if isinstance(value, Surprise):
        raise Refused(value.remedy)
    if not isinstance(value, str):
        raise Refused(f"expected text, not {named(value)}" + ("; put it in quotes" if not _is_nested(value) else ""))
    if not value.strip():
        raise Refused("expected text, not an empty one")
    if len(value) > LONGEST_TEXT:
        raise Refused(f"is longer than {LONGEST_TEXT} characters")
    if not value.isprintable():
        raise Refused("has a line break or another character that does not print")
    return str(value)


def label(value: Any) -> str:
    """Take text or a whole number, as people number racks and slots."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def identifier(value: Any) -> str:
    """Take a name that is safe as a metric label, a topic and a file name."""
    taken = label(value)
    if not _ID.fullmatch(taken):
        raise Refused(
            "an id has 1 to 63 letters, digits, dots, colons, hyphens or underscores, and begins with a letter or digit"
        )
    return taken


def signal_name(value: Any) -> str:
    """Take the name of a signal."""
    taken = text(value)
    if not _SIGNAL.fullmatch(taken):
        raise Refused("a signal's name has small letters, digits and underscores, and begins with a letter")
    return taken


def currency_code(value: Any) -> str:
    """Take an ISO 4217 code."""
    code = text(value).upper()
    if code == BITCOIN:
        raise Refused("expected the currency that power is paid in, such as USD, not BTC")
    if code not in CODES:
        raise Refused(f'"{code[:10]}" is not a currency code; expected one such as USD or EUR')
    return code


def flag(value: Any) -> bool:
    """Take true or false, however YAML writes them."""
    if isinstance(value, Surprise) and value.truth is not None:
        return value.truth
    if not isinstance(value, bool):
        raise Refused(f"expected true or false, not {named(value)}")
    return value


def whole(minimum: int, maximum: int) -> Callable[[Any], int]:
    """Make the reader of a whole number within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, Surprise):
            raise Refused(value.remedy)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(f"expected a whole number, not {named(value)}")
        if not minimum <= value <= maximum:
            raise Refused(f"must lie between {minimum} and {maximum}")
        return value

    return read


def pointer(value: Any) -> str:
    """Take a JSON pointer (RFC 6901)."""
    taken = text(value)
    if not _POINTER.fullmatch(taken):
        raise Refused('expected a JSON pointer such as "/data/price"')
    return taken


def named(value: Any) -> str:
    """Name a raw value for a message; text is quoted and cut."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {str(value)[:40]}"
    if isinstance(value, str):
        short = value if len(value) <= 40 else f"{value[:39]}…"
        return '"' + "".join(letter if letter.isprintable() else "?" for letter in short) + '"'
    return {"dict": "a mapping", "list": "a list", "NoneType": "nothing"}.get(type(value).__name__, "that")


def _is_nested(value: Any) -> bool:
    return value is None or isinstance(value, dict | list)


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    seen = set()
    for value in values:
        if value in seen:
            raise Refused(f"{named(value)} stands in the list twice")
        seen.add(value)
    return values


Text = Annotated[str, PlainValidator(text), WithJsonSchema({"type": "string"})]
Label = Annotated[str, PlainValidator(label), WithJsonSchema({"type": ["string", "integer"]})]
Id = Annotated[
    str,
    PlainValidator(identifier),
    WithJsonSchema({"type": ["string", "integer"], "pattern": f"^{_ID.pattern}$"}),
]
SignalName = Annotated[
    str, PlainValidator(signal_name), WithJsonSchema({"type": "string", "pattern": f"^{_SIGNAL.pattern}$"})
]
Currency = Annotated[str, PlainValidator(currency_code), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{3}$"})]
Flag = Annotated[bool, PlainValidator(flag), WithJsonSchema({"type": "boolean"})]
Port = Annotated[
    int, PlainValidator(whole(1, 65535)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 65535})
]
Place = Annotated[
    int, PlainValidator(whole(0, 100_000)), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 100_000})
]
Count = Annotated[
    int, PlainValidator(whole(1, 100_000)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100_000})
]
Backlog = Annotated[
    int, PlainValidator(whole(1, 1_000_000)), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 1_000_000})
]
Pointer = Annotated[
    str, PlainValidator(pointer), WithJsonSchema({"type": "string", "pattern": f"^{_POINTER.pattern}$"})
]
Texts = Annotated[tuple[Text, ...], AfterValidator(_distinct)]
Ids = Annotated[tuple[Id, ...], AfterValidator(_distinct)]
