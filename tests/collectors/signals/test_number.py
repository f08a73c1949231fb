"""A number is found where it is said to be, and nothing else is taken for one."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.signals.number import NotANumber, at, digits, number_text

# The document and the answers of the example in RFC 6901, section 5.
EXAMPLE = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", EXAMPLE),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_pointers_of_the_standard(pointer, expected) -> None:
    """Every example of the standard leads where the standard says."""
    assert expected == at(EXAMPLE, pointer)


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/01", "/foo/0/x", "/bar", "/foo/ 0", "/foo/٠", "/m~n/"])
def test_ways_that_lead_nowhere(pointer) -> None:
    """A way that ends is said with the place where it ends."""
    with pytest.raises(Garbled, match="there is nothing at /"):
        at(EXAMPLE, pointer)


@pytest.mark.parametrize(
    ("content", "pointer", "expected"),
    [
        (b"41.2\n", None, "41.2"),
        (b"\xef\xbb\xbf 0.061 ", None, "0.061"),
        (b'"0.061"', None, "0.061"),
        (b"-1.5e-3", None, "-1.5e-3"),
        (b'{"data": [{"usd": 90123.45}]}', "/data/0/usd", "90123.45"),
        (b'{"usd": "90123.4500"}', "/usd", "90123.4500"),
        (b'{"usd": 90000}', "/usd", "90000"),
    ],
)
def test_numbers(content, pointer, expected) -> None:
    """Plain or quoted, alone or inside JSON, the digits come out as they were written."""
    assert expected == digits(content, pointer=pointer)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nan",
        b"inf",
        b"1,234.5",
        b"1_000",
        b"0x10",
        b"12 USD",
        b"1" * 61,
        b"1e9999",
        "٣".encode(),
        b"<html>",
        b"\xff\xfe",
        b".",
        b"1e",
        b"--1",
    ],
)
def test_texts_that_are_no_numbers(content) -> None:
    """What people, spreadsheets and error pages write is refused rather than guessed at."""
    with pytest.raises(NotANumber):
        digits(content, pointer=None)


@pytest.mark.parametrize("value", [None, True, False, "", "n/a", [], {}, [1], "NaN", "Infinity"])
def test_values_that_are_no_numbers(value) -> None:
    """A place that holds something else is refused and says what it holds."""
    with pytest.raises(NotANumber, match="not a number"):
        number_text(value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"{", b'{"usd": NaN}', b"[" * 100_000])
def test_broken_documents(content) -> None:
    """A document that is no JSON says nothing at all."""
    with pytest.raises(Garbled, match="not JSON"):
        digits(content, pointer="/usd")


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**64 - 1))
def test_every_json_number_keeps_its_value(number) -> None:
    """Any number that JSON can carry comes out as the same number."""
    found = float(digits(orjson.dumps({"a": [number]}), pointer="/a/0"))
    assert float(number) == found
    assert math.isfinite(found)


@given(st.binary(max_size=200), st.sampled_from([None, "", "/a", "/0"]))
def test_any_bytes(content, pointer) -> None:
    """Whatever arrives is a finite number or a named refusal."""
    try:
        found = digits(content, pointer=pointer)
    except (NotANumber, Garbled):
        return
    assert math.isfinite(float(found)) or "e" in found.lower()
