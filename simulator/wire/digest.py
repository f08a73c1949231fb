"""HTTP digest (RFC 7616, MD5, qop=auth) as stock miners do it: signed nonces that grow stale, counted uses."""

import hashlib
import hmac
import re

from simulator.wire.http import WebAnswer, WebRequest

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')


class DigestGuard:
    """Lets requests of one user pass, and tells the others what to compute.

    A nonce is the time it was made and a signature, so none need be remembered but the newest one's highest count.
    """

    __slots__ = ("_challenges", "_life_s", "_newest", "_password", "_realm", "_secret", "_username")

    def __init__(self, *, realm: str, username: str, password: str, secret: str, life_s: float) -> None:
        self._realm = realm
        self._username = username
        self._password = password
        self._secret = secret.encode()
        self._life_s = life_s
        self._newest = ("", 0)
        self._challenges = 0

    def challenge(self, request: WebRequest, *, now: float) -> WebAnswer | None:
        """Give None when the request may pass, else the 401 to answer with."""
        scheme, _, fields = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "digest":
            return self.refuse(now, stale=False)
        said = {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(fields)}
        if said.get("uri") != request.target or not self._right(said, request.method):
            return self.refuse(now, stale=False)
        if not self._fresh(said, now):
            return self.refuse(now, stale=True)
        return None

    def _right(self, said: dict[str, str], method: str) -> bool:
        if said.get("realm") != self._realm or said.get("username") != self._username or said.get("qop") != "auth":
            return False
        secret = _md5(f"{self._username}:{self._realm}:{self._password}")
        asked = _md5(f"{method}:{said['uri']}")
        nonce, count, own = (said.get(name, "") for name in ("nonce", "nc", "cnonce"))
        return hmac.compare_digest(_md5(f"{secret}:{nonce}:{count}:{own}:auth:{asked}"), said.get("response", ""))

    def _fresh(self, said: dict[str, str], now: float) -> bool:
        nonce, count = said["nonce"], said.get("nc", "")
        made, _, signature = nonce.partition(":")
        if not hmac.compare_digest(self._sign(made), signature) or not re.fullmatch(r"[0-9a-f]{8}", count):
            return False
        if now - int(made.partition(".")[0], 16) > self._life_s:
            return False
        newest, highest = self._newest
        if nonce == newest and int(count, 16) <= highest:
            return False
        self._newest = (nonce, int(count, 16))
        return True

    def refuse(self, now: float, *, stale: bool) -> WebAnswer:
        """Give a 401 with a new nonce; `stale` says that the old one was right but has had its time."""
        self._challenges += 1
        made = f"{int(now):x}.{self._challenges:x}"
        value = f'Digest realm="{self._realm}", nonce="{made}:{self._sign(made)}", qop="auth", algorithm=MD5'
        return WebAnswer(
            status=401,
            kind="text/html",
            headers=(("WWW-Authenticate", value + (", stale=true" if stale else "")),),
            body=b"<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>",
        )

    def _sign(self, made: str) -> str:
        return hmac.new(self._secret, made.encode(), hashlib.sha256).hexdigest()[:32]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
