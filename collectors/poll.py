"""One poll: ask a device of a known family, and complete its reading from the model table."""

from collections.abc import Awaitable

from collectors.errors import CollectError, Garbled
from collectors.family import Family
from collectors.models import completed
from collectors.reading import Reading
from collectors.target import Ask, Target

DEFAULT_TIMEOUT_S = 10.0
# What an answer of an unforeseen shape can make of a parser. It is the device's doing, so it is Garbled, not a crash.
_SHAPE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


def collect(target: Target, family: Family, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Awaitable[Reading]:
    """Ask one device once and give its reading; raise only CollectError.

    `timeout_s` bounds the whole conversation. Between polls the target's memory keeps what need not be asked again.
    """
    ask = Ask(
        target,
        ports=family.ports,
        requests=family.requests,
        timeout_s=timeout_s,
        credentials=family.credentials,
        family=family.name,
    )
    # no coroutine of its own: every poll comes through here
    return converse(ask, family)


async def converse(ask: Ask, family: Family) -> Reading:
    """Hold one conversation and give its reading, partial where some requests failed; raise only CollectError.

    A reading stands when the device answered something of meaning in this very conversation: what is remembered from
    earlier ones does not make a lost poll a reading.
    """
    try:
        reading = await family.collect(ask)
        if reading.hashrate_hs is None and not ask.has_answered:
            # nothing of what changes could be had: whether the device is there at all, the slow lane has to say
            ask.forget()
            reading = await family.collect(ask)
    except CollectError:
        raise
    except _SHAPE_ERRORS as error:
        raise Garbled(f"an answer of an unknown shape ({type(error).__name__}: {error})") from error
    if not reading.says_something:
        raise ask.failure or Garbled(f"it answers, but nothing of what {family.name} tells")
    return completed(reading, warnings=ask.warnings, vendor_login=ask.has_vendor_login)
