"""Pretend devices on real sockets: raw ones that misbehave, and whole ones that replay recorded answers."""

import asyncio
import contextlib
import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Recorded = Mapping[str, Any]
UNKNOWN = b'{"STATUS":[{"STATUS":"E","When":1,"Code":14,"Msg":"Invalid command","Description":"cgminer"}],"id":1}'


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Serve a handler on a free loopback port; gives the port."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> int:
            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                try:
                    await handler(reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError):
                    pass
                finally:
                    writer.close()

            server = await asyncio.start_server(serve, host, port)
            stack.callback(server.close)
            return int(server.sockets[0].getsockname()[1])

        yield start


class Device:
    """Replays recorded answers: `heard` lists the requests as they came, `bodies` what came with each of them."""

    def __init__(
        self, requests: Sequence[Recorded], *, joins: bool = True, digest: tuple[str, str, str] | None = None
    ) -> None:
        self.digest = digest
        self.nonce = "nonce-1"
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        self.ports: dict[int, int] = {}
        self.joins = joins
        self._requests = requests

    def ports_of(self, family: Any) -> dict[str, int]:
        """Give the ports under the names that the family uses; those without a server lead nowhere."""
        return {name: self.ports.get(port, 1) for name, port in family.ports.items()}

    @property
    def handlers(self) -> dict[int, Handler]:
        kinds = {"rpc": self._rpc, "http": self._http, "framed": self._framed}
        # a web server on the port of the cgminer API may be recorded with what it said to a command
        ordered = sorted(self._requests, key=lambda one: one["transport"] == "http")
        return {one["port"]: kinds[one["transport"]] for one in ordered}

    async def _rpc(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = (await reader.read(65536)).strip(b"\0\n")
        question = json.loads(sent)
        command = question["command"]
        self.heard.append(f"rpc {command}")
        self.bodies.append(sent)
        if "+" in command:
            parts = [(name, self._reply("rpc", {"command": name})) for name in command.split("+")]
            answer = UNKNOWN
            if self.joins:
                texts = (json.dumps(name).encode() + b":[" + (reply or UNKNOWN) + b"]" for name, reply in parts)
                answer = b"{" + b",".join(texts) + b',"id":1}'
        else:
            answer = self._reply("rpc", question) or UNKNOWN
        writer.write(answer + b"\0")
        await writer.drain()

    async def _framed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(4), "little")
        sent = await reader.readexactly(size)
        question = json.loads(sent)
        request = " ".join(filter(None, (question["cmd"], question.get("param"))))
        self.heard.append(f"framed {request}")
        self.bodies.append(sent)
        answer = self._reply("framed", request) or b'{"code":-1,"msg":"unknown"}'
        writer.write(len(answer).to_bytes(4, "little") + answer)
        await writer.drain()
        await reader.read(1)

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = await reader.readexactly(1)
        if not start.isalpha():
            # what is no HTTP is told so at once
            writer.write(b"HTTP/1.1 400 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode()
        line, *headers = head.split("\r\n")
        request = line.rpartition(" ")[0]
        self.heard.append(request)
        length = next((int(one.split(":")[1]) for one in headers if one.lower().startswith("content-length:")), 0)
        self.bodies.append(await reader.readexactly(length))
        found = self._find("http", request) or self._find("http", request.partition("?")[0])
        status, extra, body = 404, {}, b"no such page"
        if self.digest is not None and not self._is_let_in(line, headers):
            status, body = 401, b"unauthorized"
            extra = {"WWW-Authenticate": f'Digest realm="{self.digest[2]}", nonce="{self.nonce}", qop="auth"'}
        elif found is not None and not _has_all(found.get("wants", {}), headers):
            status, body = 401, b"unauthorized"
        elif found is not None:
            status, extra, body = found.get("status", 200), found.get("headers", {}), _bytes(found)
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in extra.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    def _is_let_in(self, line: str, headers: list[str]) -> bool:
        assert self.digest is not None
        username, password, realm = self.digest
        method, path, _ = line.split(" ")
        sent = next((one for one in headers if one.lower().startswith("authorization: digest")), "")
        got = {key: quoted or bare for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', sent)}
        if got.get("nonce") != self.nonce or got.get("uri") != path:
            return False
        secret, request = _md5(f"{username}:{realm}:{password}"), _md5(f"{method}:{path}")
        return got["response"] == _md5(f"{secret}:{self.nonce}:{got['nc']}:{got['cnonce']}:auth:{request}")

    def _find(self, transport: str, request: Any) -> Recorded | None:
        for one in self._requests:
            known = one["request"]
            if transport == "rpc" and isinstance(known, str):
                known = {"command": known}
            if one["transport"] != transport:
                continue
            if known == request or (isinstance(known, dict) and known.items() <= dict(request).items()):
                return one
        return None

    def _reply(self, transport: str, request: Any) -> bytes | None:
        found = self._find(transport, request)
        return None if found is None else _bytes(found)


def _has_all(wanted: Mapping[str, str], headers: list[str]) -> bool:
    """Tell whether a request carries every header that its recording wants (names in lower case)."""
    sent = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in headers)}
    return all(sent.get(name) == value for name, value in wanted.items())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _bytes(one: Recorded) -> bytes:
    if "raw" in one:
        return str(one["raw"]).encode("latin-1" if one.get("is_latin") else "utf-8")
    return json.dumps(one["reply"]).encode()


@pytest.fixture
async def device(listen: Callable[..., Awaitable[int]]) -> Callable[..., Awaitable[Device]]:
    """Start a device that replays recorded requests."""

    async def start(
        requests: Sequence[Recorded], *, joins: bool = True, digest: tuple[str, str, str] | None = None
    ) -> Device:
        made = Device(requests, joins=joins, digest=digest)
        for port, handler in made.handlers.items():
            made.ports[port] = await listen(handler)
        return made

    return start


@pytest.fixture(scope="session")
def recordings() -> dict[str, Recorded]:
    """Every recording under tests/fixtures, by `family/name`."""
    folder = Path(__file__).resolve().parents[1] / "fixtures"
    return {
        f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/*.json"))
    }


@pytest.fixture
def open_descriptors() -> Callable[[], int]:
    """Count the descriptors that this process has open."""
    return lambda: len(os.listdir("/proc/self/fd"))


# request text, headers by lower-case name, body → status, headers, document or text
Answers = Callable[[str, Mapping[str, str], str], tuple[int, Mapping[str, str], Any]]


class Web:
    """Answers as a function says: `port` to reach it, `heard` for the requests as they came, with their query."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.heard: list[str] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        request = line.rpartition(" ")[0]
        self.heard.append(request)
        status, extra, document = self._answers(request, headers, body)
        text = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text)}", "Connection: close"]
        head += [f"{name}: {value}" for name, value in extra.items()]
        writer.write("\r\n".join([*head, "", ""]).encode() + text)
        await writer.drain()


@pytest.fixture
async def web_server(listen: Callable[..., Awaitable[int]]) -> Callable[[Answers], Awaitable[Web]]:
    """Start a web server for logins, sessions, and answers that depend on the body."""

    async def start(answers: Answers) -> Web:
        web = Web(answers)
        web.port = await listen(web)
        return web

    return start


@pytest.fixture
def pages_of() -> Callable[[Recorded], dict[str, Any]]:
    """Give the answers of a recording's web server by request."""

    def give(recording: Recorded) -> dict[str, Any]:
        return {
            one["request"]: one.get("reply", one.get("raw"))
            for one in recording["requests"]
            if one["transport"] == "http"
        }

    return give
