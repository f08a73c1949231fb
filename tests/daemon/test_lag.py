"""The loop's lateness."""

from daemon.lag import LoopLag


def test_the_worst_of_the_last_minute_is_reported() -> None:
    """A spike counts for a minute, then the next worst."""
    reported: list[float] = []
    lag = LoopLag(report=reported.append)
    for at, value in ((0.0, 0.01), (10.0, 0.5), (20.0, 0.2), (30.0, 0.1), (71.0, 0.05), (85.0, 0.01)):
        lag.note(value, at=at)
    assert [0.01, 0.5, 0.5, 0.5, 0.2, 0.1] == reported
