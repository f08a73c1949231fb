"""CSV text to rows with places (RFC 4180): quoted cells may hold commas, line breaks and doubled quotes."""

import re
from collections.abc import Iterator

import msgspec

from config.tree import Position

_QUOTED = re.compile(r'[ \t]*"([^"]*(?:""[^"]*)*)"[ \t]*')


class CsvError(Exception):
    """The text is not CSV; `offset` is where."""

    def __init__(self, message: str, *, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: its cells without outer spaces, its first line, and the offset where it begins in the text.

    `starts` has the offsets of the cells where quotes made them hard to find again.
    """

    cells: list[str]
    line: int
    offset: int
    starts: list[int] | None = None

    def position(self, column: int, *, text: str) -> Position:
        """Give line and column of a cell; those of the row when it has no such cell."""
        start = self._start(column, text)
        line = self.line + text.count("\n", self.offset, start)
        return line, start - text.rfind("\n", 0, start)

    def _start(self, column: int, text: str) -> int:
        if column >= len(self.cells):
            return self.offset
        if self.starts is not None:
            return _past_blanks(text, self.starts[column])
        # Rows without quotes are the many; their places are reckoned only when something is wrong.
        found = self.offset
        for _ in range(column):
            found = text.index(",", found) + 1
        return _past_blanks(text, found)


def rows(text: str) -> Iterator[Row]:
    """Yield every row that is not blank; lines end with a line feed alone.

    Raises CsvError where a quote stands wrong.
    """
    at, number = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if '"' in line:
            row, after = _with_quotes(text, at, number)
            yield row
            number += text.count("\n", at, after)
            at = after
            continue
        if line.strip():
            yield Row(cells=[cell.strip() for cell in line.split(",")], line=number, offset=at)
        at, number = end + 1, number + 1


def position(text: str, offset: int) -> Position:
    """Give line and column of an offset, from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _with_quotes(text: str, at: int, line: int) -> tuple[Row, int]:
    """Read a row that has quotes; a quoted cell may go over several lines. Gives the row and where the next begins."""
    begin = at
    cells: list[str] = []
    starts: list[int] = []
    while True:
        starts.append(at)
        match = _QUOTED.match(text, at)
        if match is not None:
            cells.append(match[1].replace('""', '"').strip())
            at = match.end()
        else:
            end = next((place for place in range(at, len(text)) if text[place] in ',\n"'), len(text))
            if end < len(text) and text[end] == '"':
                raise CsvError(_misplaced(text, at, end), offset=end)
            cells.append(text[at:end].strip())
            at = end
        if at < len(text) and text[at] not in ",\n":
            raise CsvError("a quoted cell must be followed by a comma; double a quote inside it", offset=at)
        if at >= len(text) or text[at] == "\n":
            return Row(cells=cells, line=line, offset=begin, starts=starts), at + 1
        at += 1


def _past_blanks(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] in " \t":
        end += 1
    return at if end >= len(text) or text[end] in ",\n" else end


def _misplaced(text: str, begin: int, quote: int) -> str:
    if text[begin:quote].strip():
        return "a quote inside a cell: put the whole cell in quotes and double the quote"
    return "the quote that begins here is never closed"
