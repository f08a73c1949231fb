"""The page itself: device families, site families and the daemon's own, joined in slices."""

from collections.abc import Callable, Generator, Iterable, Mapping
from itertools import islice

from daemon.metrics.catalogue import DEVICE_METRICS, SITE_METRICS
from daemon.metrics.device_lines import DeviceLines
from daemon.metrics.own import OwnMetrics
from daemon.metrics.text import lines

# So many devices' money lines take about a millisecond to write.
CATCH_UP = 250
# So many samples of a site family as well, and so many devices' lines of one family to join: larger pieces of memory
# would be asked of the system, and given back, one by one.
AT_ONCE = 500
DEVICES = 500
Samples = Iterable[tuple[Mapping[str, str], float]]


class Page:
    """One page, two heads: Prometheus text and OpenMetrics have the same sample lines.

    `site` is asked at each scrape for the samples of the site families, by metric name.
    """

    def __init__(self, *, devices: DeviceLines, own: OwnMetrics, site: Callable[[], Mapping[str, Samples]]) -> None:
        self._devices = devices
        self._own = own
        self._site = site

    def slices(self, *, openmetrics: bool) -> Generator[bytes, None, None]:
        """Give the page in pieces, one family each or a part of one, so that the event loop gets a turn between two."""
        while self._devices.catch_up(CATCH_UP):
            yield b""
        for metric in DEVICE_METRICS:
            head = metric.head(openmetrics=openmetrics)
            blocks = self._devices.blocks(metric.name)
            for start in range(0, len(blocks), DEVICES):
                if body := b"".join(blocks[start : start + DEVICES]):
                    yield head + body
                    head = b""
        samples = self._site()
        for metric in SITE_METRICS:
            head = metric.head(openmetrics=openmetrics)
            waiting = iter(samples.get(metric.name, ()))
            while body := lines(metric.name, islice(waiting, AT_ONCE)):
                yield head + body
                head = b""
        yield self._own.render(openmetrics=openmetrics)
        if openmetrics:
            yield b"# EOF\n"
