"""The two shapes in which Bitmain's firmware, and what descends from it, tells of boards, fans and rates.

* the flat one of port 4028: `STATS[1]` with `chain_acn1`, `temp_pcb1`, `fan1` …
* the listed one of `stats.cgi`, and of `stats` with `new_api`: `STATS[0].chain[]`, `fan[]`, `rate_5s` …
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from collectors import coolant
from collectors.layout import by_keys, lookup
from collectors.plain import Text, plain
from collectors.rate import factor as rate_factor
from collectors.rate import unit_between
from collectors.reading import Board, DeviceCondition, Fan
from collectors.value import (
    MOST,
    MOST_COUNTED,
    SENSORS_LENGTH,
    Fields,
    hottest,
    hottest_text,
    listing,
    mapping,
    number,
    shown,
    text,
)

# S9 and its kin number their three chains so (connectors of the control board), all others from 1
_OLD_CHAINS = (6, 7, 8)
_FANS = tuple(f"fan{number}" for number in range(1, 9))
# where S9 and its kin plug their two fans in
_OLD_FANS = ("fan3", "fan6")
# a rate's key, its window, and its unit where the key tells; a label of GHS tells nothing
_RATE_KEYS: tuple[tuple[str, str, float | None], ...] = (
    ("GHS 5s", "5s", None),
    ("rate_5s", "5s", None),
    ("MHS 5s", "5s", 1e6),
    ("rate_15m", "15m", None),
    ("rate_30m", "30m", None),
    ("GHS av", "lifetime", None),
    ("rate_avg", "lifetime", None),
    ("MHS av", "lifetime", 1e6),
)
# between these a board's sum and the whole differ by their windows, outside by their unit
_SAME_LOW, _SAME_HIGH = 0.02, 50.0
_CHAINS = range(1, 17)
# an entry with one of these is the body of the flat shape, not its heading
_BODY = frozenset(("Elapsed", "fan_num", "chain_acn1"))
_POWER = ("watt", "power", "Power", "chain_power", "total_power")
_MODE = ("miner-mode", "bitmain-work-mode", "miner_mode", "work_mode")
_ASLEEP = frozenset((1, 5))
_MILLIVOLT = 100.0  # no hashboard runs at 100 V, so a larger figure is in mV
_START_S = 600.0
_WHOLE = frozenset((int,))
_PLACES = range(len(_FANS))
_WET = "hyd"  # in the names of machines that water cools


class _Chain(msgspec.Struct, frozen=True, gc=False):
    """The keys of one chain that a flat body has, older spellings last.

    `take` looks up chips and rate, and the newest spelling of the frequency and both kinds of sensors, at once.
    """

    chain: int
    chips: str
    rate: str
    ideal: tuple[str, ...]
    voltage: tuple[str, ...]
    frequency: tuple[str, ...]
    board_sensors: tuple[str, ...]
    chip_sensors: tuple[str, ...]
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]


class _Layout(msgspec.Struct, frozen=True, gc=False):
    """Which keys of one entry of `STATS` tell what; firmware has its own, and the same ones at every poll."""

    has_kind: bool
    is_body: bool
    windows: tuple[tuple[str, str, float | None], ...]
    ideal: tuple[str, ...]
    fans: tuple[str, ...]
    take_fans: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    chains: tuple[_Chain, ...]
    power: tuple[str, ...]
    mode: tuple[str, ...]
    ambient: tuple[str, ...]


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


def stats(fields: Fields, reply: Mapping[str, Any], *, factor: float | None = None) -> Stats:
    """Read a `stats` answer of either shape; `factor` is the unit of rates where the answer does not name it."""
    entries = []
    is_listed = False
    for entry in listing(reply.get("STATS")):
        if type(entry) is dict:
            entries.append(entry)
            if "chain" in entry and type(entry["chain"]) is list:
                is_listed = True
    if is_listed:
        return _listed(fields, reply, entries=entries, factor=factor)
    return _flat(fields, entries=entries, factor=factor)


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
    return fields.count(source, *_MODE)


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


@by_keys
def _layout(keys: tuple[str, ...]) -> _Layout:
    """Find out what an entry with these keys tells, once for all devices that write the same ones."""
    known = frozenset(keys)

    def those(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in known)

    fans = those(*_FANS)
    chains = [chain for chain in _CHAINS if f"chain_acn{chain}" in known or f"chain_rate{chain}" in known]
    return _Layout(
        has_kind="Type" in known,
        is_body=not known.isdisjoint(_BODY),
        windows=tuple(rate for rate in _RATE_KEYS if rate[0] in known),
        ideal=those("total_rateideal", "total_rate_ideal"),
        fans=fans,
        take_fans=lookup(keys, fans),
        chains=tuple(_chain(chain, keys=keys, those=those) for chain in chains),
        power=those(*_POWER),
        mode=those(*_MODE),
        ambient=those("temp_ambient", "ambient_temp"),
    )


def _chain(chain: int, *, keys: tuple[str, ...], those: Callable[..., tuple[str, ...]]) -> _Chain:
    chips, rate = f"chain_acn{chain}", f"chain_rate{chain}"
    frequency = those(f"freq_avg{chain}", f"freq{chain}")
    board_sensors = those(f"temp_pcb{chain}", f"temp{chain}")
    chip_sensors = those(f"temp_chip{chain}", f"temp2_{chain}", f"temp3_{chain}")
    newest = (names[0] if names else None for names in (frequency, board_sensors, chip_sensors))
    return _Chain(
        chain=chain,
        chips=chips,
        rate=rate,
        ideal=those(f"chain_rateideal{chain}"),
        voltage=those(f"chain_vol{chain}", f"chain_voltage{chain}", f"voltage{chain}"),
        frequency=frequency,
        board_sensors=board_sensors,
        chip_sensors=chip_sensors,
        take=lookup(keys, (chips, rate, *newest)),
    )


class _Info(msgspec.Struct, frozen=True, gc=False):
    """The heading of the flat shape, as nearly all firmware writes it."""

    kind: Text | None = msgspec.field(name="Type", default=None)
    compiled: Text | None = msgspec.field(name="CompileTime", default=None)


_NOTHING = _layout({})
_NO_INFO = _Info()


def _flat(fields: Fields, *, entries: list[dict[str, Any]], factor: float | None) -> Stats:
    info: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    layout = _NOTHING
    for entry in entries:
        of = _layout(entry)
        if info is None and of.has_kind:
            info = entry
        if body is None and of.is_body:
            body, layout = entry, of
    if body is None:
        body = entries[-1] if entries else {}
        layout = _layout(body)
    if info is None:
        info = {}
    unit = rate_factor(body.get("rate_unit")) or factor or 1e9
    windows = _windows(fields, body, keys=layout.windows, factor=unit)
    boards = _in_one_unit(_flat_boards(fields, body, chains=layout.chains, factor=unit), windows)
    said = plain(info, _Info) or _NO_INFO
    name = fields.text(info, "Type") if said.kind is None else shown(said.kind)
    inlet = outlet = None
    if name is not None and _WET in name.lower():
        boards, inlet, outlet = coolant.apart(boards, [body.get(f"temp_chip{chain}") for chain in _CHAINS])
    return Stats(
        kind=name,
        compiled=fields.text(info, "CompileTime") if said.compiled is None else shown(said.compiled),
        windows=windows,
        expected_hs=(fields.positive(body, *layout.ideal, times=unit) or None) if layout.ideal else None,
        uptime_s=fields.positive(body, "Elapsed"),
        boards=boards,
        fans=_flat_fans(fields, body, layout=layout),
        power_w=(fields.quantity(body, *layout.power) or None) if layout.power else None,
        mode=fields.count(body, *layout.mode) if layout.mode else None,
        inlet_c=inlet,
        outlet_c=outlet,
        ambient_c=fields.temperature(body, *layout.ambient) if layout.ambient else None,
        hardware_errors=fields.count(body, "no_matching_work"),
        factor=unit,
    )


def _windows(
    fields: Fields,
    body: Mapping[str, Any],
    *,
    keys: Iterable[tuple[str, str, float | None]] = _RATE_KEYS,
    factor: float,
) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, name, own in keys:
        if name not in found and key in body:
            value = body[key]
            if type(value) is float and 0.0 <= value <= MOST:
                found[name] = value * (own or factor)
                continue
            rate = fields.amount(key, value, own or factor)
            if rate is not None:
                found[name] = rate
    if found.get("30m") == 0.0 and found.get("5s") and found.get("lifetime"):
        del found["30m"]  # not kept by this firmware: a machine that hashes now and did since its start did then
    return found


def _flat_boards(
    fields: Fields, body: Mapping[str, Any], *, chains: tuple[_Chain, ...], factor: float
) -> tuple[Board, ...]:
    boards = []
    numbers = []
    for names in chains:
        chips, rate, megahertz, board_sensors, chip_sensors = names.take(body)
        if not ((chips and (type(chips) is int or number(chips))) or (rate and number(rate))):
            for name, value in ((names.chips, chips), (names.rate, rate)):
                if value and number(value) is None:
                    fields.missed(name)
            continue
        hashrate = fields.amount(names.rate, rate, factor)
        expected = fields.positive(body, *names.ideal, times=factor) if names.ideal else None
        # the plain case of both without a call between
        board_c = (
            hottest_text(board_sensors)
            if type(board_sensors) is str and len(board_sensors) <= SENSORS_LENGTH
            else hottest(board_sensors)
        )
        chip_c = (
            hottest_text(chip_sensors)
            if type(chip_sensors) is str and len(chip_sensors) <= SENSORS_LENGTH
            else hottest(chip_sensors)
        )
        numbers.append(names.chain)
        boards.append(
            Board(
                index=names.chain - 1,
                hashrate_hs=hashrate,
                hashrate_expected_hs=expected or None,
                board_temperature_c=_sensors(fields, body, names.board_sensors) if board_c is None else board_c,
                chip_temperature_c=_sensors(fields, body, names.chip_sensors) if chip_c is None else chip_c,
                # the plain case of both without a call
                chips=chips if type(chips) is int and 0 < chips <= MOST_COUNTED else fields.count(body, names.chips),
                frequency_hz=megahertz * 1e6
                if type(megahertz) is int and megahertz > 0
                else fields.positive(body, *names.frequency, times=1e6) or None,
                voltage_v=_voltage(fields.positive(body, *names.voltage)) if names.voltage else None,
                state="ok" if hashrate else "unknown" if hashrate is None else "fault",
            )
        )
    if boards and numbers[0] in _OLD_CHAINS and numbers[-1] <= _OLD_CHAINS[-1]:
        return tuple([replace(board, index=board.index - _OLD_CHAINS[0] + 1) for board in boards])
    return tuple(boards)


def _in_one_unit(boards: tuple[Board, ...], windows: Mapping[str, float]) -> tuple[Board, ...]:
    """Give boards in the unit in which they make up the whole: some firmware counts their rates in another one."""
    whole = windows.get("5s") or windows.get("lifetime")
    parts = sum([board.hashrate_hs or 0.0 for board in boards]) if whole else 0.0
    if not whole or not parts or _SAME_LOW < parts / whole < _SAME_HIGH:
        return boards
    slip = unit_between(parts, whole)
    if slip is None:
        return boards
    return tuple(
        board if board.hashrate_hs is None else replace(board, hashrate_hs=board.hashrate_hs * slip) for board in boards
    )


def _sensors(fields: Fields, body: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
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


def _flat_fans(fields: Fields, body: Mapping[str, Any], *, layout: _Layout) -> tuple[Fan, ...]:
    names = layout.fans
    told = layout.take_fans(body)
    count = body.get("fan_num")
    if (count is None or (type(count) is int and count >= len(told))) and {*map(type, told)} == _WHOLE:
        return tuple(map(_fan, _PLACES, told))
    speeds = [*map(fields.amount, names, told)]
    count = fields.count(body, "fan_num")
    if count is not None and len(speeds) > count:
        # eight connectors are listed and `fan_num` of them used: those that turn, then the usual places
        listed = dict(zip(names, speeds, strict=True))
        used = [name for name, rpm in listed.items() if rpm]
        rest = [name for name in (*_OLD_FANS, *names) if name in listed and name not in used]
        used += rest[: max(0, count - len(used))]
        speeds = [listed[name] for name in sorted(dict.fromkeys(used))]
    return tuple([Fan(index=index, rpm=rpm) for index, rpm in enumerate(speeds)])


@functools.lru_cache(maxsize=1 << 12)
def _fan(index: int, rpm: int) -> Fan:
    """Give a fan whose speed is a whole number; they are counted in steps, so that a site has a few hundred."""
    return Fan(index=index, rpm=float(rpm) if 0 <= rpm <= MOST else None)


def _power(fields: Fields, body: Mapping[str, Any]) -> float | None:
    """Give watts where a firmware measures them; 0 stands for "not measured"."""
    return fields.quantity(body, *_POWER) or None


def _voltage(value: float | None) -> float | None:
    if not value:
        return None
    return value / 1e3 if value > _MILLIVOLT else value


def _listed(fields: Fields, reply: Mapping[str, Any], *, entries: list[dict[str, Any]], factor: float | None) -> Stats:
    info = mapping(reply.get("INFO")) or next((entry for entry in entries if "Type" in entry or "type" in entry), {})
    body = next(entry for entry in entries if type(entry.get("chain")) is list)
    unit = rate_factor(body.get("rate_unit")) or factor or 1e9
    expected = fields.positive(body, "rate_ideal", times=unit)
    chains = [mapping(chain) for chain in body["chain"]]
    boards = tuple(_listed_board(fields, chain, at=at, factor=unit) for at, chain in enumerate(chains) if chain)
    name = fields.text(info, "type", "Type")
    inlet, outlet = coolant.end(chains, "temp_in"), coolant.end(chains, "temp_out")
    if inlet is None and name is not None and _WET in name.lower():
        boards, inlet, outlet = coolant.apart(boards, [chain.get("temp_chip") for chain in chains])
        if inlet is None:
            inlet, outlet = coolant.on_boards(chains, name)
    return Stats(
        kind=name,
        compiled=fields.text(info, "CompileTime"),
        windows=_windows(fields, body, factor=unit),
        expected_hs=expected or None,
        uptime_s=fields.positive(body, "elapsed", "Elapsed"),
        boards=boards,
        fans=_listed_fans(fields, body),
        power_w=_power(fields, body),
        mode=work_mode(fields, body),
        inlet_c=inlet,
        outlet_c=outlet,
        ambient_c=fields.temperature(body, "ambient_temp"),
        hardware_errors=_sum(fields.count(chain, "hw") for chain in chains),
        factor=unit,
    )


def _listed_board(fields: Fields, chain: Mapping[str, Any], *, at: int, factor: float) -> Board:
    index = fields.count(chain, "index")
    rate = fields.positive(chain, "rate_real", "hashrate", times=factor)
    chips = fields.count(chain, "asic_num")
    return Board(
        index=at if index is None else index,
        hashrate_hs=rate,
        hashrate_expected_hs=fields.positive(chain, "rate_ideal", times=factor) or None,
        board_temperature_c=_sensors(fields, chain, ("temp_pcb",)),
        chip_temperature_c=_sensors(fields, chain, ("temp_chip",)),
        chips=chips,
        frequency_hz=fields.positive(chain, "freq_avg", times=1e6) or None,
        voltage_v=_voltage(fields.positive(chain, "voltage")),
        state="missing" if chips == 0 and not rate else "ok" if rate else "unknown" if rate is None else "fault",
        serial=fields.text(chain, "sn"),
    )


def _listed_fans(fields: Fields, body: Mapping[str, Any]) -> tuple[Fan, ...]:
    fans = []
    for index, rpm in enumerate(listing(body.get("fan"))):
        speed = number(rpm)
        if speed is None and text(rpm):
            fields.missed("fan")
        fans.append(Fan(index=index, rpm=speed if speed is None or speed >= 0 else None))
    return tuple(fans)


def _sum(counts: Iterable[int | None]) -> int | None:
    said = [count for count in counts if count is not None]
    return sum(said) if said else None
