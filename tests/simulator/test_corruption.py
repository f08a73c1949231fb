"""Answers spoilt on purpose: spoilt in the one way that was asked for."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.corruption import DEPTH, spoil

ANSWER = {"STATUS": [{"STATUS": "S", "When": 5, "Code": 11}], "SUMMARY": [{"GHS 5s": 93.5, "Elapsed": 60, "On": True}]}


def test_a_kind_of_the_wire_leaves_the_document_alone() -> None:
    """What is not spoilt reads back as it was."""
    assert ANSWER == orjson.loads(spoil(ANSWER, kind="drip"))


def test_numbers_become_no_numbers() -> None:
    """NaN and the infinities stand where numbers belong; only a reader that allows them can read it at all."""
    spoilt = spoil(ANSWER, kind="nan")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(spoilt)
    constants: list[str] = []
    json.loads(spoilt.replace(b"nan", b"NaN"), parse_constant=constants.append)
    assert 2 == len(constants)


def test_depth_is_out_of_proportion() -> None:
    """The brackets go deeper than any reader should follow, and they all close."""
    spoilt = spoil(ANSWER, kind="deep")
    assert (True, DEPTH) == (b"[" * DEPTH in spoilt, spoilt.count(b"]" * DEPTH) * DEPTH)


def test_text_is_no_utf8() -> None:
    """The bytes cannot be decoded."""
    with pytest.raises(UnicodeDecodeError):
        spoil(ANSWER, kind="not-utf8").decode()


def test_words_and_negative_numbers() -> None:
    """Words or absurd numbers stand where measurements belong; codes and truth values stay."""
    worded, negated = (orjson.loads(spoil(ANSWER, kind=kind)) for kind in ("text-number", "negative"))
    assert ({"GHS 5s": "warm", "Elapsed": "n/a", "On": True}, 11) == (worded["SUMMARY"][0], worded["STATUS"][0]["Code"])
    assert negated["SUMMARY"][0]["GHS 5s"] < -1e6


@given(
    document=st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False), st.lists, max_leaves=5
        ),
        max_size=4,
    ),
    kind=st.sampled_from(["nan", "deep", "not-utf8", "text-number", "negative", ""]),
)
def test_every_document_can_be_spoilt(document: dict[str, Any], kind: str) -> None:
    """No document is too odd to be spoilt, and bytes come out."""
    assert spoil(document, kind=kind)
