"""Server-sent events: what changed, as it changes; a slow reader loses events, never holds anybody up."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import orjson
from aiohttp import web

QUEUE = 256
KEEP_ALIVE_S = 15.0
MAX_READERS = 64


class Events:
    """Everyone who listens to `/api/v1/events`; `dropped` is told when a reader's queue is full."""

    def __init__(self, *, dropped: Callable[[], None]) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._dropped = dropped

    @property
    def has_readers(self) -> bool:
        """True while somebody listens."""
        return bool(self._queues)

    def publish(self, kind: str, document: object) -> None:
        """Send one event to everyone who listens now."""
        if not self._queues:
            return
        frame = b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(document) + b"\n\n"
        for queue in self._queues:
            try:
                queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._dropped()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer one reader until it leaves."""
        if len(self._queues) >= MAX_READERS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_READERS} readers listen already\n")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self._queues.add(queue)
        try:
            await response.write(b"retry: 3000\n\n")
            with suppress(ConnectionError):
                while True:
                    await response.write(await _next(queue))
        finally:
            self._queues.discard(queue)
        return response


async def _next(queue: asyncio.Queue[bytes]) -> bytes:
    try:
        async with asyncio.timeout(KEEP_ALIVE_S):
            return await queue.get()
    except TimeoutError:
        return b": still here\n\n"
