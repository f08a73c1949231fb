"""Ask a page openly first, and log in only where the device wants it.

Many web interfaces show their figures to anyone and keep the rest behind a login, differently from one firmware
version to the next. Asking openly first gives what is open without any credentials.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from collectors.target import Ask

_LOCKED = frozenset((401, 403))
_LOCKED_S = 600.0

LogIn = Callable[[Ask], Awaitable[Mapping[str, str]]]


async def asked(
    ask: Ask,
    method: str,
    path: str,
    *,
    login: LogIn,
    port: str = "http",
    query: Mapping[str, str] | None = None,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    share: float = 1.0,
) -> Any:
    """Give the decoded JSON of a page, None where there is none; Denied when it wants a login that fails.

    A page that wanted a login is not asked openly again for a while; a session, once there, serves every page.
    `share` is how much of the remaining time the open question may take.
    """
    locked: dict[str, float] = ask.memory.setdefault("locked", {})
    if "session" not in ask.memory and ask.loop.time() >= locked.get(path, 0.0):
        answer = await ask.fetch(method, path, port=port, query=query, json=json, form=form, share=share)
        if answer.status not in _LOCKED:
            return ask.judged(answer, path=path)
        locked[path] = ask.loop.time() + _LOCKED_S
    return await ask.authorised(method, path, login=login, port=port, query=query, json=json, form=form)


async def got(ask: Ask, path: str, *, login: LogIn, port: str = "http", query: Mapping[str, str] | None = None) -> Any:
    """GET a page as `asked` does."""
    return await asked(ask, "GET", path, login=login, port=port, query=query)


async def got_seldom(ask: Ask, path: str, *, login: LogIn, every_s: float = 600.0, port: str = "http") -> Any:
    """GET a page that rarely changes; None when it failed or does not exist."""

    async def fetch() -> Any:
        return await got(ask, path, login=login, port=port)

    return await ask.seldom(f"GET {path}", fetch, every_s=every_s, port=port)
