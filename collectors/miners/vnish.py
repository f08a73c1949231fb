"""VNish on Antminer hardware: AnthillOS 1.2 and 1.3, and through port 4028 what came before.

One open page has nearly everything. Identity stands on a second one, asked seldom; the watt preset on a third where
that is open, else in the settings, which want a login. Where the page of figures is shut or gone, port 4028 stands in
for it; identity and preset are still added from their pages. The list of all presets is asked for once a day.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from collectors import cgminer, opening
from collectors.errors import CollectError, Denied, Garbled, Unreachable
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners import vnish_api
from collectors.miners.antminer import algorithm, model_name
from collectors.miners.vnish_api import BOARD_STATES, STATES
from collectors.presets import Entry, settings
from collectors.rate import factor, shortest
from collectors.reading import (
    Board,
    BoardCondition,
    DeviceCondition,
    DeviceError,
    Fan,
    PoolSlot,
    PowerSetting,
    Reading,
)
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

# the interface's place, and the one where its pages stand without a prefix
_ROOTS = ("/api/v1", "")
_SUMMARY, _INFO, _PRESET, _LOGIN = "/summary", "/info", "/perf-summary", "/unlock"
_SETTINGS, _FACTORY = "/settings", "/chains/factory-info"
_PRESETS = "/autotune/presets"
_PRESET_EVERY_S, _PRESETS_EVERY_S = 60.0, 86_400.0
_PRETTY = re.compile(
    r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *w\w* *~ *([0-9]{1,6}(?:\.[0-9]{1,3})?) *([kMGTPE]?H)", re.IGNORECASE
)
_BOARD_WORDS = {
    "failure": "the board has failed",
    "disconnected": "the board does not answer",
    "disabled": "the board is switched off",
}
_NOTHING = frozenset(("n/a", "none", "unknown", "disabled"))
_MILLIVOLT = 100.0
_MOST_J_PER_TH = 150.0  # of any machine that it runs on
_START_S = 600.0
_SPAN = re.compile(r"(?:(\d{1,6}) days?,? *)?(\d{1,3}):(\d\d)(?::(\d\d))?\Z")


def recognises(evidence: Evidence) -> int:
    """Weigh `version` and `stats`, the front page, and the two open pages."""
    if "VNISH" in evidence.says("version") + evidence.says("stats"):
        return SURE
    for root in _ROOTS:
        if "VNISH" in str(evidence.document(root + _INFO).get("fw_name", "")).upper():
            return SURE
        if "miner_status" in mapping(evidence.document(root + _SUMMARY).get("miner")):
            return SURE
    return SURE if "ANTHILLOS" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    miner = await _miner(ask)
    if not miner:
        return await _without_figures(ask)
    info = mapping(await _seldom(ask, _INFO))
    fields = ask.fields
    system = mapping(info.get("system"))
    network = mapping(system.get("network_status"))
    unit = factor(info.get("hr_measure")) or 1e9
    windows = _windows(fields, miner, unit=unit)
    rate = shortest(windows)
    status = mapping(miner.get("miner_status"))
    since = fields.positive(status, "miner_state_time")
    state = _condition(fields, status, rate=rate, since_s=since)
    chains = [mapping(one) for one in listing(miner.get("chains")) or listing(miner.get("boards"))]
    pools = _pools(fields, listing(miner.get("pools")))
    power = _power(fields, miner)
    is_metered = fields.truth(mapping(miner.get("psu")), "psu_power_metering")
    model = model_name(fields.text(info, "miner") or fields.text(miner, "miner_type"))
    serials = await _serials(ask, chains)
    return Reading(
        family="vnish",
        make="Antminer",
        model=model,
        firmware=fields.text(info, "fw_name") or "Vnish",
        firmware_version=fields.text(info, "fw_version"),
        mac=fields.mac(network, "mac"),
        serial=_said(fields.text(info, "serial")),
        hostname=fields.text(network, "hostname"),
        algorithm=algorithm(model) or fields.text(info, "algorithm"),
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(miner, "hr_nominal", times=unit)
        or fields.positive(miner, "hr_stock", times=unit)
        or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported" if is_metered else "estimated",
        power_limit_w=await _limit(ask),
        uptime_s=_uptime(fields, system, since_s=since, state=state),
        temperature_inlet_c=_hottest(fields.temperature(chain, "inlet_water_temp") for chain in chains),
        temperature_outlet_c=_hottest(fields.temperature(chain, "outlet_water_temp") for chain in chains),
        accepted=_sum(pool.accepted for pool in pools),
        rejected=_sum(pool.rejected for pool in pools),
        stale=_sum(pool.stale for pool in pools),
        hardware_errors=fields.count(miner, "hw_errors")
        if "hw_errors" in miner
        else _sum(fields.count(chain, "hw_errors") for chain in chains),
        boards=_boards(fields, chains, serials=serials, unit=unit, is_running=state in ("hashing", "fault")),
        fans=_fans(fields, mapping(miner.get("cooling"))),
        pools=pools,
        errors=_faults(fields, status, chains=chains, fans=listing(mapping(miner.get("cooling")).get("fans"))),
        unread=fields.unread,
        settings=await _settings(ask),
    )


async def _miner(ask: Ask) -> Mapping[str, Any]:
    """Give the figures, and remember under which prefix they stand; nothing where the page is shut or another."""
    for root in _ROOTS:
        if ask.memory.get("root", root) != root:
            continue
        try:
            page = await opening.got(ask, root + _SUMMARY, login=_log_in)
        except (Denied, Garbled, Unreachable) as error:
            ask.failure = ask.failure or error
            continue
        miner = mapping(mapping(page).get("miner"))
        if "miner_status" in miner or "hr_realtime" in miner or "instant_hashrate" in miner:
            ask.memory["root"] = root
            ask.warn("figures", None)
            return miner
    ask.memory.pop("root", None)
    return {}


async def _without_figures(ask: Ask) -> Reading:
    """Read port 4028, and the pages of identity and preset where they are open."""
    failure = ask.failure or Garbled(f"{_ROOTS[0]}{_SUMMARY} is not what VNish answers")
    try:
        reading = await vnish_api.read(ask)
    except CollectError as error:
        ask.failure = failure
        if isinstance(failure, Denied):
            raise failure from error
        reading = None
    info = mapping(await _seldom(ask, _INFO))
    if reading is None and not info:
        raise failure
    ask.warn("figures", str(failure))
    fields = ask.fields
    system = mapping(info.get("system"))
    network = mapping(system.get("network_status"))
    reading = reading or Reading(family="vnish", make="Antminer", firmware="Vnish")
    model = reading.model or model_name(fields.text(info, "miner"))
    return msgspec.structs.replace(
        reading,
        model=model,
        firmware_version=fields.text(info, "fw_version") or reading.firmware_version,
        mac=fields.mac(network, "mac"),
        serial=_said(fields.text(info, "serial")),
        hostname=fields.text(network, "hostname"),
        algorithm=reading.algorithm or algorithm(model),
        power_limit_w=await _limit(ask),
        unread=fields.unread,
    )


async def _seldom(ask: Ask, page: str, *, every_s: float = 600.0) -> Any:
    root: str = ask.memory.get("root", _ROOTS[0])
    return await opening.got_seldom(ask, root + page, login=_log_in, every_s=every_s)


async def _log_in(ask: Ask) -> Mapping[str, str]:
    _, password = ask.credentials()
    path = ask.memory.get("root", _ROOTS[0]) + _LOGIN
    answer = await ask.fetch("POST", path, json={"pw": password})
    token = ask.fields.text(mapping(ask.judged(answer, path=path)), "token")
    if token is None:
        raise Denied(f"{path} gives no token: {ask.login.denial}")
    return {"Authorization": f"Bearer {token}"}


def _windows(fields: Fields, miner: Mapping[str, Any], *, unit: float) -> dict[str, float]:
    """Give the rates; the older names count in units a thousand times larger."""
    found = {}
    for window, name, older in (
        ("realtime", "hr_realtime", "instant_hashrate"),
        ("lifetime", "hr_average", "average_hashrate"),
    ):
        rate = fields.positive(miner, name, times=unit)
        if rate is None:
            rate = fields.positive(miner, older, times=unit * 1e3)
        if rate is not None:
            found[window] = rate
    return found


def _power(fields: Fields, miner: Mapping[str, Any]) -> float | None:
    """Give the watts; the older name has them too, except where it was given to the J/TH."""
    watts = fields.positive(miner, "power_consumption")
    older = fields.positive(miner, "power_usage") if watts is None else None
    return older if older is not None and (older == 0.0 or older > _MOST_J_PER_TH) else watts


def _condition(
    fields: Fields, status: Mapping[str, Any], *, rate: float | None, since_s: float | None
) -> DeviceCondition:
    said = STATES.get((fields.text(status, "miner_state") or "").lower())
    if said is not None:
        return said
    if rate:
        return "hashing"
    if rate is None:
        return "unknown"
    return "starting" if since_s is not None and since_s < _START_S else "fault"


def _uptime(
    fields: Fields, system: Mapping[str, Any], *, since_s: float | None, state: DeviceCondition
) -> float | None:
    """Give how long it has been hashing; the control board's own uptime where it does not say."""
    if since_s is None:
        return span_s(fields.text(system, "uptime") or "")
    return since_s if state == "hashing" else None


def _boards(
    fields: Fields, chains: list[dict[str, Any]], *, serials: Mapping[int, str], unit: float, is_running: bool
) -> tuple[Board, ...]:
    boards = []
    for at, chain in enumerate(chains):
        number = fields.count(chain, "id")
        rate = fields.positive(chain, "hashrate_rt", "hashrate", times=unit)
        colours = mapping(chain.get("chip_statuses"))
        counts = [fields.count(colours, colour) for colour in ("red", "orange", "grey")]
        chips = sum(count or 0 for count in counts) if any(count is not None for count in counts) else None
        voltage = fields.positive(chain, "voltage") or None
        boards.append(
            Board(
                index=at if not number else number - 1,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(chain, "hashrate_ideal", times=unit) or None,
                board_temperature_c=_peak(fields, chain, name="pcb_temp"),
                chip_temperature_c=_peak(fields, chain, name="chip_temp"),
                chips=chips,
                frequency_hz=fields.positive(chain, "frequency", times=1e6) or None,
                voltage_v=voltage / 1e3 if voltage and voltage > _MILLIVOLT else voltage,
                state=_board_state(_word(fields, chain), rate=rate, chips=chips, is_running=is_running),
                serial=serials.get(at),
            )
        )
    return tuple(boards)


def _board_state(word: str, *, rate: float | None, chips: int | None, is_running: bool) -> BoardCondition:
    known = BOARD_STATES.get(word)
    if known is not None:
        return known
    if rate:
        return "ok"
    if chips == 0:
        return "missing"
    return "fault" if rate is not None and is_running and word in ("", "mining") else "unknown"


def _word(fields: Fields, chain: Mapping[str, Any]) -> str:
    status = chain.get("status")
    found = fields.text(status, "state") if isinstance(status, dict) else fields.text(chain, "status", "state")
    return (found or "").lower()


def _peak(fields: Fields, chain: Mapping[str, Any], *, name: str) -> float | None:
    """Give the upper end of a span `{"min": 40, "max": 50}`, or the hottest of what stands there instead."""
    span = chain.get(name)
    return fields.temperature(span, "max") if isinstance(span, dict) else fields.hottest(chain, name)


def _fans(fields: Fields, cooling: Mapping[str, Any]) -> tuple[Fan, ...]:
    duty = fields.number(cooling, "fan_duty", low=0.0, high=100.0)
    return tuple(
        Fan(index=at, rpm=fields.positive(mapping(fan), "rpm"), duty_ratio=None if duty is None else duty / 100)
        for at, fan in enumerate(listing(cooling.get("fans")))
    )


def _pools(fields: Fields, entries: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for value in entries:
        entry = mapping(value)
        url, user = fields.text(entry, "url"), fields.text(entry, "user")
        kind = (fields.text(entry, "pool_type") or "").lower()
        if kind == "devfee" or cgminer.is_fee_pool({"URL": url}) or not (url or user):
            continue
        status = (fields.text(entry, "status") or "").lower()
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=user,
                active=status == "active" if status else None,
                alive=None if status in ("", "unknown") else status in ("active", "working", "rejecting"),
                accepted=fields.count(entry, "accepted"),
                rejected=fields.count(entry, "rejected"),
                stale=fields.count(entry, "stale"),
                difficulty=fields.positive(entry, "ls_diff") or fields.quantity(entry, "diff") or None,
                last_share_age_s=cgminer.clock_text(fields.text(entry, "ls_time") or ""),
            )
        )
    return tuple(slots)


def _faults(
    fields: Fields, status: Mapping[str, Any], *, chains: list[dict[str, Any]], fans: list[Any]
) -> tuple[DeviceError, ...]:
    found = []
    if (fields.text(status, "miner_state") or "").lower() == "failure":
        code = fields.text(status, "failure_code", "code") or "failure"
        found.append(DeviceError(code=code, message=fields.text(status, "description") or "mining has failed"))
    for at, chain in enumerate(chains):
        word = _word(fields, chain)
        if word in ("failure", "disconnected"):
            words = fields.text(mapping(chain.get("status")), "description") or _BOARD_WORDS[word]
            found.append(DeviceError(code=f"board {at}: {word}", message=words))
    for at, fan in enumerate(fans):
        if (fields.text(mapping(fan), "status") or "").lower() == "lost":
            found.append(DeviceError(code=f"fan {at}: lost", message="the fan does not turn or is not connected"))
    return tuple(found)


async def _limit(ask: Ask) -> float | None:
    """Give the watts of the preset in force, which the switcher moves below the one in the settings."""
    performance = mapping(await _seldom(ask, _PRESET, every_s=_PRESET_EVERY_S))
    current = performance.get("current_preset")
    if current is not None:
        return _watts(ask.fields, mapping(current), name="name")
    settings = mapping(await _seldom(ask, _SETTINGS))
    return _watts(ask.fields, mapping(mapping(settings.get("miner")).get("overclock")), name="preset")


def _watts(fields: Fields, source: Mapping[str, Any], *, name: str) -> float | None:
    preset = _said(fields.text(source, name))
    return None if preset is None else fields.positive(source, name) or None


async def _settings(ask: Ask) -> tuple[PowerSetting, ...]:
    """Give the presets, from the second reading on: the first one has enough to ask. A closed page is no complaint."""
    if not ask.memory.get("presets"):
        ask.memory["presets"] = True
        return ()
    path = ask.memory["root"] + _PRESETS

    async def fetch() -> Any:
        try:
            # The page has every chip's frequency; only what is wanted of it is kept for a day.
            return settings(_presets(ask.fields, listing(await opening.got(ask, path, login=_log_in))))
        except Denied:
            return ()

    found: tuple[PowerSetting, ...] | None = await ask.seldom(f"GET {path}", fetch, every_s=_PRESETS_EVERY_S)
    return found or ()


def _presets(fields: Fields, page: list[Any]) -> Iterator[Entry]:
    """Read `2550 watt ~ 170 TH`; the fixed frequency promises nothing, and some want another power supply."""
    for one in map(mapping, page):
        if fields.truth(one, "modded_psu_required"):
            continue
        told = _PRETTY.search(fields.text(one, "pretty") or "")
        if told is not None:
            yield fields.text(one, "name"), float(told[2]) * (factor(told[3]) or 0.0), float(told[1])


async def _serials(ask: Ask, chains: list[dict[str, Any]]) -> dict[int, str]:
    """Give board serials by place, from a page that only some versions have."""
    page = await _seldom(ask, _FACTORY) if chains else None
    entries = listing(page) or listing(mapping(page).get("chains"))
    found = {at: _said(ask.fields.text(mapping(one), "board_serial", "serial", "sn")) for at, one in enumerate(entries)}
    return {at: serial for at, serial in found.items() if serial is not None}


def span_s(value: str) -> float | None:
    """Give the seconds of `1:55` (hours and minutes), `1:55:10` or `10 days, 18:00`; None for anything else."""
    match = _SPAN.match(value.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _said(value: str | None) -> str | None:
    return None if value is None or value.lower() in _NOTHING else value


def _hottest(found: Iterable[float | None]) -> float | None:
    return max((value for value in found if value is not None), default=None)


def _sum(counts: Iterable[int | None]) -> int | None:
    said = [count for count in counts if count is not None]
    return sum(said) if said else None


FAMILY = Family(
    name="vnish",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=vnish_api.REQUESTS.union(
        f"{method} {root}{page}"
        for root in _ROOTS
        for method, page in (
            ("POST", _LOGIN),
            *(("GET", page) for page in (_SUMMARY, _INFO, _PRESET, _PRESETS, _SETTINGS, _FACTORY)),
        )
    ),
    collect=collect,
    recognises=recognises,
    clues=(_ROOTS[0] + _INFO, _ROOTS[0] + _SUMMARY, _SUMMARY),
    credentials=(("admin", "admin"),),
)
