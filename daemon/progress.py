"""Whether the daemon gets on with its work: what the watchdog and the heartbeat hook are fed by.

A task that merely sleeps would keep a dead poller alive, so only polls that end count, and a loop that turns.
"""

from collections.abc import Callable

from daemon.schedule import Scheduler

# The scheduler looks round fifty times a second; silence this long means that the loop or the task is stuck.
STILL_S = 10.0


def patience_s(timeout_s: float) -> float:
    """Give how long work may be waiting where one poll may take `timeout_s`."""
    return 60.0 + 3 * timeout_s


class Progress:
    """Judges a scheduler; `patience_s` is how long work may be waiting without a single poll ending."""

    def __init__(self, scheduler: Scheduler, *, now: Callable[[], float], patience_s: float) -> None:
        self._scheduler = scheduler
        self._now = now
        self.patience_s = patience_s
        self._finished = -1
        self._moved_at = now()

    def is_healthy(self) -> bool:
        """Tell whether polls are being asked and come to an end."""
        scheduler, now = self._scheduler, self._now()
        if scheduler.finished != self._finished or not (scheduler.backlog or scheduler.in_flight):
            self._finished = scheduler.finished
            self._moved_at = now
        return now - scheduler.progress < STILL_S and now - self._moved_at < self.patience_s
