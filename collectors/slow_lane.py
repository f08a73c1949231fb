"""What a device is asked seldom: answers that rarely change are kept between polls, and failures wait as long.

A part of every conversation (`collectors.target.Ask`), in which it spends at most half of the time that is left.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from collectors import cgminer
from collectors.errors import CollectError, Denied, TimedOut, Unreachable
from collectors.value import Fields

if TYPE_CHECKING:
    from collectors.login import Login
    from collectors.target import Auth, Target

SLOW_LANE_S = 600.0
_JITTER = 0.1
_NEVER: tuple[float, Any] = (0.0, None)
DUE = object()
"""What `SlowLane.kept` gives when the device has to be asked."""


class _Taken(NamedTuple):
    """What was made of a kept answer, in its place."""

    value: Any
    unread: tuple[str, ...]


class SlowLane:
    """The seldom questions of a conversation, on top of its own rpc, framed and HTTP."""

    __slots__ = ()

    if TYPE_CHECKING:
        target: Target
        memory: dict[str, Any]
        fields: Fields
        loop: asyncio.AbstractEventLoop

        @property
        def login(self) -> Login:
            """Give the credentials of this poll."""
            ...

        def warn(self, key: str, words: str | None) -> None:
            """Note what went wrong with an optional part of the poll."""
            ...

        async def rpc(self, command: str, *, port: str = "api") -> dict[str, Any]:
            """Send one cgminer command."""
            ...

        async def framed(self, command: str, *, parameter: str | None = None, port: str = "framed") -> dict[str, Any]:
            """Send one length-prefixed command."""
            ...

        async def get(self, path: str, *, port: str = "http", auth: Auth = "none") -> Any:
            """GET a page."""
            ...

        def _within(self, share: float) -> AbstractContextManager[None]: ...

    def kept(self, key: str, *, port: str = "http") -> Any:
        """Give at once what `seldom` would give without asking the device; `DUE` when it would ask."""
        noted = self.memory.get("seldom")
        due_at, value = noted.get(key, _NEVER) if noted else _NEVER
        now = self.loop.time()
        if now < due_at:
            return value
        aside = self.memory.get("aside")
        return value if aside and now < aside.get(port, 0.0) else DUE

    def kept_taken(self, key: str, take: Callable[[Fields, Any], Any], *, port: str = "http") -> Any:
        """Give at once what `seldom_taken` would give without asking the device; `DUE` when it would ask."""
        noted = self.memory.get("seldom")
        if noted and key in noted:
            due_at, value = noted[key]
            if type(value) is _Taken and not value.unread and self.loop.time() < due_at:
                # nearly every poll ends here
                return value.value
        value = self.kept(key, port=port)
        return value if value is DUE else self._take(key, value, take)

    async def seldom_taken(
        self,
        key: str,
        fetch: Callable[[], Awaitable[Any]],
        take: Callable[[Fields, Any], Any],
        *,
        every_s: float = SLOW_LANE_S,
        port: str = "http",
    ) -> Any:
        """Give what `take` makes of what `seldom` would give; that is kept, and the answer itself let go.

        What could not be read in the answer counts as unread at every poll, as if it had been taken at each.
        """
        return self._take(key, await self.seldom(key, fetch, every_s=every_s, port=port), take)

    def _take(self, key: str, value: Any, take: Callable[[Fields, Any], Any]) -> Any:
        if type(value) is not _Taken:
            fields = Fields()
            value = _Taken(take(fields, value), fields.unread)
            noted = self.memory.setdefault("seldom", {})
            # what was never asked, because its port was left alone, stays due
            noted[key] = (noted.get(key, _NEVER)[0], value)
        for name in value.unread:
            self.fields.missed(name)
        return value.value

    async def seldom(
        self, key: str, fetch: Callable[[], Awaitable[Any]], *, every_s: float = SLOW_LANE_S, port: str = "http"
    ) -> Any:
        """Give what `fetch` last answered, asking again only after `every_s`; None while it never answered.

        A failure keeps the old answer, is noted in `warnings`, and is not repeated before its time either. It may
        take at most half of the time that is left, so that it cannot cost the poll its reading. A port that swallowed
        a request is left alone for a while by all that name it.
        """
        value = self.kept(key, port=port)
        if value is not DUE:
            return value
        value = self.memory.get("seldom", {}).get(key, _NEVER)[1]
        now = self.loop.time()
        try:
            with self._within(0.5):
                value = await fetch()
            self.warn(key, None)
        except Denied:
            # the same words for every page that wants them
            self.warn(key, self.login.denial)
        except CollectError as error:
            self.warn(key, f"{key}: {error}")
            if isinstance(error, (TimedOut, Unreachable)):
                self.memory.setdefault("aside", {})[port] = now + SLOW_LANE_S
        self.remember(key, value, for_s=every_s)
        return value

    def remember(self, key: str, value: Any, *, for_s: float = SLOW_LANE_S) -> None:
        """Keep an answer for `seldom`; devices differ a little in how long, so that they do not all ask at once."""
        spread = 1.0 - _JITTER + 2 * _JITTER * (crc32(self.target.host.encode()) & 0xFFFF) / 0xFFFF
        self.memory.setdefault("seldom", {})[key] = (self.loop.time() + for_s * spread, _shared(value))

    def forget(self) -> None:
        """Ask again at once for all that is asked seldom."""
        self.memory.pop("seldom", None)
        self.memory.pop("unknown", None)

    async def seldom_rpc(self, command: str, *, every_s: float = SLOW_LANE_S, port: str = "api") -> dict[str, Any]:
        """Give the answer of a cgminer command that rarely changes; an empty one when it was refused or failed."""

        async def fetch() -> Any:
            return await self.rpc(command, port=port)

        reply = await self.seldom(f"rpc {command}", fetch, every_s=every_s, port=port)
        return {} if not isinstance(reply, dict) or cgminer.is_refusal(reply) else reply

    async def seldom_framed(
        self, command: str, *, parameter: str | None = None, every_s: float = SLOW_LANE_S, port: str = "framed"
    ) -> dict[str, Any]:
        """Give the answer of a length-prefixed command that rarely changes; an empty one when it failed."""

        async def fetch() -> Any:
            return await self.framed(command, parameter=parameter, port=port)

        key = f"framed {command}" if parameter is None else f"framed {command} {parameter}"
        reply = await self.seldom(key, fetch, every_s=every_s, port=port)
        return reply if isinstance(reply, dict) else {}

    async def seldom_get(
        self, path: str, *, auth: "Auth" = "none", every_s: float = SLOW_LANE_S, port: str = "http"
    ) -> Any:
        """Give the JSON of a page that rarely changes; None when it failed or does not exist."""

        async def fetch() -> Any:
            return await self.get(path, auth=auth, port=port)

        return await self.seldom(f"GET {path}", fetch, every_s=every_s, port=port)


def _shared(value: Any) -> Any:
    """Let equal texts of decoded answers be one: a site has thousands of devices of the same model and firmware."""
    if type(value) is str:
        return sys.intern(value)
    if type(value) is dict:
        for key, inner in value.items():
            value[key] = _shared(inner)
    elif type(value) is list:
        value[:] = map(_shared, value)
    return value
