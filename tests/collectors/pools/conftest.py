"""A mint of jobs: real in form, our own in content."""

from collections.abc import Callable
from typing import Any

import pytest

PAYOUT = bytes.fromhex("0014") + bytes(range(20))
COMMITMENT = bytes.fromhex("6a24aa21a9ed") + bytes(range(32))


def push_height(height: int) -> bytes:
    """Give the BIP34 push of a height as a node writes it."""
    if height == 0:
        return b"\x00"
    if height <= 16:
        return bytes([0x50 + height])
    raw = height.to_bytes((height.bit_length() + 8) // 8, "little")
    return bytes([len(raw)]) + raw


def compact(size: int) -> bytes:
    """Give a compact size."""
    return bytes([size]) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")


def make_notify(
    *,
    height: int | None = 905_400,
    nbits: str = "17023aa6",
    ntime: int = 1_752_430_000,
    outputs: list[tuple[int, bytes]] | None = None,
    tag: bytes = b"/our own pool/",
    branches: int = 11,
    location: str = "scriptsig",
    extranonce1: bytes = b"\xa1\xb2\xc3\xd4",
    extranonce2_size: int = 8,
    previous: str = "00112233" * 7 + "00000000",
    clean: bool = True,
    job_id: Any = "j1",
) -> dict[str, Any]:
    """Give a recording of a notify; `location` says where the extranonce lies."""
    size = len(extranonce1) + extranonce2_size
    front = b"" if height is None else push_height(height)
    if outputs is None:
        outputs = [(316_000_000, PAYOUT), (0, COMMITMENT)]
    head = b"\x01\x00\x00\x00\x01" + bytes(32) + b"\xff" * 4

    def paid(rows: list[tuple[int, bytes]]) -> bytes:
        return b"".join(value.to_bytes(8, "little") + compact(len(script)) + script for value, script in rows)

    tail = b"\xff\xff\xff\xff" + compact(len(outputs)) + paid(outputs) + bytes(4)
    match location:
        case "scriptsig":
            one = head + compact(len(front) + 5 + size + len(tag)) + front + b"\x04time"
            two = tag + tail
        case "scriptsig+sequence":
            one = head + compact(len(front) + len(tag) + size - 4) + front + tag
            two = tail[4:]
        case "output":
            one = head + compact(len(front) + len(tag)) + front + tag + b"\xff" * 4 + compact(len(outputs) + 1)
            one += bytes(8) + compact(2 + size) + b"\x6a" + bytes([size])
            two = paid(outputs) + bytes(4)
    params = [
        job_id,
        previous,
        one.hex(),
        two.hex(),
        [f"{place:064x}" for place in range(branches)],
        "20000000",
        nbits,
        f"{ntime:08x}",
        clean,
    ]
    return {
        "notify": {"id": None, "method": "mining.notify", "params": params},
        "extranonce1": extranonce1.hex(),
        "extranonce2_size": extranonce2_size,
    }


@pytest.fixture(scope="session")
def notify() -> Callable[..., dict[str, Any]]:
    """Give the maker of notify recordings."""
    return make_notify
