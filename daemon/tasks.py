"""The one place that starts background tasks: named, owned by a group, and loud when they end unasked."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)


@asynccontextmanager
async def cut_short(stop: asyncio.Event) -> AsyncIterator[None]:
    """Break the block off as soon as `stop` is set; that it was broken off is no error."""
    loop = asyncio.get_running_loop()
    is_over = False

    def end(_: "asyncio.Task[Any]") -> None:
        if stop.is_set() and not is_over:
            limit.reschedule(loop.time())

    waiting = loop.create_task(stop.wait(), name="the wish to stop")
    waiting.add_done_callback(end)
    limit = asyncio.timeout(None)
    try:
        async with limit:
            yield
            is_over = True
    except TimeoutError:
        if not limit.expired():
            raise
    finally:
        is_over = True
        waiting.cancel()


class Tasks:
    """A group of background tasks that is stopped as one.

    A task that fails is logged with its name and makes `failed` complete with the error, so that the daemon ends
    rather than living on without a part of itself. Used as an asynchronous context manager.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failed: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self._failed = asyncio.get_running_loop().create_future()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if self._failed is not None and not self._failed.done():
            self._failed.cancel()

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Start `work` in the background."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def until(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set; raises the error of a task that fails before."""
        if self._failed is None:
            raise RuntimeError("the group has not been entered")
        stopping = asyncio.get_running_loop().create_task(stop.wait(), name="the wish to stop")
        waiting: set[asyncio.Future[Any]] = {stopping, self._failed}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if self._failed.done():
            self._failed.result()

    async def stop(self, *tasks: asyncio.Task[Any]) -> None:
        """Cancel the given tasks, or all of them, and wait until they have ended."""
        ending = list(tasks or self._tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        log.error("%s failed: %s", task.get_name(), error, exc_info=error)
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)
