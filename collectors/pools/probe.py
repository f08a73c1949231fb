"""Ask a pool once, as a miner would up to its first job, and say how long each step took."""

import time
from collections.abc import Callable
from typing import Any, TypedDict, Unpack

import msgspec

from collectors.errors import CollectError, Garbled
from collectors.pools import events
from collectors.pools.connection import Connection, establish
from collectors.pools.ending import raise_refusals
from collectors.pools.job import Job
from collectors.pools.tls import VERIFY, TlsPolicy
from collectors.pools.transport import Closed, Reset
from collectors.pools.url import Protocol, parse

_DIFFICULTY_PATIENCE_S = 0.25  # a few pools send the first difficulty after the first job


class PoolReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one probe found. Durations in seconds from each step's sending; None where the step did not happen.

    `authenticated` is True when the server proved itself by certificate or authority key, False when it encrypts
    without proof, None on plain TCP. `authorized` is None without a user.
    """

    url: str
    protocol: Protocol
    authenticated: bool | None
    address: str
    tcp_connect_s: float
    tls_handshake_s: float | None
    noise_handshake_s: float | None
    subscribe_s: float | None
    authorize_s: float | None
    authorized: bool | None
    first_job_s: float | None
    difficulty: float | None
    extranonce1: str | None
    extranonce2_size: int | None
    version_rolling_mask: str | None
    certificate_sha256: str | None
    certificate_expires_at: float | None
    job: Job | None

    def document(self) -> dict[str, Any]:
        """Give the JSON object of `headframe pool probe`."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a probe: a reading, a failure, or both when it failed on the way."""

    reading: PoolReading | None
    failure: CollectError | None = None


class Options(TypedDict, total=False):
    """How to probe: without `user` nothing is authorized; `wait_s` bounds the whole of it."""

    user: str | None
    password: str | None
    wait_s: float
    policy: TlsPolicy
    monotonic: Callable[[], float]


async def probe(url: str, **options: Unpack[Options]) -> PoolReading:
    """Connect, subscribe, authorize when there is a user, and wait for the first job.

    Without a job in time the reading has `job` None. Raises BadUrl, Unreachable, TimedOut (no connection), Denied
    (certificate, subscription or user refused), Unsupported (V2 without mining), Garbled (closed, reset, no Stratum).
    """
    outcome = await attempt(url, **options)
    if outcome.failure is not None or outcome.reading is None:
        raise outcome.failure or Garbled("no reading")
    return outcome.reading


async def attempt(url: str, **options: Unpack[Options]) -> Outcome:
    """Do what `probe` does, and give a failure with what was read before it; raises BadUrl alone."""
    endpoint = parse(url)
    monotonic = options.get("monotonic", time.monotonic)
    until = monotonic() + options.get("wait_s", 10.0)
    try:
        connection, found = await establish(
            endpoint,
            user=options.get("user"),
            password=options.get("password"),
            policy=options.get("policy", VERIFY),
            until=until,
            monotonic=monotonic,
        )
    except CollectError as error:
        return Outcome(reading=None, failure=error)
    failure: CollectError | None = None
    try:
        await _await_job(connection, found, until=until, monotonic=monotonic)
    except CollectError as error:
        failure = error
    finally:
        await connection.close()
    return Outcome(reading=_reading(connection), failure=failure)


async def _await_job(
    connection: Connection, found: list[events.Event], *, until: float, monotonic: Callable[[], float]
) -> None:
    """Read on until everything asked for has come, or the time is over. Raises what ends it early."""
    junk = unread = None
    while True:
        raise_refusals(found)
        for event in found:
            if isinstance(event, events.Junk):
                junk = event.sample
            if isinstance(event, events.JobGarbled):
                unread = event.message
        if _complete(connection):
            if connection.difficulty is not None:
                return
            until = min(until, monotonic() + _DIFFICULTY_PATIENCE_S)
        left = until - monotonic()
        if left <= 0:
            break
        try:
            found = await connection.next_events(left)
        except (Closed, Reset):
            if _complete(connection):
                return
            raise
    if junk is not None and not connection.session.heard:
        raise Garbled(f"not Stratum: {junk!r}")
    if unread is not None and connection.job is None:
        raise Garbled(f"the pool's jobs cannot be read: {unread}")


def _complete(connection: Connection) -> bool:
    """Say whether everything asked for has come."""
    return connection.job is not None and (connection.session.user is None or connection.authorized is not None)


def _reading(connection: Connection) -> PoolReading:
    endpoint, transport, steps = connection.endpoint, connection.transport, connection.step_s
    certificate = transport.certificate
    return PoolReading(
        url=endpoint.url,
        protocol=endpoint.protocol,
        authenticated=connection.authenticated,
        address=transport.address,
        tcp_connect_s=transport.connect_s,
        tls_handshake_s=transport.tls_s,
        noise_handshake_s=steps.get("noise"),
        subscribe_s=steps.get("subscribe"),
        authorize_s=steps.get("authorize"),
        authorized=connection.authorized,
        first_job_s=connection.first_job_s,
        difficulty=connection.difficulty,
        extranonce1=connection.extranonce1,
        extranonce2_size=connection.extranonce2_size,
        version_rolling_mask=connection.version_mask,
        certificate_sha256=certificate.sha256 if certificate else None,
        certificate_expires_at=certificate.expires_at if certificate else None,
        job=connection.job,
    )
