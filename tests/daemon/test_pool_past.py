"""What is remembered of a watched pool: empty time in proportion, delays, and the usual difficulty."""

import pytest

from collectors.pools.state import PoolState
from daemon.pool_past import LAGS_KEPT, PoolPast, usual_difficulty


class Job:
    """A job of which only its emptiness matters."""

    def __init__(self, empty):
        self.empty = empty


@pytest.fixture
def state():
    return PoolState(id="p1", url="stratum+tcp://pool.example:3333", protocol="sv1", up=True, job=Job(empty=False))


def watched(past, state, *, hours, empty_ratio, start=0.0):
    """Look every ten seconds for some hours while a part of the time is empty."""
    for turn in range(int(hours * 360)):
        state.empty_seconds += 10.0 * empty_ratio
        past.look(state, now=start + 10.0 * turn)


def test_the_share_of_empty_time(state):
    """It is known after half an hour, and follows within some hours."""
    past = PoolPast()
    watched(past, state, hours=0.4, empty_ratio=0.1)
    assert None is past.empty_share
    watched(past, state, hours=2, empty_ratio=0.1, start=0.4 * 3600)
    assert pytest.approx(0.1, rel=0.02) == past.empty_share
    watched(past, state, hours=12, empty_ratio=0.0, start=2.4 * 3600)
    assert past.empty_share < 0.01


def test_time_that_says_nothing_is_not_counted(state):
    """An outage, jobs that hide their transactions, or a long pause of ours are no time without empty work."""
    for up, job in ((False, Job(empty=False)), (True, None), (True, Job(empty=None))):
        past = PoolPast()
        state.up, state.job = up, job
        watched(past, state, hours=2, empty_ratio=0.0)
        assert None is past.empty_share
    past = PoolPast()
    state.up, state.job = True, Job(empty=False)
    for turn in range(5):
        past.look(state, now=3600.0 * turn)
    assert None is past.empty_share


def test_only_the_last_delays_are_kept():
    """Delays are bounded, and blocks seen alone have none."""
    past = PoolPast()
    for lag in [None, *range(LAGS_KEPT + 3)]:
        past.block(lag)
    assert [float(lag) for lag in range(3, LAGS_KEPT + 3)] == list(past.lags_s)


def test_the_usual_difficulty_is_what_was_set_before():
    """What was set in the last hour is news; before that, the whole range is usual."""
    set_at = [(0.0, 1000.0), (600.0, 4000.0), (9000.0, 1e6)]
    assert (1000.0, 4000.0) == usual_difficulty(set_at, now=10_000.0)
    assert None is usual_difficulty(set_at[2:], now=10_000.0)


def test_the_past_goes_on_after_a_restart(state):
    """Delays and the share of empty time are as they were, and the time between two lives counts for nothing."""
    past = PoolPast()
    watched(past, state, hours=2, empty_ratio=0.1)
    past.block(3.0)
    again = PoolPast(past.memory())
    assert (past.empty_share, [3.0]) == (again.empty_share, list(again.lags_s))
    state.empty_seconds = 0.0
    again.look(state, now=90_000.0)
    assert past.empty_share == again.empty_share
    watched(again, state, hours=0.1, empty_ratio=0.1, start=90_010.0)
    assert pytest.approx(0.1, rel=0.05) == again.empty_share
