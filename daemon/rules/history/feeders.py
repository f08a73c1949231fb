"""What a feeder drew, and how far its meter was from its devices, over the last month. Pure."""

from math import sqrt

import msgspec

from daemon.capacity.value import quantile
from daemon.economics.reconciliation import step_w
from daemon.rules.history.windows import Windows, WindowsRecord

QUARTER_S = 900.0
DAY_S = 86400.0
MONTH_S = 30 * DAY_S
DARK_SHARE = 0.9
# Neighbouring quarter-hours tell much the same; only one in so many counts as news.
ALIKE = 4


class FeederRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One feeder's past written down."""

    drawn: WindowsRecord
    gap: WindowsRecord
    dark_since: float | None = None
    devices: int | None = None
    inventory_changed_at: float | None = None


class FeederHistory:
    """About 26 kB for a feeder: quarter-hours of 31 days of what was drawn, and of 3 days of unexplained load."""

    __slots__ = ("_p95", "_step", "dark_since", "devices", "drawn", "gap", "inventory_changed_at")

    def __init__(self) -> None:
        self.drawn = Windows(step_s=QUARTER_S, slots=31 * 96)
        self.gap = Windows(step_s=QUARTER_S, slots=3 * 96)
        self.dark_since: float | None = None
        self.devices: int | None = None
        self.inventory_changed_at: float | None = None
        # Both look at thousands of windows and change once in a quarter of an hour: kept with the window's number.
        self._p95: tuple[int, float | None] = (-1, None)
        self._step: tuple[int, tuple[float, float] | None] = (-1, None)

    def feed(
        self, now: float, *, drawn_w: float | None, gap_w: float | None, devices: int, sleeping: int, answering: int
    ) -> None:
        """Take in one survey: watts drawn, meter minus expected load, and how many of the devices sleep."""
        self.drawn.feed(drawn_w, now=now)
        self.gap.feed(gap_w, now=now)
        if self.devices is not None and devices != self.devices:
            self.inventory_changed_at = now
        self.devices = devices
        if answering and sleeping >= DARK_SHARE * devices:
            self.dark_since = now if self.dark_since is None else self.dark_since
        else:
            self.dark_since = None

    def p95_w(self, now: float) -> float | None:
        """Give what 95 of 100 quarter-hours of the last 30 days stayed below; None until a day of them is known."""
        if self._p95[0] != self.drawn.window:
            known = sorted(self.drawn.values(since=now - MONTH_S))
            enough = len(known) >= DAY_S / QUARTER_S
            self._p95 = (self.drawn.window, quantile(known, 0.95) if enough else None)
        return self._p95[1]

    def step_w(self, now: float) -> tuple[float, float] | None:
        """Give how far the unexplained load of the last day lies above the day before, and the error of that.

        None unless half of both days is known.
        """
        if self._step[0] != self.gap.window:
            self._step = (self.gap.window, self._stepped(now))
        return self._step[1]

    def record(self) -> FeederRecord:
        """Write it down."""
        return FeederRecord(
            drawn=self.drawn.record(),
            gap=self.gap.record(),
            dark_since=self.dark_since,
            devices=self.devices,
            inventory_changed_at=self.inventory_changed_at,
        )

    def restore(self, record: FeederRecord) -> None:
        """Take up what `record` gave; raises ValueError when it is of another length."""
        self._p95, self._step = (-1, None), (-1, None)
        self.drawn.restore(record.drawn)
        self.gap.restore(record.gap)
        self.dark_since = record.dark_since
        self.devices = record.devices
        self.inventory_changed_at = record.inventory_changed_at

    def _stepped(self, now: float) -> tuple[float, float] | None:
        late = self.gap.values(since=now - DAY_S)
        early = self.gap.values(since=now - 2 * DAY_S, until=now - DAY_S + QUARTER_S)
        enough = DAY_S / QUARTER_S / 2
        if len(late) < enough or len(early) < enough:
            return None
        step = step_w(early, after=late)
        if step is None:
            return None
        return step, sqrt(_variance(late) * ALIKE / len(late) + _variance(early) * ALIKE / len(early))


def _variance(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)
