"""Where a pool is and how to speak to it, from its URL."""

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from collectors.pools.address import base58check_decode

Protocol = Literal["sv1", "sv2"]

_SCHEMES: dict[str, tuple[Protocol, bool]] = {
    "stratum+tcp": ("sv1", False),
    "stratum+ssl": ("sv1", True),
    "stratum+tls": ("sv1", True),
    "stratum2+tcp": ("sv2", False),
}
_KEY_PREFIX = b"\x01\x00"  # version 1 of the authority key's form, little-endian
_KEY_BYTES = 32

# Labels under which countries register names: there the registrable domain has three labels.
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org", "ne", "go"})


class BadUrl(ValueError):
    """The URL does not name a pool; the message says what is wrong with it."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One pool endpoint; `authority` is the x-only key of Stratum V2's authority, 32 bytes, None when not given."""

    url: str
    protocol: Protocol
    tls: bool
    host: str
    port: int
    authority: bytes | None = None


def parse(url: str) -> Endpoint:
    """Read a pool's URL; BadUrl when it is not one.

    Schemes: `stratum+tcp`, `stratum+ssl` (or `stratum+tls`), `stratum2+tcp` with an optional authority key as its path.
    Host and port are needed; an IPv6 address stands in brackets.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrl(f"not a URL: {error}") from error
    if parts.scheme not in _SCHEMES:
        raise BadUrl(f"the scheme must be one of {', '.join(f'{name}://' for name in _SCHEMES)}")
    if not host or not port:
        raise BadUrl('host and port are needed, as in "stratum+tcp://pool.example.net:3333"')
    if parts.username is not None or parts.password is not None:
        raise BadUrl("credentials do not belong into the URL")
    protocol, tls = _SCHEMES[parts.scheme]
    path = parts.path.strip("/")
    if parts.query or parts.fragment or (path and protocol == "sv1"):
        raise BadUrl("nothing may follow the port")
    authority = authority_key(path) if path else None
    return Endpoint(url=url.strip(), protocol=protocol, tls=tls, host=host, port=port, authority=authority)


def authority_key(text: str) -> bytes:
    """Decode an authority's key; BadUrl when it is not one.

    Base58check of the version bytes 01 00 and 32 bytes of key (51 characters), or of the 32 bytes alone, as older
    pools published it.
    """
    try:
        raw = base58check_decode(text)
    except ValueError as error:
        raise BadUrl(f"the authority key is not base58check: {error}") from error
    if len(raw) == len(_KEY_PREFIX) + _KEY_BYTES and raw.startswith(_KEY_PREFIX):
        return raw[len(_KEY_PREFIX) :]
    if len(raw) == _KEY_BYTES:
        return raw
    raise BadUrl("the authority key is not 32 bytes")


def plain(endpoint: Endpoint) -> Endpoint:
    """Give the same host and port over plain TCP."""
    return msgspec.structs.replace(endpoint, protocol="sv1", tls=False, authority=None)


def secured(endpoint: Endpoint) -> Endpoint:
    """Give the same host and port over TLS."""
    return msgspec.structs.replace(endpoint, protocol="sv1", tls=True, authority=None)


def same_site(first: str, second: str) -> bool:
    """Say whether two hosts belong to one owner, as far as names tell: equal, or under one registrable domain."""
    return first.lower().rstrip(".") == second.lower().rstrip(".") or (
        not _is_address(first) and not _is_address(second) and _registrable(first) == _registrable(second) != ""
    )


def _registrable(host: str) -> str:
    """Give the part of a name that is registered, by the usual shape of names; empty for a single label."""
    labels = host.lower().rstrip(".").split(".")
    if len(labels) < 2:
        return ""
    depth = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-depth:]) if len(labels) >= depth else ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
