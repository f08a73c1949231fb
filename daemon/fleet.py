"""What is known of every device now: inventory, newest reading, its age, and its money. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from collectors.reading import PowerGrade, Reading
from daemon.economics.hashrate_error import UNPROVED, Account, HashrateError
from daemon.economics.money import Money
from daemon.money_window import SeenMean

# Energy between two readings is only summed over a gap this many intervals long; beyond, nobody knows.
GAP_INTERVALS: Final = 3
SHARE_WINDOW_S: Final = 1800.0
# Below this many shares a ratio of the window says less than the device's lifetime counters.
SHARES_FOR_A_RATIO: Final = 50
RESTARTS_KEPT: Final = 32


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One device as the inventory has it; None where the operator did not say."""

    id: str
    host: str
    family: str | None = None
    model: str | None = None
    rack: str | None = None
    slot: str | None = None
    feeder: str | None = None
    interval_s: float = 30.0
    timeout_s: float = 10.0
    ports: dict[str, int] = {}
    power_w: float | None = None
    power_grade: PowerGrade | None = None
    hashrate_expected_hs: float | None = None
    chip_limit_c: float | None = None
    maintenance: bool = False


class DeviceState:
    """One device's newest state. The scheduler writes it, rules and outputs read it.

    `reading` is the newest good answer and `reading_at` its epoch time; `missed` counts polls lost since then and
    `reason` names why the last one was lost (a bounded label), `detail` in words. `stale` becomes true when the
    reading is too old to be shown. `power_w` and `power_grade` are the watts used for money: the configuration's,
    else the reading's. `expected_hs` is what it ought to hash. `energy_j` counts joules by grade since start.
    `reject_ratio` is the share of rejected and stale shares over the last half to whole hour, by delta.
    `account` is what its shares have proved of what it reports, `hashrate_error` the error of the hashrate that its
    money rests on, and `seen_mean` that hashrate where its own windows are short. `restarts` holds the epoch times of
    the last restarts seen in the device's uptime.
    """

    __slots__ = (
        "account",
        "answered_at",
        "detail",
        "energy_j",
        "entry",
        "expected_hs",
        "hashrate_error",
        "index",
        "missed",
        "money",
        "power_grade",
        "power_w",
        "reading",
        "reading_at",
        "reason",
        "reject_ratio",
        "restarts",
        "seen_mean",
        "shares",
        "shares_before",
        "stale",
    )

    def __init__(self, entry: DeviceEntry, *, index: int) -> None:
        self.entry = entry
        self.index = index
        self.reading: Reading | None = None
        self.reading_at: float | None = None
        self.answered_at: float | None = None
        self.missed = 0
        self.reason: str | None = None
        self.detail = ""
        self.stale = True
        self.power_w: float | None = None
        self.power_grade: PowerGrade = "unknown"
        self.expected_hs: float | None = None
        self.energy_j: dict[str, float] = {}
        self.restarts: list[float] = []
        self.reject_ratio = 0.0
        self.shares: tuple[float, int, int] | None = None
        self.shares_before: tuple[float, int, int] | None = None
        self.money: Money | None = None
        self.account: Account = UNPROVED
        self.hashrate_error: HashrateError | None = None
        self.seen_mean: SeenMean | None = None

    def accept(self, reading: Reading, *, now: float) -> None:
        """Take a good reading, what the configuration knows better laid over it."""
        entry = self.entry
        if entry.power_w is not None and reading.state != "sleeping":
            reading = msgspec.structs.replace(reading, power_w=entry.power_w, power_grade=entry.power_grade or "spec")
        before, then = self.reading, self.reading_at
        if before is not None and then is not None:
            if (
                self.power_w is not None
                and reading.power_w is not None
                and now - then <= GAP_INTERVALS * entry.interval_s
            ):
                joules = (self.power_w + reading.power_w) / 2 * (now - then)
                grade = reading.power_grade
                self.energy_j[grade] = self.energy_j.get(grade, 0.0) + joules
            if reading.uptime_s is not None and before.uptime_s is not None and reading.uptime_s < before.uptime_s:
                # Waking from a planned sleep is no restart that anybody should worry about.
                if before.state != "sleeping":
                    self.restarts = [*self.restarts[1 - RESTARTS_KEPT :], now]
                self.shares = self.shares_before = None
        self._count_shares(reading, now)
        self.reading = reading
        self.reading_at = self.answered_at = now
        self.power_w, self.power_grade = reading.power_w, reading.power_grade
        self.expected_hs = entry.hashrate_expected_hs or reading.hashrate_expected_hs
        self.missed = 0
        self.reason = None
        self.detail = ""
        self.stale = False

    def lose(self, *, reason: str, detail: str, now: float, stale_after_s: float) -> None:
        """Take a lost poll; the last reading stays until it is too old."""
        self.missed += 1
        self.reason, self.detail = reason, detail
        self.stale = self.reading_at is None or now - self.reading_at > stale_after_s

    def _count_shares(self, reading: Reading, now: float) -> None:
        if reading.accepted is None or reading.rejected is None:
            self.reject_ratio = 0.0
            return
        good, bad = reading.accepted, reading.rejected + (reading.stale or 0)
        mark = self.shares
        if mark is None or good < mark[1] or bad < mark[2]:
            self.shares, self.shares_before = (now, good, bad), None
            mark = (now, 0, 0)
        elif now - mark[0] >= SHARE_WINDOW_S:
            self.shares, self.shares_before = (now, good, bad), mark
        oldest = self.shares_before or mark
        new_good, new_bad = good - oldest[1], bad - oldest[2]
        if new_good + new_bad < SHARES_FOR_A_RATIO:
            new_good, new_bad = good, bad
        self.reject_ratio = new_bad / (new_good + new_bad) if new_good + new_bad else 0.0


class Fleet:
    """Every device by id, in inventory order; the index of a device never changes while it is known."""

    def __init__(self, entries: Iterable[DeviceEntry] = ()) -> None:
        self._by_id: dict[str, DeviceState] = {}
        self._free: list[int] = []
        for entry in entries:
            self.add(entry)

    def add(self, entry: DeviceEntry) -> DeviceState:
        """Take a device into the fleet."""
        index = self._free.pop() if self._free else len(self._by_id)
        state = DeviceState(entry, index=index)
        self._by_id[entry.id] = state
        return state

    def remove(self, device_id: str) -> DeviceState:
        """Let a device go; raises KeyError when the inventory has no such id."""
        state = self._by_id.pop(device_id)
        self._free.append(state.index)
        return state

    def get(self, device_id: str) -> DeviceState | None:
        """Find a device; None when the inventory has no such id."""
        return self._by_id.get(device_id)

    def __iter__(self) -> Iterator[DeviceState]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
