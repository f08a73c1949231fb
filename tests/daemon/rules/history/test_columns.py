"""Columns of numbers by device: rows come, go, and survive being written down."""

import msgspec
import pytest

from daemon.rules.history.columns import Columns


def columns() -> Columns:
    return Columns(("at", "sum"), word="url", rings={"tens": 2})


def filled(*names: str) -> Columns:
    made = columns()
    for name in names:
        row = made.add(name)
        made.columns["sum"][row] = 0.1 * (row + 1)
        made.rings["tens"][2 * row + 1] = 0.5
        made.words[row] = f"url of {name}"
    return made


def test_a_row_is_used_again() -> None:
    """A newcomer gets the row of a device that left, with nothing of it."""
    made = filled("m1", "m2", "m3")
    made.forget("m2")
    made.forget("nobody")
    assert 1 == made.add("m4")
    assert ({"m1": 0, "m3": 2, "m4": 1}, None) == (made.rows, made.words[1])
    assert ([0.1, 0.0, pytest.approx(0.3)], [0.5, 0.0, 0.5]) == ([*made.columns["sum"]], [*made.rings["tens"][1::2]])


def test_what_was_written_is_read_back() -> None:
    """Rows, words, columns, rings and free rows are as they were, in the very same arrays."""
    made = filled("m1", "m2", "m3")
    made.forget("m2")
    read = filled("other")
    held = (read.rows, read.words, read.columns["sum"], read.rings["tens"])
    read.load(made.dump(version=3), version=3, what="the past")
    assert (made.rows, made.words, made.columns["sum"], made.rings["tens"]) == held
    assert (1, 3) == (read.add("m5"), read.add("m6"))


def test_the_form_is_plain_message_pack() -> None:
    """Any reader of MessagePack finds the version, names, words, and the columns as bytes."""
    record = msgspec.msgpack.decode(filled("m1").dump(version=7))
    assert (7, ["m1"], ["url of m1"]) == (record["version"], record["names"], record["url"])
    assert ({"at": 8, "sum": 8}, 8) == (
        {name: len(column) for name, column in record["columns"].items()},
        len(record["tens"]),
    )


@pytest.mark.parametrize("missing", ["names", "url", "tens", "columns"])
def test_what_is_incomplete_is_refused(missing: str) -> None:
    """A state that lacks a part, or part of a part, raises ValueError and leaves what is known."""
    record = msgspec.msgpack.decode(filled("m1", "m2").dump(version=3))
    kept = filled("m9")
    whole = record.pop(missing)
    shorter = whole[:-1] if isinstance(whole, list | bytes) else {"at": whole["at"][:-8], "sum": whole["sum"]}
    for spoilt in (record, record | {missing: shorter}):
        with pytest.raises(ValueError, match="past"):
            kept.load(msgspec.msgpack.encode(spoilt), version=3, what="the past")
    assert ({"m9": 0}, ["url of m9"], 2) == (kept.rows, kept.words, len(kept.rings["tens"]))
