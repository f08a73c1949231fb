"""A connected session: it moves bytes between transport and session and measures every step from the moment of sending.

Whoever drives it calls `next_events` again and again. The facts gathered so far stand in its attributes; None means
that the step has not happened.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from collectors.pools import events, v1
from collectors.pools.job import Job
from collectors.pools.tls import TlsPolicy
from collectors.pools.transport import Closed, Reset, Transport, connect
from collectors.pools.url import Endpoint

CONFIGURE_PATIENCE_S = 1.0


class Session(Protocol):
    """What both protocols' sessions can do."""

    user: str | None
    subscribed: bool
    heard: bool

    @property
    def configuring(self) -> bool:
        """True while an optional answer is waited for."""
        ...

    def outgoing(self) -> list[events.Outgoing]:
        """Take what is to be sent."""
        ...

    def hurry(self) -> None:
        """Go on without the optional answer."""
        ...

    def ping(self) -> bool:
        """Ask a harmless question; False when there is none."""
        ...

    def forget_ping(self) -> None:
        """Stop waiting for its answer."""
        ...

    def receive(self, data: bytes) -> list[events.Event]:
        """Take bytes, give events."""
        ...


class Connection:
    """One connection to a pool. Durations in seconds, `opened_at` on the monotonic clock."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        session: Session,
        transport: Transport,
        opened_at: float,
        monotonic: Callable[[], float],
    ) -> None:
        self.endpoint = endpoint
        self.session = session
        self.transport = transport
        self.opened_at = opened_at
        self.step_s: dict[events.Step, float] = {}
        self.encrypted: events.Encrypted | None = None
        self.version_mask: str | None = None
        self.extranonce1: str | None = None
        self.extranonce2_size: int | None = None
        self.authorized: bool | None = None
        self.difficulty: float | None = None
        self.job: Job | None = None
        self.first_job_s: float | None = None
        self.asked_to_reconnect: str | None = None
        self.message: str | None = None
        self.heard_at = opened_at
        self.rtt_s: float | None = None
        self.pinged_at: float | None = None
        self._monotonic = monotonic
        self._sent_at: dict[events.Step, float] = {}

    @property
    def authenticated(self) -> bool | None:
        """True when the server proved who it is, False when it encrypts without proof, None on a plain connection."""
        if self.encrypted is not None:
            return self.encrypted.authenticated
        certificate = self.transport.certificate
        return None if certificate is None else certificate.authenticated

    async def next_events(self, timeout_s: float) -> list[events.Event]:
        """Send what waits, then give what comes within `timeout_s`, at least one read; empty when nothing came.

        Raises Closed, Reset or Garbled when the conversation is over.
        """
        await self._flush()
        patience = timeout_s
        if self.session.configuring:
            waited = self._monotonic() - self._sent_at.get("configure", self.opened_at)
            patience = min(timeout_s, max(CONFIGURE_PATIENCE_S - waited, 0.0))
        try:
            async with asyncio.timeout(patience):
                data = await self.transport.receive()
        except TimeoutError:
            if self.session.configuring and patience < timeout_s:
                self.session.hurry()
                await self._flush()
            return []
        now = self._monotonic()
        self.heard_at = now
        found = self.session.receive(data)
        for event in found:
            self._note(event, now)
        await self._flush()
        return found

    async def ping(self) -> bool:
        """Send a harmless question to time its answer; False when the session has none to ask."""
        if not self.session.ping():
            return False
        await self._flush()
        self.pinged_at = self._monotonic()
        return True

    async def close(self) -> None:
        """Let the connection go."""
        await self.transport.close()

    async def _flush(self) -> None:
        for message in self.session.outgoing():
            self._sent_at[message.step] = self._monotonic()
            await self.transport.send(message.data)

    def _note(self, event: events.Event, now: float) -> None:
        """Keep what an event says."""
        match event:
            case events.Encrypted():
                self.encrypted = event
                self._ended("noise", now)
            case events.Configured():
                self.version_mask = event.version_mask
                self._ended("configure", now)
                self.rtt_s = self.step_s["configure"]
            case events.VersionMaskSet():
                self.version_mask = event.mask
            case events.Subscribed():
                self._ended("subscribe", now)
            case events.ExtranonceSet():
                self.extranonce1, self.extranonce2_size = event.extranonce1, event.extranonce2_size
            case events.Authorized():
                self.authorized = True
                self._ended("authorize", now)
            case events.Refused(step="authorize"):
                self.authorized = False
                self._ended("authorize", now)
            case events.DifficultySet():
                self.difficulty = event.difficulty
            case events.JobReceived():
                self.job = event.job
                if self.first_job_s is None:
                    self.first_job_s = now - self.opened_at
            case events.ReconnectAsked():
                self.asked_to_reconnect = f"{event.host or self.endpoint.host}:{event.port or self.endpoint.port}"
            case events.MessageShown():
                self.message = event.text
            case events.Echoed() if self.pinged_at is not None:
                self.rtt_s = now - self.pinged_at
                self.pinged_at = None
            case _:
                pass

    def _ended(self, step: events.Step, now: float) -> None:
        self.step_s[step] = now - self._sent_at.get(step, self.opened_at)


async def establish(
    endpoint: Endpoint,
    *,
    user: str | None,
    password: str | None,
    policy: TlsPolicy,
    until: float,
    monotonic: Callable[[], float],
    wall: Callable[[], float] = time.time,
    learned: dict[int, int] | None = None,
) -> tuple[Connection, list[events.Event]]:
    """Connect and begin the session; give the connection with the events of its subscription.

    Returns when the subscription is answered, whichever way, or when the clock reaches `until`. A pool that hangs up
    on `mining.configure` is asked once more without it. Raises what `transport.connect` and `next_events` raise.
    """
    configure = True
    while True:
        begun = monotonic()
        transport = await connect(endpoint, policy=policy, timeout_s=until - begun, monotonic=monotonic)
        session = _session(endpoint, user=user, password=password, configure=configure, learned=learned, now=wall())
        connection = Connection(endpoint, session=session, transport=transport, opened_at=begun, monotonic=monotonic)
        try:
            return connection, await _subscribe(connection, until=until, monotonic=monotonic)
        except (Closed, Reset) as error:
            await connection.close()
            error.heard = session.heard
            if not configure or not session.configuring or session.heard:
                raise
            configure = False
        except BaseException:
            await connection.close()
            raise


async def _subscribe(connection: Connection, *, until: float, monotonic: Callable[[], float]) -> list[events.Event]:
    found: list[events.Event] = []
    while not connection.session.subscribed and (left := until - monotonic()) > 0:
        found += await connection.next_events(left)
        if any(isinstance(event, events.Refused) and event.step != "configure" for event in found):
            break
    return found


def _session(
    endpoint: Endpoint,
    *,
    user: str | None,
    password: str | None,
    configure: bool,
    learned: dict[int, int] | None,
    now: float,
) -> Session:
    """Make the session that the endpoint's protocol wants; the cryptography of V2 is imported only for it."""
    if endpoint.protocol == "sv1":
        return v1.Session(user=user, password=password, configure=configure, learned=learned)
    from collectors.pools.v2.session import Session as EncryptedSession

    return EncryptedSession(
        host=endpoint.host, port=endpoint.port, authority=endpoint.authority, now=now, user=user, learned=learned
    )
