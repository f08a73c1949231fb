"""Canaan Avalon: A7 to A15 in the hall, Q, Mini 3 and Nano 3 at home; port 4028, no password.

The figures stand in one text per module, as `Key[value value]` after `Key[…]`, under `MM ID0` (or `MM ID0:Summary`)
of `litestats`, `estats` or `stats`; each chip's own under `HBinfo` or in the same text. The short answer is asked for
where the firmware has it, and the long one, which counts the chips, seldom. `PS` ends with the watts drawn from the
wall; older supplies stop at those put out. `GHSmm` is what the machine should do at its settings.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import condition
from collectors.errors import CollectError
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.miners.avalon_faults import Module, at_place, errors_of, is_fault, numbers
from collectors.rate import shortest
from collectors.reading import Board, Fan, Reading
from collectors.target import Ask
from collectors.told import highest, total
from collectors.value import Fields, hottest, listing, mapping, number, text

_SOURCES = ("litestats", "estats", "stats")
_MODULE = re.compile(r"MM ID(\d{1,4})")
_MEMBER = re.compile(r"(\w+)\[([^\]]*)\]")
_BOARD = re.compile(r"'HB(\d{1,2})'\s*:\s*\{([^}]*)\}")
_PER_BOARD = re.compile(r"(PVT_T|PVT_V|MW)\d*\Z")
_PER_CHIP = re.compile(r"PVT_T(\d{1,2})\Z")
_FAN = re.compile(r"Fan(\d{0,2})\Z")
_MAKE = re.compile(r"^\s*avalon(?:miner)?[\s_-]*", re.IGNORECASE)
_BIN = re.compile(r"(\d{2,4})-\d+\Z")
_OLD_VERSION = re.compile(r"(\d{3,4})\d{4}[-_]")
_LETTER_DIGIT = re.compile(r"(?<=[a-z])(?=\d)")
_STATUS = re.compile(r"Work:\s*(?:In\s+)?(\w+)", re.IGNORECASE)
_MOST_BOARDS = 16
_WALL, _OUTPUT = 6, 4  # places in PS
_VOLTS = 2
_TEN_MILLIVOLTS = 5000.0  # no board runs at 50 V: a larger figure is in mV
_NO_CHIP_C = -200.0
_FAR_OFF = 2.0


def recognises(evidence: Evidence) -> int:
    """Weigh the product in `version`, the modules in `stats`, the driver in `devdetails`."""
    if "AVALON" in evidence.says("version") or "'MM ID" in evidence.says("stats"):
        return SURE
    if "AVALON" in evidence.says("devdetails"):
        return SURE
    return LIKELY if "AVALON DEVICE" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    answers, modules = await _answers(ask)
    chips = await _chips(ask, modules)
    fields = ask.fields
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    windows = _windows(fields, summary, answers.get("devs", {}), modules)
    rate = shortest(windows)
    pools = cgminer.pools(fields, answers.get("pools", {}))
    uptime = fields.positive(summary, "Elapsed")
    if uptime is None:
        uptime = highest(fields.positive(one, "Elapsed") for one in modules)
    errors = errors_of(fields, modules)
    power = total(_power(one) for one in modules)
    status = [match[1].lower() for one in modules if (match := _STATUS.search(one.get("SYSTEMSTATU", "")))]
    boards = _boards(fields, modules, chips=chips, is_hashing=bool(rate))
    return Reading(
        family="avalon",
        make="Avalon",
        model=_model(fields, version, modules),
        firmware="stock",
        firmware_version=_firmware(fields, version, modules),
        mac=fields.mac(version, "MAC"),
        serial=_serial(fields, version, modules),
        algorithm="sha256d",
        state=condition(
            rate_hs=rate,
            uptime_s=uptime,
            is_asleep=_is_asleep(modules),
            is_starting=any(word.startswith("init") for word in status),
            has_faults=bool(errors),
            pools=pools,
        )
        if rate or _is_asleep(modules) or "idle" not in status
        else "idle",
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=total(fields.positive(one, "GHSmm", times=1e9) for one in modules) or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=total(fields.positive(one, "MPO") for one in modules) or None,
        uptime_s=uptime,
        temperature_inlet_c=_over(fields, modules, "ITemp", "Temp", "TIn"),
        temperature_outlet_c=_over(fields, modules, "OTemp"),
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=boards,
        fans=_fans(fields, modules),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


# ---- asking


async def _answers(ask: Ask) -> tuple[dict[str, dict[str, Any]], list[Module]]:
    """Ask for the totals, the pools and the shortest answer that has the modules, which is remembered."""
    known = ask.memory.get("modules_in")
    answers: dict[str, dict[str, Any]] = {}
    modules: list[Module] = []
    for source in (known,) if known in _SOURCES else _SOURCES:
        wanted = (source,) if answers else ("summary", source, "pools")
        try:
            answers |= await ask.commands(wanted)
        except CollectError:
            if not answers:
                raise
            ask.fields.missed(source)
        modules = _modules(answers.get(source, {}))
        if modules:
            ask.memory["modules_in"] = source
            break
    else:
        ask.memory.pop("modules_in", None)
    if "summary" not in answers:
        answers |= await ask.commands(("devs",))
    return answers, modules


async def _chips(ask: Ask, modules: list[Module]) -> list[list[int]]:
    """Give the chips that answer on each board of each module, from each chip's own temperature."""
    if any(_PER_CHIP.match(key) for one in modules for key in one):
        return [_counted(one) for one in modules]

    async def fetch() -> Any:
        for source in ("estats", "stats"):
            found = _modules(await ask.rpc(source))
            if any(_PER_CHIP.match(key) for one in found for key in one):
                return [_counted(one) for one in found]
        return []

    found = await ask.seldom("chips", fetch) if ask.memory.get("modules_in") == "litestats" else None
    return found or []


# ---- the modules' texts


def _modules(reply: Mapping[str, Any]) -> list[Module]:
    """Take the modules' texts apart: each `Key[values]` under its key, a board's own numbered by the board."""
    found: list[Module] = []
    for entry in map(mapping, listing(reply.get("STATS"))):
        for key, value in sorted(entry.items(), key=_module_number):
            if not key.startswith("MM ID") or not isinstance(value, str):
                continue
            module: Module = dict(_MEMBER.findall(value))
            if not module:
                continue
            info = entry.get("HBinfo")
            for board, part in _BOARD.findall(info) if isinstance(info, str) else ():
                for name, values in _MEMBER.findall(part):
                    own = _PER_BOARD.match(name)
                    module[f"{own[1]}{int(board)}" if own else name] = values
            found.append(module)
    return found


def _module_number(item: tuple[str, Any]) -> int:
    match = _MODULE.match(item[0])
    return int(match[1]) if match else 0


def _counted(module: Module) -> list[int]:
    boards = {int(match[1]): _answering(module, key) for key in module if (match := _PER_CHIP.match(key))}
    return [boards[board] for board in sorted(boards)]


def _answering(module: Module, key: str) -> int:
    """Count a board's chips that have a temperature; there are hundreds, nearly always written as whole degrees."""
    values: Iterable[float | None]
    try:
        values = list(map(int, module[key].split()))
    except ValueError:
        values = numbers(module, key)
    return sum(one is not None and one > _NO_CHIP_C and one != 0 for one in values)


# ---- the whole machine


def _windows(
    fields: Fields, summary: Mapping[str, Any], devices: Mapping[str, Any], modules: list[Module]
) -> dict[str, float]:
    """Give the rate windows: cgminer's, and the modules' own current rate.

    The 5 s window counts shares, and on a machine of few chips is often far from what these report of themselves.
    """
    found = cgminer.windows(fields, summary)
    if not found:
        parts = [cgminer.windows(fields, one) for one in map(mapping, listing(devices.get("DEVS")))]
        found = {name: sum(part.get(name, 0.0) for part in parts) for name in (parts[0] if parts else ())}
    slip = cgminer.unit_slip(fields, summary, found)
    found = {name: rate * slip for name, rate in found.items()}
    current = total(fields.positive(one, "GHSspd", times=1e9) for one in modules)
    if current is not None:
        found["realtime"] = current
        short = found.get("5s")
        if short is not None and not current / _FAR_OFF <= short <= current * _FAR_OFF:
            del found["5s"]
    mean = total(fields.positive(one, "GHSavg", times=1e9) for one in modules)
    if mean is not None:
        found.setdefault("lifetime", mean)
    return found


def _is_asleep(modules: list[Module]) -> bool | None:
    """Tell sleep from `SoftOFF`; None when no module has it."""
    said = [number(one["SoftOFF"]) for one in modules if "SoftOFF" in one]
    return None if not said else all(bool(one) for one in said)


def _power(module: Module) -> float | None:
    wall = number(module.get("WALLPOWER"))
    if wall is not None and wall > 0:
        return wall
    supply = numbers(module, "PS")
    place = _WALL if len(supply) > _WALL else _OUTPUT
    watts = supply[place] if len(supply) > place else None
    return watts if watts is not None and watts > 0 else None


def _volts(module: Module) -> float | None:
    supply = numbers(module, "PS")
    volts = supply[_VOLTS] if len(supply) > _VOLTS else None
    if not volts or volts < 0:
        return None
    return volts / 1e3 if volts > _TEN_MILLIVOLTS else volts / 1e2


def _model(fields: Fields, version: Mapping[str, Any], modules: list[Module]) -> str | None:
    """Give the model from the product (`AvalonMiner 1246-83` → 1246, `Avalon Nano3s` → Nano 3s), else from `Ver`.

    Two digits are a series (`15-194` → A15); what follows the hyphen is the bin in TH/s.
    """
    for name in (fields.text(version, "PROD"), fields.text(version, "MODEL")):
        plain = _MAKE.sub("", name or "")
        if plain:
            return _named(plain)
    own = text(modules[0].get("Ver")) if modules else None
    if own is None:
        return None
    old = _OLD_VERSION.match(own)
    return old[1] if old else _named(own.rpartition("-")[0] or own)


def _named(plain: str) -> str:
    series = _BIN.match(plain)
    if series is None:
        return _LETTER_DIGIT.sub(" ", plain)
    return f"A{series[1]}" if len(series[1]) == 2 else series[1]


def _firmware(fields: Fields, version: Mapping[str, Any], modules: list[Module]) -> str | None:
    found = fields.text(version, "VERSION", "LVERSION", "BVERSION", "CGVERSION")
    return found or (fields.text(modules[0], "LVer", "Ver") if modules else None) or fields.text(version, "CGMiner")


def _serial(fields: Fields, version: Mapping[str, Any], modules: list[Module]) -> str | None:
    return fields.text(version, "DNA") or (fields.text(modules[0], "DNA") if modules else None)


def _fans(fields: Fields, modules: list[Module]) -> tuple[Fan, ...]:
    fans: list[Fan] = []
    for module in modules:
        duty = fields.number(module, "FanR", low=0.0, high=100.0)
        names = sorted((int(match[1] or 0), key) for key in module if (match := _FAN.match(key)))
        for _, key in names:
            ratio = None if duty is None else duty / 100.0
            fans.append(Fan(index=len(fans), rpm=fields.positive(module, key), duty_ratio=ratio))
    return tuple(fans)


# ---- boards and faults


def _boards(fields: Fields, modules: list[Module], *, chips: list[list[int]], is_hashing: bool) -> tuple[Board, ...]:
    boards: list[Board] = []
    for at, module in enumerate(modules):
        rates, hottest_chips = numbers(module, "MGHS"), numbers(module, "MTmax")
        counted = chips[at] if at < len(chips) else []
        count = max(len(rates), len(hottest_chips), len(counted), len(numbers(module, "ECHU")))
        count = min(count or len(numbers(module, "MW")), _MOST_BOARDS)
        total = fields.count(module, "TA")
        is_still = fields.positive(module, "GHSspd") == 0.0 or not is_hashing
        for board in range(count):
            rate = rates[board] if board < len(rates) else None
            rate = None if rate is None or rate < 0 else 0.0 if is_still else rate * 1e9
            answering = counted[board] if board < len(counted) else None
            if answering is None and total is not None:
                answering = total // count
            code = at_place(numbers(module, "ECHU"), board)
            boards.append(
                Board(
                    index=len(boards),
                    hashrate_hs=rate,
                    board_temperature_c=_over(fields, [module], "HBITemp", "HBOTemp") if count == 1 else None,
                    chip_temperature_c=_chip_c(module, hottest_chips, board=board, count=count, is_still=is_still),
                    chips=answering,
                    frequency_hz=fields.positive(module, "Freq", times=1e6) or None,
                    voltage_v=_volts(module),
                    state=_board_state(rate, chips=answering, code=code, is_still=is_still),
                )
            )
    return tuple(boards)


def _chip_c(module: Module, per_board: list[float | None], *, board: int, count: int, is_still: bool) -> float | None:
    """Give a board's hottest chip; a machine at rest repeats the chips' last temperatures, so only its own maximum."""
    found = at_place(per_board, board)
    if found is None and not is_still:
        own = [one for one in numbers(module, f"PVT_T{board}") if one is not None]
        found = hottest(own) if own else None
    if found is None and count == 1:
        found = number(module.get("TMax"))
    return hottest([found]) if found is not None else None


def _board_state(rate: float | None, *, chips: int | None, code: float | None, is_still: bool) -> Any:
    if chips == 0 and not rate:
        return "missing"
    if is_fault(code):
        return "fault"
    if rate:
        return "ok"
    return "unknown" if rate is None or is_still else "fault"


def _over(fields: Fields, modules: list[Module], *names: str) -> float | None:
    return highest(fields.hottest(module, *names) for module in modules)


FAMILY = Family(
    name="avalon",
    make="Avalon",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {"rpc version", "rpc summary", "rpc pools", "rpc devs", *(f"rpc {source}" for source in _SOURCES)}
    ),
    collect=collect,
    recognises=recognises,
)
