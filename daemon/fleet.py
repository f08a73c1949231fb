"""What is known of every device now: inventory, newest reading, its age, and its money. Pure."""

from collections.abc import Iterable, Iterator

import msgspec

from collectors.reading import PowerGrade, Reading
from daemon.economics.money import Money


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
    """

    __slots__ = (
        "answered_at",
        "detail",
        "energy_j",
        "entry",
        "expected_hs",
        "index",
        "missed",
        "money",
        "power_grade",
        "power_w",
        "reading",
        "reading_at",
        "reason",
        "restarts",
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
        self.money: Money | None = None


class Fleet:
    """Every device by id, in inventory order; the index of a device never changes while it is known."""

    def __init__(self, entries: Iterable[DeviceEntry] = ()) -> None:
        self._by_id: dict[str, DeviceState] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: DeviceEntry) -> DeviceState:
        """Take a device into the fleet."""
        state = DeviceState(entry, index=len(self._by_id))
        self._by_id[entry.id] = state
        return state

    def get(self, device_id: str) -> DeviceState | None:
        """Find a device; None when the inventory has no such id."""
        return self._by_id.get(device_id)

    def __iter__(self) -> Iterator[DeviceState]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
