"""Numbers of every device as columns: one row a device in arrays, which are small, fast and soon written down. Pure.

An object a device would cost several times the memory, and the collector of garbage would have to look at each.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

_pack = msgspec.msgpack.Encoder().encode
_names = msgspec.msgpack.Decoder(list[str | None]).decode


class Columns:
    """Rows by device id. `columns` are doubles by name, `words` one text a row, `rings` so many floats a row by name.

    The arrays stay the same objects for good, so whoever needs one at every poll may hold on to it.
    """

    def __init__(self, names: Sequence[str], *, word: str, rings: Mapping[str, int] | None = None) -> None:
        self.rows: dict[str, int] = {}
        self.columns: dict[str, array[float]] = {name: array("d") for name in names}
        self.words: list[str | None] = []
        self._word = word
        self._widths = dict(rings or {})
        self.rings: dict[str, array[float]] = {name: array("f") for name in self._widths}
        self._free: list[int] = []

    def add(self, device_id: str) -> int:
        """Give a newcomer a row of zeros: one that was given up, else a new one."""
        if self._free:
            row = self._free.pop()
            for column in self.columns.values():
                column[row] = 0.0
            for name, width in self._widths.items():
                clear(self.rings[name], row * width, width)
            self.words[row] = None
        else:
            row = len(self.words)
            for column in self.columns.values():
                column.append(0.0)
            for name, width in self._widths.items():
                self.rings[name].frombytes(bytes(4 * width))
            self.words.append(None)
        self.rows[device_id] = row
        return row

    def forget(self, device_id: str) -> None:
        """Drop a device that left the inventory; its row serves the next newcomer."""
        row = self.rows.pop(device_id, None)
        if row is not None:
            self._free.append(row)

    def dump(self, *, version: int) -> bytes:
        """Write everything down as one map in MessagePack: `version`, `names` (None for a free row), words, columns."""
        return b"".join(self._pieces(version))

    def load(self, written: bytes, *, version: int, what: str) -> None:
        """Take up what `dump` gave, in place of what is known; raises ValueError, naming `what`, for anything else."""
        try:
            record: dict[str, Any] = msgspec.msgpack.decode(written, type=dict[str, msgspec.Raw])
            known = msgspec.msgpack.decode(record["version"], type=int)
            if known != version:
                raise ValueError(f"{what} of version {known}; this program knows {version}")
            names, words = _names(record["names"]), _names(record[self._word])
            columns = msgspec.msgpack.decode(record["columns"], type=dict[str, bytes])
            rings = {name: msgspec.msgpack.decode(record[name], type=bytes) for name in self.rings}
        except (msgspec.MsgspecError, KeyError) as error:
            raise ValueError(f"not {what}: {error}") from error
        if set(columns) != set(self.columns):
            raise ValueError(f"{what} in other columns")
        size = len(names)
        sizes = [len(words), *(len(column) / 8 for column in columns.values())]
        sizes += [len(ring) / 4 / self._widths[name] for name, ring in rings.items()]
        if any(one != size for one in sizes):
            raise ValueError(f"{what}: it is incomplete")
        for held, taken in ((self.columns, columns), (self.rings, rings)):
            for name, column in held.items():
                del column[:]
                column.frombytes(taken[name])
        self.words[:] = words
        self.rows.clear()
        self.rows.update((name, row) for row, name in enumerate(names) if name is not None)
        self._free[:] = [row for row, name in enumerate(names) if name is None]

    def _pieces(self, version: int) -> Iterator[bytes]:
        names: list[str | None] = [None] * len(self.words)
        for device_id, row in self.rows.items():
            names[row] = device_id
        yield _map(4 + len(self.rings))
        yield from _packed({"version": version, "names": names, self._word: self.words})
        yield _pack("columns") + _map(len(self.columns))
        # Encoded as a whole the numbers would be copied again and again while the encoder's buffer grows.
        for name, column in (*self.columns.items(), *self.rings.items()):
            yield _pack(name) + _BINARY + (len(column) * column.itemsize).to_bytes(4, "big")
            yield column.tobytes()


_BINARY = b"\xc6"  # bin 32: its length follows in four bytes


def clear(ring: "array[float]", start: int, length: int) -> None:
    """Put zeros into a part of a ring."""
    for place in range(start, start + length):
        ring[place] = 0.0


def _map(size: int) -> bytes:
    """Begin a map of so many pairs (map 16)."""
    return b"\xde" + size.to_bytes(2, "big")


def _packed(pairs: Mapping[str, object]) -> Iterable[bytes]:
    for name, value in pairs.items():
        yield _pack(name)
        yield _pack(value)
