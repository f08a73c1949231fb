"""The lengths of every queue and what each has dropped, told to the metrics once a survey."""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.app import App


# A counter that appears with its first event hides that event from every rate: these stand at zero from the start.
_REASONS = {
    "ledger": ("memory_full", "refused"),
    "hook": ("backlog_full",),
    "mqtt": ("superseded", "too_many_topics", "unwritable"),
}


class Queues:
    """Remembers what was dropped before, so that counters only grow by what is new."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._told: Counter[tuple[str, str]] = Counter()

    def report(self) -> None:
        """Bring the metrics up to date."""
        app, own = self._app, self._app.own
        counts = app.ledger.queues()
        lengths = {"polls": app.scheduler.backlog, **counts.lengths}
        dropped = Counter(counts.dropped)
        if app.mqtt is not None:
            lengths["mqtt"] = app.mqtt.waiting
            dropped.update({("mqtt", reason): count for reason, count in app.mqtt.dropped.items()})
        for queue, length in lengths.items():
            own.queue_length.labels(queue).set(length)
            for reason in _REASONS.get(queue.partition(":")[0], ()):
                own.queue_dropped.labels(queue, reason)
        for (queue, reason), count in dropped.items():
            fresh = count - self._told[queue, reason]
            if fresh > 0:
                own.queue_dropped.labels(queue, reason).inc(fresh)
                self._told[queue, reason] = count
        own.ledger_in_memory.set(int(app.ledger.health.is_troubled))
