"""The data types of Stratum V2 messages, all little-endian."""

import struct

from collectors.errors import Garbled

U256_BYTES = 32


class Fields:
    """Reads a payload field by field; Garbled when it is too short. What follows the last field asked for is let be."""

    __slots__ = ("_at", "_payload")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    @property
    def ended(self) -> bool:
        """True when nothing is left."""
        return self._at >= len(self._payload)

    def take(self, size: int) -> bytes:
        """Take bytes as they are."""
        end = self._at + size
        if end > len(self._payload):
            raise Garbled("a message is too short for its fields")
        taken = self._payload[self._at : end]
        self._at = end
        return taken

    def number(self, size: int) -> int:
        """Take an unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def flag(self) -> bool:
        """Take a boolean; only the lowest bit counts."""
        return bool(self.number(1) & 1)

    def text(self) -> str:
        """Take a text of up to 255 bytes."""
        return self.take(self.number(1)).decode("utf-8", "replace")

    def short_bytes(self) -> bytes:
        """Take up to 255 bytes with their length in one byte before them."""
        return self.take(self.number(1))

    def long_bytes(self) -> bytes:
        """Take up to 65535 bytes with their length in two bytes before them."""
        return self.take(self.number(2))

    def option(self, size: int) -> int | None:
        """Take a number that may be absent."""
        return self.number(size) if self.number(1) else None


def number(value: int, size: int) -> bytes:
    """Write an unsigned number of `size` bytes."""
    return value.to_bytes(size, "little")


def text(value: str) -> bytes:
    """Write a text, cut to 255 bytes."""
    raw = value.encode("utf-8")[:255]
    return bytes([len(raw)]) + raw


def decimal(value: float) -> bytes:
    """Write a 32-bit floating point number."""
    return struct.pack("<f", value)
