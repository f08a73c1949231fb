"""Ask a pool once, as a miner would up to its first job, and say how long each step took."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypedDict, Unpack

import msgspec

from collectors.errors import CollectError, Garbled
from collectors.pools import events
from collectors.pools.connection import Connection, establish
from collectors.pools.diagnosis import fingerprint_at, spoken_at
from collectors.pools.ending import raise_refusals
from collectors.pools.job import Job
from collectors.pools.opening import Spoken, remedy
from collectors.pools.proof import Unproved
from collectors.pools.tls import VERIFY, TlsPolicy
from collectors.pools.transport import Closed, NoTls, Reset, TlsLate
from collectors.pools.url import Endpoint, Protocol, parse

_DOUBT_AFTER_S = 2.5  # without a subscription; the slowest of the programs in the field answer within two seconds
_DIFFICULTY_PATIENCE_S = 0.25  # a few pools send the first difficulty after the first job


class PoolReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one probe found. Durations in seconds from each step's sending; None where the step did not happen.

    `asked_to_reconnect` is where the pool wanted to be asked instead, which a probe does not follow, and `message` its
    newest words for the operator. `authenticated` is True when the server proved itself by certificate or authority
    key, False when it encrypts without proof, None on plain TCP. `authorized` is None without a user.
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
    asked_to_reconnect: str | None
    message: str | None
    certificate_sha256: str | None
    certificate_expires_at: float | None
    job: Job | None

    def document(self) -> dict[str, Any]:
        """Give the JSON object of `headframe pool probe`."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a probe: a reading, a failure, or both when it failed on the way.

    `puzzling` says that the port showed no sign of the protocol that the URL names.
    """

    reading: PoolReading | None
    failure: CollectError | None = None
    puzzling: bool = False


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
    """Do what `probe` does, and give a failure with what was read before it; raises BadUrl alone.

    A port that closes, breaks off or says nothing for a while is asked what it speaks instead.
    """
    endpoint = parse(url)
    monotonic = options.get("monotonic", time.monotonic)
    begun = monotonic()
    wait_s = options.get("wait_s", 10.0)
    until, doubtful = begun + wait_s, begun + min(_DOUBT_AFTER_S, wait_s / 2)
    async with asyncio.TaskGroup() as group:
        doubt = group.create_task(_doubt(endpoint, at=doubtful, until=until, monotonic=monotonic))
        talk = group.create_task(
            _converse(endpoint, options, until=until, monotonic=monotonic, on_subscribed=doubt.cancel)
        )
        await asyncio.wait({doubt, talk}, return_when=asyncio.FIRST_COMPLETED)
        spoken = doubt.result() if doubt.done() and not doubt.cancelled() else None
        if spoken is not None and not talk.done():
            talk.cancel()
            return Outcome(reading=None, failure=Garbled(remedy(spoken)))
        outcome = await talk
        if isinstance(outcome.failure, Unproved) and endpoint.tls:
            doubt.cancel()
            shown = await fingerprint_at(endpoint, until=until, monotonic=monotonic)
            return Outcome(reading=outcome.reading, failure=_with_fingerprint(outcome.failure, shown))
        if not outcome.puzzling:
            doubt.cancel()
            return outcome
        if monotonic() < doubtful:
            doubt.cancel()
            spoken = await spoken_at(endpoint, until=until, monotonic=monotonic)
        elif not doubt.cancelled():
            spoken = await doubt
    return outcome if spoken is None else Outcome(reading=outcome.reading, failure=Garbled(remedy(spoken)))


async def _converse(
    endpoint: Endpoint,
    options: Options,
    *,
    until: float,
    monotonic: Callable[[], float],
    on_subscribed: Callable[[], object],
) -> Outcome:
    """Go through the steps; `on_subscribed` is called once the pool has shown that it speaks the protocol."""
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
        unheard = isinstance(error, Closed | Reset) and not error.heard
        return Outcome(reading=None, failure=error, puzzling=unheard or isinstance(error, NoTls | TlsLate))
    failure: CollectError | None = None
    if connection.session.subscribed:
        on_subscribed()
    try:
        await _await_job(connection, found, until=until, monotonic=monotonic)
    except CollectError as error:
        failure = error
    finally:
        await connection.close()
    return Outcome(
        reading=_reading(connection), failure=failure, puzzling=failure is None and not connection.session.heard
    )


async def _doubt(endpoint: Endpoint, *, at: float, until: float, monotonic: Callable[[], float]) -> Spoken | None:
    """Find out what a port speaks once it has been silent for too long."""
    await asyncio.sleep(max(at - monotonic(), 0.0))
    return await spoken_at(endpoint, until=until, monotonic=monotonic)


def _with_fingerprint(failure: Unproved, shown: str | None) -> Unproved:
    """Add what would have to be pinned to a refused certificate."""
    if shown is None or shown in str(failure):
        return failure
    return Unproved(f"{failure}; its SHA-256 is {shown}: pin that if the pool vouches for it", by=failure.by)


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
        asked_to_reconnect=connection.asked_to_reconnect,
        message=connection.message,
        certificate_sha256=certificate.sha256 if certificate else None,
        certificate_expires_at=certificate.expires_at if certificate else None,
        job=connection.job,
    )
