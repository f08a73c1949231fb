"""What a pool session tells its driver, the same for both protocols; no sockets here."""

from typing import Any, Literal

import msgspec

from collectors.pools.job import Job

Step = Literal["noise", "setup", "configure", "subscribe", "authorize", "ping", "answer"]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Bytes to send, and which step they begin; the driver times the step from the moment they are sent."""

    step: Step
    data: bytes


class Encrypted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The Noise handshake is done; `authenticated` is False when there was no authority key to verify against.

    `server_key` is the server's static x-only key in hex, `valid_until` the epoch time at which its certificate ends.
    """

    authenticated: bool
    server_key: str
    valid_until: int


class Configured(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool answered what it can do; `version_mask` is None when version rolling was refused."""

    version_mask: str | None


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The subscription (V2: the connection's set-up) was answered."""


class ExtranonceSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool told its part of the extranonce, in hex, and the size of ours in bytes; valid from the next job."""

    extranonce1: str
    extranonce2_size: int


class Authorized(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool accepted the user."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool refused a step, with its own words."""

    step: Step
    message: str


class DifficultySet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Shares count from this difficulty on, beginning with the next job."""

    difficulty: float


class VersionMaskSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """These bits of the version may be rolled, in hex."""

    mask: str


class JobReceived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job came."""

    job: Job


class JobGarbled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job came that cannot be read."""

    message: str


class ReconnectAsked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool asks for a new connection: to `host` and `port` where it named them, after `wait_s` seconds."""

    host: str | None
    port: int | None
    wait_s: float


class MessageShown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool has words for the operator."""

    text: str


class Questioned(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool asked something and was answered."""

    method: str


class Echoed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The harmless question of `ping` was answered."""


class Ended(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool closed the channel, with its own word for why; nothing more will come on this connection."""

    reason: str


class Junk(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something came that is no message of the protocol; `sample` is its beginning."""

    sample: str


Event = (
    Encrypted
    | Configured
    | Subscribed
    | ExtranonceSet
    | Authorized
    | Refused
    | DifficultySet
    | VersionMaskSet
    | JobReceived
    | JobGarbled
    | ReconnectAsked
    | MessageShown
    | Questioned
    | Echoed
    | Ended
    | Junk
)


def words(value: Any) -> str:
    """Make a short, printable text of anything that a pool sent."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(character if character.isprintable() else "?" for character in text[:200])
