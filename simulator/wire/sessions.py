"""Logins of web interfaces: a password opens a session, and what the session is known by comes with later requests.

How a family carries it (cookie, bearer token, a header of its own) is the family's; this checks and remembers.
"""

import hashlib
import hmac
import http.cookies
from collections.abc import Callable
from urllib.parse import parse_qsl

import orjson

from simulator.wire.http import WebRequest

_MOST = 16


class Sessions:
    """The open sessions of one device: signed by its secret, good for `life_s`, the oldest dropped for one too many."""

    __slots__ = ("_count", "_life_s", "_now", "_opened", "_secret", "_wanted")

    def __init__(
        self, *, username: str, password: str, secret: str, now: Callable[[], float], life_s: float = 3600.0
    ) -> None:
        self._wanted = (username, password)
        self._secret = secret.encode()
        self._now = now
        self._life_s = life_s
        self._opened: dict[str, float] = {}
        self._count = 0

    def open(self, username: object, password: object) -> str | None:
        """Open a session and give its token of 32 hexadecimal digits; None for a wrong name or password."""
        if (username, password) != self._wanted:
            return None
        self._count += 1
        token = hmac.new(self._secret, f"session {self._count}".encode(), hashlib.sha256).hexdigest()[:32]
        self._opened[token] = self._now()
        if len(self._opened) > _MOST:
            del self._opened[next(iter(self._opened))]
        return token

    def open_by_password(self, password: object) -> str | None:
        """Open a session where only a password is asked for."""
        return self.open(self._wanted[0], password)

    def holds(self, token: str | None) -> bool:
        """Tell whether a token is that of a session which is still open."""
        opened_at_s = self._opened.get(token or "")
        return opened_at_s is not None and self._now() - opened_at_s <= self._life_s

    def close_all(self) -> None:
        """Forget every session, as a restart does."""
        self._opened.clear()


def bearer(request: WebRequest) -> str | None:
    """Give the token of `Authorization: Bearer …`; None where there is no such header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cookie(request: WebRequest, name: str) -> str | None:
    """Give a cookie's value; None where it was not sent."""
    try:
        found = http.cookies.SimpleCookie(request.headers.get("cookie", "")).get(name)
    except http.cookies.CookieError:
        return None
    return None if found is None else found.value


def form(request: WebRequest) -> dict[str, str]:
    """Give the fields of a form in the body."""
    return dict(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))


def query(request: WebRequest) -> dict[str, str]:
    """Give the fields behind the path."""
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def document(request: WebRequest) -> dict[str, object]:
    """Give the JSON object in the body; an empty one when it is none."""
    try:
        found = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
