"""What a pool is known by, held against what it shows now. Pure.

It is kept over restarts, so that a change while nobody looked is found when somebody looks again.
"""

from collections import deque

import msgspec

from collectors.pools.state import ChangeKind, PoolChange

_NAMES_REMEMBERED = 8
# A pool that pays another script with every block rotates them: after this many a new one is no news.
_ROTATING = 4
_SEVERAL: frozenset[ChangeKind] = frozenset({"address", "payout"})
_PROVED = "proved"


class PoolMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What is worth keeping of a pool under a URL: what it is known by, what changed, its share difficulties.

    `known` has, by kind, each value with how it is shown, the newest last; `candidates` are values that count once
    they are repeated. Times are in epoch seconds.
    """

    url: str
    known: dict[ChangeKind, dict[str, str]] = {}
    candidates: dict[ChangeKind, str] = {}
    changes: list[PoolChange] = []
    difficulties: list[tuple[float, float]] = []


class Identity:
    """Takes every value that identifies the pool; what is new where something was known goes to `changes`."""

    def __init__(self, changes: "deque[PoolChange]") -> None:
        self.changes = changes
        self.known: dict[ChangeKind, dict[str, str]] = {}
        self.candidates: dict[ChangeKind, str] = {}
        self._unproved: str | None = None

    def recall(self, memory: PoolMemory) -> None:
        """Take up what was kept."""
        self.known = {kind: dict(values) for kind, values in memory.known.items()}
        self.candidates = dict(memory.candidates)
        self.changes.extend(memory.changes)

    def compare(self, kind: ChangeKind, value: str, *, at: float, shown: str = "") -> None:
        """Hold a value against those known; a new one is a change, unless such values rotate anyway."""
        known = self.known.setdefault(kind, {})
        if value in known:
            return
        several = kind in _SEVERAL
        newest = next(reversed(known), None)
        rotates = several and len(known) >= _ROTATING
        if newest is not None and not rotates and not (kind == "chain" and newest == "unknown"):
            self._changed(kind, before=known[newest], after=shown or value, at=at)
        known[value] = shown or value
        while len(known) > (_NAMES_REMEMBERED if several else 1):
            del known[next(iter(known))]

    def compare_repeated(self, kind: ChangeKind, value: str | None, *, at: float) -> None:
        """Do the same with a value that counts only once it came twice in a row: the first may be noise."""
        if value is not None and value == self.candidates.get(kind):
            self.compare(kind, value, at=at)
        if value is None:
            self.candidates.pop(kind, None)
        else:
            self.candidates[kind] = value

    def compare_key(self, value: str, *, at: float) -> None:
        """Hold the key of a server that nobody vouches for against the one known.

        Some servers draw a new key for every connection, and then it says nothing: it is known once it came twice in
        a row, and any other is a change from then on.
        """
        known = self.known.get("authority", {})
        if value not in known:
            if known:
                self._changed("authority", before=next(reversed(known)), after=value, at=at)
                self.known["authority"] = {}
            elif value == self.candidates.get("authority"):
                self.known["authority"] = {value: value}
        self.candidates["authority"] = value

    def proved(self, *, by: ChangeKind, value: str, at: float) -> None:
        """Note that the server proved itself by what the configuration expects."""
        self._unproved = None
        self.compare(by, value, at=at)

    def unproved(self, detail: str, *, by: ChangeKind, at: float) -> None:
        """Note that the server does not prove itself any more; a change where it did before, told once."""
        if detail != self._unproved and self.known.get(by):
            self._changed(by, before=_PROVED, after=detail, at=at)
        self._unproved = detail

    def _changed(self, kind: ChangeKind, *, before: str, after: str, at: float) -> None:
        self.changes.append(PoolChange(kind=kind, before=before, after=after, at=at))
