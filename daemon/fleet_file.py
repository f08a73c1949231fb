"""A fleet as a file for plans: CSV or JSON rows of model, count, hashrate, power and the power's grade.

Columns: `model`, `count`, `hashrate` ("104 TH/s") or `th_s` (a number), `power` ("3068 W") or `watts` (a number),
`grade`. A row without a count is one device; an empty hashrate or power is not known. Other columns are left alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from collectors.reading import GRADES, PowerGrade
from config import csv_text, quantity
from config.files import FileProblem, read_bytes
from daemon.economics.batch import Batch

LARGEST = 64 * 2**20
# More devices than any operator has, in one row: a slip of the columns.
MOST_DEVICES = 10_000_000


class FleetFileError(Exception):
    """The file cannot be used; the text says where and why."""


def read_fleet(path: str) -> tuple[Batch, ...]:
    """Read a fleet file, JSON when it begins like JSON, else CSV with a line of column names; raises FleetFileError."""
    try:
        text = read_bytes(path, largest=LARGEST).decode("utf-8-sig")
    except FileProblem as error:
        raise FleetFileError(f"{path} {error}") from None
    except UnicodeDecodeError:
        raise FleetFileError(f"{path} is not UTF-8 text") from None
    rows = _json_rows(text) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text)
    try:
        fleet = tuple(_batch(row, place=place) for place, row in rows)
    except FleetFileError as error:
        raise FleetFileError(f"{path}: {error}") from None
    if not fleet:
        raise FleetFileError(f"{path} has no devices")
    return fleet


def _json_rows(text: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FleetFileError(f"it is not JSON: {error}") from None
    listed = document.get("devices") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise FleetFileError("expected a list of devices, or an object with `devices`")
    for number, row in enumerate(listed, start=1):
        if not isinstance(row, dict):
            raise FleetFileError(f"device {number}: expected an object")
        yield f"device {number}", row


def _csv_rows(text: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    names: list[str] | None = None
    try:
        for row in csv_text.rows(text):
            if names is None:
                names = [cell.lower() for cell in row.cells]
                continue
            line, _ = csv_text.position(text, row.offset)
            if len(row.cells) != len(names):
                raise FleetFileError(f"line {line}: {len(row.cells)} cells where the first line has {len(names)}")
            yield f"line {line}", dict(zip(names, row.cells, strict=True))
    except csv_text.CsvError as error:
        line, column = csv_text.position(text, error.offset)
        raise FleetFileError(f"line {line}, column {column}: {error}") from None


def _batch(row: Mapping[str, Any], *, place: str) -> Batch:
    if not {"hashrate", "th_s"} & row.keys() or not {"power", "watts"} & row.keys():
        raise FleetFileError(f"{place}: needs `hashrate` or `th_s`, and `power` or `watts`")
    grade = row.get("grade") or "spec"
    if grade not in GRADES:
        raise FleetFileError(f"{place}: grade {grade!r} must be one of {', '.join(GRADES)}")
    try:
        return Batch(
            model=str(row.get("model") or "unnamed"),
            count=_count(row.get("count")),
            hashrate_hs=_amount(row, written="hashrate", bare="th_s", unit="TH/s", read=quantity.hashrate_hs),
            power_w=_amount(row, written="power", bare="watts", unit="W", read=quantity.power_w),
            grade=cast("PowerGrade", grade),
        )
    except quantity.QuantityError as error:
        raise FleetFileError(f"{place}: {error}") from None


def _amount(row: Mapping[str, Any], *, written: str, bare: str, unit: str, read: Any) -> float | None:
    """Read a quantity with its unit, or a bare number of the unit that the column's name says."""
    given = row.get(written)
    if given in {None, ""}:
        given = row.get(bare)
        if given in {None, ""}:
            return None
        given = f"{given} {unit}"
    value: float = read(given)
    return value


def _count(given: Any) -> int:
    if given is None or given == "":
        return 1
    text = str(given)
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 9) or not 1 <= int(text) <= MOST_DEVICES:
        raise quantity.QuantityError(f"count {text[:20]!r} must be a whole number of at least 1")
    return int(text)
