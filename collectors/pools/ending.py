"""How a connection to a pool comes to its end, by bounded reasons."""

from typing import NoReturn

import msgspec

from collectors.errors import CollectError, Denied, TimedOut, Unsupported
from collectors.pools import events
from collectors.pools.state import RECONNECT_REASONS, ReconnectReason
from collectors.pools.transport import Closed

_BY_LABEL: dict[str, ReconnectReason] = {reason: reason for reason in RECONNECT_REASONS}


class Silent(TimedOut):
    """The pool keeps the connection and says nothing; look at the pool's status page, then at the way to it."""

    label = "silent"


class Ending(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a connection is over, and how long it lived; `planned` endings are no outages."""

    reason: ReconnectReason
    detail: str
    planned: bool = False
    lived_s: float = 0.0


def ending_of(error: CollectError, *, lived_s: float = 0.0) -> Ending:
    """Name an error by its bounded label; `failed` for what is our own fault."""
    label = getattr(error, "label", error.reason)
    return Ending(reason=_BY_LABEL.get(label, "failed"), detail=str(error), lived_s=lived_s)


def raise_refusals(found: list[events.Event]) -> None:
    """Raise what a refusal means: Denied for the user and for a V1 subscription, Unsupported for a V2 set-up.

    A V2 server refuses the set-up only for its protocol, version or features. Closed when the pool ended the channel.
    A refused `mining.configure` is no obstacle.
    """
    for event in found:
        if isinstance(event, events.Refused) and event.step == "setup":
            raise Unsupported(f"the pool does not serve miners like this: {event.message}")
        if isinstance(event, events.Refused) and event.step != "configure":
            raise Denied(f"the pool refused to {event.step}: {event.message}")
        if isinstance(event, events.Ended):
            raise Closed(f"the pool closed the channel: {event.reason}")


def raise_late(what: str, *, after_s: float) -> NoReturn:
    """Raise TimedOut for something that did not come."""
    raise TimedOut(f"no {what} within {after_s:g} s")
