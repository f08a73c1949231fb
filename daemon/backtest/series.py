"""A series of prices as a CSV file: a time and one or more of power price, bitcoin price, difficulty, hashprice.

The head names the columns and their units, as `power_price (USD/MWh)` or `power_price_usd_per_mwh`; units and other
names can also be given beside the file. An empty cell, or one that is no finite number, is not known.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import isfinite
from statistics import median
from typing import Final

import msgspec

from config import csv_text, quantity
from config.files import FileProblem, read_bytes

LARGEST: Final = 256 * 2**20
COLUMNS: Final = ("power_price", "btc_price", "difficulty", "hashprice")
TIMES: Final = ("time", "timestamp", "date", "datetime", "at")
_BRACKETED: Final = re.compile(r"(.+?)\s*[\[(]\s*(.+?)\s*[\])]")
_UNITS: Final = {"mwh": "MWh", "kwh": "kWh", "ph": "PH", "th": "TH", "btc": "BTC", "day": "day"}
_READ: Final = {
    "power_price": quantity.energy_price,
    "btc_price": quantity.bitcoin_price,
    "hashprice": quantity.hashprice,
}


class SeriesError(Exception):
    """The series cannot be used; the text says where and why."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Values by column, in base units, one for each of `times` (epoch seconds, growing); None is not known.

    `currencies` has the currency of each column of money. `interval_s` is the usual step, which the last value lasts.
    """

    times: list[float]
    values: dict[str, list[float | None]]
    currencies: dict[str, str]
    interval_s: float

    def value(self, column: str, place: int) -> float | None:
        """Give a value; None where there is no such column."""
        values = self.values.get(column)
        return None if values is None else values[place]

    def seconds(self, place: int) -> float:
        """Give how long a row holds: until the next one, but over a gap in the series no longer than usual."""
        if place + 1 >= len(self.times):
            return self.interval_s
        return min(self.times[place + 1] - self.times[place], 2 * self.interval_s)


def read_series(
    path: str, *, zone: tzinfo, currency: str, units: Mapping[str, str] = {}, names: Mapping[str, str] = {}
) -> Series:
    """Read a series; times without an offset are the site's. Raises SeriesError.

    `names` gives the file's own name of a column or of `time`; `units` its unit where the head does not say it.
    """
    try:
        text = read_bytes(path, largest=LARGEST).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        rows = list(csv_text.rows(text))
    except FileProblem as error:
        raise SeriesError(f"{path} {error}") from None
    except UnicodeDecodeError:
        raise SeriesError(f"{path} is not UTF-8 text") from None
    except csv_text.CsvError as error:
        raise SeriesError(f"{path}: {error}") from None
    try:
        return _series(rows, zone=zone, currency=currency, units=units, names=names)
    except (SeriesError, quantity.QuantityError) as error:
        raise SeriesError(f"{path}: {error}") from None


def _series(
    rows: Sequence[csv_text.Row], *, zone: tzinfo, currency: str, units: Mapping[str, str], names: Mapping[str, str]
) -> Series:
    if len(rows) < 2:
        raise SeriesError("it needs a line of column names and at least one row")
    time_place, places = _head(rows[0].cells, names=names)
    factors: dict[str, float] = {}
    currencies: dict[str, str] = {}
    for column, (_, unit) in places.items():
        factors[column], money = _factor(column, units.get(column) or unit, currency=currency)
        if money:
            currencies[column] = money
    times: list[float] = []
    values: dict[str, list[float | None]] = {column: [] for column in places}
    for row in rows[1:]:
        if len(row.cells) != len(rows[0].cells):
            raise SeriesError(f"line {row.line}: {len(row.cells)} cells where the first line has {len(rows[0].cells)}")
        at = _instant(row.cells[time_place], zone=zone, line=row.line, after=times[-1] if times else None)
        if times and at <= times[-1]:
            raise SeriesError(f"line {row.line}: its time is not after that of the line before")
        times.append(at)
        for column, (place, _) in places.items():
            values[column].append(_figure(row.cells[place], factors[column], line=row.line))
    steps = [after - before for before, after in itertools.pairwise(times)]
    return Series(times=times, values=values, currencies=currencies, interval_s=median(steps) if steps else 3600.0)


def _head(cells: Sequence[str], *, names: Mapping[str, str]) -> tuple[int, dict[str, tuple[int, str | None]]]:
    """Find the columns: the time's place, and each known column's place and unit."""
    lower = [cell.strip().lower() for cell in cells]
    time_place: int | None = None
    places: dict[str, tuple[int, str | None]] = {}
    for wanted in ("time", *COLUMNS):
        if wanted in names and names[wanted].lower() not in lower:
            raise SeriesError(f"there is no column {names[wanted]!r}; it has {', '.join(cells)}")
    given = {name.lower(): column for column, name in names.items()}
    for place, (name, shown) in enumerate(zip(lower, cells, strict=True)):
        bracketed = _BRACKETED.fullmatch(shown.strip())
        plain = bracketed[1].lower() if bracketed else name
        unit = bracketed[2] if bracketed else None
        if given.get(name) == "time" or (time_place is None and "time" not in names and plain in TIMES):
            time_place = place
            continue
        column = given.get(name) or next((word for word in COLUMNS if plain == word and word not in names), None)
        if column is None and "_per_" in plain:
            column = next((word for word in COLUMNS if plain.startswith(f"{word}_") and word not in names), None)
            unit = unit or (_unit(plain[len(column) + 1 :]) if column else None)
        if column is not None and column not in places:
            places[column] = (place, unit)
    if time_place is None:
        raise SeriesError(f"there is no column `time`; name it with --column time=NAME (it has {', '.join(cells)})")
    if not places:
        raise SeriesError(f"there is none of the columns {', '.join(COLUMNS)}; name one with --column power_price=NAME")
    return time_place, places


def _unit(written: str) -> str:
    """Read `usd_per_mwh` as USD/MWh."""
    return "/".join(_UNITS.get(word, word.upper()) for word in re.split(r"_per_|_", written))


def _factor(column: str, unit: str | None, *, currency: str) -> tuple[float, str | None]:
    """Give what one of the column's units is in base units, and its currency."""
    if column == "difficulty":
        return (quantity.difficulty(f"1 {unit}") if unit else 1.0), None
    if unit is None:
        if column == "power_price":
            raise SeriesError("power_price has no unit; write `power_price (USD/MWh)`, or --unit power_price=USD/MWh")
        unit = f"{currency}/BTC" if column == "btc_price" else f"{currency}/PH/day"
    price = _READ[column](f"1 {unit}")
    if price.currency != currency and not (column == "hashprice" and price.currency == "BTC"):
        raise SeriesError(f"{column} is in {price.currency} and the site's money in {currency}")
    return price.amount, price.currency


def _instant(written: str, *, zone: tzinfo, line: int, after: float | None) -> float:
    text = written.strip()
    try:
        number = float(text)
    except ValueError:
        number = None
    if number is not None and 1e8 < number < 1e11:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesError(f"line {line}: {text[:40]!r} is no time; write it as 2026-03-01T00:15:00Z") from None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).timestamp()
    at = moment.replace(tzinfo=zone).timestamp()
    # The hour that comes twice in autumn: the second time it is an hour later.
    return moment.replace(tzinfo=zone, fold=1).timestamp() if after is not None and at <= after else at


def _figure(written: str, factor: float, *, line: int) -> float | None:
    text = written.strip()
    if not text or text.lower() in {"null", "none", "na", "n/a", "-"}:
        return None
    try:
        value = float(text)
    except ValueError:
        raise SeriesError(f"line {line}: {text[:40]!r} is no number") from None
    return value * factor if isfinite(value) else None
