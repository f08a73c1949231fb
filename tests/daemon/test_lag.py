"""The loop's lateness."""

import asyncio

import pytest

from daemon.lag import LoopLag, calm


def test_the_worst_of_the_last_minute_is_reported() -> None:
    """A spike counts for a minute, then the next worst."""
    reported: list[float] = []
    lag = LoopLag(report=reported.append)
    for at, value in ((0.0, 0.01), (10.0, 0.5), (20.0, 0.2), (30.0, 0.1), (71.0, 0.05), (85.0, 0.01)):
        lag.note(value, at=at)
    assert [0.01, 0.5, 0.5, 0.5, 0.2, 0.1] == reported


@pytest.mark.parametrize(
    ("delays", "slept"),
    [([0.0], 1), ([0.3, 0.05, 0.0, 0.0], 3), ([0.5] * 20, 4)],
    ids=["free", "held twice", "held for longer than the patience"],
)
async def test_calm_is_when_the_loop_keeps_time(
    delays: list[float], slept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for until a short sleep is short, and not for ever."""
    now, sleeps = [100.0], [0]

    async def sleep(duration: float) -> None:
        now[0] += duration + delays[sleeps[0]]
        sleeps[0] += 1

    with monkeypatch.context() as patched:
        patched.setattr("daemon.lag.asyncio.sleep", sleep)
        patched.setattr(asyncio.get_running_loop(), "time", lambda: now[0])
        await calm(patience_s=2.0)
    assert slept == sleeps[0]
