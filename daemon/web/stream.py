"""Long answers, written in pieces: the event loop has its turn between them, and a slow reader holds little memory."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import closing, suppress
from typing import Any

import orjson
from aiohttp import web

from daemon.clock import SystemClock

LIST_SLICE = 100
# What a streamed answer gathers before it is written, and what may wait for a reader before more of it is made.
PIECE = 64 * 1024
WAITING = 2 * 1024 * 1024
# So long is written before others have their turn: each turn may be a long one, and a page has hundreds of pieces.
TURN_S = 0.005


async def stream(request: web.Request, pieces: Generator[bytes, None, None], *, kind: str) -> web.StreamResponse:
    """Answer with `pieces` one after the other, of content type `kind`; an empty piece is a chance for others only.

    The pieces are closed when the last is written or the reader has left.
    """
    response = web.StreamResponse(headers={"Content-Type": kind, "Cache-Control": "no-store"})
    await response.prepare(request)
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=WAITING)
    clock = SystemClock()
    gathered: list[bytes] = []
    size = 0
    turn_over = clock.monotonic() + TURN_S
    with closing(pieces), suppress(ConnectionError):  # a reader who leaves before the end is no error of ours
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            if size >= PIECE:
                await response.write(b"".join(gathered))
                gathered.clear()
                size = 0
            if clock.monotonic() >= turn_over:
                await asyncio.sleep(0)
                turn_over = clock.monotonic() + TURN_S
        await response.write_eof(b"".join(gathered))
    return response


def list_pieces(documents: Iterable[dict[str, Any] | None]) -> Generator[bytes, None, None]:
    """Write a JSON list in pieces; None among the documents is left out."""
    separator = b"["
    batch: list[bytes] = []
    for document in documents:
        if document is None:
            continue
        batch += (separator, orjson.dumps(document))
        separator = b","
        if len(batch) >= 2 * LIST_SLICE:
            yield b"".join(batch)
            batch.clear()
    yield b"".join(batch) + (b"[]" if separator == b"[" else b"]")
