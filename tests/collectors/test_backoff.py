"""Delays between tries."""

import pytest

from collectors.backoff import Backoff


def test_delays_double_to_the_limit():
    """Each delay lies in the upper half of its step, and no step is longer than the limit."""
    backoff = Backoff(first_s=1, limit_s=60, seed=7)
    delays = [backoff.take() for _ in range(10)]
    for step, delay in zip([1, 2, 4, 8, 16, 32, 60, 60, 60, 60], delays, strict=True):
        assert max(step / 2, 1) <= delay <= step


def test_the_next_delay_is_there_to_be_shown():
    """What is shown is what is taken."""
    backoff = Backoff(seed=3)
    for _ in range(5):
        shown = backoff.next_s
        assert shown == backoff.take()


def test_reset_starts_over():
    """After a success the first delay comes again."""
    backoff = Backoff(first_s=2, seed=1)
    for _ in range(4):
        backoff.take()
    backoff.reset()
    assert 2.0 == pytest.approx(backoff.next_s)
