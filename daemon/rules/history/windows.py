"""A number's past in windows of equal length: a ring of means, as long as the rules look back. Pure."""

from array import array
from collections.abc import Iterator
from math import isnan, nan

import msgspec

from daemon.capacity.value import quantile


class WindowsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A ring written down; NaN stands where nothing was known."""

    step_s: float
    window: int
    total: float
    weight: int
    means: bytes


class Windows:
    """Means over the last `slots` windows of `step_s` seconds; one in which nothing was fed stays unknown."""

    __slots__ = ("_means", "_total", "_weight", "_window", "step_s")

    def __init__(self, *, step_s: float, slots: int) -> None:
        self.step_s = step_s
        self._means: array[float] = array("d", [nan]) * slots
        self._window = -1
        self._total = 0.0
        self._weight = 0

    def feed(self, value: float | None, *, now: float) -> None:
        """Take in one value at epoch time `now`; None is a value that is not known. Time that runs back is ignored."""
        window = int(now // self.step_s)
        if window > self._window:
            self._advance(window)
        if value is not None and window == self._window:
            self._total += value
            self._weight += 1

    def values(self, *, since: float = 0.0, until: float | None = None) -> list[float]:
        """Give the known means of complete windows that began from `since` on and ended by `until`, oldest first."""
        return [mean for _, mean in self._known(since=since, until=until)]

    def mean(self, *, since: float = 0.0, until: float | None = None) -> float | None:
        """Give the mean over those windows; None when none is known."""
        values = self.values(since=since, until=until)
        return sum(values) / len(values) if values else None

    def quantile(self, share: float, *, since: float = 0.0) -> float | None:
        """Give the value that this share of the windows stayed below; None when none is known."""
        values = sorted(self.values(since=since))
        return quantile(values, share) if values else None

    def peak(self, *, since: float = 0.0) -> float | None:
        """Give the highest mean; None when none is known."""
        return max(self.values(since=since), default=None)

    def total(self, *, since: float = 0.0) -> float:
        """Give the sum of the means."""
        return sum(self.values(since=since))

    @property
    def window(self) -> int:
        """Number the running window; what is asked of complete windows only changes with it."""
        return self._window

    @property
    def latest(self) -> float | None:
        """Give the mean of the running window so far, else of the last complete one; None when neither is known."""
        if self._weight:
            return self._total / self._weight
        last = self._means[(self._window - 1) % len(self._means)] if self._window > 0 else nan
        return None if isnan(last) else last

    def record(self) -> WindowsRecord:
        """Write the ring down."""
        return WindowsRecord(
            step_s=self.step_s,
            window=self._window,
            total=self._total,
            weight=self._weight,
            means=self._means.tobytes(),
        )

    def restore(self, record: WindowsRecord) -> None:
        """Take up what `record` gave; raises ValueError when it is a ring of another length."""
        if record.step_s != self.step_s or len(record.means) != 8 * len(self._means):
            raise ValueError("a record of windows of another length")
        self._means = array("d", record.means)
        self._window, self._total, self._weight = record.window, record.total, record.weight

    def _advance(self, window: int) -> None:
        slots = len(self._means)
        if self._window >= 0:
            self._means[self._window % slots] = self._total / self._weight if self._weight else nan
            for skipped in range(max(self._window + 1, window - slots), window):
                self._means[skipped % slots] = nan
        self._window = window
        self._total, self._weight = 0.0, 0

    def _known(self, *, since: float, until: float | None) -> Iterator[tuple[float, float]]:
        slots = len(self._means)
        for window in range(max(0, self._window - slots), self._window):
            start = window * self.step_s
            mean = self._means[window % slots]
            if start >= since and not isnan(mean) and (until is None or start + self.step_s <= until):
                yield start, mean
