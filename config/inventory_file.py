"""Devices from a CSV file: one row each, columns named like the keys of a device."""

import difflib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from pydantic import ValidationError

from config.csv_text import CsvError, Row, position, rows
from config.model.devices import Device
from config.origin import Origin
from config.problems import Problem
from config.tree import dotted
from config.wording import words

LARGEST = 64 * 2**20
"""Bytes that an inventory may have."""

PORT = "port_"
"""A column `port_api` is the port named `api`."""

_NOT_IN_ROWS = frozenset({"cidr", "inventory", "exclude", "ports"})
COLUMNS = tuple(
    name for name in (field.alias or key for key, field in Device.model_fields.items()) if name not in _NOT_IN_ROWS
)
_FLAGS = frozenset({"maintenance", "enabled"})
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})

Report = Callable[[Problem], None]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One row: its cells, the device (None when a cell is wrong, which is reported), and where its cells stand.

    `place` takes a column's name and gives the row itself for a column that is not there.
    """

    cells: dict[str, Any]
    device: Device | None
    place: Callable[[str], Origin]


class _Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The text with its columns."""

    file: str
    text: str
    columns: list[str]

    def place(self, row: Row, column: str) -> Origin:
        number = self.columns.index(column) if column in self.columns else len(self.columns)
        line, place = row.position(number, text=self.text)
        return Origin(file=self.file, line=line, column=place)


def listed(content: bytes, *, file: str, report: Report) -> Iterator[Listed]:
    """Yield every row; report every cell that is wrong as FILE:LINE:COL: column: message."""
    text = _text(content, file=file, report=report)
    if text is None:
        return
    found = rows(text)
    try:
        head = next(found, None)
        if head is None:
            report(
                Problem(file=file, line=1, column=1, path="csv", message="is empty; the first row names the columns")
            )
            return
        sheet = _Sheet(file=file, text=text, columns=[cell.lower() for cell in head.cells])
        if not _heads(sheet, head, report=report):
            return
        for row in found:
            cells = _cells(sheet, row, report=report)
            if cells is not None:
                device = _device(sheet, row, cells, report=report)
                yield Listed(cells=cells, device=device, place=partial(sheet.place, row))
    except CsvError as error:
        line, column = position(text, error.offset)
        report(Problem(file=file, line=line, column=column, path="csv", message=f"not CSV: {error}"))


def _text(content: bytes, *, file: str, report: Report) -> str | None:
    message = None
    line = column = 1
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = position(before, len(before))
        message = "is not UTF-8 text; save it as CSV UTF-8"
    else:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        first = text.partition("\n")[0]
        if "\0" in text:
            line, column = position(text, text.index("\0"))
            message = "has a NUL byte in it; save it as CSV UTF-8"
        elif "," not in first and (";" in first or "\t" in first):
            message = "its columns are not parted by commas; save it with commas"
        if message is None:
            return text
    report(Problem(file=file, line=line, column=column, path="csv", message=message))
    return None


def _heads(sheet: _Sheet, head: Row, *, report: Report) -> bool:
    """Check the names of the columns."""
    good = True
    for number, name in enumerate(sheet.columns):
        message = None
        if not name:
            message = "the column has no name"
        elif name in sheet.columns[:number]:
            message = "the column stands here twice"
        elif name in _NOT_IN_ROWS:
            message = f"a row is one device; `{name}` belongs into the configuration"
        elif name not in COLUMNS and not (name.startswith(PORT) and name != PORT):
            near = difflib.get_close_matches(name, [*COLUMNS, "port_api", "port_http"], n=1)
            message = "unknown column" + (f"; did you mean {near[0]}?" if near else f"; known are {', '.join(COLUMNS)}")
        if message is not None:
            line, column = head.position(number, text=sheet.text)
            path = dotted((name,)) if name else f"column {number + 1}"
            report(Problem(file=sheet.file, line=line, column=column, path=path, message=message))
            good = False
    if "host" not in sheet.columns:
        report(Problem(file=sheet.file, line=1, column=1, path="host", message="the column is missing"))
        good = False
    return good


def _cells(sheet: _Sheet, row: Row, *, report: Report) -> dict[str, Any] | None:
    """Give the cells of a row by key, without the empty ones; None when their number is wrong."""
    if len(row.cells) != len(sheet.columns):
        message = f"has {len(row.cells)} cells, but there are {len(sheet.columns)} columns"
        report(_problem(sheet, row, "row", message))
        return None
    given: dict[str, Any] = {}
    ports: dict[str, Any] = {}
    for column, cell in zip(sheet.columns, row.cells, strict=True):
        if not cell:
            continue
        if column in _FLAGS:
            given[column] = True if cell.lower() in _TRUE else False if cell.lower() in _FALSE else cell
        elif column.startswith(PORT):
            ports[column.removeprefix(PORT)] = int(cell) if cell.isdecimal() and len(cell) < 8 else cell
        else:
            given[column] = cell
    if ports:
        given["ports"] = ports
    return given


def _device(sheet: _Sheet, row: Row, given: dict[str, Any], *, report: Report) -> Device | None:
    if "host" not in given:
        report(_problem(sheet, row, "host", "is required"))
        return None
    try:
        return Device.model_validate(given)
    except ValidationError as error:
        for path, message, _ in words(error, given, Device):
            report(_problem(sheet, row, _column(path), message))
        return None


def _problem(sheet: _Sheet, row: Row, column: str, message: str) -> Problem:
    origin = sheet.place(row, column)
    return Problem(file=origin.file, line=origin.line, column=origin.column, path=column, message=message)


def _column(path: tuple[str | int, ...]) -> str:
    if path[:1] == ("ports",) and len(path) > 1:
        return f"{PORT}{path[1]}"
    return str(path[0]) if path else "row"
