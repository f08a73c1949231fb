"""What several parts of a device told, taken together; parts that said nothing are left out, None when none said it."""

from collections.abc import Iterable
from typing import TypeVar

Number = TypeVar("Number", int, float)
Said = TypeVar("Said")


def total(values: Iterable[Number | None]) -> Number | None:
    """Give the sum of what was said; None, not zero, when nothing was."""
    said = [value for value in values if value is not None]
    return sum(said[1:], said[0]) if said else None


def highest(values: Iterable[Number | None]) -> Number | None:
    """Give the largest of what was said, as of the sensors of one kind; None when nothing was."""
    return max((value for value in values if value is not None), default=None)


def lowest(values: Iterable[Number | None]) -> Number | None:
    """Give the smallest of what was said; None when nothing was."""
    return min((value for value in values if value is not None), default=None)


def first_told(*values: Said | None) -> Said | None:
    """Give the first that was said, a zero too; None when nothing was."""
    return next((value for value in values if value is not None), None)
