"""What the daemon knows beside its findings, kept across restarts: timers of rules, the site's past, recent fees."""

import logging
from collections.abc import Callable

import msgspec

from daemon.ledger import Ledger

log = logging.getLogger(__name__)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part that can write itself down and take itself up again; `take` raises ValueError for what it can't read."""

    key: str
    give: Callable[[], bytes]
    take: Callable[[bytes], object]


async def restore(ledger: Ledger, parts: list[Part]) -> None:
    """Take up what was kept; a part that cannot be read begins anew, and the log says so."""
    for part in parts:
        written = await ledger.load_state(part.key)
        if written is None:
            continue
        try:
            part.take(written)
        except ValueError as error:
            log.warning("%s begins anew: %s", part.key, error)


def keep(ledger: Ledger, parts: list[Part]) -> None:
    """Hand every part to the ledger, which writes it a moment later."""
    for part in parts:
        ledger.save_state(part.key, part.give())
