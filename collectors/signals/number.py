"""The number inside what a source gave: plain or quoted, alone or at a place inside a JSON document (RFC 6901)."""

import re
from typing import Any

import orjson

from collectors.errors import Garbled

LONGEST_NUMBER = 60
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class NotANumber(Exception):
    """What the source gave is not a finite number; the message says what it is instead."""


def digits(content: bytes, *, pointer: str | None) -> str:
    """Give the digits of a number in a plain text, or in JSON at `pointer`.

    Raises NotANumber, and Garbled when there is no JSON, or nothing at that place: then nothing was said at all.
    """
    if pointer is None:
        return checked(content.decode("utf-8-sig", "replace").strip().strip('"'))
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Garbled(f"not JSON: {error.msg} at character {error.pos}") from None
    return number_text(at(document, pointer))


def number_text(value: Any) -> str:
    """Give the digits of a JSON number, or of a number in quotes; raise NotANumber for everything else."""
    if isinstance(value, bool) or value is None:
        raise NotANumber(f"{orjson.dumps(value).decode()} is not a number")
    if isinstance(value, int | float):
        return checked(repr(value))
    if isinstance(value, str):
        return checked(value.strip())
    raise NotANumber(f"{'a list' if isinstance(value, list) else 'an object'} is not a number")


def checked(text: str) -> str:
    """Give the text back when it is a plain decimal number; raise NotANumber."""
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        shown = "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_NUMBER])
        raise NotANumber(f"{shown!r} is not a number" if shown else "nothing is not a number")
    return text


def at(document: Any, pointer: str) -> Any:
    """Follow a JSON pointer; an empty one is the whole document. Raise Garbled."""
    value = document
    way = ""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        way += f"/{part}"
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Garbled(f"there is nothing at {way}")
    return value
