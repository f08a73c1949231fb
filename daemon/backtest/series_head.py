"""The first line of a series: which column is the time and in which zone, which are prices and in which unit."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from config import quantity
from config.currencies import BITCOIN

COLUMNS: Final = ("power_price", "btc_price", "difficulty", "hashprice")
TIMES: Final = frozenset({"time", "timestamp", "date", "datetime", "at", "start", "start_time", "interval_start"})
DEFAULT_CURRENCY: Final = "USD"
_BRACKETED: Final = re.compile(r"(.+?)\s*[\[(]\s*(.+?)\s*[\])]")
_UNITS: Final = {"mwh": "MWh", "kwh": "kWh", "ph": "PH", "th": "TH", "btc": "BTC", "day": "day"}
_ENERGY: Final = ("mwh", "kwh")
_UTC_NAME: Final = "_utc"
_READ: Final = {
    "power_price": quantity.energy_price,
    "btc_price": quantity.bitcoin_price,
    "hashprice": quantity.hashprice,
}


class SeriesError(Exception):
    """The series cannot be used; the text says where and why."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column that is read: what one of its units is in base units, and its currency where it is money."""

    name: str
    place: int
    factor: float
    currency: str | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time stands and in which zone, the columns that are read, and the currency of the money."""

    time: int
    zone: tzinfo
    columns: tuple[Column, ...]
    currency: str


class _Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the head: its name in small letters, the name before a unit, and the unit in brackets."""

    place: int
    whole: str
    name: str
    unit: str | None


def head_of(
    cells: Sequence[str], *, zone: tzinfo, currency: str | None, units: Mapping[str, str], names: Mapping[str, str]
) -> Head:
    """Read the first line; raises SeriesError and QuantityError."""
    if len(cells) == 1 and ";" in cells[0]:
        raise SeriesError("its cells are parted by semicolons; commas are needed, and points in the figures")
    found = [_cell(place, shown) for place, shown in enumerate(cells)]
    for wanted in ("time", *COLUMNS):
        if wanted in names and not any(_is_named(cell, names[wanted]) for cell in found):
            raise SeriesError(f"there is no column {names[wanted]!r}; it has {', '.join(cells)}")
    time, its_zone = _time(found, zone=zone, name=names.get("time"), shown=", ".join(cells))
    rest = [cell for cell in found if cell.place != time]
    places: dict[str, tuple[int, str | None]] = {}
    for column in COLUMNS:
        place = _named(rest, names[column]) if column in names else _known(rest, column)
        if place is not None:
            places[column] = place
    if not places:
        raise SeriesError(f"there is none of the columns {', '.join(COLUMNS)}; name one with --column power_price=NAME")
    money = currency or _currency(places, units=units)
    columns = tuple(
        _column(column, place=place, unit=units.get(column) or unit, currency=money)
        for column, (place, unit) in places.items()
    )
    return Head(time=time, zone=its_zone, columns=columns, currency=money)


def _cell(place: int, shown: str) -> _Cell:
    bracketed = _BRACKETED.fullmatch(shown.strip())
    whole = shown.strip().lower()
    if bracketed is None:
        return _Cell(place=place, whole=whole, name=whole, unit=None)
    return _Cell(place=place, whole=whole, name=bracketed[1].lower(), unit=bracketed[2])


def _is_named(cell: _Cell, name: str) -> bool:
    return name.strip().lower() in (cell.whole, cell.name)


def _time(cells: Sequence[_Cell], *, zone: tzinfo, name: str | None, shown: str) -> tuple[int, tzinfo]:
    """Find the time, the one in UTC before a local one, and its zone by its name or by what stands in brackets."""
    if name is not None:
        listed = [cell for cell in cells if _is_named(cell, name)]
    else:
        listed = [cell for cell in cells if cell.name.removesuffix(_UTC_NAME) in TIMES]
    if not listed:
        raise SeriesError(f"there is no column `time`; name it with --column time=NAME (it has {shown})")
    chosen = next((cell for cell in listed if _is_utc(cell)), listed[0])
    if _is_utc(chosen):
        return chosen.place, UTC
    if chosen.unit is None:
        return chosen.place, zone
    try:
        return chosen.place, ZoneInfo(chosen.unit)
    except (KeyError, ValueError, OSError):
        raise SeriesError(
            f"{chosen.unit!r} beside the time is no time zone; write it as `time (Europe/Berlin)`"
        ) from None


def _is_utc(cell: _Cell) -> bool:
    return cell.name.endswith(_UTC_NAME) or (cell.unit or "").upper() in {"UTC", "Z", "GMT"}


def _named(cells: Sequence[_Cell], name: str) -> tuple[int, str | None] | None:
    """Give place and unit of a column by the file's own name; its name may say the unit, as `lmp_usd_per_mwh`."""
    cell = next((cell for cell in cells if _is_named(cell, name)), None)
    if cell is None:
        return None
    return cell.place, cell.unit or _unit_at_end(cell.name)


def _known(cells: Sequence[_Cell], column: str) -> tuple[int, str | None] | None:
    """Find a column by its own name, with its unit in brackets or behind it."""
    for cell in cells:
        if cell.name == column:
            return cell.place, cell.unit
    for cell in cells:
        if cell.name.startswith(f"{column}_") and "_per_" in cell.name:
            return cell.place, cell.unit or _unit(cell.name[len(column) + 1 :])
    if column != "power_price":
        return None
    prices = [(cell.place, unit) for cell in cells if (unit := _price_of_energy(cell)) is not None]
    if len(prices) > 1:
        raise SeriesError("several columns are prices of energy; name one with --column power_price=NAME")
    return prices[0] if prices else None


def _price_of_energy(cell: _Cell) -> str | None:
    """Give the unit of a column that is called a price and is per MWh or kWh, as `price_eur_per_mwh`."""
    unit = cell.unit
    if unit is None and cell.name.startswith("price_") and "_per_" in cell.name:
        unit = _unit(cell.name.removeprefix("price_"))
    is_price = cell.name.partition("_")[0] == "price"
    return unit if unit is not None and is_price and unit.lower().endswith(_ENERGY) else None


def _unit(written: str) -> str:
    """Read `usd_per_mwh` as USD/MWh."""
    return "/".join(_UNITS.get(word, word.upper()) for word in re.split(r"_per_|_", written))


def _unit_at_end(name: str) -> str | None:
    before, sign, after = name.partition("_per_")
    return _unit(f"{before.rpartition('_')[2]}_per_{after}") if sign else None


def _currency(places: Mapping[str, tuple[int, str | None]], *, units: Mapping[str, str]) -> str:
    """Give the currency in which the file's own prices are, the power price before the others."""
    for column in ("power_price", "hashprice", "btc_price"):
        if column in places:
            unit = units.get(column) or places[column][1]
            money = _READ[column](f"1 {unit}").currency if unit else BITCOIN
            if money != BITCOIN:
                return money
    return DEFAULT_CURRENCY


def _column(column: str, *, place: int, unit: str | None, currency: str) -> Column:
    """Find what one of the column's units is in base units, and its currency."""
    if column == "difficulty":
        factor = quantity.difficulty(f"1 {unit}") if unit else 1.0
        return Column(name=column, place=place, factor=factor)
    if unit is None:
        if column == "power_price":
            raise SeriesError("power_price has no unit; write `power_price (USD/MWh)`, or --unit power_price=USD/MWh")
        unit = f"{currency}/BTC" if column == "btc_price" else f"{currency}/PH/day"
    price = _READ[column](f"1 {unit}")
    if price.currency != currency and not (column == "hashprice" and price.currency == BITCOIN):
        raise SeriesError(
            f"{column} is in {price.currency} and the site's money in {currency}; give --currency {price.currency}, or "
            "a series in that money"
        )
    return Column(name=column, place=place, factor=price.amount, currency=price.currency)
