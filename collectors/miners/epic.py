"""ePIC's PowerPlay, on its own and on Antminer hardware: HTTP on the port where others have the cgminer API.

One page has all that changes. Model, serials and MAC are asked seldom, as is the long page of every chip's rate,
which alone tells how many chips answer. Without the page of figures the others still say which device it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import by_rate
from collectors.errors import CollectError, Garbled, TimedOut, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.presets import Entry, settings
from collectors.rate import shortest
from collectors.reading import Board, BoardCondition, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping, number

_SUMMARY, _CAPABILITIES, _NETWORK, _CHIPS = "/summary", "/capabilities", "/network", "/hashrate"
_NUMBER = re.compile(r"\d+")
_ALGORITHMS = {"sha256": "sha256d", "sha256d": "sha256d", "blake2s": "blake2s", "scrypt": "scrypt"}
_STARTING = ("start", "init", "tun", "power", "boot", "warm", "prepar", "load")
_IDLE, _ASLEEP, _FAULTY = ("idl",), ("sleep", "stop", "pause", "curtail"), ("error", "fault", "fail", "shut", "heat")
_FIRST_SHARE = 0.5


def recognises(evidence: Evidence) -> int:
    """Weigh the page of figures, wherever it came from, then the front page's title."""
    for document in (evidence.document(_SUMMARY), evidence.reply("summary")):
        if is_summary(document):
            return SURE
    if "Performance Estimator" in evidence.document(_CAPABILITIES):
        return SURE
    if "MINER WEB DASHBOARD" in evidence.page().upper():
        return SURE
    return LIKELY if "POWERPLAY" in evidence.page().upper() else 0


def is_summary(page: Mapping[str, Any]) -> bool:
    """Tell PowerPlay's page of figures from other JSON."""
    return "HBs" in page or ("Session" in page and "Stratum" in page)


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    summary = await _summary(ask)
    port: str = ask.memory.get("epic", "api")
    abilities = mapping(await ask.seldom_get(_CAPABILITIES, port=port))
    network = mapping(await ask.seldom_get(_NETWORK, port=port))
    chips = _answering(ask.fields, listing(await ask.seldom_get(_CHIPS, port=port)))
    fields = ask.fields
    session, status = mapping(summary.get("Session")), mapping(summary.get("Status"))
    parts = [mapping(one) for one in listing(summary.get("HBs"))]
    windows = _windows(fields, session, parts=parts)
    rate = shortest(windows)
    uptime = fields.positive(session, "Uptime")
    errors = _faults(fields, status)
    state = _condition(fields, status, rate=rate, uptime_s=uptime)
    power = _power(fields, summary, parts=parts)
    make, model = _identity(fields.text(abilities, "Model"))
    addresses = [mapping(network.get(name)) for name in ("dhcp", "static")] + [network]
    return Reading(
        family="epic",
        make=make,
        model=model,
        firmware="PowerPlay",
        firmware_version=fields.text(summary, "Software"),
        mac=next(filter(None, (fields.mac(one, "mac_address") for one in addresses)), None),
        serial=fields.text(abilities, "Miner Serial Number")
        or fields.text(mapping(abilities.get("Control Board Version")), "cpuSerial"),
        hostname=fields.text(summary, "Hostname"),
        algorithm=_algorithm(fields.text(mapping(summary.get("Mining")), "Algorithm")),
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(abilities, "Default Hashrate", times=1e12) or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(mapping(summary.get("PresetInfo")), "Target Power") or None,
        uptime_s=uptime,
        accepted=fields.count(session, "Accepted"),
        rejected=fields.count(session, "Rejected"),
        boards=_boards(fields, summary, parts=parts, abilities=abilities, chips=chips, is_hashing=state == "hashing"),
        fans=_fans(fields, summary),
        pools=_pools(fields, summary, session=session),
        errors=errors,
        unread=fields.unread,
        settings=settings(_settings(fields, abilities)),
    )


def _settings(fields: Fields, abilities: Mapping[str, Any]) -> Iterator[Entry]:
    """Give the presets; they have no names of their own and go by their watts."""
    for one in (mapping(entry) for entry in listing(abilities.get("Tune Presets"))):
        watts = fields.positive(one, "power")
        name = None if watts is None else f"{watts:g} W"
        yield Entry(name, fields.positive(one, "hashrate", times=1e12), watts)


async def _summary(ask: Ask) -> Mapping[str, Any]:
    """Give the page of figures, from the port that has it; some have it behind the web page's port too."""
    known = ask.memory.get("epic")
    failure: CollectError | None = None
    garbled: Garbled | None = None
    for port in ("api", "http"):
        if known not in (None, port):
            continue
        share = 1.0 if known or port == "http" else _FIRST_SHARE
        try:
            page = ask.judged(await ask.fetch("GET", _SUMMARY, port=port, share=share), path=_SUMMARY)
        except Garbled as error:
            garbled = error
            continue
        except (TimedOut, Unreachable) as error:
            failure = failure or error
            continue
        if isinstance(page, dict) and is_summary(page):
            ask.memory["epic"] = port
            return page
        garbled = garbled or Garbled(f"{_SUMMARY} is not what PowerPlay answers")
        ask.memory["epic"] = port
        break
    if garbled is None:
        ask.memory.pop("epic", None)
        raise failure or Garbled(f"{_SUMMARY} gives nothing")
    ask.failure = garbled
    return {}


def _windows(fields: Fields, session: Mapping[str, Any], *, parts: list[dict[str, Any]]) -> dict[str, float]:
    found = {}
    rates = [rate for rate in (_rate(fields, part) for part in parts) if rate is not None]
    if rates:
        found["realtime"] = sum(rates)
    average = fields.positive(session, "Average MHs", times=1e6)
    if average is not None:
        found["lifetime"] = average
    return found


def _rate(fields: Fields, part: Mapping[str, Any]) -> float | None:
    """Give a board's H/s from `[MH/s, % of the ideal, …]` or a plain number."""
    value = part.get("Hashrate")
    source = {"Hashrate": value[0] if isinstance(value, list) and value else value}
    return fields.positive(source, "Hashrate", times=1e6)


def _ideal(fields: Fields, part: Mapping[str, Any]) -> float | None:
    """Give what the board should do: the device says how many per cent of it the rate is."""
    value, rate = part.get("Hashrate"), _rate(fields, part)
    ratio = number(value[1]) if isinstance(value, list) and len(value) > 1 else None
    return rate * 100.0 / ratio if rate and ratio and 1.0 <= ratio <= 1000.0 else None


def _condition(
    fields: Fields, status: Mapping[str, Any], *, rate: float | None, uptime_s: float | None
) -> DeviceCondition:
    said = (fields.text(status, "Operating State") or "").lower()
    for words, state in ((_ASLEEP, "sleeping"), (_IDLE, "idle"), (_FAULTY, "fault")):
        if any(word in said for word in words):
            return state  # type: ignore[return-value]
    if not rate and any(word in said for word in _STARTING):
        return "starting"
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault")


def _power(fields: Fields, summary: Mapping[str, Any], *, parts: list[dict[str, Any]]) -> float | None:
    """Give the power supply's input; boards that measure their own stand in. 0 stands for "not measured"."""
    whole = fields.positive(mapping(summary.get("Power Supply Stats")), "Input Power")
    if whole:
        return whole
    return sum(fields.positive(part, "Input Power") or 0.0 for part in parts) or None


def _boards(
    fields: Fields,
    summary: Mapping[str, Any],
    *,
    parts: list[dict[str, Any]],
    abilities: Mapping[str, Any],
    chips: Mapping[int, int],
    is_hashing: bool,
) -> tuple[Board, ...]:
    """Join the list of boards that hash with that of all connectors."""
    hashing = {_index(fields, part, at=at): part for at, part in enumerate(parts)}
    listed = [mapping(one) for one in listing(summary.get("HBStatus"))]
    connectors = {_index(fields, one, at=at): one for at, one in enumerate(listed)}
    serials = [fields.text({"serial": one}, "serial") for one in listing(abilities.get("Board Serial Numbers"))]
    # serials come without numbers: of the boards that hash, or of all that were found
    named = [numbers for numbers in (list(hashing), list(connectors)) if len(numbers) == len(serials)][:1]
    serial_of = dict(zip(named[0], serials, strict=True)) if named else {}
    per_board = fields.count(mapping(abilities.get("Performance Estimator")), "Chip Count") or None
    boards = []
    for index in sorted({*hashing, *connectors}):
        part, connector = hashing.get(index, {}), connectors.get(index, {})
        rate = _rate(fields, part)
        state = _board_state(fields, connector, rate=rate, is_there=index in hashing, is_hashing=is_hashing)
        boards.append(
            Board(
                index=index,
                hashrate_hs=rate,
                hashrate_expected_hs=_ideal(fields, part),
                board_temperature_c=fields.temperature(part, "Temperature"),
                chips=chips.get(index, per_board if rate else None) if index in hashing else 0,
                chips_expected=per_board,
                frequency_hz=_clock(fields, part),
                voltage_v=fields.positive(part, "Input Voltage") or None,
                state=state,
                serial=serial_of.get(index),
            )
        )
    return tuple(boards)


def _index(fields: Fields, source: Mapping[str, Any], *, at: int) -> int:
    found = fields.count(source, "Index")
    return at if found is None else found


def _board_state(
    fields: Fields, connector: Mapping[str, Any], *, rate: float | None, is_there: bool, is_hashing: bool
) -> BoardCondition:
    if fields.truth(connector, "Detected") is False:
        return "missing"
    if rate:
        return "ok"
    if fields.truth(connector, "Enabled") is False or (is_hashing and not is_there):
        return "fault"
    return "fault" if rate is not None and is_hashing else "unknown"


def _clock(fields: Fields, part: Mapping[str, Any]) -> float | None:
    mean = fields.positive(part, "Core Clock Avg", times=1e6)
    if mean:
        return mean
    value = part.get("Core Clock")
    if not isinstance(value, list):
        return fields.positive(part, "Core Clock", times=1e6) or None
    clocks = [clock for clock in map(number, value) if clock and clock > 0]
    return sum(clocks) / len(clocks) * 1e6 if clocks else None


def _answering(fields: Fields, boards: list[Any]) -> dict[int, int]:
    """Count by board the chips that hash at all; each stands as `[MH/s, %, …]` or as a number."""
    found = {}
    for at, value in enumerate(boards):
        board = mapping(value)
        rates = [one[0] if isinstance(one, list) and one else one for one in listing(board.get("Data"))]
        if rates:
            found[_index(fields, board, at=at)] = sum(1 for rate in map(number, rates) if rate and rate > 0)
    return found


def _fans(fields: Fields, summary: Mapping[str, Any]) -> tuple[Fan, ...]:
    """Give the fans by the number in their names; null stands for a connector without a fan."""
    duty = fields.number(mapping(summary.get("Fans")), "Fans Speed", low=0.0, high=100.0)
    speeds = mapping(summary.get("Fans Rpm"))
    numbered = {int(match[0][:4]): name for name in speeds if (match := _NUMBER.search(str(name)))}
    start = min(numbered, default=1)
    return tuple(
        Fan(index=place - start, rpm=rpm, duty_ratio=None if duty is None else duty / 100)
        for place, name in sorted(numbered.items())
        if (rpm := fields.positive(speeds, name)) is not None
    )


def _pools(fields: Fields, summary: Mapping[str, Any], *, session: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the configured pools, or the current one where they are not listed; they share one counter."""
    stratum = mapping(summary.get("Stratum"))
    current = fields.count(stratum, "Config Id")
    is_connected = fields.truth(stratum, "IsPoolConnected")
    listed = [mapping(one) for one in listing(summary.get("StratumConfigs"))]
    configured = [(fields.text(one, "pool"), fields.text(one, "login")) for one in listed]
    if not any(url for url, _ in configured):
        configured = [(fields.text(stratum, "Current Pool"), fields.text(stratum, "Current User"))]
        current = 0
    slots: list[PoolSlot] = []
    for at, (url, user) in enumerate(configured):
        if url is None or cgminer.is_fee_pool({"URL": url}):
            continue
        is_current = None if current is None else at == current
        counts_alone = len(configured) == 1
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=(fields.text(stratum, "Current User") if is_current else None) or user,
                active=is_current,
                alive=is_connected if is_current else None,
                accepted=fields.count(session, "Accepted") if counts_alone else None,
                rejected=fields.count(session, "Rejected") if counts_alone else None,
                difficulty=(fields.positive(session, "Difficulty") or None) if is_current else None,
                last_share_age_s=fields.positive(session, "Last Accepted Share Timer") if is_current else None,
            )
        )
    return tuple(slots)


def _faults(fields: Fields, status: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    words = fields.text(status, "Last Error")
    return () if words is None or words.lower() == "none" else (DeviceError(code="last_error", message=words),)


def _identity(name: str | None) -> tuple[str | None, str | None]:
    if name is None:
        return None, None
    for make, mark in (("Antminer", "antminer"), ("Whatsminer", "whatsminer"), ("ePIC", "epic")):
        if name.lower().startswith(mark):
            return make, name[len(mark) :].strip(" -_") or None
    return "ePIC", name


def _algorithm(name: str | None) -> str | None:
    if name is None:
        return None
    plain = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    return _ALGORITHMS.get(plain, plain)


def _requests(pages: Iterable[str]) -> frozenset[str]:
    return frozenset(f"GET {page}" for page in pages)


FAMILY = Family(
    name="epic",
    make="ePIC",
    ports={"api": cgminer.PORT, "http": 80},
    requests=_requests((_SUMMARY, _CAPABILITIES, _NETWORK, _CHIPS)),
    collect=collect,
    recognises=recognises,
    clues=(_SUMMARY, _CAPABILITIES),
)
