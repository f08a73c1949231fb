"""The HTTP client, against servers of every quality."""

import asyncio
import gzip
import ssl

import pytest
import trustme

from collectors import web
from collectors.errors import Denied, Garbled, TimedOut, Unreachable


@pytest.fixture
async def serve(listen):
    """Answer every request with fixed bytes; gives port and what was heard."""

    async def start(*parts, closes=True):
        heard = []

        async def handler(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            heard.append(head + await reader.read(0))
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.002)
            if not closes:
                await reader.read()

        return await listen(handler), heard

    return start


async def ask(port, *, timeout_s=5.0, **more):
    return await web.request("127.0.0.1", port=port, method="GET", path="/x?a=1", timeout_s=timeout_s, **more)


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 5\r\n", b"\r\nhel", b"lo"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"hel", b"lo"),
        (b"HTTP/1.1 200\nContent-Length: 5\n\nhello",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", b"2;x=y\r\nl", b"o\r\n0\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello"),),
        (b"HTTP/1.1 200 OK\r\ncontent-length:   5\r\nX: \r\nnonsense\r\n\r\nhello",),
    ],
)
async def test_an_answer_is_whole_however_it_ends(serve, parts):
    """Length, chunks, closing, bare line feeds and split packets all give the same body."""
    port, _ = await serve(*parts)
    answer = await ask(port)
    assert (200, b"hello") == (answer.status, answer.body)


async def test_a_length_ends_an_answer_though_the_socket_stays_open(serve):
    """A server that ignores `Connection: close` costs no waiting."""
    port, _ = await serve(b"HTTP/1.1 204 No Content\r\n\r\n", closes=False)
    assert 204 == (await ask(port)).status


async def test_the_request_is_one_segment_with_what_was_asked_for(serve):
    """Path, host, headers and body stand in the request; no cookie and no keep-alive do."""
    port, heard = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    await web.request(
        "127.0.0.1", port=port, method="POST", path="/login", timeout_s=5, json={"a": 1}, headers={"X-Key": "k"}
    )
    text = heard[0].decode()
    assert text.startswith("POST /login HTTP/1.1\r\n")
    for line in (
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "X-Key: k",
        "Content-Length: 7",
        "Connection: close",
    ):
        assert f"{line}\r\n" in text


async def test_repeated_headers_are_kept(serve):
    """Two cookies are two lines of one value."""
    port, _ = await serve(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")
    assert "a=1\nb=2" == (await ask(port)).headers["set-cookie"]


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500])
async def test_a_status_is_the_callers_to_judge(serve, status):
    """Redirects and refusals are given back as they are."""
    port, _ = await serve(f"HTTP/1.1 {status} X\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n".encode())
    answer = await ask(port)
    assert (status, False) == (answer.status, answer.is_fine)


@pytest.mark.parametrize(
    "parts",
    [
        (b"SSH-2.0-OpenSSH\r\n",),
        (b"HTTP/1.1 abc\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhello",),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,),
        (b"",),
    ],
)
async def test_what_is_no_http_is_garbled(serve, parts):
    """Other protocols, lies about the length and cut bodies are no answers."""
    port, _ = await serve(*parts)
    with pytest.raises(Garbled):
        await ask(port)


async def test_a_body_is_bounded(serve):
    """A body over the limit is refused, also when it unpacks to one."""
    for parts in (
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000,),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 300_000),),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + b"x" * 4096 + b"\r\n" * 1 + b"F0000\r\n",),
    ):
        port, _ = await serve(*parts)
        with pytest.raises(Garbled, match="larger than"):
            await ask(port, max_bytes=100_000)


async def test_a_silent_server_is_timed_out(serve):
    """Accepting a connection is no answer."""
    port, _ = await serve(closes=False)
    with pytest.raises(TimedOut):
        await ask(port, timeout_s=0.2)


@pytest.mark.parametrize(
    "more", [{"headers": {"X": "a\r\nEvil: 1"}}, {"path": "/a b"}, {"path": "/a\r\nEvil: 1"}, {"method": "GET /\r\n"}]
)
async def test_a_request_cannot_be_split(more):
    """Line breaks never get into a request, whatever a caller hands over."""
    with pytest.raises(ValueError, match="line break"):
        await web.request("127.0.0.1", **{"port": 1, "method": "GET", "path": "/", "timeout_s": 1, **more})


async def test_a_url_is_taken_apart(serve):
    """Path, query and credentials of a URL reach the server."""
    port, heard = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    answer = await web.fetch("GET", f"http://user:p%40ss@127.0.0.1:{port}/a/b?c=d", timeout_s=5)
    assert {} == answer.json()
    assert b"GET /a/b?c=d HTTP/1.1" in heard[0]
    assert web.basic("user:p@ss").encode() in heard[0]


@pytest.mark.parametrize("url", ["ftp://x/", "no url", "http://", "//x/y"])
async def test_what_is_no_url_is_said_to_be_none(url):
    """Only http and https URLs are fetched."""
    with pytest.raises(ValueError, match="URL"):
        await web.fetch("GET", url)


async def test_a_certificate_is_verified_unless_it_is_a_devices(listen):
    """An untrusted certificate is denied on the internet and accepted from a device."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    async def serve_tls(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve_tls, "127.0.0.1", 0, ssl=context)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(Denied, match="certificate"):
            await web.fetch("GET", url, timeout_s=5)
        assert b"ok" == (await web.fetch("GET", url, timeout_s=5, tls=web.device_tls())).body
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        assert b"ok" == (await web.fetch("GET", url, timeout_s=5, tls=trusting)).body


async def test_no_tls_behind_https_is_garbled(serve):
    """A plain server behind an https URL is told apart from a dead one."""
    port, _ = await serve(b"HTTP/1.1 400 Bad\r\n\r\n")
    with pytest.raises((Garbled, Unreachable, TimedOut)):
        await web.fetch("GET", f"https://127.0.0.1:{port}/", timeout_s=1, tls=web.device_tls())
