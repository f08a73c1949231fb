"""Background tasks end together, and a failing one is loud."""

import asyncio
import logging

import pytest

from daemon.tasks import Tasks


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
