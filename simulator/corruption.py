"""Answers spoilt on purpose: the same document as a healthy device's, with one thing in it that no reader may trust."""

from collections.abc import Callable
from typing import Any

import orjson

Json = dict[str, Any] | list[Any]

DEPTH = 60_000

_STRUCTURE = frozenset(
    {
        "code",
        "id",
        "when",
        "status",
        "stats",
        "pool",
        "asc",
        "slot",
        "index",
        "priority",
        "devdetails",
        "quota",
        "asiccount",
    }
)
"""Keys that tell which thing is meant, not how it is: a device that spoils these is no longer known at all."""

_MARK = "\u2016"


def spoil(document: Json, *, kind: str) -> bytes:
    """Give the bytes of a document spoilt in the manner of `kind`; of other kinds, the bytes as they should be."""
    change = _CHANGES.get(kind)
    if change is not None:
        return change(document)
    return orjson.dumps(document)


def _not_a_number(document: Json) -> bytes:
    words = ("NaN", "Infinity", "-Infinity", "nan")
    count = 0

    def word(_: float) -> str:
        nonlocal count
        count += 1
        return f"{_MARK}{words[count % len(words)]}{_MARK}"

    mark = _MARK.encode()
    return orjson.dumps(_numbers(document, word)).replace(b'"' + mark, b"").replace(mark + b'"', b"")


def _deep(document: Json) -> bytes:
    spoilt = {**document, "extra": 0} if isinstance(document, dict) else {"extra": 0}
    return orjson.dumps(spoilt)[:-2] + b"[" * DEPTH + b"]" * DEPTH + b"}"


def _not_utf8(document: Json) -> bytes:
    spoilt = {**document, "Note": _MARK} if isinstance(document, dict) else {"Note": _MARK}
    return orjson.dumps(spoilt).replace(_MARK.encode(), b"\xff\xfe\xc3(")


def _words(document: Json) -> bytes:
    return orjson.dumps(_numbers(document, lambda number: "n/a" if isinstance(number, int) else "warm"))


def _negative(document: Json) -> bytes:
    return orjson.dumps(_numbers(document, lambda number: -abs(number) - 1e6))


_CHANGES: dict[str, Callable[[Json], bytes]] = {
    "nan": _not_a_number,
    "deep": _deep,
    "not-utf8": _not_utf8,
    "text-number": _words,
    "negative": _negative,
}


def _numbers(value: Any, change: Callable[[float], Any], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _numbers(item, change, name.lower()) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item, change, key) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or key in _STRUCTURE:
        return value
    return change(value)
