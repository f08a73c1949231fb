"""Unquoted words: what each means, and which are surprises."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.scalars import Surprise, scalar


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+5", 5),
        ("3.5", 3.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.5e+3", 1500.0),
        ("10.0.0.1", "10.0.0.1"),
        ("3.4 kW", "3.4 kW"),
        ("S19j Pro", "S19j Pro"),
        ("file:secrets/m1", "file:secrets/m1"),
        ("127.0.0.1:9840", "127.0.0.1:9840"),
        ("1h30m", "1h30m"),
        ("5%", "5%"),
        ("-", "-"),
        ("nothing", "nothing"),
        ("y", "y"),
        ("07:30", "07:30"),
    ],
)
def test_plain_meaning(word: str, value: object) -> None:
    """A word that all readers take alike has that meaning."""
    found = scalar(word)

    assert (type(value), value) == (type(found), found)


SURPRISES = (
    "yes no on off Yes NO On OFF 0777 0o17 0x1F 0b101 1_000 1_000.5 1e3 1.5e3 12:30:45 12:30 190:20:30.15 0:30.5 "
    "2026-01-01 2026-01-01T10:00:00Z .inf -.Inf .nan = <<"
)


@pytest.mark.parametrize("word", SURPRISES.split())
def test_surprises(word: str) -> None:
    """A word that readers disagree about stays text and carries its remedy."""
    found = scalar(word)

    assert isinstance(found, Surprise)
    assert word == found
    assert found.remedy.startswith(word)


@given(word=st.text(max_size=30))
def test_no_word_is_misread(word: str) -> None:
    """Whatever becomes a number, true or false here is the same to PyYAML; the rest keeps its letters."""
    found = scalar(word)
    if isinstance(found, str):
        assert word == found
    elif isinstance(found, float):
        assert math.isfinite(found)
        assert yaml.safe_load(word) == found
    elif found is not None:
        assert yaml.safe_load(word) == found


@given(number=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive_a_dump(number: float) -> None:
    """What PyYAML writes of a number is read back as that number."""
    written = yaml.safe_dump(number).splitlines()[0]

    assert number == scalar(written)
