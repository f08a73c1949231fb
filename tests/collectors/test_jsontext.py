"""Decoding what miners send for JSON."""

import math
from collections.abc import Mapping

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.jsontext import decode, decode_object


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b'{"a":[{"b":1}{"c":2}]}', {"a": [{"b": 1}, {"c": 2}]}),
        (b'{"a":[{"b":1}\n  {"c":2}]}', {"a": [{"b": 1}, {"c": 2}]}),
        (b'{"a":"}{","b":[{"c":1}{"d":"}{"}]}', {"a": "}{", "b": [{"c": 1}, {"d": "}{"}]}),
        (b'{"a":[{"b":"}}{{"}{"c":2}]}', {"a": [{"b": "}}{{"}, {"c": 2}]}),
        (b'{"a":[{"b":nan}{"c":2}]}', {"a": [{"b": "nan"}, {"c": 2}]}),
        (b'{"a":[{}{}{}]}{"b":1}', {"a": [{}, {}, {}]}),
        (b'{"a":1,}', {"a": 1}),
        (b'{"a":[1,2,],}', {"a": [1, 2]}),
        (b'{"a":[,{"b":1}]}', {"a": [{"b": 1}]}),
        (b'{"a":1,,"b":2}', {"a": 1, "b": 2}),
        (b'{"a":"two\nlines\tand\x01more"}', {"a": "two lines and more"}),
        (b'{"a":"it\\\'s"}', {"a": "it's"}),
        (b'{"a":"C:\\work"}', {"a": "C:work"}),
        (b'{"a":inf,"b":-inf,"c":nan,"d":-NaN,"e":Infinity}', dict.fromkeys("abcde", "nan")),
        (b'{"a":1e999}', {"a": "nan"}),
        (b'{"freq":65"temp0":41}', {"freq": 65, "temp0": 41}),
        (b'{"model":"x""temp0":41}', {"model": "x", "temp0": 41}),
        (
            b'{"error_code":["541":"2023-01-01","110":"2023-01-02"]}',
            {"error_code": {"541": "2023-01-01", "110": "2023-01-02"}},
        ),
        (b'{"error_code":["541":"2023-01-01"],"b":[]}', {"error_code": {"541": "2023-01-01"}, "b": []}),
        (b',"id":1}', {"id": 1}),
        (b',"STATUS":[{"Code":9}],"id":1}', {"STATUS": [{"Code": 9}], "id": 1}),
        (b'{"a":"\xff\xfe caf\xe9"}', {"a": "\ufffd\ufffd caf\ufffd"}),
        (b'{"a":1}\x00\x00', {"a": 1}),
        (b'\x00{"a":1}', {"a": 1}),
        (b'{"a":1}\x00{"b"', {"a": 1}),
        (b'{"a":1}{"b":2}', {"a": 1}),
        (b'{"a":1} trailing junk }', {"a": 1}),
        (b'{"a":007,"b":.5}', {"a": 7.0, "b": 0.5}),
        (b'{"a":"\\ud800"}', {"a": "?"}),
        (b'{"a":"}{ ,] stays","b":[1}', None),
    ],
)
def test_known_slips_are_mended(sent, meant):
    """What firmware is known to get wrong is read as it was meant; texts keep their brackets and commas."""
    if meant is None:
        assert {"a": "}{ ,] stays", "b": [1]} == decode(sent.replace(b"[1}", b"[1]}"))
    else:
        assert meant == decode(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00",
        b"   ",
        b"<html></html>",
        b"hello",
        b'{"a":[1,2',
        b'{"a":"cut',
        b'{"a"',
        b"{a:1}",
        b"SSH-2.0-x\r\n",
        b"\xff\xd8\xff",
    ],
)
def test_what_is_no_json_is_garbled(sent):
    """Text that is cut off or something else altogether is not guessed at."""
    with pytest.raises(Garbled):
        decode(sent)


@pytest.mark.parametrize("sent", [b"[" * 60_000, b'{"a":' * 60_000, b"[" * 60_000 + b"]" * 60_000])
def test_deep_nesting_is_garbled(sent):
    """Nesting that would exhaust a parser's stack is refused."""
    with pytest.raises(Garbled):
        decode(sent)


@pytest.mark.parametrize(
    "sent",
    [b'{"a":"' + b'\\"' * 120_000, b'["' * 120_000, b"}" + b" " * 250_000, b'["a"' + b' "a"' * 60_000, b"," * 250_000],
)
def test_mending_costs_no_more_than_the_text_is_long(sent):
    """Texts made to send a parser round in circles are given up after one pass."""
    try:
        decode(sent)
    except Garbled:
        return


@pytest.mark.parametrize("sent", [b"[]", b"1", b'"text"', b"null"])
def test_an_object_is_wanted(sent):
    """Valid JSON that is no object is no answer."""
    with pytest.raises(Garbled):
        decode_object(sent)


def numbers(value):
    """Walk every number of a decoded value."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, float | int):
        yield value


@given(st.binary(max_size=400) | st.text("{}[],:\"\\ 019.-+eEinfatrulsN\n\x00'", max_size=120).map(str.encode))
def test_any_bytes_are_garbled_or_finite(sent):
    """Whatever comes, the result is Garbled or a value without infinities."""
    try:
        value = decode(sent)
    except Garbled:
        return
    assert all(math.isfinite(number) for number in numbers(value))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('{}[],:"ab 1', max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("{}ab", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text("{}ab", max_size=4), VALUES, max_size=3), min_size=2, max_size=4))
def test_objects_without_a_comma_between_them_are_told_apart(objects):
    """Whatever stands in them, also braces within texts, a list of objects is read as if its commas were there."""
    sent = b"[" + b"".join(map(orjson.dumps, objects)) + b"]"
    assert objects == decode(sent)
