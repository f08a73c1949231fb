"""What an unquoted YAML word means, and which words mean different things to different readers. Pure.

YAML 1.1 reads `no` as false, `12:30:45` as 45045, `0777` as 511 and `2026-01-01` as a date; YAML 1.2 does not. Such a
word becomes a Surprise: text that a field may accept where its meaning is plain (`off` where true or false is asked
for, `17:30` where a time of day is), and that every other field refuses with the remedy.
"""

import math
import re
from typing import Self

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRUE_TO_SOME = frozenset({"yes", "on"})
_FALSE_TO_SOME = frozenset({"no", "off"})
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-][0-9]+)?")
_NO_POINT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+")
_OTHER_BASE = re.compile(r"[+-]?(?:0[0-7_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)")
_GROUPED = re.compile(r"[+-]?[0-9][0-9_.]*_[0-9_.]*")
_SEXAGESIMAL = re.compile(r"[+-]?[1-9][0-9_]*(?::[0-5]?[0-9])+|[+-]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_NOT_FINITE = re.compile(r"[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 300


class Surprise(str):
    """Text that stood unquoted and that another YAML reader would take for something else.

    `remedy` completes a sentence that begins with the path; `truth` is what it means where true or false is asked
    for, and None where it means neither.
    """

    __slots__ = ("remedy", "truth")

    remedy: str
    truth: bool | None

    def __new__(cls, text: str, *, remedy: str, truth: bool | None = None) -> Self:
        """Keep the text and what to say of it."""
        made = super().__new__(cls, text)
        made.remedy = remedy
        made.truth = truth
        return made


Scalar = str | int | float | bool | None


def scalar(text: str) -> Scalar:
    """Read one unquoted word; what is not surely a number, true, false or nothing stays text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    # Most words of a configuration begin with a letter and are no case for the patterns below.
    first = text[0]
    if first.isalpha():
        return _word(text)
    if len(text) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            value = float(text)
            return value if math.isfinite(value) else _quoted(text, "is too large for a number")
    return _surprise(text)


def _word(text: str) -> Scalar:
    folded = text.lower()
    if folded in _TRUE_TO_SOME:
        return _quoted(text, "unquoted means true to many YAML readers", truth=True)
    if folded in _FALSE_TO_SOME:
        return _quoted(text, "unquoted means false to many YAML readers", truth=False)
    return text


def _surprise(text: str) -> Scalar:
    if _SEXAGESIMAL.fullmatch(text):
        return _quoted(text, "unquoted means a number in base 60 to many YAML readers")
    if _DATE.fullmatch(text):
        return _quoted(text, "unquoted means a date to many YAML readers")
    if _OTHER_BASE.fullmatch(text):
        return _quoted(text, "unquoted means an octal, hexadecimal or binary number to some YAML readers")
    if _GROUPED.fullmatch(text):
        return _quoted(text, "unquoted means a number to some YAML readers")
    if _NO_POINT.fullmatch(text):
        return Surprise(
            text, remedy=f"{text} unquoted means text to some YAML readers and a number to others; write all its digits"
        )
    if _NOT_FINITE.fullmatch(text):
        return _quoted(text, "unquoted means a number that is not finite")
    if text in {"=", "<<"}:
        return _quoted(text, "unquoted has a meaning of its own in YAML")
    return text


def _quoted(text: str, why: str, *, truth: bool | None = None) -> Surprise:
    short = text if len(text) <= 40 else f"{text[:39]}…"
    shown = "".join(letter if letter.isprintable() else "?" for letter in short)
    return Surprise(text, remedy=f'{shown} {why}; write "{shown}" in quotes', truth=truth)
