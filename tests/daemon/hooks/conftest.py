"""A receiver on loopback that answers as it is told, and findings to tell it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from daemon.findings import Finding
from daemon.ledger import Ledger


class Request(msgspec.Struct, frozen=True):
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Receiver:
    """Takes everything, unless `answers` says otherwise for the next requests: a status, a response, or a coroutine."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[int | web.Response | Callable[[], Awaitable[web.StreamResponse]]] = []
        self.always: int = 204
        self.url = ""
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Request(request.method, request.path, headers, await request.read()))
        self.arrived.set()
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, int):
            return web.Response(status=answer)
        return answer if isinstance(answer, web.Response) else await answer()

    async def until(self, count: int) -> list[Request]:
        """Wait for that many requests."""
        while len(self.requests) < count:
            self.arrived.clear()
            await self.arrived.wait()
        return self.requests


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    receiver.url = str(server.make_url("/"))
    yield receiver
    await server.close()


@pytest.fixture
def finding() -> Callable[..., Finding]:
    def make(number: int = 1, **changes: Any) -> Finding:
        values: dict[str, Any] = {
            "id": f"H-06-{number:06x}",
            "rule": "H-06",
            "subject": f"m{number}",
            "severity": "high",
            "state": "open",
            "title": "Board missing",
            "message": "board 2 of 3 does not answer",
            "advice": "Reseat its cables, then swap it.",
            "value": 2.0,
            "threshold": 3.0,
            "unit": "boards",
            "rack": "r1",
            "slot": "4",
            "feeder": "f1",
            "since": 1790000000.0,
            "opened_at": 1790000300.0,
            "updated_at": 1790000300.0,
        }
        return Finding(**{**values, **changes})

    return make


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await Ledger.open(tmp_path / "ledger.db", first_retry_s=0.05)
    yield ledger
    await ledger.close()
