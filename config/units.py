"""Units of measure: what a unit's text means, and what people write by mistake. Pure."""

from collections.abc import Mapping

from config.dimensions import KINDS, Dimension, QuantityError, Unit
from config.price_units import PRICE_DIMENSIONS, price_unit

_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_BIT_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_DURATIONS = {
    1.0: ("s", "sec", "second", "seconds"),
    60.0: ("m", "min", "minute", "minutes"),
    3600.0: ("h", "hr", "hour", "hours"),
    86400.0: ("d", "day", "days"),
    604800.0: ("w", "week", "weeks"),
    31536000.0: ("y", "yr", "year", "years"),
}
_HASHES = {"H": 1.0} | {f"{prefix}H": scale for prefix, scale in _PREFIXES.items()}
_SCALES: Mapping[Dimension, Mapping[str, float]] = {
    "power": {"W": 1.0, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "hashrate": {f"{name}{per}": scale for name, scale in _HASHES.items() for per in ("/s", "", "/sec", "s")},
    "efficiency": {"J/TH": 1.0, "J/T": 1.0, "W/TH": 1.0, "W/T": 1.0, "J/GH": 1e3, "W/GH": 1e3},
    "temperature": {"C": 1.0, "°C": 1.0, "degC": 1.0, "K": 1.0, "F": 5.0, "°F": 5.0, "degF": 5.0},
    "duration": {"ms": 1.0} | {name: scale for scale, names in _DURATIONS.items() for name in names},
    "difficulty": {"": 1.0, "K": 1e3, **_PREFIXES},
    "data_rate": {f"{p}{name}": n for p, n in _BIT_PREFIXES.items() for name in ("bps", "bit/s", "bits/s", "b/s")},
    "carbon": {"g/kWh": 1.0, "gCO2/kWh": 1.0, "kg/MWh": 1.0, "kgCO2/MWh": 1.0, "kg/kWh": 1e3, "t/MWh": 1e3},
    "ratio": {"%": 1.0},
    "number": {"": 1.0, "1": 1.0},
}
_DIVISORS: Mapping[Dimension, Mapping[str, float]] = {
    "temperature": {"F": 9.0, "°F": 9.0, "degF": 9.0},
    "duration": {"ms": 1e3},
    "ratio": {"%": 100.0},
}
_SHIFTS: Mapping[Dimension, Mapping[str, float]] = {
    "temperature": {"K": -273.15, "F": -32.0, "°F": -32.0, "degF": -32.0}
}
# Where upper and lower case differ in meaning, only the exact text will do.
_EXACT: frozenset[Dimension] = frozenset({"duration", "difficulty", "number"})
_FOLDED = {
    dimension: {name.lower(): name for name in names} for dimension, names in _SCALES.items() if dimension not in _EXACT
}
# The order tells what a text means that several dimensions know: `K` is kelvin, `m` is a minute.
_TELLING: tuple[Dimension, ...] = (
    *("number", "power", "hashrate", "efficiency", "temperature"),
    *("ratio", "carbon", "data_rate", "duration"),
)
_SLIPS: Mapping[Dimension, Mapping[str, str]] = {
    "power": {
        **dict.fromkeys(("Wh", "kWh", "MWh", "GWh"), "is energy; power has no h"),
        "mW": "is a thousandth of a watt; megawatts are MW",
        **dict.fromkeys(("VA", "kVA", "MVA"), "is apparent power; give the real power in kW"),
        **dict.fromkeys(("A", "V"), "is not enough: multiply volts by amperes and give W"),
    },
    "hashrate": {
        **{f"{p}{b}{per}": "counts bytes; hashes are H" for p in "kMGTPE" for b in "Bb" for per in ("", "/s", "ps")},
        **dict.fromkeys(_PREFIXES, "lacks the H"),
    },
    "duration": {
        **dict.fromkeys(("M", "mo"), "could be months, which have no fixed length; minutes are m, days are d"),
        **dict.fromkeys(("month", "months"), "have no fixed length; minutes are m, days are d"),
        **dict.fromkeys(("H", "S", "D", "W", "Y", "MS", "Ms", "MIN", "Min"), "must be written small"),
        **dict.fromkeys(("us", "µs", "μs", "ns"), "is finer than anything here; use ms"),
    },
    "data_rate": {f"{p}B{per}": "counts bytes; give bits" for p in _BIT_PREFIXES for per in ("/s", "ps")},
    "carbon": {"g": "lacks /kWh", "kg": "lacks /MWh", "gCO2": "lacks /kWh"},
    "efficiency": {"J": "lacks /TH"},
}


def unit(text: str, dimension: Dimension) -> Unit:
    """Read a unit of one dimension.

    Raises QuantityError when it is unknown or belongs to another dimension; its message does not say what was
    expected, which the caller knows better.
    """
    name = " ".join(text.split())
    if dimension not in _SCALES:
        return price_unit(name, dimension)
    slip = _SLIPS.get(dimension, {}).get(name)
    if slip is not None:
        raise QuantityError(f"{name} {slip}")
    found = _measured(name, dimension)
    if found is None:
        raise QuantityError(_strange(name))
    return found


def any_unit(text: str) -> Unit:
    """Read a unit of whatever dimension its text tells; no text at all is a plain number.

    Raises QuantityError when no dimension knows it.
    """
    name = " ".join(text.split())
    for dimension in _TELLING:
        found = _measured(name, dimension)
        if found is not None:
            return found
    for dimension in PRICE_DIMENSIONS:
        try:
            return price_unit(name, dimension)
        except QuantityError:
            continue
    examples = "kW, USD/BTC, USD/PH/day, USD/MWh, C, %, g/kWh"
    raise QuantityError(f'"{name[:40]}" is not a unit that is known here; some that are: {examples}')


def _measured(name: str, dimension: Dimension) -> Unit | None:
    names = _SCALES[dimension]
    # Folding the case must not decide whether `mw` was meant as mega or milli.
    if name not in names and name.lower() != "mw":
        name = _FOLDED.get(dimension, {}).get(name.lower(), name)
    if name not in names or name in _SLIPS.get(dimension, {}):
        return None
    return Unit(
        text=name,
        dimension=dimension,
        scale=names[name],
        divisor=_DIVISORS.get(dimension, {}).get(name, 1.0),
        shift=_SHIFTS.get(dimension, {}).get(name, 0.0),
    )


def _strange(name: str) -> str:
    if not name:
        return "the unit is missing"
    if name[0] in "µμ":
        return f"{name} begins with µ, a millionth, which nothing here is measured in"
    if name == "mw":
        return "mw may be mega or milli; megawatts are MW"
    try:
        other = any_unit(name)
    except QuantityError:
        return f'"{name[:40]}" is not a unit that fits'
    return f"{name} is the unit of {KINDS[other.dimension].noun}"
