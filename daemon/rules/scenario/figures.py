"""Amounts in a scenario: text with a unit where the key's ending tells what it is, else a number in base units."""

from collections.abc import Callable
from typing import Any

from config.quantity import (
    Price,
    QuantityError,
    bitcoin,
    difficulty,
    duration_s,
    energy_price,
    hashprice,
    hashrate_hs,
    power_w,
    quantity,
    ratio,
    temperature_c,
)


class ScenarioError(Exception):
    """A scenario cannot be played; `path` says where, as keys and places from the top."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


# Longest endings first: `_per_kwh` is no `_h`.
_ENDINGS: tuple[tuple[str, Callable[[object], float | Price]], ...] = (
    ("_per_ph_day", hashprice),
    ("_per_kwh", energy_price),
    ("_ratio", ratio),
    ("_btc", bitcoin),
    ("_hs", hashrate_hs),
    ("_w", power_w),
    ("_c", temperature_c),
    ("_s", duration_s),
    ("_at", duration_s),
)
_WHOLE: dict[str, Callable[[object], float | Price]] = {
    "at": duration_s,
    "step": duration_s,
    "since": duration_s,
    "difficulty": difficulty,
}


def figures(value: Any, *, path: tuple[str | int, ...] = (), name: str = "") -> Any:
    """Give the value with every text that is an amount turned into base units.

    A key's ending says what it is (`power_w: 3.1 kW`); inside a mapping under such a key (`meters_w: {f1: 300 kW}`)
    it holds for every entry. Raises ScenarioError.
    """
    if isinstance(value, dict):
        return {
            key: figures(item, path=(*path, key), name=key if _reader(str(key)) else name)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [figures(item, path=(*path, place), name=name) for place, item in enumerate(value)]
    reader = _reader(name)
    if reader is None or not isinstance(value, str):
        return value
    try:
        read = reader(value)
    except QuantityError as error:
        raise ScenarioError(path, str(error)) from None
    return read.amount if isinstance(read, Price) else read


def any_figure(value: Any, *, path: tuple[str | int, ...]) -> float:
    """Read a number, or text with whatever unit it carries, in base units; raises ScenarioError."""
    try:
        return quantity(value).value
    except QuantityError as error:
        raise ScenarioError(path, str(error)) from None


def _reader(name: str) -> Callable[[object], float | Price] | None:
    if name in _WHOLE:
        return _WHOLE[name]
    return next((reader for ending, reader in _ENDINGS if name.endswith(ending)), None)
