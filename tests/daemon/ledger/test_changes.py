"""The record of configurations: each entry follows from the one before, and a hand in it shows."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ledger.changes import ConfigChange, Way, broken, following, unowned


def entries(*made: tuple[Way, str]) -> list[ConfigChange]:
    found: list[ConfigChange] = []
    for number, (way, actor) in enumerate(made):
        last = found[-1] if found else None
        found.append(
            following(last, at=1000.0 + number, way=way, actor=actor, digest=f"d{number}", detail=f"change {number}")
        )
    return found


RECORD = entries(("first", "root"), ("signal", "ann"), ("start", ""), ("http", "ben"))


def test_entries_follow_from_one_another() -> None:
    """Numbers go up by one, and every hash holds the one before."""
    assert [1, 2, 3, 4] == [entry.number for entry in RECORD]
    assert None is broken(RECORD)
    assert 4 == len({entry.chain for entry in RECORD})


@pytest.mark.parametrize("field", ["at_ms", "way", "actor", "digest", "detail"])
def test_a_changed_entry_is_found(field: str) -> None:
    """Whatever of an entry is changed, it is the first that does not follow."""
    changed = msgspec.structs.replace(RECORD[1], **{field: 5 if field == "at_ms" else "owned"})
    assert changed is broken([RECORD[0], changed, *RECORD[2:]])


def test_a_missing_entry_is_found() -> None:
    """An entry that was taken out leaves the next one without its predecessor."""
    assert RECORD[2] is broken([RECORD[0], *RECORD[2:]])
    assert RECORD[1] is broken(RECORD[1:])


@given(st.text(), st.text())
def test_no_text_passes_for_two_fields(actor: str, detail: str) -> None:
    """Tabs and lines in a text become blanks, and any text can be hashed."""
    entry = following(None, at=1.0, way="http", actor=actor, digest="d", detail=detail)
    assert set() == {"\t", "\n"} & set(entry.actor + entry.detail)
    assert None is broken([entry])


def test_changes_without_an_actor_wait_for_one() -> None:
    """A start with another file has none; whoever takes it on answers for all before."""
    assert [RECORD[2]] == unowned(RECORD)
    owned = following(RECORD[-1], at=2000.0, way="owned", actor="ann", digest="d3", detail="")
    assert [] == unowned([*RECORD, owned])


def test_an_entry_as_a_document() -> None:
    """Nobody is null, and the time is in seconds."""
    written = RECORD[2].document()
    assert (3, 1002.0, "start", None) == (written["number"], written["at"], written["way"], written["actor"])
