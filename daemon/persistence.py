"""What the daemon knows beside its findings, kept across restarts: timers of rules, the site's past, recent fees."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Self

import msgspec

from daemon.ledger import Ledger
from daemon.rules.engine import OFF, Engine, Transition

log = logging.getLogger(__name__)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part that can write itself down and take itself up again; `take` raises ValueError for what it can't read.

    `give` gives it in pieces, between which the part may go on. It is written at every round, or at every so many
    where it is large and loses little by it.
    """

    key: str
    give: Callable[[], Iterable[bytes]]
    take: Callable[[bytes], object]
    rounds: int = 1

    @classmethod
    def whole(cls, key: str, give: Callable[[], bytes], take: Callable[[bytes], object], *, rounds: int = 1) -> Self:
        """Make a part that gives its state in one piece."""
        return cls(key=key, give=lambda: (give(),), take=take, rounds=rounds)


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


def settle(engine: Engine, ledger: Ledger, *, now: float) -> list[Transition]:
    """Bring the rules in line with what the ledger says was told; a kill may have come between the two.

    The ledger has each transition at once, the rules' state only now and then. So what is open there goes on, or ends
    when its rule is no longer in force; what only the rules have as open is told once more.
    """
    told = {finding.id: finding for finding in ledger.open_findings()}
    known = {finding.id for finding in engine.findings() if finding.state == "open"}
    ended = engine.adopt(finding for key, finding in told.items() if key not in known)
    closed = [msgspec.structs.replace(one, state="closed", closed_at=now, updated_at=now, note=OFF) for one in ended]
    owed = [one for one in engine.findings() if one.state == "open" and one.id not in told]
    return [
        *(Transition(kind="closed", finding=finding) for finding in closed),
        *(Transition(kind="opened", finding=finding) for finding in owed),
    ]


async def keep(ledger: Ledger, parts: list[Part]) -> None:
    """Hand every part to the ledger, which writes it a moment later; others have their turn between two pieces."""
    for part in parts:
        pieces = []
        for piece in part.give():
            pieces.append(piece)
            await asyncio.sleep(0)
        ledger.save_state(part.key, b"".join(pieces))


def keep_now(ledger: Ledger, parts: list[Part]) -> None:
    """Hand every part to the ledger at once: the daemon is stopping."""
    for part in parts:
        ledger.save_state(part.key, b"".join(part.give()))
