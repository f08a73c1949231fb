"""A mint of jobs, real in form and our own in content, and pretend pools that serve them."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from collectors.pools import tls
from tests.collectors.pools.listener import Listener

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


class Client:
    """One connection as the pretend pool sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.asked: list[dict[str, Any]] = []

    @property
    def methods(self) -> list[str]:
        return [message.get("method", "answer") for message in self.asked]

    def send(self, message: Any) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self.writer.write(data)


class PretendPool(Listener):
    """A Stratum V1 server that behaves like one of several known programs; no share is ever expected.

    `dialect`: ckpool (job after subscribe), ckpool-solo (job after authorize, before its answer), datum (strict ids,
    version mask pushed, -3 for unknown methods), foundation (new subscription every time, answers -3 late),
    public-pool, or one of the misbehaviours closes-after-job, eof, reset, mute, silent, banner, flood, no-configure,
    dead-configure.
    """

    def __init__(self, dialect: str, **options: Any) -> None:
        super().__init__()
        self.dialect = dialect
        self.options = options
        self.clients: list[Client] = []
        self.most_at_once = 0
        self.job = options.get("job") or make_notify()
        self.scheme = "stratum+ssl" if options.get("tls") else "stratum+tcp"

    @property
    def tls(self) -> Any:
        return self.options.get("tls")

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def broadcast(self, job: dict[str, Any] | None = None) -> None:
        if job is not None:
            self.job = job
        for client in self.clients:
            client.send(self.job["notify"])

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(reader, writer)
        try:
            await self._converse(client)
        finally:
            if client in self.clients:
                self.clients.remove(client)

    async def _converse(self, client: Client) -> None:
        match self.dialect:
            case "eof":
                return
            case "reset":
                linger = struct.pack("ii", 1, 0)
                client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            case "mute":
                await client.reader.read(-1)
                return
            case "banner":
                client.raw(b"SSH-2.0-OpenSSH_9.2\r\n")
            case "flood":
                client.raw(b"x" * (1 << 20))
        self.clients.append(client)
        self.most_at_once = max(self.most_at_once, len(self.clients))
        while line := await client.reader.readline():
            try:
                message = json.loads(line)
            except ValueError:
                return
            client.asked.append(message)
            if self.dialect in ("silent", "banner", "flood"):
                continue
            if message.get("method") and not await self._answer(client, message):
                return

    async def _answer(self, client: Client, message: dict[str, Any]) -> bool:
        identity, method = message["id"], message["method"]
        delay = self.options.get("delays", {}).get(method, 0)
        if delay:
            await asyncio.sleep(delay)
        match method:
            case "mining.configure":
                if self.dialect == "no-configure":
                    return False
                if self.dialect == "dead-configure":
                    return True
                answer = {"version-rolling": True, "version-rolling.mask": "1fffe000"}
                client.send({"error": None, "id": identity, "result": answer})
                if self.dialect == "datum":
                    client.send({"id": None, "method": "mining.set_version_mask", "params": ["1fffe000"]})
            case "mining.subscribe":
                refusal = self.options.get("refuse_subscribe")
                if refusal:
                    client.send({"result": refusal, "id": identity, "error": None})
                    return True
                told = [self.job["extranonce1"], self.job["extranonce2_size"]]
                client.send({"result": [[["mining.notify", "s1"]], *told], "id": identity, "error": None})
                if self.dialect == "closes-after-job":
                    client.send(self.job["notify"])
                    await client.writer.drain()
                    return False
                client.send(
                    {"params": [self.options.get("difficulty", 42.0)], "id": None, "method": "mining.set_difficulty"}
                )
                if self.dialect != "ckpool-solo" and not self.options.get("jobless"):
                    client.send(self.job["notify"])
            case "mining.authorize":
                refusal = self.options.get("refuse_authorize")
                if refusal is not None:
                    client.send({"result": False, "error": refusal, "id": identity})
                    return True
                if self.dialect == "ckpool-solo":
                    client.send(self.job["notify"])
                    client.send({"params": [1000.0], "id": None, "method": "mining.set_difficulty"})
                client.send({"result": True, "error": None, "id": identity})
            case _ if self.dialect in ("datum", "foundation"):
                client.send({"error": [-3, "Method not found", None], "id": identity, "result": None})
        await client.writer.drain()
        return True


@pytest.fixture
async def pretend_pool() -> AsyncIterator[Callable[..., Any]]:
    """Give the maker of pretend pools; each is listening when it is given, and gone when the test ends."""
    pools: list[PretendPool] = []

    async def start(dialect: str = "ckpool", **options: Any) -> PretendPool:
        pool = PretendPool(dialect, **options)
        pools.append(pool)
        await pool.start()
        return pool

    yield start
    for pool in pools:
        await pool.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Give a certificate authority of our own."""
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Give a server's TLS context for 127.0.0.1, signed by `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted_authority(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make OpenSSL trust `authority` during the test, as an operator does with SSL_CERT_FILE."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    tls._verifying.cache_clear()
    yield
    tls._verifying.cache_clear()


@pytest.fixture(scope="session")
def pool_class() -> type[PretendPool]:
    """Give the pretend pool itself, for tests that bring their own event loop."""
    return PretendPool
