"""What is told in either shape of `stats`, and the readers of what both write alike."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from collectors.reading import Board, DeviceCondition, Fan
from collectors.value import MOST, Fields, hottest, listing, mapping, text

# a rate's key, its window, and its unit where the key tells; a label of GHS tells nothing
RATE_KEYS: tuple[tuple[str, str, float | None], ...] = (
    ("GHS 5s", "5s", None),
    ("rate_5s", "5s", None),
    ("MHS 5s", "5s", 1e6),
    ("rate_15m", "15m", None),
    ("rate_30m", "30m", None),
    ("GHS av", "lifetime", None),
    ("rate_avg", "lifetime", None),
    ("MHS av", "lifetime", 1e6),
)
POWER = ("watt", "power", "Power", "chain_power", "total_power")
MODE = ("miner-mode", "bitmain-work-mode", "miner_mode", "work_mode")
_ASLEEP = frozenset((1, 5))
_MILLIVOLT = 100.0  # no hashboard runs at 100 V, so a larger figure is in mV
_START_S = 600.0
WET = "hyd"  # in the names of machines that water cools


class Stats(msgspec.Struct, kw_only=True, gc=False):
    """What either shape tells, in base units."""

    kind: str | None = None  # the model text, as sent
    compiled: str | None = None
    windows: dict[str, float] = {}
    expected_hs: float | None = None
    uptime_s: float | None = None
    boards: tuple[Board, ...] = ()
    fans: tuple[Fan, ...] = ()
    power_w: float | None = None
    mode: int | None = None
    inlet_c: float | None = None
    outlet_c: float | None = None
    ambient_c: float | None = None
    hardware_errors: int | None = None
    factor: float = 1e9  # H/s of one unit of the rates


def kind(reply: Mapping[str, Any]) -> str | None:
    """Give the model text of a `stats` answer of either shape (`Antminer L3+`)."""
    for entry in (mapping(reply.get("INFO")), *listing(reply.get("STATS"))):
        entry = mapping(entry)
        found = text(entry.get("Type")) or text(entry.get("type"))
        if found is not None:
            return found
    return None


def work_mode(fields: Fields, source: Mapping[str, Any]) -> int | None:
    """Give the work mode: 0 normal, 1 and 5 asleep, 2 high, 3 low; number or text, under either of its names."""
    return fields.count(source, *MODE)


def condition(*, rate_hs: float | None, mode: int | None, uptime_s: float | None, has_faults: bool) -> DeviceCondition:
    """Tell the state from the rate, the work mode and how long the process runs.

    A rate of zero is sleep only when the mode says so; without a mode it is not known why.
    """
    if rate_hs:
        return "hashing"
    if mode in _ASLEEP:
        return "sleeping"
    if rate_hs is None:
        return "unknown"
    if uptime_s is not None and uptime_s < _START_S:
        return "starting"
    return "fault" if mode is not None or has_faults else "unknown"


def windows(
    fields: Fields,
    body: Mapping[str, Any],
    *,
    keys: Iterable[tuple[str, str, float | None]] = RATE_KEYS,
    factor: float,
) -> dict[str, float]:
    """Give every rate window in H/s; `keys` are those of `RATE_KEYS` to look for, `factor` the unit of most."""
    found: dict[str, float] = {}
    for key, name, own in keys:
        if name in found:
            continue
        value = body.get(key)
        if type(value) is float and 0.0 <= value <= MOST:
            # the plain case without a call
            found[name] = value * (own or factor)
        else:
            rate = fields.amount(key, value, own or factor)
            if rate is not None:
                found[name] = rate
    if found.get("30m") == 0.0 and found.get("5s") and found.get("lifetime"):
        del found["30m"]  # not kept by this firmware: a machine that hashes now and did since its start did then
    return found


def sensors(fields: Fields, body: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    """Give the hottest of the first name that has a plausible sensor; later names are older spellings."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        found = hottest(value)
        if found is not None:
            return found
        fields.hottest(body, name)  # which notes what cannot be read
    return None


def voltage(value: float | None) -> float | None:
    """Give volts from V or mV, None where there is no voltage."""
    if not value:
        return None
    return value / 1e3 if value > _MILLIVOLT else value
