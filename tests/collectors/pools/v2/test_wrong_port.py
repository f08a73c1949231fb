"""Every protocol's probe against every other protocol's port: the right reason, and what to do."""

import asyncio
import ssl

import pytest

from collectors.errors import Denied, Garbled, TimedOut, Unreachable
from collectors.pools.opening import spoken_in
from collectors.pools.probe import attempt, probe
from collectors.pools.url import parse

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html></html>"


@pytest.fixture
async def port_of():
    """Start a server that answers whatever is said to it first, then stays or hangs up; give its port."""
    servers, writers = [], set()

    async def start(answer=b"", *, stay=False, line=False):
        async def serve(reader, writer):
            writers.add(writer)
            try:
                await (reader.readline() if line else reader.read(4096))
                writer.write(answer)
                await writer.drain()
                if stay:
                    await reader.read(-1)
                writer.close()
                await writer.wait_closed()
            except (OSError, ValueError):
                writer.transport.abort()
            finally:
                writers.discard(writer)

        servers.append(await asyncio.start_server(serve, "127.0.0.1", 0))
        return servers[-1].sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
    for writer in list(writers):
        writer.transport.abort()
    while writers:
        await asyncio.sleep(0)


@pytest.mark.parametrize("scheme", ["stratum+tcp", "stratum2+tcp"])
@pytest.mark.parametrize("stay", [True, False], ids=["stays", "closes"])
async def test_http(port_of, scheme, stay):
    """A web server is named as one, whether it hangs up or waits for more."""
    port = await port_of(HTTP, stay=stay)
    with pytest.raises(Garbled, match="speaks HTTP"):
        await probe(f"{scheme}://127.0.0.1:{port}", wait_s=5)


async def test_http_where_tls_was_asked(port_of):
    """A web server that ends a TLS greeting with a page is named as one."""
    port = await port_of(HTTP)
    with pytest.raises(Garbled, match="speaks HTTP"):
        await probe(f"stratum+ssl://127.0.0.1:{port}", wait_s=5)


@pytest.mark.parametrize("scheme", ["stratum+tcp", "stratum2+tcp"])
async def test_tls_where_plain_was_asked(pretend_pool, server_tls, scheme):
    """A TLS port is told by its alert, or by asking it, and the remedy is named."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    with pytest.raises(Garbled, match=r"speaks TLS: try stratum\+ssl://"):
        await probe(f"{scheme}://127.0.0.1:{pool.port}", wait_s=5)


async def test_plain_where_tls_was_asked(pretend_pool):
    """A plain pool is found out by asking it in plain."""
    pool = await pretend_pool("ckpool")
    with pytest.raises(Garbled, match=r"speaks Stratum V1: try stratum\+tcp://"):
        await probe(f"stratum+ssl://127.0.0.1:{pool.port}", wait_s=5)


async def test_plain_that_ignores_a_tls_greeting(port_of):
    """A plain pool that waits for its line for ever is found out within the time given."""
    port = await port_of(b'{"id": 1, "error": null, "result": []}\n', stay=True, line=True)
    outcome = await attempt(f"stratum+ssl://127.0.0.1:{port}", wait_s=2)
    assert isinstance(outcome.failure, Garbled | TimedOut)


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
async def test_v2_where_v1_was_asked(pretend_pool2, secured):
    """A V2 pool is told by its answer, which no V1 pool gives."""
    pool = await pretend_pool2()
    scheme = "stratum+ssl" if secured else "stratum+tcp"
    with pytest.raises(Garbled, match=r"speaks Stratum V2: try stratum2\+tcp://"):
        await probe(f"{scheme}://127.0.0.1:{pool.port}", wait_s=8)


async def test_v1_where_v2_was_asked(pretend_pool):
    """A V1 pool that hangs up on what is no line, or waits for more of it, is named within the time given."""
    pool = await pretend_pool("ckpool")
    with pytest.raises(Garbled, match=r"speaks Stratum V1: try stratum\+tcp://"):
        await probe(f"stratum2+tcp://127.0.0.1:{pool.port}", wait_s=30)


async def test_v1_that_answers_what_is_no_line(port_of):
    """A V1 pool that answers a V2 greeting with an error is named at once."""
    port = await port_of(b'{"id":null,"result":null,"error":[20,"invalid JSON",null]}\n', stay=True)
    with pytest.raises(Garbled, match="speaks Stratum V1"):
        await probe(f"stratum2+tcp://127.0.0.1:{port}", wait_s=30)


async def test_binary_that_is_nothing_we_know(port_of):
    """Anything else is quoted."""
    port = await port_of(b"\x05\x00\x01\x02", stay=True)
    with pytest.raises(Garbled, match="no Stratum: it began with the bytes 05 00 01 02"):
        await probe(f"stratum+tcp://127.0.0.1:{port}", wait_s=30)


async def test_an_answer_of_the_right_length_that_does_not_open(port_of):
    """234 bytes that are no handshake are garbled, not a broken certificate."""
    port = await port_of(bytes(range(1, 235)), stay=True)
    with pytest.raises(Garbled, match="does not open"):
        await probe(f"stratum2+tcp://127.0.0.1:{port}", wait_s=30)


async def test_closed_at_once(port_of):
    """A port that hangs up on everybody stays what it is: closed."""
    port = await port_of()
    for scheme in ("stratum+tcp", "stratum2+tcp"):
        with pytest.raises(Garbled, match=r"closed|reset"):
            await probe(f"{scheme}://127.0.0.1:{port}", wait_s=5)


async def test_a_certificate_to_pin(pretend_pool, server_tls):
    """A refused certificate is shown by its fingerprint, so that it can be compared and pinned."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    with pytest.raises(Denied, match=r"cannot be verified: .*; its SHA-256 is [0-9a-f]{64}"):
        await probe(pool.url, wait_s=5)


async def test_tls_that_will_not_have_us(pretend_pool, authority):
    """A server that breaks the handshake off with an alert is no TLS for us, whatever the reason."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_ciphers("PSK-AES128-CBC-SHA")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    pool = await pretend_pool("ckpool", tls=context)
    with pytest.raises(Garbled, match=r"no TLS with|broke off the TLS"):
        await probe(pool.url, wait_s=5)


async def test_ipv6():
    """An IPv6 address in brackets is connected to as it stands; nobody there is unreachable, in V2 as well."""
    for scheme in ("stratum+tcp", "stratum+ssl", "stratum2+tcp"):
        with pytest.raises(Unreachable, match="::1 port 9"):
            await probe(f"{scheme}://[::1]:9", wait_s=5)
    assert "::1" == parse("stratum+tcp://[::1]:3333").host


@pytest.mark.parametrize(
    ("opening", "spoken"),
    [
        (b"", None),
        (b"HTTP/1.0 200", "http"),
        (b"\r\n<html>", "http"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "tls"),
        (b"\x15\x03", "other"),
        (bytes(range(234)), "stratum v2"),
        (bytes(range(233)), "other"),
        (b'{"id": 1, "result": true}', "stratum v1"),
        (b'{"id"', None),
        (b"\0\0 \r\n", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
    ],
)
def test_what_the_first_bytes_tell(opening, spoken):
    """The protocol is named only where the bytes leave no doubt."""
    assert spoken == spoken_in(opening)
