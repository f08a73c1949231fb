"""One connection to a pool, TCP or TLS, timed without the artefact of delayed acknowledgements.

Servers that write difficulty and job in two small segments without TCP_NODELAY wait for the acknowledgement of the
first, which a client holds back for 40 ms. TCP_QUICKACK, set again before every send and read, keeps that out of the
measured latencies.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import cast

from collectors.errors import Garbled, TimedOut
from collectors.pools.dial import dial
from collectors.pools.proof import Unproved
from collectors.pools.tls import Certificate, TlsPolicy, context_for, examine
from collectors.pools.url import Endpoint

READ_BYTES = 64 << 10
SEND_TIMEOUT_S = 10.0
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
_RTT_AT = 8 + 15 * 4  # struct tcp_info: eight bytes, then u32 fields; tcpi_rtt is the sixteenth, in microseconds


class Closed(Garbled):
    """The pool ended the connection; look at its idle rule, its log, and whether the port speaks Stratum.

    `heard` is False when it had said nothing before.
    """

    label = "closed"
    heard = True


class Reset(Garbled):
    """The pool broke the connection off; look at firewalls between, and whether the port wants TLS.

    `heard` is False when it had said nothing before.
    """

    label = "reset"
    heard = True


class NoTls(Garbled):
    """The TLS handshake failed before the certificate; see whether the port wants TLS."""


class TlsLate(TimedOut):
    """The TLS handshake did not end in time; see whether the port wants TLS."""


class Transport:
    """An open connection. Times are in seconds, `certificate` is None on plain TCP."""

    __slots__ = (
        "_reader",
        "_socket",
        "_writer",
        "address",
        "bytes_in",
        "bytes_out",
        "certificate",
        "connect_s",
        "tls_s",
    )

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, connect_s: float) -> None:
        self._reader = reader
        self._writer = writer
        self._socket = cast("socket.socket", writer.get_extra_info("socket"))
        self.address = str(writer.get_extra_info("peername")[0])
        self.connect_s = connect_s
        self.tls_s: float | None = None
        self.certificate: Certificate | None = None
        self.bytes_in = 0
        self.bytes_out = 0

    async def send(self, data: bytes) -> None:
        """Send at once; Reset when the connection is gone, or when the pool does not read what it is sent."""
        self._acknowledge_at_once()
        self._writer.write(data)
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._writer.drain()
        except TimeoutError as error:
            raise Reset("the pool does not read what it is sent") from error
        except OSError as error:
            raise Reset(_ending(error)) from error
        self.bytes_out += len(data)

    async def receive(self) -> bytes:
        """Wait for bytes; Closed or Reset when there will be none."""
        self._acknowledge_at_once()
        try:
            data = await self._reader.read(READ_BYTES)
        except OSError as error:
            raise Reset(_ending(error)) from error
        if not data:
            raise Closed("the pool closed the connection")
        self.bytes_in += len(data)
        return data

    def kernel_rtt_s(self) -> float | None:
        """Give the kernel's smoothed round trip time; None where the kernel has none to give."""
        if _TCP_INFO is None:
            return None
        try:
            info = self._socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 104)
        except OSError:
            return None
        if len(info) < _RTT_AT + 4:
            return None
        microseconds: int = struct.unpack_from("=I", info, _RTT_AT)[0]
        return microseconds / 1e6 if microseconds else None

    async def close(self) -> None:
        """Let the connection go without a farewell that a hostile peer could draw out."""
        self._writer.transport.abort()
        # The writer's own wait never ends after a TLS handshake cut off; the loop closes the socket in its next turn.
        await asyncio.sleep(0)

    def _acknowledge_at_once(self) -> None:
        if _QUICKACK is None:
            return
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        except OSError:
            return  # the connection is gone; reading it says how

    async def start_tls(self, endpoint: Endpoint, policy: TlsPolicy, *, monotonic: Callable[[], float]) -> None:
        """Encrypt; Denied when the certificate does not stand up to the policy, Garbled when there is no TLS."""
        context = await context_for(policy)
        self._acknowledge_at_once()
        begun = monotonic()
        try:
            await self._writer.start_tls(context, server_hostname=endpoint.host)
        except ssl.SSLCertVerificationError as error:
            raise Unproved(f"the certificate cannot be verified: {error.verify_message}", by="certificate") from error
        except ssl.SSLError as error:
            raise NoTls(f"no TLS with port {endpoint.port}: {error.reason or error}") from error
        except OSError as error:
            raise NoTls(f"the pool broke off the TLS handshake: {_ending(error)}") from error
        self.tls_s = monotonic() - begun
        self.certificate = examine(self._writer.get_extra_info("ssl_object"), policy)


async def connect(
    endpoint: Endpoint, *, policy: TlsPolicy, timeout_s: float, monotonic: Callable[[], float]
) -> Transport:
    """Open a connection within `timeout_s`, name look-up and TLS handshake included.

    Raises Unreachable, TimedOut (TlsLate), Unproved (certificate), NoTls.
    """
    transport: Transport | None = None
    try:
        async with asyncio.timeout(timeout_s):
            transport = await _connect(endpoint, monotonic=monotonic)
            if endpoint.tls:
                await transport.start_tls(endpoint, policy, monotonic=monotonic)
    except TimeoutError as error:
        if transport is not None:
            await transport.close()
            raise TlsLate(f"no TLS handshake within {timeout_s:.3g} s") from error
        raise TimedOut(f"no connection within {timeout_s:.3g} s") from error
    except BaseException:
        if transport is not None:
            await transport.close()
        raise
    return transport


async def _connect(endpoint: Endpoint, *, monotonic: Callable[[], float]) -> Transport:
    plug, connect_s = await dial(endpoint, monotonic=monotonic)
    try:
        reader, writer = await asyncio.open_connection(sock=plug, limit=READ_BYTES)
        return Transport(reader, writer, connect_s=connect_s)
    except OSError as error:
        plug.close()
        raise Reset(_ending(error)) from error
    except BaseException:
        plug.close()
        raise


def _ending(error: OSError) -> str:
    """Say how a connection ended."""
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "the pool reset the connection"
    return (error.strerror or str(error) or "the connection broke").lower()
