"""What one section says of another: ids used twice, and names that lead nowhere.

All of it works on the raw tree, so that a broken reference is reported together with everything else that is wrong.
"""

import difflib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from config.currencies import BITCOIN, CODES, STABLECOINS
from config.dimensions import KINDS, Dimension, QuantityError, Unit
from config.model.section import SURROUNDINGS, Location, as_items, as_mapping
from config.model.signals import SPECIAL
from config.model.treasury import holding
from config.model.words import named
from config.quantity import quantity
from config.units import any_unit

Problem = tuple[Location, str]

_LISTS_WITH_IDS = ("feeders", "racks", "devices", "pools", "hooks", "maintenance", "curtailment", "retired")


def unresolved(tree: dict[str, Any]) -> Iterator[Problem]:
    """Yield every id that is used twice and every name that leads nowhere, with its place."""
    for section in _LISTS_WITH_IDS:
        yield from _twice(section, as_items(tree.get(section)))
    yield from _twice("capacity.grants", as_items(as_mapping(tree.get("capacity")).get("grants")))
    guesses = Guesses()
    for noun in ("feeder", "rack"):
        known = ids(tree.get(f"{noun}s"))
        for where, name in _named(tree, noun):
            if name not in known:
                yield where, f"no {noun} has the id {named(name)} (section `{noun}s`){guesses.near(name, known)}"
    yield from _rack_places(tree)
    yield from _unexchanged(tree)
    yield from _unpaid(tree)
    yield from _signals(tree, guesses)


def ids(section: Any) -> dict[str, int]:
    """Give the ids of a list of mappings with their places; the first place where one is used twice."""
    found: dict[str, int] = {}
    for place, item in enumerate(as_items(section)):
        name = _name(as_mapping(item).get("id"))
        if name is not None:
            found.setdefault(name, place)
    return found


class Guesses:
    """Words guesses at what was meant; comparing is slow, so after a hundred names it leaves that to the reader."""

    def __init__(self) -> None:
        self._left = 100

    def near(self, name: str, known: Iterable[str]) -> str:
        """Word a guess; nothing when there is none."""
        if self._left <= 0:
            return ""
        self._left -= 1
        found = difflib.get_close_matches(name, list(islice(known, 10_000)), n=1)
        return f"; did you mean {found[0]}?" if found else ""


def _twice(path: str, items: list[Any]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for place, item in enumerate(items):
        name = _name(as_mapping(item).get("id"))
        if name is None:
            continue
        if name in first:
            yield (*path.split("."), place, "id"), f"{named(name)} is used already by {path}.{first[name]}"
        first.setdefault(name, place)


def _named(tree: dict[str, Any], key: str) -> Iterator[tuple[Location, str]]:
    """Find every place that names a feeder, or a rack."""
    for section in ("racks", "devices"):
        for place, item in enumerate(as_items(tree.get(section))):
            yield from _single((section, place, key), as_mapping(item).get(key))
    capacity = as_mapping(tree.get("capacity"))
    for section in ("reserve_awards", "grants"):
        for place, item in enumerate(as_items(capacity.get(section))):
            yield from _single(("capacity", section, place, key), as_mapping(item).get(key))
    for section in ("maintenance", "curtailment", "hooks"):
        for place, item in enumerate(as_items(tree.get(section))):
            for index, name in enumerate(as_items(as_mapping(item).get(f"{key}s"))):
                yield from _single((section, place, f"{key}s", index), name)


def _single(where: Location, value: Any) -> Iterator[tuple[Location, str]]:
    name = _name(value)
    if name is not None:
        yield where, name


def _rack_places(tree: dict[str, Any]) -> Iterator[Problem]:
    taken: dict[tuple[str, int], int] = {}
    for place, item in enumerate(as_items(tree.get("racks"))):
        row, position = _name(as_mapping(item).get("row")), as_mapping(item).get("position")
        if row is None or not isinstance(position, int):
            continue
        if (row, position) in taken:
            yield (
                ("racks", place, "position"),
                f"racks.{taken[row, position]} has this position in row {named(row)}",
            )
        taken.setdefault((row, position), place)
    feeder_of = {
        name: _name(as_mapping(as_items(tree.get("racks"))[place]).get("feeder"))
        for name, place in ids(tree.get("racks")).items()
    }
    for place, item in enumerate(as_items(tree.get("devices"))):
        device = as_mapping(item)
        feeder, rack = _name(device.get("feeder")), _name(device.get("rack"))
        supplied = feeder_of.get(rack) if rack is not None else None
        if feeder is not None and supplied is not None and feeder != supplied:
            yield (
                ("devices", place, "feeder"),
                f"is {named(feeder)}, but rack {named(rack)} hangs on feeder {named(supplied)}",
            )


def _signals(tree: dict[str, Any], guesses: Guesses) -> Iterator[Problem]:
    signals = as_mapping(tree.get("signals"))
    for where, name, dimension in _signal_names(tree):
        if name not in signals:
            yield where, f"no signal is named {named(name)} (section `signals`){guesses.near(name, signals)}"
            continue
        measured = _measured(signals[name])
        if measured is not None and not fits(measured, dimension):
            yield (
                where,
                f"{named(name)} is {KINDS[measured.dimension].noun}, but {KINDS[dimension].noun} is needed here",
            )
    for name, signal in signals.items():
        yield from _one_signal(name, as_mapping(signal), signals, guesses, foreign=_foreign(tree))
        if "mqtt" in as_mapping(signal) and not isinstance(tree.get("mqtt"), dict):
            yield ("signals", name, "mqtt"), "needs the broker's address in the section `mqtt`"


def _signal_names(tree: dict[str, Any]) -> Iterator[tuple[Location, str, Dimension]]:
    tariff = as_mapping(tree.get("tariff"))
    for key in ("signal", "sell_signal"):
        for where, name in _single(("tariff", key), tariff.get(key)):
            yield where, name, "energy_price"
    for currency, signal in as_mapping(tree.get("exchange")).items():
        for where, name in _single(("exchange", currency), signal):
            yield where, name, "money"
    for place, item in enumerate(as_items(tree.get("feeders"))):
        for where, name in _single(("feeders", place, "meter"), as_mapping(item).get("meter")):
            yield where, name, "power"
    for place, item in enumerate(as_items(as_mapping(tree.get("capacity")).get("grants"))):
        for where, name in _single(("capacity", "grants", place, "meter"), as_mapping(item).get("meter")):
            yield where, name, "power"


def _unexchanged(tree: dict[str, Any]) -> Iterator[Problem]:
    """Find holdings that nobody can value."""
    known, paid = _foreign(tree), SURROUNDINGS.get().currency
    for place, item in enumerate(as_items(as_mapping(tree.get("treasury")).get("holdings"))):
        try:
            held = holding(item)
        except QuantityError:
            continue  # reported where it stands
        if paid is not None and held.currency not in {paid, BITCOIN} and held.currency not in known:
            yield (
                ("treasury", "holdings", place),
                f"is in {held.currency}; name the signal that tells its worth under `exchange: {{{held.currency}: …}}`",
            )


def _unpaid(tree: dict[str, Any]) -> Iterator[Problem]:
    """Find pools whose payouts nobody can value."""
    known, paid = _foreign(tree), SURROUNDINGS.get().currency
    for place, item in enumerate(as_items(tree.get("pools"))):
        payout = as_mapping(item).get("payout")
        code = as_mapping(payout).get("currency") if isinstance(payout, dict) else payout
        where = ("pools", place, "payout", "currency") if isinstance(payout, dict) else ("pools", place, "payout")
        if not isinstance(code, str) or code.upper() not in CODES | STABLECOINS:
            continue  # reported where it stands, if it is wrong
        if paid is not None and code.upper() != paid and code.upper() not in known:
            message = f"is {code.upper()}; name the signal that tells its worth under `exchange: {{{code.upper()}: …}}`"
            yield where, message


def _foreign(tree: dict[str, Any]) -> dict[str, Any]:
    return {str(code).upper(): signal for code, signal in as_mapping(tree.get("exchange")).items()}


def _one_signal(
    name: str, signal: dict[str, Any], signals: dict[str, Any], guesses: Guesses, *, foreign: dict[str, Any]
) -> Iterator[Problem]:
    measured = _measured(signal)
    unit_key = "unit" if "unit" in signal else "static"
    expected = SPECIAL.get(name)
    if measured is not None and expected is not None and not fits(measured, expected):
        kind = KINDS[expected]
        yield (
            ("signals", name, unit_key),
            f'{name} must be {kind.noun} such as "{kind.example}", not {KINDS[measured.dimension].noun}',
        )
    elif measured is not None and measured.currency is not None:
        paid = SURROUNDINGS.get().currency
        in_bitcoin = measured.currency == "BTC" and measured.dimension in {"hashprice", "bitcoin"}
        is_exchanged = measured.currency in foreign and name not in foreign.values()
        if paid is not None and measured.currency != paid and not in_bitcoin and not is_exchanged:
            yield (
                ("signals", name, unit_key),
                f"is in {measured.currency}, but the site counts in {paid} (site.currency)"
                + ("" if name in foreign.values() else "; a signal under `exchange` can say what it is worth"),
            )
    for index, other in enumerate(as_items(signal.get("fallback"))):
        where = ("signals", name, "fallback", index)
        if not isinstance(other, str):
            continue
        if other not in signals:
            yield where, f"no signal is named {named(other)} (section `signals`){guesses.near(other, signals)}"
        elif other == name or name in _reached(other, signals):
            yield where, "leads back to this signal"
        else:
            fallback = _measured(signals[other])
            if measured is not None and fallback is not None and not fits(fallback, measured.dimension):
                yield where, f"is {KINDS[fallback.dimension].noun}, not {KINDS[measured.dimension].noun}"


def _reached(name: str, signals: dict[str, Any]) -> set[str]:
    reached: set[str] = set()
    ahead = [name]
    while ahead:
        for other in as_items(as_mapping(signals.get(ahead.pop())).get("fallback")):
            if isinstance(other, str) and other not in reached:
                reached.add(other)
                ahead.append(other)
    return reached


def fits(measured: Unit, dimension: Dimension) -> bool:
    """Tell whether a unit measures a dimension; a bare currency is money, and will do for the price of a bitcoin."""
    if dimension == "money" and measured.dimension == "bitcoin_price":
        return measured.text.upper() == measured.currency
    return measured.dimension == dimension or (dimension == "bitcoin_price" and measured.dimension == "money")


def _measured(signal: Any) -> Unit | None:
    """Read what a raw signal measures; None when it does not say, which is reported where it stands."""
    raw = as_mapping(signal)
    try:
        if isinstance(raw.get("unit"), str):
            return any_unit(raw["unit"])
        return quantity(raw["static"]).unit if isinstance(raw.get("static"), str) else None
    except QuantityError:
        return None


def _name(value: Any) -> str | None:
    """Read a raw id the way the model does; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)
