"""Objects proven at once: a plain value means what it means when it is taken by itself."""

import json

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import bitmain, cgminer
from collectors.plain import Amount, Count, Text, plain
from collectors.reading import PoolSlot
from collectors.value import Fields, text

NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
ANYTHING = st.one_of(
    NUMBERS,
    st.none(),
    st.text(max_size=300),
    st.sampled_from(["", " ", "12", "1e3", "0:00:27", "Alive", "Dead ", 1 << 63, (1 << 63) - 1, -0.0, 1e36, 2e36]),
    st.lists(st.integers(), max_size=2),
)
ENTRY = {
    "URL": "stratum+tcp://a.test:1",
    "Status": "Alive",
    "User": "acct.r1",
    "Accepted": 12,
    "Rejected": 1,
    "Stale": 0,
    "Stratum Active": True,
    "Last Share Difficulty": 65536.0,
    "Diff": "65.5K",
    "Last Share Time": "0:00:27",
}
CHAIN = {
    "chain_acn1": 126,
    "chain_rate1": "34700.11",
    "freq1": 545,
    "temp_pcb1": "40-42-57-56",
    "temp_chip1": "48-50-70-68",
}


class Form(msgspec.Struct):
    amount: Amount
    count: Count
    text: Text


@given(amount=ANYTHING, count=ANYTHING, word=ANYTHING)
def test_a_plain_object_is_read_as_its_fields_are(amount, count, word):
    """Whatever is found plain has the value that each field has by itself, and nothing in it is unread."""
    source = orjson.loads(json.dumps({"amount": amount, "count": count, "text": word, "more": [1]}))
    found = plain(source, Form)
    fields = Fields()
    taken = fields.positive(source, "amount"), fields.count(source, "count"), fields.text(source, "text")
    if found is not None:
        assert taken == (found.amount, found.count, text(found.text))
        assert () == fields.unread


def read_one_by_one(entry):
    """Read an entry that is not plain, for its status is in a form of its own; put the status right."""
    fields = Fields()
    (slot,) = cgminer.pools(fields, {"POOLS": [{**entry, "Status": None, "status": entry["Status"]}]})
    return slot, fields.unread


@given(name=st.sampled_from(sorted(ENTRY)), value=ANYTHING)
def test_a_pool_is_the_same_read_at_once_and_one_by_one(name, value):
    """An odd field of a pool changes that field alone, however the entry is written."""
    entry = orjson.loads(json.dumps({**ENTRY, name: value}))
    fields = Fields()
    slots = cgminer.pools(fields, {"POOLS": [entry]})
    if name not in ("Status", "URL", "User"):
        assert ([read_one_by_one(entry)[0]], set(read_one_by_one(entry)[1])) == (list(slots), set(fields.unread))


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [("Accepted", [1], "accepted"), ("Rejected", "many", "rejected"), ("Stale", True, "stale")],
)
def test_one_odd_field_costs_a_pool_only_itself(name, value, field):
    """A field of the wrong type is unread and absent; all others are read as ever."""
    fields = Fields()
    (usual,) = cgminer.pools(fields, {"POOLS": [ENTRY]})
    assert () == fields.unread
    (odd,) = cgminer.pools(fields, {"POOLS": [{**ENTRY, name: value}]})
    assert (name,) == fields.unread
    assert isinstance(odd, PoolSlot)
    assert msgspec.structs.replace(usual, **{field: None}) == odd


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("chain_acn1", "many", "chips"),
        ("freq1", [545], "frequency_hz"),
        ("temp_pcb1", "hot", "board_temperature_c"),
        ("temp_chip1", {}, "chip_temperature_c"),
    ],
)
def test_one_odd_field_costs_a_board_only_itself(name, value, field):
    """A chain's field of the wrong type is unread and absent; the board is there with all the rest."""
    fields = Fields()
    usual = bitmain.stats(fields, {"STATS": [{"Elapsed": 5, **CHAIN}]}).boards
    assert () == fields.unread
    odd = bitmain.stats(fields, {"STATS": [{"Elapsed": 5, **CHAIN, name: value}]}).boards
    assert (name,) == fields.unread
    assert (msgspec.structs.replace(usual[0], **{field: None}),) == odd
