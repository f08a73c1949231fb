"""Frames through the encrypted channel."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.pools.v2.framing import BLOCK_BYTES, MAX_PAYLOAD_BYTES, Frame, FrameReader, encode, seal
from collectors.pools.v2.noise import Cipher

KEY = bytes(range(32))


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, MAX_PAYLOAD_BYTES])
def test_there_and_back(size):
    """Payloads of no, one and several blocks arrive as they were sent."""
    frame = Frame(extension=0, kind=0x1F, payload=bytes(size))
    sealed = seal(frame, cipher=Cipher(KEY))
    blocks = -(-size // BLOCK_BYTES)
    assert 22 + size + 16 * blocks == len(sealed)
    assert [frame] == FrameReader(Cipher(KEY)).receive(sealed)


def test_header_form():
    """Extension, type and length are little-endian, the channel bit is the highest of the extension."""
    header, _ = encode(Frame(extension=2, kind=0x21, payload=bytes(0x010203)), for_channel=True)
    assert "0280" + "21" + "030201" == header.hex()


def test_the_channel_bit_is_masked():
    """The channel bit is no part of the extension's number."""
    sealed = seal(Frame(extension=5, kind=1, payload=b""), cipher=Cipher(KEY), for_channel=True)
    assert 5 == FrameReader(Cipher(KEY)).receive(sealed)[0].extension


@given(st.lists(st.binary(max_size=100), max_size=5), st.data())
def test_any_splitting(payloads, data):
    """However the bytes are cut, the same frames come out in order."""
    cipher = Cipher(KEY)
    frames = [Frame(extension=0, kind=place, payload=payload) for place, payload in enumerate(payloads)]
    stream = b"".join(seal(frame, cipher=cipher) for frame in frames)
    reader, got = FrameReader(Cipher(KEY)), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += reader.receive(stream[:cut])
        stream = stream[cut:]
    assert frames == got


def test_a_broken_seal():
    """A changed bit in header or payload is garbled."""
    for place in (0, 21, 22, 30):
        sealed = bytearray(seal(Frame(extension=0, kind=1, payload=b"payload"), cipher=Cipher(KEY)))
        sealed[place] ^= 1
        with pytest.raises(Garbled):
            FrameReader(Cipher(KEY)).receive(bytes(sealed))


def test_a_payload_beyond_the_limit():
    """A length that no job needs is refused before anything is gathered."""
    header = bytes(2) + b"\x1f" + (MAX_PAYLOAD_BYTES + 1).to_bytes(3, "little")
    with pytest.raises(Garbled, match="announced"):
        FrameReader(Cipher(KEY)).receive(Cipher(KEY).encrypt(header))


@given(st.binary(max_size=200))
def test_any_bytes(data):
    """Bytes that were never sealed do not open."""
    reader = FrameReader(Cipher(KEY))
    with contextlib.suppress(Garbled):
        assert [] == reader.receive(data)
