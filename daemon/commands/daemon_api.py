"""How a command talks to the running daemon: over its own HTTP API, at the address and with the token configured."""

import asyncio
import ssl
from typing import Any, Self

import msgspec

from collectors.errors import Garbled
from collectors.web import Answer, fetch


class NotUsable(Exception):
    """The configuration does not say how to reach the daemon; the message says why."""


class ApiRefused(Exception):
    """The daemon answered, and will not; `reason` is bounded, `exit_code` the command's."""

    def __init__(self, message: str, *, reason: str, exit_code: int) -> None:
        super().__init__(message)
        self.reason = reason
        self.exit_code = exit_code


class DaemonApi(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon's API; requests block, for commands only."""

    url: str
    token: str | None = None
    tls: ssl.SSLContext | None = None
    timeout_s: float = 10.0

    @classmethod
    def from_config(cls, file: str) -> Self:
        """Find the daemon that runs with a configuration; raises NotUsable."""
        from config.load import load
        from config.problems import ConfigError
        from config.secret import SecretError, resolve

        try:
            loaded = load(file)
            web = loaded.config.web
            token = resolve(web.token, base=loaded.folder) if web.token is not None else None
        except ConfigError as error:
            raise NotUsable(f"the configuration cannot be used: {error.problems[0]}") from None
        except SecretError as error:
            raise NotUsable(str(error)) from None
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104 - to be reached, not listened on
        name = f"[{host}]" if ":" in host else host
        if web.tls is None:
            return cls(url=f"http://{name}:{web.port}", token=token)
        try:
            context = ssl.create_default_context(cafile=web.tls.certificate)
        except OSError as error:
            raise NotUsable(f"{web.tls.certificate} cannot be read: {error.strerror}") from None
        # It is the very certificate from this machine's configuration; its name is the outside's.
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return cls(url=f"https://{name}:{web.port}", token=token, tls=context)

    def get(self, path: str) -> Any:
        """Fetch a document; raises ApiRefused or CollectError."""
        return self._ask("GET", path, None)

    def post(self, path: str, document: dict[str, Any]) -> Any:
        """Send a document; raises ApiRefused or CollectError."""
        return self._ask("POST", path, document)

    def _ask(self, method: str, path: str, document: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.url + path
        answer = asyncio.run(
            fetch(
                method,
                url,
                headers=headers,
                json=document,
                timeout_s=self.timeout_s,
                max_bytes=64 << 20,
                tls=self.tls,
            )
        )
        if not answer.is_fine:
            raise _refusal(answer)
        return answer.json()


def _refusal(answer: Answer) -> ApiRefused:
    if answer.status in (401, 403):
        return ApiRefused("the daemon wants another token", reason="denied", exit_code=5)
    try:
        document = answer.json()
    except Garbled:
        document = None
    said = document.get("error") if isinstance(document, dict) else None
    message = said if isinstance(said, str) else f"the daemon answers with HTTP status {answer.status}"
    return ApiRefused(message, reason="not_found" if answer.status == 404 else "refused", exit_code=1)
