"""A changed configuration is taken whole or not at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from config.diff import changes
from config.load import Loaded
from config.problems import ConfigError
from daemon import systemd
from daemon.clock import Clock
from daemon.ledger.changes import Way
from daemon.memory import undisturbed
from daemon.metrics.own import OwnMetrics
from daemon.start import StartError, load_checked

log = logging.getLogger(__name__)


async def _nobody(_: Loaded, __: Way, ___: str, ____: list[str]) -> None:
    """Keep no record."""


class Reloader:
    """Reads the file again and hands a valid configuration to `apply`; one reload at a time.

    `taken` is told of each that came into force: how and by whom it was asked for, and the changes in words.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        apply: Callable[[Loaded], Awaitable[None]],
        own: OwnMetrics,
        clock: Clock,
        taken: Callable[[Loaded, Way, str, list[str]], Awaitable[None]] = _nobody,
    ) -> None:
        self.loaded = loaded
        self._apply = apply
        self._taken = taken
        self._own = own
        self._clock = clock
        self._lock = asyncio.Lock()
        own.reload_successful.set(1)
        own.reload_success_at.set(clock.now())

    async def reload(self, *, way: Way = "signal", actor: str = "") -> list[str]:
        """Take the file as it is now, at somebody's word; the result is every problem, empty when it was taken."""
        async with self._lock:
            systemd.reloading()
            try:
                with undisturbed():
                    problems = await self._reload(way, actor)
            finally:
                systemd.notify("READY=1")
            self._own.reload_successful.set(0 if problems else 1)
            if not problems:
                self._own.reload_success_at.set(self._clock.now())
            return problems

    async def _reload(self, way: Way, actor: str) -> list[str]:
        try:
            fresh = await asyncio.to_thread(load_checked, self.loaded.path)
        except ConfigError as error:
            problems = [str(problem) for problem in error.problems]
        else:
            lines = await asyncio.to_thread(changes, self.loaded, fresh)
            try:
                await self._apply(fresh)
            except StartError as error:
                problems = [str(error)]
            except Exception as error:
                # The next file has to be taken all the same, and nobody but the log could tell why this one was not.
                log.exception("the reload failed in a way that nobody foresaw")
                problems = [f"the reload failed ({type(error).__name__}); the log has the trace"]
            else:
                self.loaded = fresh
                for line in lines:
                    log.info("reload: %s", line)
                log.info("reload: taken, %d changes, by %s", len(lines), actor or "nobody known")
                await self._taken(fresh, way, actor, lines)
                return []
        for problem in problems:
            log.error("reload refused: %s", problem)
        return problems
