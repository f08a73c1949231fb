"""How an answer leaves a device that misbehaves on the wire."""

from typing import TYPE_CHECKING

from simulator.physics.dice import Dice

if TYPE_CHECKING:
    from simulator.wire.connection import Connection

DRIP_S = 1.0
PATIENT = frozenset(("drip", "oversized"))
"""Kinds that go on sending to a client that has closed its own half."""

_FLOOD_S = 0.02
_FLOOD_BYTES = 256 * 1024
_FLOOD_WAITING = 1024 * 1024
_GARBAGE_BYTES = 700


def send(connection: "Connection", answer: bytes, *, kind: str) -> bool:
    """Send an answer in the manner of `kind`; False when that kind leaves this answer as it is."""
    half = answer[: len(answer) // 2]
    match kind:
        case "silent":
            return True
        case "half-open":
            connection.transport.write(half)
            return True
        case "cut":
            connection.transport.write(half)
            connection.transport.close()
            return True
        case "garbage":
            connection.transport.write(_garbage(connection.device.identity.seed))
            connection.transport.close()
            return True
        case "drip":
            _drip(connection, answer, 0)
            return True
        case "oversized":
            _flood(connection, half)
            return True
    return False


def _garbage(seed: str) -> bytes:
    dice = Dice(f"garbage {seed}")
    return bytes(1 + dice.below(255) for _ in range(_GARBAGE_BYTES)) + b"\0"


def _drip(connection: "Connection", answer: bytes, at: int) -> None:
    connection.transport.write(answer[at : at + 1])
    if at + 1 < len(answer):
        connection.later(DRIP_S, _drip, connection, answer, at + 1)
    else:
        connection.transport.close()


def _flood(connection: "Connection", start: bytes) -> None:
    """Fill what the client leaves room for, for as long as it stays; the start is that of a true answer."""
    transport = connection.transport
    if transport.get_write_buffer_size() < _FLOOD_WAITING:
        transport.write(start + b" " * (_FLOOD_BYTES - len(start)))
    connection.later(_FLOOD_S, _flood, connection, b"")
