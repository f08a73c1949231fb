"""How to reach the site's MQTT broker: for the signals that come from it and for the states that go to it."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec

from config.model import Mqtt
from config.secret import resolve

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 10.0
KEEPALIVE_S = 30
MOST_INCOMING = 1_000


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """One broker, with everything read that a connection needs; `tls` is None for plain TCP.

    `tls_files` is a digest of the files that `tls` was made of, by which a renewed certificate is told.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    tls_files: str = ""

    def is_reached_like(self, other: "Broker") -> bool:
        """Tell whether a connection to the other one would be made with the same address, login and certificates."""
        return msgspec.structs.replace(self, tls=None) == msgspec.structs.replace(other, tls=None)

    @asynccontextmanager
    async def session(self, identifier: str, *, will: aiomqtt.Will | None = None) -> AsyncIterator[aiomqtt.Client]:
        """Connect for as long as the block lasts; raises aiomqtt.MqttError and OSError.

        Identifiers of sessions that live at the same time must differ: the broker ends the older one.
        """
        client = self._client(identifier, will=will)
        try:
            async with client:
                yield client
        finally:
            await client.let_go()

    def _client(self, identifier: str, *, will: aiomqtt.Will | None) -> "_Client":
        return _Client(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            identifier=identifier,
            will=will,
            clean_session=True,
            timeout=ANSWER_TIMEOUT_S,
            keepalive=KEEPALIVE_S,
            tls_context=self.tls,
            max_queued_incoming_messages=MOST_INCOMING,
        )


class _Client(aiomqtt.Client):
    """A client that leaves nothing behind.

    aiomqtt connects in a thread that nothing can stop, and keeps the socket and a task when the broker takes the
    connection but never answers, or when it is told to stop meanwhile. It has no public way out of that.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._is_idle = threading.Event()
        self._is_idle.set()
        # A broker that drops packets must not delay the daemon's end for longer.
        self._client.connect_timeout = CONNECT_TIMEOUT_S

    def _client_connect(self) -> None:
        self._is_idle.clear()
        try:
            super()._client_connect()
        finally:
            self._is_idle.set()

    async def let_go(self) -> None:
        """Close whatever is open still."""
        if not self._is_idle.is_set():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._is_idle.wait, CONNECT_TIMEOUT_S + 1.0)
            await asyncio.sleep(0)  # what the thread has left for the loop to do
        self._client._sock_close()  # noqa: SLF001


def broker(settings: Mqtt, *, base: str | Path) -> Broker:
    """Read what a connection needs; relative paths of secrets start at `base`. Blocks.

    Raises SecretError for the password, and OSError (ssl.SSLError among them) for certificates.
    """
    return Broker(
        host=settings.host,
        port=settings.broker_port,
        username=settings.username,
        password=None if settings.password is None else resolve(settings.password, base=base),
        tls=_tls(settings),
        tls_files=_digest(settings),
    )


def _digest(settings: Mqtt) -> str:
    wanted = settings.tls
    named = () if wanted is None else (wanted.ca, wanted.certificate, wanted.key)
    return " ".join(sha256(Path(file).read_bytes()).hexdigest() if file else "-" for file in named)


def _tls(settings: Mqtt) -> ssl.SSLContext | None:
    wanted = settings.tls
    if wanted is None:
        return None
    context = ssl.create_default_context(cafile=wanted.ca)
    if wanted.certificate is not None and wanted.key is not None:
        context.load_cert_chain(wanted.certificate, wanted.key)
    if wanted.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
