"""A number's past in windows: means, gaps, quantiles, and a ring that forgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.rules.history.windows import Windows


def ring(*pairs, step_s=10.0, slots=4):
    windows = Windows(step_s=step_s, slots=slots)
    for now, value in pairs:
        windows.feed(value, now=now)
    return windows


def test_complete_windows_have_means():
    """The running window is not counted until the next begins."""
    windows = ring((0, 1.0), (5, 3.0), (10, 7.0))
    assert [2.0] == windows.values()
    assert 7.0 == windows.latest
    assert [2.0, 7.0] == ring((0, 1.0), (5, 3.0), (10, 7.0), (20, 0.0)).values()


def test_nothing_known_is_not_zero():
    """Windows in which nothing was fed, or only None, are left out."""
    windows = ring((0, 4.0), (10, None), (30, 6.0), (40, 0.0))
    assert [4.0, 6.0] == windows.values()
    assert 5.0 == windows.mean()
    assert None is ring().mean()
    assert None is ring((0, None)).latest
    assert None is ring().quantile(0.5)
    assert None is ring().peak()


def test_the_ring_forgets():
    """Only as many windows are kept as there are slots, also over a long silence."""
    windows = ring(*((place * 10, float(place)) for place in range(8)))
    assert [3.0, 4.0, 5.0, 6.0] == windows.values()
    windows.feed(1.0, now=1e6)
    assert [] == windows.values()


def test_spans_can_be_asked_for():
    """A begin and an end choose among the windows."""
    windows = ring(*((place * 10, float(place)) for place in range(6)), slots=10)
    assert [2.0, 3.0, 4.0] == windows.values(since=20.0)
    assert [2.0, 3.0] == windows.values(since=20.0, until=40.0)
    assert (4.0, 9.0) == (windows.peak(since=20.0), windows.total(since=20.0))
    assert 3.0 == windows.quantile(0.5, since=20.0)


def test_time_that_runs_back_is_ignored():
    """A value for a window that is over changes nothing."""
    windows = ring((50, 1.0), (10, 99.0), (60, 0.0))
    assert [1.0] == windows.values()


@given(st.lists(st.tuples(st.floats(0, 30), st.none() | st.floats(-1e9, 1e9)), max_size=60))
def test_written_down_and_read_back_it_is_the_same(steps):
    """A ring goes on after a restart as if there had been none."""
    first, now = ring(), 0.0
    for step, value in steps:
        now += step
        first.feed(value, now=now)
    second = Windows(step_s=10.0, slots=4)
    second.restore(first.record())
    for windows in (first, second):
        windows.feed(5.0, now=now + 10.0)
    assert (first.values(), first.latest) == (second.values(), second.latest)


def test_another_length_is_refused():
    """A ring does not take a record of another length or step."""
    record = ring((0, 1.0)).record()
    for other in (Windows(step_s=10.0, slots=5), Windows(step_s=20.0, slots=4)):
        with pytest.raises(ValueError, match="another length"):
            other.restore(record)
