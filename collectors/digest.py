"""HTTP digest authentication (RFC 7616): MD5 and SHA-256, with or without `qop=auth`.

A `Challenge` is kept per device and its nonce is sent ahead with the next request, which saves the round that ends
in 401. A wrong password costs a device two requests and is then remembered by the caller.
"""

import hashlib
import re
import secrets
from collections.abc import Callable

_PARAMETER = re.compile(r'([a-zA-Z-]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"|([^\s,"]++))', re.DOTALL)
_DIGEST = re.compile(r"(?:^|[\s,])digest\s", re.IGNORECASE)
_HASHES: dict[str, Callable[[bytes], str]] = {
    # the device chooses the hash; this is its protocol, not our security
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


class Challenge:
    """One nonce of one device, and how often it was used."""

    __slots__ = ("_algorithm", "_nonce_count", "_opaque", "_qop", "is_stale", "nonce", "realm")

    def __init__(
        self, *, realm: str, nonce: str, algorithm: str, qop: str | None, opaque: str | None, is_stale: bool
    ) -> None:
        self.realm = realm
        self.is_stale = is_stale
        self.nonce = nonce
        self._algorithm = algorithm
        self._qop = qop
        self._opaque = opaque
        self._nonce_count = 0

    def authorization(self, method: str, path: str, *, username: str, password: str) -> str:
        """Give the Authorization header for the next request with this nonce."""
        base = self._algorithm.removesuffix("-SESS")
        digest = _HASHES[base]
        self._nonce_count += 1
        count = f"{self._nonce_count:08x}"
        cnonce = secrets.token_hex(8)
        secret = digest(f"{username}:{self.realm}:{password}".encode())
        if base != self._algorithm:
            secret = digest(f"{secret}:{self.nonce}:{cnonce}".encode())
        request = digest(f"{method}:{path}".encode())
        if self._qop:
            response = digest(f"{secret}:{self.nonce}:{count}:{cnonce}:auth:{request}".encode())
        else:
            response = digest(f"{secret}:{self.nonce}:{request}".encode())
        parts = [
            f'username="{_quoted(username)}"',
            f'realm="{_quoted(self.realm)}"',
            f'nonce="{_quoted(self.nonce)}"',
            f'uri="{_quoted(path)}"',
            f'response="{response}"',
            f"algorithm={base}{'-sess' if base != self._algorithm else ''}",
        ]
        if self._opaque is not None:
            parts.append(f'opaque="{_quoted(self._opaque)}"')
        if self._qop:
            parts += ["qop=auth", f"nc={count}", f'cnonce="{cnonce}"']
        return "Digest " + ", ".join(parts)


def challenge(header: str | None) -> Challenge | None:
    """Read the strongest digest challenge of a WWW-Authenticate header; None when it offers none that we can."""
    found: Challenge | None = None
    for part in _DIGEST.split(header or "")[1:]:
        values = {key.lower(): quoted.replace('\\"', '"') or bare for key, quoted, bare in _PARAMETER.findall(part)}
        algorithm = values.get("algorithm", "MD5").upper()
        offered = [word.strip() for word in values.get("qop", "").split(",") if word.strip()]
        if (
            "nonce" not in values
            or algorithm.removesuffix("-SESS") not in _HASHES
            or (offered and "auth" not in offered)
        ):
            continue
        if found is not None and not algorithm.startswith("SHA"):
            continue
        found = Challenge(
            realm=values.get("realm", ""),
            nonce=values["nonce"],
            algorithm=algorithm,
            qop="auth" if offered else None,
            opaque=values.get("opaque"),
            is_stale=values.get("stale", "").lower() == "true",
        )
    return found


def realm(header: str | None) -> str | None:
    """Give the realm of a WWW-Authenticate header, whatever its scheme; None when it names none."""
    for key, quoted, bare in _PARAMETER.findall(header or ""):
        if key.lower() == "realm":
            return str(quoted or bare)
    return None


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
