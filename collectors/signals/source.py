"""What a source of a signal is, and how those that are asked again and again are asked."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from collectors.backoff import Backoff
from collectors.errors import CollectError
from collectors.signals.guard import Guard
from collectors.signals.number import NotANumber

log = logging.getLogger(__name__)

FIRST_RETRY_S = 5.0


class Sample(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a source said: the digits of a number in the signal's own unit, and the epoch time it holds for."""

    digits: str
    at: float


class Source(Protocol):
    """Something that can be asked for its number now."""

    interval_s: float

    async def read(self) -> Sample:
        """Give the number; raise CollectError or NotANumber."""
        ...


class Trouble:
    """Says the first failure aloud, repeats quietly, and the recovery aloud again."""

    def __init__(self, name: str, *, now: Callable[[], float] = time.time) -> None:
        self._name = name
        self._now = now
        self._since: float | None = None

    def tell(self, problem: str) -> None:
        """Note a failure."""
        level = logging.WARNING if self._since is None else logging.DEBUG
        log.log(level, "signal %s: %s", self._name, problem)
        if self._since is None:
            self._since = self._now()

    def over(self) -> None:
        """Note a success."""
        if self._since is not None:
            log.warning("signal %s is well again after %.0f s", self._name, self._now() - self._since)
            self._since = None


async def ask_again_and_again(source: Source, guard: Guard) -> None:
    """Ask a source at its interval until cancelled; after a failure sooner at first, then ever later."""
    backoff = Backoff(first_s=min(FIRST_RETRY_S, source.interval_s), limit_s=source.interval_s)
    trouble = Trouble(guard.name)
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        wait_s = source.interval_s
        try:
            sample = await source.read()
        except NotANumber as error:
            guard.refuse(error)
            trouble.tell(str(error))
        except CollectError as error:
            guard.fail(str(error))
            trouble.tell(f"{error.reason}: {error}")
            wait_s = backoff.take()
        else:
            backoff.reset()
            state = guard.offer(sample.digits, at=sample.at)
            if state == "ok":
                trouble.over()
            else:
                trouble.tell(guard.judge(sample.at).reason)
        await asyncio.sleep(max(wait_s - (loop.time() - began), 0.0))
