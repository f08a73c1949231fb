"""Background tasks end together, and a failing one is loud."""

import asyncio
import logging

import pytest

from daemon.tasks import Tasks, cut_short


async def test_leaving_the_group_ends_its_tasks() -> None:
    """No task lives on after the group."""
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(name)

    async with Tasks() as tasks:
        tasks.start(work("a"), name="a")
        tasks.start(work("b"), name="b")
        await asyncio.sleep(0)
    assert (["a", "b"], 0) == (sorted(ended), len(tasks))


async def test_a_failure_is_logged_by_name_and_raised_to_the_owner(caplog: pytest.LogCaptureFixture) -> None:
    """The owner that waits for failures gets the error, the log the task's name."""

    async def fails() -> None:
        raise RuntimeError("boom")

    async with Tasks() as tasks:
        with caplog.at_level(logging.ERROR):
            tasks.start(fails(), name="the sample work")
            with pytest.raises(RuntimeError, match="boom"):
                await tasks.until(asyncio.Event())
    assert "the sample work failed: boom" in caplog.text


async def test_one_task_can_be_stopped_alone() -> None:
    """Stopping one leaves the others."""
    async with Tasks() as tasks:
        first = tasks.start(asyncio.sleep(60), name="first")
        tasks.start(asyncio.sleep(60), name="second")
        await tasks.stop(first)
        assert 1 == len(tasks)


async def test_a_wish_to_stop_cuts_the_start_short() -> None:
    """The block is broken off when the wish comes, at once when it has come before, and never after its end."""
    loop = asyncio.get_running_loop()
    for delay_s in (0.0, 0.01):
        stop, reached = asyncio.Event(), []
        loop.call_later(delay_s, stop.set)
        async with cut_short(stop):
            await asyncio.sleep(60)
            reached.append("the end")
        assert ([], True) == (reached, stop.is_set())
    stop = asyncio.Event()
    async with cut_short(stop):
        pass
    stop.set()
    await asyncio.sleep(0.01)


async def test_cutting_short_keeps_the_blocks_own_errors() -> None:
    """A time-out of the block itself is an error like any other."""
    with pytest.raises(TimeoutError, match="its own"):
        async with cut_short(asyncio.Event()):
            raise TimeoutError("its own")
