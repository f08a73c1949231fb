"""The page's server as the configuration wants it: started once, brought in line by every reload.

Token, names, the leave to reload and the certificate follow a reload. An address that is to be another, and the
ledger's place, wait for a restart, and are said to wait.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from config.load import Loaded
from config.model import SiteConfig
from config.secret import SecretError, resolve
from daemon.start import StartError
from daemon.web.events import Events
from daemon.web.server import Server, Source, tls_context

log = logging.getLogger(__name__)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What the server needs from files: the token, and the proof that the certificate can be used."""

    token: str | None
    tls: ssl.SSLContext | None


class Front:
    """Owns the server; `waiting` names what was changed in the file and is in force only after a restart."""

    def __init__(
        self, loaded: Loaded, *, source: Source, events: Events, reload: Callable[..., Awaitable[list[str]]]
    ) -> None:
        self._begun = loaded.config
        self._source = source
        self._events = events
        self._reload = reload
        self._server: Server | None = None
        self._access: Access | None = None
        self.waiting: list[str] = []

    @staticmethod
    def prepare(loaded: Loaded) -> Access:
        """Read token and certificate; reads files, raises StartError."""
        web = loaded.config.web
        try:
            token = resolve(web.token, base=loaded.folder) if web.token else None
            tls = tls_context(certificate=web.tls.certificate, key=web.tls.key) if web.tls else None
        except SecretError as error:
            raise StartError(f"web.token: {error}") from error
        except OSError as error:
            raise StartError(f"web.tls: {error.strerror or error}") from error
        return Access(token=token, tls=tls)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen until the block ends, as it was last taken; gives the address, raises StartError."""
        web = self._begun.web
        if self._server is None or self._access is None:
            raise RuntimeError("nothing has been taken yet")
        async with AsyncExitStack() as stack:
            server = self._server.serve(host=web.host, port=web.port, tls=self._access.tls)
            try:
                port = await stack.enter_async_context(server)
            except OSError as error:
                raise StartError(f"web.listen {web.listen}: {error.strerror or error}") from error
            host = f"[{web.host}]" if ":" in web.host else web.host
            yield f"{'https' if web.tls else 'http'}://{host}:{port}"

    async def take(self, loaded: Loaded, access: Access) -> None:
        """Bring the server in line with a configuration whose files were read."""
        web = loaded.config.web
        allowed = self._reload if web.reload else None
        if self._server is None or self._access is None:
            self._access = access
            self._server = Server(
                source=self._source, events=self._events, token=access.token, reload=allowed, hosts=web.hosts
            )
            return
        self.waiting = list(_waiting(self._begun, loaded.config))
        for name in self.waiting:
            log.warning("reload: %s is changed in the file, and in force after a restart", name)
        # A server that is to listen elsewhere still listens here: it must not lose its token for that.
        token = self._access.token if access.token is None and "web.listen" in self.waiting else access.token
        self._server.configure(token=token, reload=allowed, hosts=web.hosts)
        if self._access.tls is not None and web.tls is not None:
            # Who connects from now on is shown the certificate that lies there now.
            await asyncio.to_thread(self._access.tls.load_cert_chain, web.tls.certificate, web.tls.key)


def _waiting(begun: SiteConfig, now: SiteConfig) -> list[str]:
    changed = {
        "web.listen": begun.web.listen != now.web.listen,
        "web.tls": (begun.web.tls is None) != (now.web.tls is None),
        "ledger.path": begun.ledger.path != now.ledger.path,
    }
    return [name for name, is_changed in changed.items() if is_changed]
