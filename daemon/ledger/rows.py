"""Rows of numbers by key, in one array: each of tens of thousands of small ones would be the collector's to look at."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

Number = TypeVar("Number", int, float)
Key = tuple[int, str]


class Rows(Generic[Number]):
    """Rows of `width` numbers of one array type (`d` or `q`), zero at first."""

    def __init__(self, kind: str, *, width: int) -> None:
        self._width = width
        self._numbers: array[Number] = array(kind)
        self._nothing: array[Number] = array(kind)
        self._nothing.frombytes(bytes(self._numbers.itemsize * width))
        self._places: dict[Key, int] = {}
        self._free: list[int] = []

    def get(self, key: Key) -> "array[Number]":
        """Give a copy of a row; zeros where there is none."""
        place = self._places.get(key)
        return self._nothing if place is None else self._numbers[place : place + self._width]

    def put(self, key: Key, row: "array[Number]") -> None:
        """Write a row of the right width."""
        place = self.place(key)
        self._numbers[place : place + self._width] = row

    def add(self, key: Key, values: Sequence[Number]) -> None:
        """Add to a row."""
        numbers = self._numbers
        for place, value in enumerate(values, start=self.place(key)):
            if value:
                numbers[place] += value

    def place(self, key: Key) -> int:
        """Give where a row begins, and make it where there is none."""
        place = self._places.get(key)
        if place is None:
            if self._free:
                place = self._free.pop()
                self._numbers[place : place + self._width] = self._nothing
            else:
                place = len(self._numbers)
                self._numbers.extend(self._nothing)
            self._places[key] = place
        return place

    def copy(self) -> "array[Number]":
        """Give a copy of all rows, each where `place` says."""
        return self._numbers[:]

    def pop(self, key: Key) -> bool:
        """Let a row go; False when there was none."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        self._free.append(place)
        return True

    def clear(self) -> None:
        """Let all rows go."""
        self._places.clear()
        self._free.clear()
        del self._numbers[:]

    def __contains__(self, key: Key) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[Key]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
