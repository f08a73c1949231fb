"""The one HTTP client: one request, one connection, one bounded answer.

It speaks plain HTTP/1.1 over `collectors.wire`, so that a request to a miner costs a fifth of a general client's
CPU and is held to the same deadline and size as every other exchange. It keeps no connections and no cookies and
follows no redirects: a status that is not 200 is the caller's to judge. Answers of small devices are read leniently.
"""

import asyncio
import base64
import functools
import re
import ssl
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import msgspec
import orjson

from collectors.errors import Garbled
from collectors.jsontext import decode
from collectors.wire import MAX_BYTES, exchange

DEFAULT_TIMEOUT_S = 10.0
_MAX_HEAD = 64 << 10
_MAX_HEADERS = 100
_MAX_CHUNK_LINE = 1024
_BODILESS = frozenset((204, 304))
_STATUS = re.compile(r"[1-9][0-9]{2}")
_GZIP_WINDOW = 32 + 15  # zlib: 15 bits of window, 32 = tell gzip from zlib by its header


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP answer; header names are in lower case, repeated ones joined by a newline."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_fine(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Give the decoded body; raise Garbled when it is not JSON."""
        return decode(self.body)

    def text(self) -> str:
        """Give the body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


@functools.cache
def verifying_tls() -> ssl.SSLContext:
    """Give the context for servers on the internet: certificate and name are verified."""
    return ssl.create_default_context()


@functools.cache
def device_tls() -> ssl.SSLContext:
    """Give the context for devices on the site's own network: their certificates are self-signed and old."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


async def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    max_bytes: int = MAX_BYTES,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request to an http or https URL; `user:password@` in it becomes basic authentication.

    `tls` replaces the verifying context of https. Raises Unreachable, TimedOut, Garbled, Denied (certificate), and
    ValueError for what is no URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http or https URL: {url!r}")
    all_headers = dict(headers or {})
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        all_headers.setdefault("Authorization", basic(pair))
    context = None
    if parts.scheme == "https":
        # reading the system's certificates the first time takes a while
        context = tls or await asyncio.to_thread(verifying_tls)
    path = parts.path or "/"
    return await request(
        parts.hostname,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        method=method,
        path=f"{path}?{parts.query}" if parts.query else path,
        headers=all_headers,
        body=body,
        json=json,
        form=form,
        timeout_s=timeout_s,
        max_bytes=max_bytes,
        tls=context,
    )


async def request(
    host: str,
    *,
    port: int,
    method: str,
    path: str,
    timeout_s: float,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request to an address and give its answer, whatever the status."""
    ending = HttpEnding(max_bytes=max_bytes, expects_body=method != "HEAD")
    raw = await exchange(
        host,
        port=port,
        request=_request(
            host, port=port, method=method, path=path, headers=headers or {}, body=body, json=json, form=form
        ),
        timeout_s=timeout_s,
        ending=ending,
        max_bytes=max_bytes + _MAX_HEAD,
        tls=tls,
    )
    return ending.answer(raw)


def basic(pair: str) -> str:
    """Give the Authorization header for `user:password`."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _request(
    host: str,
    *,
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    json: Any,
    form: Mapping[str, str] | None,
) -> bytes:
    name = f"[{host}]" if ":" in host else host
    lines = [f"{method} {path} HTTP/1.1", f"Host: {name}" if port in (80, 443) else f"Host: {name}:{port}"]
    given = {key.lower() for key in headers}
    if json is not None:
        body = orjson.dumps(json)
        if "content-type" not in given:
            lines.append("Content-Type: application/json")
    elif form is not None:
        body = urlencode(form).encode()
        lines.append("Content-Type: application/x-www-form-urlencoded")
    if "user-agent" not in given:
        lines.append("User-Agent: headframe")
    if "accept" not in given:
        lines.append("Accept: */*")
    lines.append("Accept-Encoding: identity")
    lines += [f"{key}: {value}" for key, value in headers.items()]
    if body is not None or method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(body or b'')}")
    lines.append("Connection: close\r\n\r\n")
    if any("\n" in line or "\r" in line for line in lines[:-1]) or " " in path:
        raise ValueError("a line break or blank in an HTTP request")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + (body or b"")


class HttpEnding:
    """Ends an HTTP/1 answer by its length, its last chunk, or the far side's closing."""

    __slots__ = ("_at", "_body", "_chunked", "_expects_body", "_head_end", "_max_bytes", "_whole", "headers", "status")

    def __init__(self, *, max_bytes: int = MAX_BYTES, expects_body: bool = True) -> None:
        self._max_bytes = max_bytes
        self._expects_body = expects_body
        self._head_end = 0
        self._whole: int | None = None
        self._chunked = False
        self._at = 0
        self._body: list[bytes] = []
        self.status = 0
        self.headers: dict[str, str] = {}

    def complete(self, received: bytes | bytearray, *, fresh: int) -> int | None:
        """Give the answer's length once its head says that it is whole."""
        while not self._head_end:
            start = self._at
            end, skip = _head_end(received, start=max(start, fresh - 3))
            if end < 0:
                if len(received) - start > _MAX_HEAD:
                    raise Garbled("endless HTTP headers")
                _check_start(received, start=start)
                return None
            self._read_head(bytes(received[start:end]))
            self._at = end + skip
            if self.status >= 200:
                self._head_end = self._at
                self._plan()
            fresh = self._at
        if self._chunked:
            return self._chunks(received)
        return self._whole if self._whole is not None and len(received) >= self._whole else None

    def may_stop_at(self, received: bytes | bytearray) -> bool:  # noqa: ARG002
        """Closing ends an answer whose head gave no length."""
        return self._head_end > 0 and self._whole is None and not self._chunked

    def answer(self, raw: bytes) -> Answer:
        """Put the whole answer together."""
        body = b"".join(self._body) if self._chunked else raw[self._head_end :]
        if self.headers.get("content-encoding", "identity").lower() in ("gzip", "x-gzip", "deflate"):
            body = _inflated(body, max_bytes=self._max_bytes)
        return Answer(status=self.status, headers=self.headers, body=body)

    def _read_head(self, head: bytes) -> None:
        lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
        words = lines[0].split(None, 2)
        if len(words) < 2 or not words[0].startswith("HTTP/") or not _STATUS.match(words[1]):
            raise Garbled(f"not HTTP: {lines[0][:60]!r}")
        self.status = int(words[1][:3])
        headers: dict[str, str] = {}
        for line in lines[1 : _MAX_HEADERS + 1]:
            name, colon, value = line.partition(":")
            if colon:
                name, value = name.strip().lower(), value.strip()
                headers[name] = f"{headers[name]}\n{value}" if name in headers else value
        self.headers = headers

    def _plan(self) -> None:
        if not self._expects_body or self.status in _BODILESS:
            self._whole = self._head_end
        elif "chunked" in self.headers.get("transfer-encoding", "").lower():
            self._chunked = True
        elif "content-length" in self.headers:
            length = self.headers["content-length"].partition("\n")[0]
            if not (length.isascii() and length.isdigit()) or len(length) > 12:
                raise Garbled(f"an HTTP answer of length {length[:20]!r}")
            if int(length) > self._max_bytes:
                raise Garbled(f"the answer is larger than {self._max_bytes} bytes")
            self._whole = self._head_end + int(length)

    def _chunks(self, received: bytes | bytearray) -> int | None:
        while True:
            line_end = received.find(b"\n", self._at, self._at + _MAX_CHUNK_LINE)
            if line_end < 0:
                if len(received) - self._at > _MAX_CHUNK_LINE:
                    raise Garbled("an HTTP chunk without a length")
                return None
            try:
                size = int(bytes(received[self._at : line_end]).split(b";")[0].strip() or b"x", 16)
            except ValueError:
                raise Garbled("an HTTP chunk without a length") from None
            if size < 0 or size > self._max_bytes:
                raise Garbled(f"the answer is larger than {self._max_bytes} bytes")
            if size == 0:
                return len(received)
            start = line_end + 1
            if len(received) < start + size + 2:
                return None
            self._body.append(bytes(received[start : start + size]))
            self._at = start + size + (2 if received[start + size] == 0x0D else 1)


def _head_end(received: bytes | bytearray, *, start: int) -> tuple[int, int]:
    """Find the empty line; some small servers write bare line feeds."""
    strict, bare = received.find(b"\r\n\r\n", start), received.find(b"\n\n", start)
    if strict >= 0 and (bare < 0 or strict < bare):
        return strict, 4
    return bare, 2


def _check_start(received: bytes | bytearray, *, start: int) -> None:
    opening = bytes(received[start : start + 5])
    if not b"HTTP/".startswith(opening[:5]):
        raise Garbled(f"not HTTP: {bytes(received[start : start + 60])!r}")


def _inflated(body: bytes, *, max_bytes: int) -> bytes:
    unpack = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = unpack.decompress(body, max_bytes)
    except zlib.error as error:
        raise Garbled(f"a compressed answer that does not unpack: {error}") from error
    if unpack.unconsumed_tail:
        raise Garbled(f"the answer is larger than {max_bytes} bytes")
    return plain
