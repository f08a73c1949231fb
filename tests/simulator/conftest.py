"""Raw clients for the pretend site's protocols, and a clock that a test turns by hand."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest

from simulator.models import MODELS
from simulator.site import Site

DEADLINE_S = 20.0
START = 1_790_000_000.0


class HandClock:
    """Tells the time that the test says it is."""

    def __init__(self, at_s: float = START) -> None:
        self.at_s = at_s

    def __call__(self) -> float:
        return self.at_s

    def pass_(self, seconds: float) -> None:
        self.at_s += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def site(clock: HandClock, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A site with one device of every model; with one alone where the test is about the model of its `key`."""
    callspec = getattr(request.node, "callspec", None)
    key = None if callspec is None else callspec.params.get("key")
    async with Site([MODELS[key]] if key else list(MODELS.values()), now=clock, block_interval_s=1e6) as site:
        yield site


@pytest.fixture
def named(site: Site) -> Callable[[str], Any]:
    """Find a device of the site by its model's key."""
    return lambda key: next(device for device in site.devices.values() if device.identity.model.key == key)


@pytest.fixture
def exchange(site: Site) -> Callable[..., Awaitable[bytes]]:
    """Connect to a device, send bytes, and give everything until the end, or until `stop` is seen."""

    async def exchange(device: Any, role: str, request: bytes, *, stop: bytes | None = None) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, role))
            try:
                writer.write(request)
                received = b""
                while chunk := await reader.read(65536):
                    received += chunk
                    if stop is not None and stop in received:
                        break
                return received
            finally:
                writer.transport.abort()

    return exchange


@pytest.fixture
def rpc(exchange: Callable[..., Awaitable[bytes]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Send one JSON object to port 4028 and decode the answer, which must end in NUL."""

    async def rpc(device: Any, **request: Any) -> dict[str, Any]:
        received = await exchange(device, "api", orjson.dumps(request), stop=b"\0")
        assert received.endswith(b"\0")
        answer: dict[str, Any] = orjson.loads(received[:-1].replace(b"}{", b"},{"))
        return answer

    return rpc


@pytest.fixture
def framed(site: Site) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Send one frame to port 4433 and decode the frame that comes back."""

    async def framed(device: Any, **request: Any) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            port = site.port(device.identity.id, "framed")
            reader, writer = await asyncio.open_connection(device.identity.address, port)
            try:
                body = orjson.dumps(request)
                writer.write(len(body).to_bytes(4, "little") + body)
                length = int.from_bytes(await reader.readexactly(4), "little")
                answer: dict[str, Any] = orjson.loads(await reader.readexactly(length))
                return answer
            finally:
                writer.transport.abort()

    return framed


class WebReply:
    """Status, headers and body of one HTTP answer."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def json(self) -> Any:
        return orjson.loads(self.body)


@pytest.fixture
def get(exchange: Callable[..., Awaitable[bytes]]) -> Callable[..., Awaitable[WebReply]]:
    """Send one HTTP request by hand and take the answer apart."""

    async def get(device: Any, path: str, *, method: str = "GET", authorization: str | None = None) -> WebReply:
        extra = f"Authorization: {authorization}\r\n" if authorization else ""
        request = f"{method} {path} HTTP/1.1\r\nHost: it\r\n{extra}Connection: close\r\n\r\n"
        return WebReply(await exchange(device, "http", request.encode()))

    return get


@pytest.fixture
def digest() -> Callable[..., str]:
    """Work out the answer to a digest challenge, by the RFC and by hand."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def digest(
        challenge: str,
        path: str,
        *,
        method: str = "GET",
        username: str = "root",
        password: str = "root",
        count: int = 1,
    ) -> str:
        said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        secret, asked = md5(f"{username}:{said['realm']}:{password}"), md5(f"{method}:{path}")
        response = md5(f"{secret}:{said['nonce']}:{count:08x}:0a4f113b:auth:{asked}")
        return (
            f'Digest username="{username}", realm="{said["realm"]}", nonce="{said["nonce"]}", uri="{path}", '
            f'qop=auth, nc={count:08x}, cnonce="0a4f113b", response="{response}"'
        )

    return digest


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Count the files and sockets that this process has open."""
    return lambda: len(os.listdir("/proc/self/fd"))
