"""Sums of days and hours in memory, on their way to the disk in portions that can be handed over again."""

import math
from array import array
from collections import Counter

import msgspec

from daemon.ledger.records import DeviceDay, SiteHour
from daemon.ledger.rows import Key, Rows
from daemon.ledger.tables import SumTable

MOST_ROWS = 150_000  # about 40 MB; a disk that stays away longer costs the oldest days, and that is counted


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of the rows that changed, each since the row was first seen; `gone` rows were forgotten meanwhile.

    The row of a key begins at its place in `totals`: a large site hands over ten thousand of them, and as many small
    objects between those that stay would leave the memory full of holes.
    """

    table: SumTable
    keys: list[Key]
    places: list[int]
    totals: "array[float]"
    gone: frozenset[Key]


class Sums:
    """The running totals of one table, by period and owner.

    Totals only grow while their period is open, and the writer remembers what it has written of each; so a portion
    whose writing failed is simply handed over again, and nothing is counted twice.
    """

    def __init__(self, table: SumTable) -> None:
        self.table = table
        self.dropped: Counter[str] = Counter()
        self._totals: Rows[float] = Rows("d", width=len(table.fields))
        self._changed: set[Key] = set()
        self._gone: set[Key] = set()
        self._newest = 0

    def add(self, row: DeviceDay | SiteHour) -> None:
        """Add a part of a period; values that are not finite are left out."""
        key: Key = (getattr(row, self.table.period), getattr(row, self.table.owner))
        if key not in self._totals:
            if len(self._totals) >= MOST_ROWS:
                self._make_room()
            self._newest = max(self._newest, key[0])
        # The owner and the period are the record's first two fields.
        self._totals.add(key, [value if math.isfinite(value) else 0.0 for value in msgspec.structs.astuple(row)[2:]])
        self._changed.add(key)

    def take(self) -> Portion | None:
        """Hand the changed totals over to the writer; None when nothing changed."""
        if not self._changed:
            return None
        keys = list(self._changed)
        self._changed.clear()
        gone, self._gone = frozenset(self._gone), set()
        return Portion(
            table=self.table,
            keys=keys,
            places=list(map(self._totals.place, keys)),
            totals=self._totals.copy(),
            gone=gone,
        )

    def committed(self, portion: Portion) -> None:
        """Forget the periods that are over and on disk."""
        for key in portion.keys:
            if key[0] < self._newest - 1 and key not in self._changed and self._totals.pop(key):
                self._gone.add(key)

    def failed(self, portion: Portion) -> None:
        """Take a portion back that could not be written."""
        self._changed.update(key for key in portion.keys if key in self._totals)
        self._gone |= portion.gone

    def touch_all(self) -> None:
        """Hand everything over again: the file that had it is gone."""
        self._changed.update(self._totals)

    def __len__(self) -> int:
        return len(self._changed)

    def _make_room(self) -> None:
        oldest = min(key[0] for key in self._totals)
        for key in [key for key in self._totals if key[0] == oldest]:
            self._totals.pop(key)
            self._changed.discard(key)
            self._gone.add(key)
            self.dropped["memory_full"] += 1
