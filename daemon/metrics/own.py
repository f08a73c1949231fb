"""The daemon's own health: how its polls, deliveries, queues and reloads go."""

from bisect import bisect_left
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from platform import python_version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from daemon.metrics.text import PREFIX

# Package metadata is read from disk, so it is read when this is imported and not in the event loop.
try:
    _VERSION = version("headframe")
except PackageNotFoundError:
    _VERSION = "unknown"
_POLL_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LAG_BUCKETS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class Durations(Collector):
    """A histogram with one label for what happens at every poll: plain counters, since only the event loop counts."""

    def __init__(self, name: str, words: str, *, label: str, buckets: tuple[float, ...]) -> None:
        self._name = name
        self._words = words
        self._label = label
        self._buckets = buckets
        # by the label's value: the counts of each bucket, the last without an upper end, and the sum of all seconds
        self._counts: dict[str, tuple[list[int], list[float]]] = {}

    def observe(self, value: str, seconds: float) -> None:
        """Count one duration."""
        found = self._counts.get(value)
        if found is None:
            found = self._counts[value] = [0] * (len(self._buckets) + 1), [0.0]
        found[0][bisect_left(self._buckets, seconds)] += 1
        found[1][0] += seconds

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Give the family with cumulative buckets, as the exposition formats want it."""
        family = HistogramMetricFamily(self._name, self._words, labels=[self._label])
        ends = [*map(floatToGoString, self._buckets), "+Inf"]
        for value, (counts, total) in self._counts.items():
            family.add_metric([value], list(zip(ends, accumulate(map(float, counts)), strict=True)), total[0])
        return [family]


class OwnMetrics:
    """The families that prometheus-client keeps; one registry an instance, so tests do not meet each other."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=False)
        r = self.registry
        self.collect_duration = Durations(
            f"{PREFIX}collect_duration_seconds",
            "How long one poll of a device took, whatever came of it.",
            label="family",
            buckets=_POLL_BUCKETS,
        )
        r.register(self.collect_duration)
        self.collect_errors = Counter(
            f"{PREFIX}collect_errors_total", "Polls that gave no reading, by reason.", ["family", "reason"], registry=r
        )
        self.unread_fields = Counter(
            f"{PREFIX}collect_unread_fields_total",
            "Fields that were there but could not be parsed.",
            ["family", "field"],
            registry=r,
        )
        self.poll_lag = Histogram(
            f"{PREFIX}poll_lag_seconds", "How long after its due time a poll began.", buckets=_LAG_BUCKETS, registry=r
        )
        self.polls_skipped = Counter(
            f"{PREFIX}polls_skipped_total",
            "Due times that passed while the device's last poll was waiting.",
            registry=r,
        )
        self.loop_lag = Gauge(
            f"{PREFIX}event_loop_lag_seconds", "Worst lateness of the event loop in the last minute.", registry=r
        )
        self.reload_successful = Gauge(
            f"{PREFIX}config_last_reload_successful", "1 when the newest configuration was taken, else 0.", registry=r
        )
        self.reload_success_at = Gauge(
            f"{PREFIX}config_last_reload_success_timestamp_seconds",
            "Epoch time of the newest configuration that was taken.",
            registry=r,
        )
        self.hook_deliveries = Counter(
            f"{PREFIX}hook_deliveries_total", "Notifications that the receiver took.", ["hook"], registry=r
        )
        self.hook_failures = Counter(
            f"{PREFIX}hook_delivery_failures_total", "Attempts that failed, by reason.", ["hook", "reason"], registry=r
        )
        self.queue_length = Gauge(f"{PREFIX}queue_length", "What waits in a queue.", ["queue"], registry=r)
        self.queue_dropped = Counter(
            f"{PREFIX}queue_dropped_total", "What a full or failing queue let go.", ["queue", "reason"], registry=r
        )
        self.ledger_in_memory = Gauge(
            f"{PREFIX}ledger_in_memory", "1 while the ledger cannot write and the daemon goes on in memory.", registry=r
        )
        self.build_info = Gauge(
            f"{PREFIX}build_info", "The running version; always 1.", ["version", "python"], registry=r
        )
        self.build_info.labels(version=_VERSION, python=python_version()).set(1)
        ProcessCollector(registry=r)

    def render(self, *, openmetrics: bool) -> bytes:
        """Render these families in the asked form, without the final `# EOF`."""
        if openmetrics:
            page: bytes = generate_openmetrics(self.registry)  # type: ignore[no-untyped-call]
            return page.removesuffix(b"# EOF\n")
        return generate_latest(self.registry)
