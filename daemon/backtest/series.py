"""A series of prices as a CSV file: a time and one or more of power price, bitcoin price, difficulty, hashprice.

The head names the columns and their units, as `power_price (USD/MWh)` or `price_usd_per_mwh`; units and other names
can also be given beside the file, which may be compressed (gzip). An empty cell, or one that is no finite number, is
not known.
"""

import gzip
import itertools
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from math import isfinite
from statistics import median
from typing import Final

import msgspec

from config import csv_text, quantity
from config.files import FileProblem, read_bytes
from daemon.backtest.series_head import Head, SeriesError, head_of
from daemon.backtest.series_time import NoSuchTime, instant

__all__ = ["Series", "SeriesError", "read_series"]

LARGEST: Final = 256 * 2**20
GZIP_MARK: Final = b"\x1f\x8b"
NOTHING: Final = frozenset({"", "null", "none", "na", "n/a", "-"})
# A step this much longer than its neighbours has rows missing in it.
GAP: Final = 1.5
NEIGHBOURS: Final = 3


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Values by column, in base units, one for each of `times` (epoch seconds, growing); None is not known.

    `currency` is that of the money, `currencies` has that of each column of money (a hashprice may be in bitcoin).
    `holds_s` has how long each row holds: until the next one, but in front of a gap no longer than the rows around it.
    `interval_s` is the usual step. `gap_s` is the time that no row covers, in `gaps` places; `repeated` counts rows
    that were left out because they say again what the row before says.
    """

    times: list[float]
    values: dict[str, list[float | None]]
    currencies: dict[str, str]
    holds_s: list[float]
    interval_s: float
    currency: str = "USD"
    gaps: int = 0
    gap_s: float = 0.0
    repeated: int = 0

    @classmethod
    def of(
        cls,
        times: list[float],
        *,
        values: dict[str, list[float | None]],
        currencies: dict[str, str],
        currency: str = "USD",
        repeated: int = 0,
    ) -> "Series":
        """Make a series of rows, and work out how long each of them holds."""
        steps = [after - before for before, after in itertools.pairwise(times)]
        usual = median(steps) if steps else 3600.0
        holds = [_held(steps, place) for place in range(len(steps))]
        gaps = [step - held for step, held in zip(steps, holds, strict=True) if held < step]
        return cls(
            times=times,
            values=values,
            currencies=currencies,
            holds_s=[*holds, holds[-1] if holds else usual],
            interval_s=usual,
            currency=currency,
            gaps=len(gaps),
            gap_s=sum(gaps),
            repeated=repeated,
        )

    def value(self, column: str, place: int) -> float | None:
        """Give a value; None where there is no such column."""
        values = self.values.get(column)
        return None if values is None else values[place]


def read_series(
    path: str, *, zone: tzinfo, currency: str | None, units: Mapping[str, str] = {}, names: Mapping[str, str] = {}
) -> Series:
    """Read a series; times that name no zone and no offset are in `zone`. Raises SeriesError.

    A `currency` of None is that of the file's own prices, US dollars where they do not say. `names` gives the file's
    own name of a column or of `time`; `units` its unit where the head does not say it.
    """
    text = _text(path)
    try:
        rows = list(csv_text.rows(text))
    except csv_text.CsvError as error:
        line, column = csv_text.position(text, error.offset)
        raise SeriesError(f"{path}: line {line}, column {column}: {error}") from None
    if len(rows) < 2:
        raise SeriesError(f"{path}: it needs a line of column names and at least one row")
    try:
        head = head_of(rows[0].cells, zone=zone, currency=currency, units=units, names=names)
        return _series(rows, head=head)
    except (SeriesError, quantity.QuantityError) as error:
        raise SeriesError(f"{path}: {error}") from None


def _text(path: str) -> str:
    try:
        return _content(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileProblem as error:
        raise SeriesError(f"{path} {error}") from None
    except UnicodeDecodeError:
        raise SeriesError(f"{path} is not UTF-8 text") from None


def _content(path: str) -> bytes:
    content = read_bytes(path, largest=LARGEST)
    if not content.startswith(GZIP_MARK):
        return content
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as packed:
            content = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise FileProblem("is not a whole gzip file") from None
    if len(content) > LARGEST:
        raise FileProblem(f"is larger than {LARGEST // 2**20} MiB when unpacked")
    return content


def _series(rows: Sequence[csv_text.Row], *, head: Head) -> Series:
    times: list[float] = []
    values: dict[str, list[float | None]] = {column.name: [] for column in head.columns}
    width, repeated = len(rows[0].cells), 0
    for row in rows[1:]:
        if len(row.cells) != width:
            raise SeriesError(f"line {row.line}: {len(row.cells)} cells where the first line has {width}")
        found = [_figure(row.cells[column.place], column.factor, line=row.line) for column in head.columns]
        before = times[-1] if times else None
        try:
            at = instant(row.cells[head.time], zone=head.zone, after=before)
        except NoSuchTime as error:
            # Local calendars are often filled with 24 rows a day, the one that never was left empty.
            if all(value is None for value in found):
                continue
            raise SeriesError(f"line {row.line}: {error}") from None
        except ValueError as error:
            raise SeriesError(f"line {row.line}: {error}") from None
        if before is not None and at <= before:
            if at == before and all(known[-1] == value for known, value in zip(values.values(), found, strict=True)):
                repeated += 1
                continue
            raise SeriesError(f"line {row.line}: {_disorder(at, before=before)}")
        times.append(at)
        for column, value in zip(head.columns, found, strict=True):
            values[column.name].append(value)
    if not times:
        raise SeriesError("none of its rows has a time and a figure")
    currencies = {column.name: column.currency for column in head.columns if column.currency}
    return Series.of(times, values=values, currencies=currencies, currency=head.currency, repeated=repeated)


def _held(steps: Sequence[float], place: int) -> float:
    """Give how long a row holds, by the steps around its own: files change from hours to quarters on the way."""
    around = [*steps[max(0, place - NEIGHBOURS) : place], *steps[place + 1 : place + 1 + NEIGHBOURS]]
    step = steps[place]
    if not around:
        return step
    # Where the steps change, one side has the step of the row itself.
    sides = (steps[max(0, place - NEIGHBOURS) : place], steps[place + 1 : place + 1 + NEIGHBOURS])
    if any(len(side) > 1 and step <= GAP * min(side) for side in sides):
        return step
    usual = median(around)
    return step if step <= GAP * usual else usual


def _disorder(at: float, *, before: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if at == before:
        return (
            f"a second row for {moment}, and it says something else; leave one place, one product and one version of "
            "each price in the file"
        )
    return f"its time ({moment}) is before that of the line before; sort the rows by time, oldest first"


def _figure(written: str, factor: float, *, line: int) -> float | None:
    text = written.strip()
    if text.lower() in NOTHING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise SeriesError(f"line {line}: {text[:40]!r} is no number") from None
    return value * factor if isfinite(value) else None
