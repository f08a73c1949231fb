"""Finds out what a port speaks that does not speak what its URL says, by asking it in the other protocols.

Every question has a connection of its own, is the protocol's harmless first one, and is bounded in time.
"""

import asyncio
import ssl
import time
from collections.abc import Callable

import orjson

from collectors.errors import CollectError
from collectors.pools.opening import OPENING_BYTES, Spoken, spoken_in
from collectors.pools.tls import TlsPolicy
from collectors.pools.transport import Closed, Reset, Transport, connect
from collectors.pools.url import Endpoint, plain, secured

QUESTION_S = 2.0

# Any 64 bytes are a key to a Stratum V2 server; these are no text, so that no other server takes them for a line.
_GREETING = bytes(range(128, 192))
_SUBSCRIBE = orjson.dumps({"id": 1, "method": "mining.subscribe", "params": ["headframe"]}) + b"\n"


async def spoken_at(
    endpoint: Endpoint, *, until: float, monotonic: Callable[[], float] = time.monotonic
) -> Spoken | None:
    """Name what is spoken at an endpoint other than its URL's protocol, before the clock reaches `until`.

    None when nothing could be found out.
    """
    if not endpoint.tls and await _speaks_tls(secured(endpoint), until=until, monotonic=monotonic):
        return "tls"
    bare = plain(endpoint)
    if endpoint.tls or endpoint.protocol == "sv2":
        answered = spoken_in(await _answer(bare, _SUBSCRIBE, until=until, monotonic=monotonic))
        if answered in {"stratum v1", "http"}:
            return answered
    if endpoint.tls or endpoint.protocol == "sv1":
        answered = spoken_in(await _answer(bare, _GREETING, until=until, monotonic=monotonic))
        if answered == "stratum v2":
            return answered
    return None


async def fingerprint_at(
    endpoint: Endpoint, *, until: float, monotonic: Callable[[], float] = time.monotonic
) -> str | None:
    """Give the SHA-256 of the certificate that an endpoint shows, whoever it is; None when it shows none any more."""
    try:
        transport = await _open_unproved(endpoint, until=until, monotonic=monotonic)
    except CollectError:
        return None
    await transport.close()
    return transport.certificate.sha256 if transport.certificate else None


async def _speaks_tls(endpoint: Endpoint, *, until: float, monotonic: Callable[[], float]) -> bool:
    """Shake hands, taking any certificate."""
    try:
        transport = await _open_unproved(endpoint, until=until, monotonic=monotonic)
    except CollectError as error:
        # An alert is an answer too: the server speaks TLS, if not with us.
        return isinstance(error.__cause__, ssl.SSLError) and "ALERT" in (error.__cause__.reason or "")
    await transport.close()
    return True


async def _open_unproved(endpoint: Endpoint, *, until: float, monotonic: Callable[[], float]) -> Transport:
    policy = TlsPolicy(mode="insecure")
    return await connect(endpoint, policy=policy, timeout_s=_patience(until, monotonic), monotonic=monotonic)


async def _answer(endpoint: Endpoint, question: bytes, *, until: float, monotonic: Callable[[], float]) -> bytes:
    """Send one question and give the beginning of what comes, empty when nothing does."""
    heard = bytearray()
    transport: Transport | None = None
    try:
        async with asyncio.timeout(_patience(until, monotonic)):
            transport = await connect(
                endpoint, policy=TlsPolicy(), timeout_s=_patience(until, monotonic), monotonic=monotonic
            )
            await transport.send(question)
            while len(heard) < OPENING_BYTES and spoken_in(bytes(heard)) in {None, "other"}:
                heard += await transport.receive()
    except (TimeoutError, CollectError, Closed, Reset):
        pass
    finally:
        if transport is not None:
            await transport.close()
    return bytes(heard)


def _patience(until: float, monotonic: Callable[[], float]) -> float:
    return max(min(until - monotonic(), QUESTION_S), 0.05)
