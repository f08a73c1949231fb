"""JSON as miners send it: decoded strictly, and mended in this one place where firmware is known to slip.

Every slip below was seen on real devices. Mending is tried only when the strict decoder refuses, in one pass over
the text, so that a hostile text costs no more than its length.
"""

import math
import re
from typing import Any

import orjson

from collectors.errors import Garbled

_STRIPPED = b" \t\r\n\x00"
_EXCERPT = 60
# mending is slow, so what no miner sends is not mended: the largest honest answer is 31 kB and 8 levels deep
_MENDED_BYTES = 256 << 10
_MENDED_DEPTH = 64

# One token a match. Possessive repeats keep every run linear.
_STRING = r'"(?:[^"\\]++|\\.)*+'
_TOKEN = re.compile(
    rf"""
    (?P<string>{_STRING}(?:"|\\?\Z))
  | (?P<number>-?\.?[0-9][0-9.eE+-]*+)
  | (?P<word>[+-]?[A-Za-z_]++)
  | (?P<open>[\[{{])
  | (?P<close>[\]}}])
  | (?P<comma>,)
  | (?P<colon>:)
  | (?P<other>[^\s"])
    """,
    re.VERBOSE | re.DOTALL,
)
_LISTED_MEMBER = re.compile(rf'\s*+{_STRING}"\s*+:', re.DOTALL)
_CONTROL = re.compile("[\x00-\x1f]")
_BAD_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4})|(.?))', re.DOTALL)
_WORDS = frozenset(("true", "false", "null"))
_NAN = '"nan"'
_NO_NUMBER = frozenset(("nan", "inf", "infinity"))


def decode(text: bytes) -> Any:
    """Give the value of one JSON text; raise Garbled when there is none, even after mending.

    Whatever follows the first whole value is dropped. A bare `inf` or `nan` becomes the text "nan", so that no
    number of the result is infinite or not one, and the field still counts as one that could not be read.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    stripped = text.strip(_STRIPPED)
    if not stripped:
        raise Garbled("an empty answer")
    if len(stripped) > _MENDED_BYTES:
        raise Garbled(f"not JSON: {_excerpt(stripped)}")
    plain = _with_commas(stripped)
    if plain is not None:
        try:
            return orjson.loads(plain)
        except orjson.JSONDecodeError:
            pass
    try:
        return orjson.loads(_mended(stripped.decode("utf-8", "replace")))
    except orjson.JSONDecodeError as error:
        raise Garbled(f"not JSON ({error.msg}): {_excerpt(stripped)}") from error


def decode_object(text: bytes) -> dict[str, Any]:
    """Give the object of one JSON text; raise Garbled when it is anything else."""
    value = decode(text)
    if not isinstance(value, dict):
        raise Garbled(f"not a JSON object: {_excerpt(text)}")
    return value


def _with_commas(text: bytes) -> bytes | None:
    """Put commas into every `}{`: the one slip that whole generations of firmware make at every poll.

    Walking the tokens costs fifty times as much. None where there is no such place, or one is inside of a string.
    """
    at = text.find(b"}{")
    if at < 0 or b"\\" in text:
        return None
    quotes = begin = 0
    while at >= 0:
        quotes += text.count(b'"', begin, at)
        if quotes % 2:
            return None
        begin = at
        at = text.find(b"}{", at + 1)
    return text.replace(b"}{", b"},{")


def _mended(text: str) -> str:
    r"""Walk the tokens once, putting in and leaving out what firmware got wrong; stop after the first value.

    Known slips: no comma between two values (`}{`, `65"temp0"`), commas before an end, after a beginning or
    doubled, a leading comma where `{` should be, control characters and `\'` in strings, inf and nan, a list of
    members (`["541":"..."]`), junk after the end.
    """
    pieces: list[str] = []
    closers: list[str] = []
    ended = False  # the last token ended a value, so a comma or an end has to come
    owed = False  # a comma was read; it is written only when a value follows
    first = True
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comma":
            if first:
                pieces.append("{")
                closers.append("}")
                first = False
            owed = ended
            continue
        first = False
        if kind == "close":
            if not closers:
                break
            pieces.append(closers.pop())
            ended, owed = True, False
            if not closers:
                break
            continue
        if kind == "colon":
            pieces.append(":")
            ended = False
            continue
        if owed or (ended and closers):
            pieces.append(",")
            owed = False
        word = token.group()
        if kind == "open":
            as_members = word == "[" and _LISTED_MEMBER.match(text, token.end()) is not None
            pieces.append("{" if as_members else word)
            closers.append("}" if as_members or word == "{" else "]")
            ended = False
            if len(closers) > _MENDED_DEPTH:
                break
            continue
        if kind == "string":
            pieces.append(_string(word))
        elif kind == "number":
            pieces.append(_number(word))
        elif kind == "word":
            pieces.append(word if word in _WORDS else _constant(word))
        else:
            pieces.append(word)
        ended = True
    return "".join(pieces)


def _string(word: str) -> str:
    if "\\" in word:
        word = _BAD_ESCAPE.sub(_escape, word)
    return _CONTROL.sub(" ", word)


def _escape(escape: re.Match[str]) -> str:
    plain, code, other = escape.groups()
    if plain is not None:
        return escape.group()
    if code is not None:
        # half of a surrogate pair stands for nothing by itself
        return "?" if 0xD800 <= int(code, 16) <= 0xDFFF else escape.group()
    return str(other)


def _number(word: str) -> str:
    try:
        value = float(word)
    except ValueError:
        return word
    if not math.isfinite(value):
        return _NAN
    return word if word[0] not in ".0" and word[:2] not in ("-0", "-.") else repr(value)


def _constant(word: str) -> str:
    return _NAN if word.lstrip("+-").lower() in _NO_NUMBER else word


def _excerpt(text: bytes) -> str:
    shown = _CONTROL.sub(" ", text[:_EXCERPT].decode("utf-8", "replace"))
    return repr(shown + ("…" if len(text) > _EXCERPT else ""))
