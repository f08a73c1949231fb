"""Rows of numbers by key in one array."""

from array import array

from daemon.ledger.rows import Rows


def test_rows_come_and_go() -> None:
    """A row is zero until it is written or added to, and a new one has nothing of one that went."""
    rows: Rows[int] = Rows("q", width=3)
    assert ([0, 0, 0], False, 0) == ([*rows.get((1, "a"))], (1, "a") in rows, len(rows))
    rows.add((1, "a"), [1, 0, 2])
    rows.add((1, "a"), [1, 1, 1])
    rows.put((2, "b"), array("q", [7, 8, 9]))
    assert ([2, 1, 3], [7, 8, 9], 2) == ([*rows.get((1, "a"))], [*rows.get((2, "b"))], len(rows))
    assert (True, False) == (rows.pop((1, "a")), rows.pop((1, "a")))
    rows.add((3, "c"), [0, 0, 5])
    assert ([0, 0, 5], [7, 8, 9]) == ([*rows.get((3, "c"))], [*rows.get((2, "b"))])
    assert [(2, "b"), (3, "c")] == list(rows)
    rows.clear()
    assert ([], [0, 0, 0]) == (list(rows), [*rows.get((2, "b"))])


def test_a_copy_is_given() -> None:
    """What was asked for does not change with the row."""
    rows: Rows[float] = Rows("d", width=1)
    rows.add((1, "a"), [1.5])
    before = rows.get((1, "a"))
    rows.add((1, "a"), [1.0])
    assert ([1.5], [2.5]) == ([*before], [*rows.get((1, "a"))])
