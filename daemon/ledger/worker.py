"""One thread that runs blocking calls one after another, for an event loop that must never wait."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """A daemon thread with a queue: calls keep their order, and one that hangs cannot keep the process alive."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, function: Callable[[], T]) -> "asyncio.Future[T]":
        """Queue a call; the future carries its result or exception back to the running loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            if future.cancelled():  # whoever asked has given up while this waited behind a slow one
                return
            try:
                result = function()
            except BaseException as problem:  # noqa: BLE001 - it is the caller's, and travels in the future
                _answer(loop, _set_exception, future, problem)
            else:
                _answer(loop, _set_result, future, result)

        self._calls.put(call)
        return future

    def stop(self) -> None:
        """End the thread after the calls that are queued already."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _answer(loop: asyncio.AbstractEventLoop, setter: Callable[..., None], *values: Any) -> None:
    # A loop that was closed meanwhile has nobody left who could want the answer.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(setter, *values)


def _set_result(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _set_exception(future: "asyncio.Future[T]", problem: BaseException) -> None:
    if not future.done():
        future.set_exception(problem)
