"""Coinbase transactions: parsing, height, and the place of the extranonce."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.pools.coinbase import height_of, locate, parse


def pieces(recording):
    params = recording["notify"]["params"]
    return bytes.fromhex(params[2]), bytes.fromhex(params[3])


@pytest.mark.parametrize("location", ["scriptsig", "scriptsig+sequence", "output"])
@pytest.mark.parametrize("size", [3, 4, 8, 12])
def test_extranonce_is_found_by_length(notify, location, size):
    """Wherever the extranonce lies and however long it is, its size follows from the lengths in the pieces."""
    prefix, suffix = pieces(notify(location=location, extranonce2_size=size))
    found = locate(prefix, suffix, extranonce1=None, extranonce2_size=None)
    assert (location, 4 + size, True) == (found.location, found.size, found.derived)


def test_told_size_is_used_and_filled(notify):
    """The told first part stands in the coinbase, zeros follow it."""
    prefix, suffix = pieces(notify())
    found = locate(prefix, suffix, extranonce1=b"\xa1\xb2\xc3\xd4", extranonce2_size=8)
    assert found.derived is False
    assert b"\xa1\xb2\xc3\xd4" + bytes(8) in found.coinbase.script


def test_wrong_told_size_is_replaced_by_the_derived_one(notify):
    """A pool that told another size than it uses is seen through."""
    prefix, suffix = pieces(notify())
    found = locate(prefix, suffix, extranonce1=b"\xa1", extranonce2_size=2)
    assert (12, True) == (found.size, found.derived)


def test_window_is_the_part_of_the_script_that_varies(notify):
    """The window excludes what the pool wrote itself."""
    prefix, suffix = pieces(notify())
    found = locate(prefix, suffix, extranonce1=None, extranonce2_size=None)
    first, last = found.window
    assert bytes(12) == found.coinbase.script[first:last]
    prefix, suffix = pieces(notify(location="output"))
    found = locate(prefix, suffix, extranonce1=None, extranonce2_size=None)
    assert found.window[0] == found.window[1]


def test_no_extranonce_at_all(notify):
    """Pieces that join without a hole have no extranonce."""
    prefix, suffix = pieces(notify())
    found = locate(prefix + bytes(12), suffix, extranonce1=None, extranonce2_size=None)
    assert ("none", 0) == (found.location, found.size)


def test_many_and_long_outputs(notify):
    """Three hundred outputs and a script of 300 bytes need the longer size forms."""
    rows = [(1000, b"\x51" * 300)] + [(n, bytes([0, 20]) + bytes(20)) for n in range(300)]
    prefix, suffix = pieces(notify(outputs=rows))
    found = locate(prefix, suffix, extranonce1=None, extranonce2_size=None)
    assert rows == list(found.coinbase.outputs)


@pytest.mark.parametrize(
    ("script", "height", "size"),
    [
        (b"\x00rest", 0, 1),
        (b"\x51", 1, 1),
        (b"\x60", 16, 1),
        (b"\x01\x11", 17, 2),
        (b"\x01\x79", 121, 2),
        (b"\x02\x08\x62", 25096, 3),
        (b"\x03\xa5\x02\x0c", 787109, 4),
        (b"\x04\x00\x00\x00\x01", 1 << 24, 5),
        (b"\x05\x79\x00\x00\x00\x00", 121, 6),
        (b"\x05\x00\x00\x00\x00\x01", None, 0),
        (b"\x04\xff\xff\x00\x1d", None, 0),
        (b"\x04\x00\x65\xcd\x1d", None, 0),
        (b"\x02\x00\x80", None, 0),
        (b"\x03\xa5\x02", None, 0),
        (b"\x06\x01\x01\x01\x01\x01\x01", None, 0),
        (b"\xfa\xbe", None, 0),
        (b"", None, 0),
    ],
)
def test_height_in_every_length(script, height, size):
    """Heights are read from no to five bytes; anything else is no height."""
    assert (height, size) == height_of(script, known=len(script))


def test_height_under_the_extranonce_is_unknown():
    """Bytes that the extranonce covers are not a height."""
    assert (None, 0) == height_of(b"\x03\x00\x00\x00", known=1)


@pytest.mark.parametrize("cut", [0, 4, 41, 42, 60, -1, -5])
def test_a_cut_coinbase_is_garbled(notify, cut):
    """Whatever is missing at the end, parsing says Garbled."""
    prefix, suffix = pieces(notify())
    with pytest.raises(Garbled):
        parse((prefix + bytes(12) + suffix)[:cut])


def test_more_outputs_than_any_pool_pays(notify):
    """A coinbase that would take long to read is refused."""
    prefix, suffix = pieces(notify(outputs=[(1, b"")] * 2001))
    with pytest.raises(Garbled):
        locate(prefix, suffix, extranonce1=b"\xa1\xb2\xc3\xd4", extranonce2_size=8)


def test_not_a_coinbase(notify):
    """A transaction that spends something is refused."""
    prefix, suffix = pieces(notify())
    with pytest.raises(Garbled, match="null outpoint"):
        parse(prefix[:5] + b"\x01" + prefix[6:] + bytes(12) + suffix)


def test_a_coinbase_that_pays_nobody(notify):
    """No outputs is no job."""
    prefix, _ = pieces(notify())
    with pytest.raises(Garbled):
        locate(prefix, b"\xff" * 4 + b"\x00" + bytes(4), extranonce1=None, extranonce2_size=None)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_pieces_are_located_or_garbled(prefix, suffix):
    """No bytes make anything but a coinbase or Garbled."""
    with contextlib.suppress(Garbled):
        locate(prefix, suffix, extranonce1=None, extranonce2_size=None)


@given(st.binary(max_size=300))
def test_any_bytes_after_a_true_beginning(rest):
    """The same behind a well-formed head, where the sizes are the hostile part."""
    with contextlib.suppress(Garbled):
        parse(b"\x01\x00\x00\x00\x01" + bytes(32) + b"\xff" * 4 + rest)
