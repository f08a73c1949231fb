"""What a peer's first bytes tell of the protocol that it speaks instead of the one asked for. Pure.

A port that speaks something else is the commonest mistake in a pool's URL, and from the outside looks like any other
broken connection; its first bytes mostly tell.
"""

from typing import Literal

from collectors.pools.events import words

Spoken = Literal["http", "tls", "stratum v1", "stratum v2", "other"]

ANSWER_BYTES = 234  # what a Stratum V2 server answers to any 64 bytes (see `v2.noise`)
OPENING_BYTES = 256
REMEDIES: dict[Spoken, str] = {
    "http": "this port speaks HTTP: it is a web page, look for the Stratum port",
    "tls": "this port speaks TLS: try stratum+ssl://",
    "stratum v1": "this port speaks Stratum V1: try stratum+tcp://",
    "stratum v2": "this port speaks Stratum V2: try stratum2+tcp://, with the pool's authority key",
}

_TLS_ALERT = (b"\x15\x03", b"\x00\x02")  # type and major version, then, after the minor one, the length
_BINARY = bytes(sorted(set(range(1, 32)) - set(b"\t\n\r")))
_LEAST_TEXT = 20


def spoken_in(opening: bytes) -> Spoken | None:
    """Name the protocol of a peer's first bytes; None while they may still be of any.

    Lines of JSON are `stratum v1`; binary that is neither TLS nor the length of a V2 answer is `other`.
    """
    text = opening.lstrip(b" \t\r\n\0")
    if text.startswith((b"HTTP/", b"<!DOCTYPE", b"<html")):
        return "http"
    if (opening[:2], opening[3:5]) == _TLS_ALERT:
        return "tls"
    if is_binary(opening):
        return "stratum v2" if len(opening) == ANSWER_BYTES else "other"
    return "stratum v1" if text.startswith(b"{") and len(text) >= _LEAST_TEXT and text.isascii() else None


def is_binary(data: bytes) -> bool:
    """Say whether bytes hold control characters that no text has; NUL is not counted, some servers pad with it."""
    return len(data.translate(None, _BINARY)) != len(data)


def remedy(spoken: Spoken, opening: bytes = b"") -> str:
    """Say what to do about a port that speaks something else; quotes what it said where that is no known protocol."""
    return REMEDIES.get(spoken) or f"this port speaks no Stratum: it began with {_quoted(opening)}"


def _quoted(opening: bytes) -> str:
    return f"the bytes {opening[:16].hex(' ')}" if is_binary(opening) else repr(words(opening[:80].decode("latin-1")))
