"""A device that is taken for one family and answers as another: told in so many words instead of half a reading."""

import asyncio

from collectors.errors import CollectError, TimedOut, Unreachable, Unsupported
from collectors.family import SURE, Family
from collectors.identify import identify
from collectors.models import find
from collectors.poll import collect
from collectors.reading import Reading
from collectors.target import Target

# they read any device that speaks the protocol, and an operator may want just that
_GENERAL = frozenset(("cgminer", "bfgminer"))


class Contradicted(Unsupported):
    """Correct `family` of the device, or leave it out to have it found."""


async def collect_as_named(target: Target, family: Family, *, timeout_s: float) -> Reading:
    """Read a device as the family that the operator named; raise Contradicted when it is surely of another.

    Only a reading whose model is in no table is doubted, or an answer that is none; only then is the device
    identified. One that does not answer at all contradicts nothing.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    try:
        reading = await collect(target, family, timeout_s=timeout_s)
    except (TimedOut, Unreachable):
        raise
    except CollectError as error:
        await _doubt(target, family, timeout_s=until - loop.time(), cause=error)
        raise
    if find(reading.make, reading.model) is None:
        await _doubt(target, family, timeout_s=until - loop.time())
    return reading


async def _doubt(target: Target, family: Family, *, timeout_s: float, cause: CollectError | None = None) -> None:
    if family.name in _GENERAL or timeout_s <= 0:
        return
    try:
        identity = await identify(target, timeout_s=timeout_s)
    except CollectError:
        return  # it says no more than before
    other = identity.family.name
    if identity.score >= SURE and other not in (family.name, *_GENERAL):
        raise Contradicted(
            f"named {family.name}, but it answers as {other}: name that family, or none to have it found"
        ) from cause
