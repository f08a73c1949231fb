"""The coinbase transaction inside a job: where the extranonce lies, the height, the outputs.

A pool sends the transaction in two pieces with a hole for the extranonce. Where the hole lies differs: inside the
input script (most), across the script's end and the sequence (F2Pool), or inside an output (OCEAN). Its size need
not be known: it is the one for which the transaction ends exactly at its last byte.
"""

import struct
from typing import Literal

import msgspec

from collectors.errors import Garbled

ExtranonceLocation = Literal["none", "scriptsig", "scriptsig+sequence", "sequence", "output", "elsewhere"]

MAX_EXTRANONCE_BYTES = 128
MAX_OUTPUTS = 2000  # pools that pay their miners in the coinbase reach some hundreds
MAX_MONEY_SATS = 21_000_000 * 100_000_000
_MOST_SATS = 2**63 - 1  # an amount on the chain is a signed number of 64 bits
WITNESS_COMMITMENT = bytes.fromhex("6a24aa21a9ed")  # BIP141: OP_RETURN, 36 bytes, this mark, then the hash

_NULL_OUTPOINT = bytes(32) + b"\xff\xff\xff\xff"
_HIGHEST = 100_000_000  # above it stand the times and difficulties that old blocks begin with
_SCRIPT_LENGTH_AT = 41  # version 4, input count 1, outpoint 36
_USUAL_SEQUENCES = frozenset({0, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD})
_VALUE_AND_LENGTH = struct.Struct("<QB")


class Coinbase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A coinbase transaction taken apart; offsets count from its first byte."""

    script: bytes
    script_start: int
    sequence: int
    outputs: tuple[tuple[int, bytes], ...]
    outputs_start: int
    locktime: int


class Located(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A coinbase with the place of its extranonce: `start` and `size` in bytes, `derived` when found by length."""

    coinbase: Coinbase
    start: int
    size: int
    derived: bool

    @property
    def location(self) -> ExtranonceLocation:
        """Say in which part of the transaction the extranonce lies."""
        script_end = self.coinbase.script_start + len(self.coinbase.script)
        end = self.start + self.size
        if not self.size:
            return "none"
        if self.start >= self.coinbase.script_start and end <= script_end:
            return "scriptsig"
        if self.coinbase.script_start <= self.start < script_end < end <= script_end + 4:
            return "scriptsig+sequence"
        if self.start >= script_end and end <= script_end + 4:
            return "sequence"
        return "output" if self.start >= self.coinbase.outputs_start else "elsewhere"

    def in_outputs(self) -> list[tuple[int, int] | None]:
        """Give, for each output, which part of its script is the extranonce, as offset and length; None for no part."""
        parts: list[tuple[int, int] | None] = []
        end = self.coinbase.outputs_start
        for _, script in self.coinbase.outputs:
            begin = end + 8 + (1 if len(script) < 0xFD else 3)
            end = begin + len(script)
            first, last = max(self.start, begin), min(self.start + self.size, end)
            parts.append((first - begin, last - first) if first < last else None)
        return parts

    @property
    def window(self) -> tuple[int, int]:
        """Give the part of the input script that the extranonce covers, as offsets inside the script."""
        size = len(self.coinbase.script)
        first = min(max(self.start - self.coinbase.script_start, 0), size)
        last = min(max(self.start + self.size - self.coinbase.script_start, first), size)
        return first, last


def parse(raw: bytes) -> Coinbase:
    """Take a coinbase transaction without witness apart; Garbled unless it ends exactly at the last byte."""
    try:
        if raw[4] != 1 or raw[5:_SCRIPT_LENGTH_AT] != _NULL_OUTPOINT:
            raise Garbled("the coinbase does not spend the null outpoint")
        length, place = _size(raw, _SCRIPT_LENGTH_AT)
        script_start, script_end = place, place + length
        script = raw[script_start:script_end]
        sequence = int.from_bytes(raw[script_end : script_end + 4], "little")
        count, place = _size(raw, script_end + 4)
        outputs_start = place
        if count > MAX_OUTPUTS:
            raise Garbled(f"the coinbase has {count} outputs")
        outputs = []
        paid = 0
        for _ in range(count):
            value, length = _VALUE_AND_LENGTH.unpack_from(raw, place)
            paid += value
            place += 9
            if length > 0xFC:
                length, place = _size(raw, place - 1)
            outputs.append((value, raw[place : place + length]))
            place = min(place + length, len(raw) + 1)
    except (IndexError, struct.error) as error:
        raise Garbled("the coinbase is cut short") from error
    if not outputs:
        raise Garbled("the coinbase pays nobody")
    if paid > _MOST_SATS:
        raise Garbled("the coinbase pays more than an amount can be")
    if place + 4 != len(raw):
        raise Garbled("the coinbase does not end where its lengths say")
    return Coinbase(
        script=script,
        script_start=script_start,
        sequence=sequence,
        outputs=tuple(outputs),
        outputs_start=outputs_start,
        locktime=int.from_bytes(raw[place:], "little"),
    )


def locate(
    prefix: bytes,
    suffix: bytes,
    *,
    extranonce1: bytes | None,
    extranonce2_size: int | None,
    extranonce2: bytes | None = None,
) -> Located:
    """Join the pieces of a job's coinbase and parse it.

    A size that the pool told is tried first; when it is absent or does not fit, the size is derived by length. The
    extranonce is `extranonce1` followed by `extranonce2`, which is each miner's own, or by zeros in its place. Garbled
    when no size gives a coinbase.
    """
    if extranonce1 is not None and extranonce2_size is not None and 0 <= extranonce2_size <= MAX_EXTRANONCE_BYTES:
        told = extranonce1 + (bytes(extranonce2_size) if extranonce2 is None else extranonce2)
        try:
            return Located(coinbase=parse(prefix + told + suffix), start=len(prefix), size=len(told), derived=False)
        except Garbled:
            return _derive(prefix, suffix)
    return _derive(prefix, suffix)


def height_of(script: bytes, *, known: int) -> tuple[int | None, int]:
    """Read the BIP34 height at the front of the input script, and how many bytes it takes.

    `known` is how many bytes of the script are the pool's own, not extranonce. The height is None (and takes 0) when
    the script starts otherwise, as in blocks before 2012, many of which begin with a time or a difficulty. OP_0 and
    OP_1 to OP_16 are heights 0 to 16.
    """
    if not script or known < 1:
        return None, 0
    first = script[0]
    if first == 0:
        return 0, 1
    if 0x51 <= first <= 0x60:
        return first - 0x50, 1
    if 1 <= first <= 5 and first < min(known, len(script)):
        height = int.from_bytes(script[1 : 1 + first], "little", signed=True)
        return (height, 1 + first) if 0 <= height < _HIGHEST else (None, 0)
    return None, 0


def _derive(prefix: bytes, suffix: bytes) -> Located:
    """Find the extranonce's size as the one whose coinbase ends exactly at its last byte.

    Rarely several do; then money within the supply, a usual sequence number and a usual size decide.
    """
    found: list[tuple[tuple[bool, bool, bool, int], Located]] = []
    for size in range(MAX_EXTRANONCE_BYTES + 1):
        try:
            coinbase = parse(prefix + bytes(size) + suffix)
        except Garbled:
            continue
        located = Located(coinbase=coinbase, start=len(prefix), size=size, derived=True)
        doubts = (
            any(value > MAX_MONEY_SATS for value, _ in coinbase.outputs),
            coinbase.sequence not in _USUAL_SEQUENCES and located.location in ("scriptsig", "output"),
            not 3 <= size <= 40,
            size,
        )
        found.append((doubts, located))
    if not found:
        raise Garbled("no extranonce size makes a coinbase of the two pieces")
    return min(found, key=lambda pair: pair[0])[1]


def _size(raw: bytes, place: int) -> tuple[int, int]:
    """Read a compact size; IndexError or struct.error when it is cut short."""
    first = raw[place]
    if first < 0xFD:
        return first, place + 1
    width = {0xFD: 2, 0xFE: 4, 0xFF: 8}[first]
    if place + 1 + width > len(raw):
        raise IndexError(place)
    return int.from_bytes(raw[place + 1 : place + 1 + width], "little"), place + 1 + width
