"""A device to ask, what is remembered of it between polls, and the conversation of one poll.

One request is under way per device at any time, each on its own connection, all within the poll's deadline. Every
request is held against the family's list of reading requests before it is sent.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

import orjson

from collectors import cgminer, digest, joined, web
from collectors.errors import CollectError, Denied, Garbled
from collectors.jsontext import decode_object
from collectors.login import Attempt, KnownLogin, Login
from collectors.slow_lane import SlowLane
from collectors.value import Fields
from collectors.wire import FrameEnding, exchange

_NO_PAGE = frozenset((400, 404, 405, 410, 501))
Answer = TypeVar("Answer")
_DENIALS = frozenset((401, 403))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
Auth = Literal["none", "digest"]


class Target:
    """One device: where it is, what opens it, and what it taught us.

    `ports` overrides the family's ports by name. `memory` is kept between polls and belongs to the collectors.
    `logins` are those that it shares with others; its own, `username` and `password`, come first. `try_defaults`
    allows whatever its family is delivered with. `attempts` holds what came of guesses, and outlives `memory`;
    `attempted` is told of each.
    """

    __slots__ = (
        "attempted",
        "attempts",
        "host",
        "logins",
        "memory",
        "own_refusals",
        "own_refused_at",
        "password",
        "ports",
        "try_defaults",
        "username",
    )

    def __init__(
        self,
        host: str,
        *,
        ports: Mapping[str, int] | None = None,
        username: str | None = None,
        password: str | None = None,
        logins: Iterable[KnownLogin] = (),
        try_defaults: bool = False,
    ) -> None:
        self.host = host
        self.logins = tuple(logins)
        self.own_refused_at: float | None = None
        self.own_refusals = 0
        self.attempts: dict[str, Attempt] = {}
        self.attempted: Callable[[Target], None] | None = None
        self.ports = dict(ports or {})
        self.username = username
        self.password = password
        self.try_defaults = try_defaults
        self.memory: dict[str, Any] = {}


class Ask(SlowLane):
    """The conversation of one poll; `fields` takes its values and keeps the names of unreadable ones."""

    __slots__ = (
        "_family",
        "_login",
        "_ports",
        "_requests",
        "_until",
        "_vendor",
        "failure",
        "fields",
        "has_answered",
        "loop",
        "memory",
        "target",
    )

    def __init__(
        self,
        target: Target,
        *,
        ports: Mapping[str, int],
        requests: Collection[str],
        timeout_s: float,
        credentials: tuple[tuple[str, str], ...] = (),
        family: str | None = None,
    ) -> None:
        self.target = target
        self._family = family
        self.memory = target.memory
        self.fields = Fields()
        # whether anything of meaning came back in this poll, other than from memory
        self.has_answered = False
        # what to raise when nothing is told at all
        self.failure: CollectError | None = None
        self.loop = asyncio.get_running_loop()
        self._ports = ports
        self._requests = requests if type(requests) is frozenset else frozenset(requests)
        self._until = self.loop.time() + timeout_s
        self._vendor = credentials
        self._login: Login | None = None

    @property
    def login(self) -> Login:
        """The credentials of this poll; most polls need none."""
        if self._login is None:
            self._login = Login(self.target, vendor=self._vendor, loop=self.loop, family=self._family)
        return self._login

    @property
    def remaining_s(self) -> float:
        """Seconds until the poll's deadline."""
        return self._until - self.loop.time()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What keeps a part of the answer away, in words; each stays until it goes well."""
        noted = self.memory.get("warnings")
        return tuple(dict.fromkeys(noted.values())) if noted else ()

    @property
    def has_vendor_login(self) -> bool:
        """The vendor's own credentials opened the device: anyone on its network can change it."""
        attempts = self.target.attempts
        return bool(attempts) and any(tried.opened for tried in attempts.values())

    def warn(self, key: str, words: str | None) -> None:
        """Note what went wrong with an optional part of the poll; None takes the note back."""
        if words is not None:
            self.memory.setdefault("warnings", {})[key] = words
        elif "warnings" in self.memory:
            self.memory["warnings"].pop(key, None)

    def port(self, name: str) -> int:
        """Give the number of one of the family's ports."""
        own = self.target.ports.get(name)
        return self._ports[name] if own is None else own

    # ---- the cgminer API and the framed one

    async def rpc(
        self,
        command: str,
        *,
        parameter: str | None = None,
        extra: Mapping[str, Any] | None = None,
        port: str = "api",
        share: float = 1.0,
    ) -> dict[str, Any]:
        """Send one cgminer command and give its answer, which may be a refusal (`cgminer.is_refusal`).

        `share` is how much of the remaining time it may take.
        """
        if parameter is None and extra is None:
            request = _plain_request(command, self._requests)
        else:
            self._hold(f"rpc {command}")
            request = cgminer.request(command, parameter=parameter, extra=extra)
        reply = decode_object(await self._exchange(request, port=port, share=share))
        # of a joined command each part may have been refused
        if not self.has_answered and "+" not in command:
            self.has_answered = not cgminer.is_refusal(reply)
        return reply

    async def framed(
        self, command: str, *, parameter: str | None = None, port: str = "framed", share: float = 1.0
    ) -> dict[str, Any]:
        """Send one length-prefixed command (Whatsminer 4433) and give its answer."""
        self._hold(f"framed {command}")
        question = {"cmd": command} if parameter is None else {"cmd": command, "param": parameter}
        body = orjson.dumps(question)
        frame = len(body).to_bytes(4, "little") + body
        answer = await exchange(
            self.target.host,
            port=self.port(port),
            request=frame,
            timeout_s=max(0.0, self.remaining_s * share),
            ending=FrameEnding(),
        )
        reply = decode_object(answer[4:])
        self.has_answered = self.has_answered or isinstance(reply.get("msg"), dict)
        return reply

    def commands(
        self, names: Iterable[str], *, port: str = "api", share: float = 1.0
    ) -> Awaitable[dict[str, dict[str, Any]]]:
        """Send several cgminer commands, joined in one request where the device can, and give what it answered.

        Whether joining works is remembered per device, as are commands it does not know. A refused or unreadable
        part is left out; when nothing at all can be had the last failure is raised.
        """
        asked = joined.commands(self, tuple(names), port=port)
        # no coroutine of its own where none is needed: polls come through here
        return asked if share == 1.0 else self._sharing(asked, share)

    async def _sharing(self, asked: Awaitable[Answer], share: float) -> Answer:
        with self._within(share):
            return await asked

    def _exchange(self, request: bytes, *, port: str, share: float = 1.0) -> Awaitable[bytes]:
        # no coroutine of its own: every poll comes through here
        return exchange(
            self.target.host,
            port=self.port(port),
            request=request,
            timeout_s=max(0.0, (self._until - self.loop.time()) * share),
        )

    # ---- HTTP

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        port: str = "http",
        auth: Auth = "none",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        share: float = 1.0,
    ) -> web.Answer:
        """Send one HTTP request and give its answer whatever the status, after digest authentication if wanted.

        `query` is put behind the path; secrets belong there or in the body, for the path is what is held against
        the list. A port whose name starts with `https` speaks TLS without verifying.
        """
        self._hold(f"{method} {path}")
        if auth == "digest":
            self.login.raise_if_refused()
        if query:
            path = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
        sent = dict(headers or {})
        known = self.login.challenge(port) if auth == "digest" else None
        credentials = self.login.usable() if auth == "digest" else None
        if known is not None and credentials is not None:
            self.login.note_sent()
            sent["Authorization"] = known.authorization(method, path, username=credentials[0], password=credentials[1])

        async def send() -> web.Answer:
            return await web.request(
                self.target.host,
                port=self.port(port),
                method=method,
                path=path,
                headers=sent,
                body=body,
                json=json,
                form=form,
                timeout_s=max(0.0, self.remaining_s * share),
                tls=web.device_tls() if port.startswith("https") else None,
            )

        answer = await send()
        is_answered = False  # the challenge of this very conversation
        while answer.status == 401 and auth == "digest":
            fresh = digest.challenge(answer.headers.get("www-authenticate"))
            if fresh is None or credentials is None:
                self.login.note_refused()
                return answer
            is_same = known is not None and not fresh.is_stale and fresh.nonce == known.nonce
            if is_answered or is_same:
                credentials = self.login.usable() if self.login.note_refused() else None
                if credentials is None:
                    return answer
            self.login.keep(fresh, port=port)
            self.login.note_sent()
            sent["Authorization"] = fresh.authorization(method, path, username=credentials[0], password=credentials[1])
            known, is_answered = None, True
            answer = await send()
        if is_answered:
            self.login.note_accepted()
        return answer

    async def get(
        self,
        path: str,
        *,
        port: str = "http",
        auth: Auth = "none",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """GET a page and give its decoded JSON; None when the device has no such page, Denied on 401 and 403."""
        return self.judged(await self.fetch("GET", path, port=port, auth=auth, query=query, headers=headers), path=path)

    def judged(self, answer: web.Answer, *, path: str) -> Any:
        """Give the JSON of a good answer, None when there is no such page; raise Denied or Garbled otherwise."""
        if answer.is_fine:
            document = answer.json()
            self.has_answered = True
            return document
        if answer.status in _DENIALS:
            raise Denied(f"HTTP {answer.status} for {path}: " + self.login.denial)
        if answer.status in _NO_PAGE:
            return None
        raise Garbled(f"HTTP {answer.status} for {path}")

    async def authorised(
        self,
        method: str,
        path: str,
        *,
        login: Callable[["Ask"], Awaitable[Mapping[str, str]]],
        port: str = "http",
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request with the headers that `login` gave and give its decoded JSON, None where there is no page.

        The headers (bearer token, cookie, vendor's own) are remembered per device; after a 401 or 403 `login` runs
        once more, and when that does not help the credentials are left alone for a while.
        """
        while True:
            headers = self.memory.get("session")
            is_new = headers is None
            if headers is None:
                headers = await self._log_in(login)
            answer = await self.fetch(
                method, path, port=port, headers=headers, query=query, body=body, json=json, form=form
            )
            if not _is_denial(answer):
                return self.judged(answer, path=path)
            del self.memory["session"]
            if is_new and not self.login.note_refused():
                raise Denied(f"HTTP {answer.status} for {path}: {self.login.denial}")

    async def _log_in(self, login: Callable[["Ask"], Awaitable[Mapping[str, str]]]) -> dict[str, str]:
        self.login.raise_if_refused()
        while True:
            try:
                headers = dict(await login(self))
                break
            except Denied:
                if not self.login.note_refused():
                    raise
        self.memory["session"] = headers
        self.login.note_accepted()
        return headers

    def credentials(self) -> tuple[str, str]:
        """Give user name and password for a login; raise Denied when there are none or they were just refused."""
        return self.login.required()

    @contextlib.contextmanager
    def _within(self, share: float) -> Iterator[None]:
        until, self._until = self._until, self.loop.time() + self.remaining_s * share
        try:
            yield
        finally:
            self._until = until

    def _hold(self, request: str) -> None:
        _hold(request, self._requests)


def _is_denial(answer: web.Answer) -> bool:
    """Tell a refusal for want of a login; a web page that has forgotten a session often leads to its login form."""
    if answer.status in _REDIRECTS:
        return "login" in answer.headers.get("location", "").lower()
    return answer.status in _DENIALS


def _hold(request: str, requests: frozenset[str]) -> None:
    if request in requests:
        return
    kind, _, rest = request.partition(" ")
    if kind == "rpc" and "+" in rest and all(f"rpc {part}" in requests for part in rest.split("+")):
        return
    raise RuntimeError(f"not among the reading requests of this family: {request}")


@functools.lru_cache(maxsize=1024)
def _plain_request(command: str, requests: frozenset[str]) -> bytes:
    """Hold a bare command against the list and give its bytes: what may be sent once may be sent at each poll."""
    _hold(f"rpc {command}", requests)
    return cgminer.request(command)
