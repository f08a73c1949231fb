"""Taking fields: numbers, temperatures, texts, truths, addresses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import value
from collectors.value import Fields

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (1, 1.0),
        (-2.5, -2.5),
        ("110.5", 110.5),
        (" 7 ", 7.0),
        ("41%", 41.0),
        ("1e3", 1000.0),
        ("", None),
        ("N/A", None),
        ("nan", None),
        ("inf", None),
        ("-Infinity", None),
        ("1_000", None),
        ("12 rpm", None),
        (True, None),
        (None, None),
        ([1], None),
        (10**400, None),
        ("1e400", None),
    ],
)
def test_a_number_is_finite_or_nothing(sent, meant):
    """Numbers and numeric texts count; infinities, booleans and other texts do not."""
    assert meant == value.number(sent)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("524K", 524e3),
        ("4.55M", 4.55e6),
        ("2.1G", 2.1e9),
        ("58.94W", 58.94),
        ("1350 W", 1350.0),
        ("1.35 kW", 1350.0),
        ("4052.00 RPM", 4052.0),
        ("525 MHz", 525e6),
        ("41 C", 41.0),
        (12, 12.0),
        ("high", None),
        ("", None),
    ],
)
def test_a_quantity_may_carry_prefix_and_unit(sent, meant):
    """A prefix is taken for one only where it cannot be a letter of the unit."""
    assert meant == value.quantity(sent)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (61, 61.0),
        ("61.5", 61.5),
        (-12, -12.0),
        (0, None),
        (-1, None),
        (255, None),
        (-273, None),
        (900, None),
        ("cold", None),
    ],
)
def test_a_temperature_is_plausible_or_nothing(sent, meant):
    """The values that stand for a missing sensor are no temperatures."""
    assert meant == value.temperature(sent)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("73-45-64-65", 73.0),
        ("0-0-0-0", None),
        ("73-45-255-65", 73.0),
        ([55.5, 57, 0], 57.0),
        (["", "", "41"], 41.0),
        ([None, 40, "x"], 40.0),
        ([], None),
        ("", None),
        (66, 66.0),
        ("m-m-m-m", None),
        ("61,62", 62.0),
        ("-5", -5.0),
    ],
)
def test_the_hottest_plausible_sensor_counts(sent, meant):
    """Of several sensors the hottest one that can be real is taken."""
    assert meant == value.hottest(sent)


def test_a_text_is_shown_without_tricks():
    """Control characters, direction overrides and excess length never reach a log or a page."""
    assert "abc" == value.text(" a\x00b\x1bc\n")
    assert "worker.1" == value.text("worker\u202e.1")
    assert 256 == len(value.text("x" * 10_000) or "")
    assert value.text("  ") is None
    assert "12" == value.text(12)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("aa:bb:cc:dd:ee:01", "AA:BB:CC:DD:EE:01"),
        ("AABBCCDDEE01", "AA:BB:CC:DD:EE:01"),
        ("aa-bb-cc-dd-ee-01", "AA:BB:CC:DD:EE:01"),
        ("AA:BB:CC:DD:EE", None),
        ("ZZ:BB:CC:DD:EE:01", None),
        ("00:00:00:00:00:00", None),
        (12, None),
    ],
)
def test_an_address_has_one_form(sent, meant):
    """However it is written, a hardware address compares equal to itself."""
    assert meant == value.mac(sent)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [(True, True), (0, False), (1, True), ("Y", True), ("off", False), ("", None), ("x", None), (2, None)],
)
def test_a_truth_has_many_spellings(sent, meant):
    """Yes and no are understood in every spelling; other words are neither."""
    assert meant is value.truth(sent)


def test_unreadable_fields_are_named_once_and_absent_ones_are_not():
    """What was there and could not be read is remembered; what a device leaves out is not."""
    fields = Fields()
    source = {"a": "high", "b": "", "c": "N/A", "d": None, "e": [1], "f": -5}
    for name in source:
        assert fields.positive(source, name) is None
    fields.positive(source, "a")
    assert ("a", "e") == fields.unread


def test_the_first_usable_spelling_counts():
    """Old and new names of a field are tried in order."""
    fields = Fields()
    assert 7.0 == fields.positive({"old": "", "new": "7"}, "old", "new")
    assert 61.0 == fields.temperature({"t1": 0, "t2": 61}, "t1", "t2")
    assert () == fields.unread


def test_a_text_is_one_object_for_all_who_say_it():
    """Ten thousand devices that name one pool keep its address once."""
    url = "stratum+tcp://pool.test:3333"
    one, other = ("".join(list(url)) for _ in range(2))
    assert one is not other
    assert Fields().text({"URL": one}, "URL") is Fields().text({"URL": other}, "URL")


@given(ANYTHING)
def test_an_amount_at_hand_is_what_its_field_would_be(sent):
    """A value that has been looked up already is read, and noted when it cannot be, as by its name."""
    fields, others = Fields(), Fields()
    assert fields.positive({"x": sent}, "x", times=1e9) == others.amount("x", sent, 1e9)
    assert fields.unread == others.unread


@given(ANYTHING)
def test_taking_never_raises_and_is_never_infinite(sent):
    """Whatever stands in a field, taking it gives a plain value or nothing."""
    fields = Fields()
    source = {"x": sent}
    taken = [
        fields.number(source, "x"),
        fields.positive(source, "x", times=1e15),
        fields.quantity(source, "x"),
        fields.temperature(source, "x"),
        fields.hottest(source, "x"),
        fields.count(source, "x"),
    ]
    assert all(found is None or math.isfinite(found) for found in taken)
    assert isinstance(fields.text(source, "x"), str | None)
    assert isinstance(fields.mac(source, "x"), str | None)
    assert fields.truth(source, "x") in (True, False, None)
