"""CSV rows with places."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.csv_text import CsvError, rows


def cells(text: str) -> list[list[str]]:
    """Read all rows."""
    return [row.cells for row in rows(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        (" a , b \n\n  \n1,\n", [["a", "b"], ["1", ""]]),
        ('"a,b","say ""hi""",c\n', [["a,b", 'say "hi"', "c"]]),
        ('"two\nlines",x\ny,z\n', [["two\nlines", "x"], ["y", "z"]]),
        ('"",""\n', [["", ""]]),
        ('a,"b"', [["a", "b"]]),
        ("", []),
    ],
)
def test_rows(text: str, expected: list[list[str]]) -> None:
    """Cells are parted by commas, rows by line breaks; quotes protect both."""
    assert expected == cells(text)


@pytest.mark.parametrize(
    ("text", "offset"),
    [('a,b"c\n', 3), ('"a"b,c\n', 3), ('a,"never closed\nb,c\n', 2), ('"', 0)],
)
def test_misplaced_quotes(text: str, offset: int) -> None:
    """A quote in the wrong place is told with its place."""
    with pytest.raises(CsvError) as caught:
        list(rows(text))

    assert offset == caught.value.offset


def test_places_of_cells() -> None:
    """Every cell's line and column can be found, also after a quoted cell of several lines."""
    text = 'id,host\n"m\n1", 10.0.0.1\nm2,10.0.0.2\n'
    found = list(rows(text))

    assert [(1, 4), (3, 5), (4, 4), (4, 1)] == [
        found[0].position(1, text=text),
        found[1].position(1, text=text),
        found[2].position(1, text=text),
        found[2].position(7, text=text),
    ]


@given(
    table=st.lists(
        st.lists(st.text(alphabet='ab,"\n é'), min_size=2, max_size=4).filter(lambda row: any(map(str.strip, row))),
        max_size=5,
    )
)
def test_what_the_standard_library_writes_is_read_back(table: list[list[str]]) -> None:
    """Rows written by another writer come back, apart from outer spaces."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table)

    assert [[cell.strip() for cell in row] for row in table] == cells(file.getvalue())


@given(text=st.text(alphabet='ab,"\n ', max_size=60))
def test_any_text_is_rows_or_an_error(text: str) -> None:
    """No text makes the reader fail otherwise, and every row lies inside the text."""
    try:
        found = list(rows(text))
    except CsvError as error:
        inside = 0 <= error.offset <= len(text)
        assert inside
        return

    assert all(0 <= row.offset < len(text) and row.cells for row in found)
