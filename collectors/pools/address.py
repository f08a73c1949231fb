"""Payment scripts as people write them: what kind a script is, and its address on a chain."""

from functools import lru_cache
from hashlib import sha256
from typing import Literal, NamedTuple

Chain = Literal["main", "testnet3", "testnet4", "signet", "regtest", "unknown"]
CHAINS: tuple[Chain, ...] = ("main", "testnet3", "testnet4", "signet", "regtest", "unknown")
ScriptKind = Literal["p2pk", "p2pkh", "p2sh", "p2wpkh", "p2wsh", "p2tr", "op_return", "unknown"]


class _Prefixes(NamedTuple):
    """The version bytes of base58 addresses and the human-readable part of bech32 ones."""

    key_hash: bytes
    script_hash: bytes
    segwit: str


_MAIN = _Prefixes(b"\x00", b"\x05", "bc")
_TEST = _Prefixes(b"\x6f", b"\xc4", "tb")
_PREFIXES: dict[str, _Prefixes] = {
    "main": _MAIN,
    "testnet3": _TEST,
    "testnet4": _TEST,
    "signet": _TEST,
    "regtest": _Prefixes(b"\x6f", b"\xc4", "bcrt"),
}

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANT = 1
_BECH32M_CONSTANT = 0x2BC830A3


@lru_cache(maxsize=4096)
def describe(script: bytes, chain: str) -> tuple[ScriptKind, str | None]:
    """Name a script's kind and give its address; None where the kind has none or the chain is unknown.

    A bare public key (`p2pk`) and data (`op_return`) have no address. Encodings: base58check, BIP173, BIP350.
    """
    kind = kind_of(script)
    prefixes = _PREFIXES.get(chain)
    if prefixes is None:
        return kind, None
    match kind:
        case "p2pkh":
            return kind, base58check(prefixes.key_hash + script[3:23])
        case "p2sh":
            return kind, base58check(prefixes.script_hash + script[2:22])
        case "p2wpkh" | "p2wsh":
            return kind, segwit(prefixes.segwit, version=0, program=script[2:])
        case "p2tr":
            return kind, segwit(prefixes.segwit, version=1, program=script[2:])
        case _:
            return kind, None


def kind_of(script: bytes) -> ScriptKind:
    """Recognise the standard forms by length and opcodes; anything else is `unknown`."""
    size = len(script)
    if size == 22 and script[:2] == b"\x00\x14":
        return "p2wpkh"
    if size == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return "p2pkh"
    if size == 34 and script[:2] == b"\x00\x20":
        return "p2wsh"
    if size == 34 and script[:2] == b"\x51\x20":
        return "p2tr"
    if size == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return "p2sh"
    if script[:1] == b"\x6a":
        return "op_return"
    if size in (35, 67) and script[0] == size - 2 and script[-1:] == b"\xac":
        return "p2pk"
    return "unknown"


def base58check(payload: bytes) -> str:
    """Encode with the four checksum bytes of a double SHA-256."""
    raw = payload + sha256(sha256(payload).digest()).digest()[:4]
    number = int.from_bytes(raw, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def base58check_decode(text: str) -> bytes:
    """Decode and verify; ValueError when a character or the checksum is wrong."""
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = raw[:-4], raw[-4:]
    if len(raw) < 5 or sha256(sha256(payload).digest()).digest()[:4] != checksum:
        raise ValueError("wrong checksum")
    return payload


def segwit(prefix: str, *, version: int, program: bytes) -> str:
    """Encode a witness program: bech32 for version 0, bech32m above (BIP350)."""
    values = [version, *_five_bits(program)]
    constant = _BECH32M_CONSTANT if version else _BECH32_CONSTANT
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    checksum = _polymod(expanded + values + [0] * 6) ^ constant
    values += [(checksum >> 5 * (5 - place)) & 31 for place in range(6)]
    return prefix + "1" + "".join(_BECH32[value] for value in values)


def _five_bits(program: bytes) -> list[int]:
    """Regroup bytes into five-bit values, padded with zeros at the end."""
    bits = len(program) * 8
    padding = -bits % 5
    number = int.from_bytes(program, "big") << padding
    return [(number >> place) & 31 for place in range(bits + padding - 5, -1, -5)]


def _polymod(values: list[int]) -> int:
    """Compute the BCH checksum of BIP173."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                check ^= generator
    return check
