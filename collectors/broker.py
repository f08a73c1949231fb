"""How to reach the site's MQTT broker: for the signals that come from it and for the states that go to it."""

import ssl
from pathlib import Path

import aiomqtt
import msgspec

from config.model import Mqtt
from config.secret import resolve

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 10.0
KEEPALIVE_S = 30
MOST_INCOMING = 1_000


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """One broker, with everything read that a connection needs; `tls` is None for plain TCP."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None

    def client(self, identifier: str, *, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
        """Make a client, to be entered once; identifiers of clients that live at the same time must differ."""
        client = aiomqtt.Client(
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
        # It connects in a thread that nothing can stop; a broker that drops packets must not delay the daemon's end.
        client._client.connect_timeout = CONNECT_TIMEOUT_S  # noqa: SLF001 - aiomqtt does not pass it on
        return client


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
    )


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
