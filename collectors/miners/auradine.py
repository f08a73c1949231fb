"""Auradine Teraflux (AT, AI and AD series): a cgminer on port 4028 and its maker's own commands on port 8080.

Port 4028 has rates, boards and pools; supply, fans, temperatures, mode and serials come from port 8080 with a token,
and from port 4028 on firmware that answers these there too.
"""

from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import condition
from collectors.errors import CollectError, Denied
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Fan, Reading
from collectors.target import Ask
from collectors.told import highest
from collectors.value import Fields, listing, mapping, number, quantity, text

_COMMANDS = ("summary", "devs", "pools")
# the maker's commands and the section each answers with; those that rarely change are asked for seldom
_OWN = {"psu": "PSU", "fan": "Fan", "temperature": "Temperature", "mode": "Mode", "led": "LED"}
_SELDOM = {"ipreport": "IPReport", "frequency": "Frequency", "voltage": "Voltage", "asccount": "ASCCount"}
_QUIET_S = {"mode": 60.0, "led": 60.0}
_NORMAL, _LOCATE = 2, 1  # codes of the lights
_FINE = frozenset(("normal", "ok", "locate", ""))
_DESCRIBED = ("GCMINER", "FLUXOS")
_ELSEWHERE = "own_port"


def recognises(evidence: Evidence) -> int:
    """Weigh the program's name in `version`, or in the description of any answer."""
    said = evidence.says("version") + evidence.says("summary") + evidence.says("devs")
    return SURE if any(mark in said for mark in _DESCRIBED) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    answers = await _answers(ask)
    fields = ask.fields
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    devices = [one for one in map(mapping, listing(answers.get("devs", {}).get("DEVS"))) if one]
    report = cgminer.section(answers.get("ipreport", {}), "IPReport")
    mode = cgminer.section(answers.get("mode", {}), "Mode")
    supply = cgminer.section(answers.get("psu", {}), "PSU")
    version = cgminer.section(answers.get("version", {}), "VERSION")
    windows = cgminer.windows(fields, summary) or _sum_of(fields, devices)
    rate = shortest(windows)
    pools = cgminer.pools(fields, answers.get("pools", {}))
    wall = _watts(supply)
    power = fields.positive(summary, "Wattage") if wall is None else wall
    errors = _errors(fields, answers.get("led", {}))
    sleep = fields.truth(mode, "Sleep")
    uptime = fields.positive(summary, "Elapsed")
    return Reading(
        family="auradine",
        make="Auradine",
        model=fields.text(report, "model"),
        firmware="FluxOS",
        firmware_version=fields.text(report, "version") or _described(answers) or fields.text(version, "GCMiner"),
        mac=fields.mac(report, "mac"),
        serial=fields.text(report, "SerialNo", "ChassisSerialNo"),
        hostname=fields.text(report, "hostname"),
        algorithm="sha256d",
        state=condition(
            rate_hs=rate,
            uptime_s=uptime,
            is_asleep=sleep,
            has_faults=bool(errors),
            pools=pools,
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(mode, "Ths", times=1e12) or None,
        power_w=power,
        power_grade="unknown" if power is None else "estimated" if wall is None else "reported",
        power_limit_w=fields.positive(mode, "Power") or None,
        uptime_s=uptime,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=_boards(fields, devices, answers, serials=listing(report.get("HBSerialNo")), rate_hs=rate),
        fans=_fans(fields, answers.get("fan", {})),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


async def _answers(ask: Ask) -> dict[str, dict[str, Any]]:
    """Ask port 4028 for all that it may know, and port 8080 for what it does not.

    Commands that port 4028 refused are remembered by the joined request, so that they cost nothing there.
    """
    is_elsewhere = ask.memory.get(_ELSEWHERE)
    answers = await ask.commands(_COMMANDS if is_elsewhere else (*_COMMANDS, *_OWN))
    version = await ask.seldom_rpc("version")
    if version:
        answers["version"] = version
    if not is_elsewhere:
        ask.memory[_ELSEWHERE] = not any(name in answers for name in _OWN)
    for name in _SELDOM:
        reply: Any = {} if ask.memory[_ELSEWHERE] and name != "asccount" else await ask.seldom_rpc(name)
        if not reply and name != "asccount":
            reply = await ask.seldom(f"GET /{name}", _from_own_port(ask, name))
        if isinstance(reply, dict) and reply:
            answers[name] = reply
    for name in _OWN:
        if name in answers:
            continue
        if name in _QUIET_S:
            reply = await ask.seldom(f"GET /{name}", _from_own_port(ask, name), every_s=_QUIET_S[name])
        else:
            reply = await _now(ask, name)
        if isinstance(reply, dict):
            answers[name] = reply
    return answers


def _from_own_port(ask: Ask, name: str) -> Any:
    async def fetch() -> Any:
        return await ask.authorised("GET", f"/{name}", login=_log_in)

    return fetch


async def _now(ask: Ask, name: str) -> Any:
    """Ask for what changes; without it the reading is still one."""
    try:
        reply = await ask.authorised("GET", f"/{name}", login=_log_in)
    except Denied:
        ask.warn(f"GET /{name}", ask.login.denial)
        return None
    except CollectError as error:
        ask.warn(f"GET /{name}", f"/{name}: {error}")
        return None
    ask.warn(f"GET /{name}", None)
    return reply


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", "/token", json={"command": "token", "user": username, "password": password})
    token = text(cgminer.section(mapping(ask.judged(answer, path="/token")), "Token").get("Token"))
    if token is None:
        raise Denied(f"HTTP {answer.status} for /token: no token was given")
    return {"Token": token}


def _sum_of(fields: Fields, devices: list[dict[str, Any]]) -> dict[str, float]:
    parts = [cgminer.windows(fields, one) for one in devices]
    return {name: sum(part.get(name, 0.0) for part in parts) for name in (parts[0] if parts else ())}


def _watts(supply: Mapping[str, Any]) -> float | None:
    """Give the watts that the supply draws: a text with its unit."""
    found = quantity(supply.get("PowerIn"))
    return None if found is None or found < 0 else found


def _described(answers: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Give the version from the description of an answer: `FluxOS-2024-06.11-d37c…`."""
    for name in ("ipreport", "mode", "psu", "summary"):
        words = text(cgminer.section(answers.get(name, {}), "STATUS").get("Description"))
        if words is not None and words.upper().startswith("FLUXOS-"):
            return "-".join(words.split("-")[1:3])
    return None


def _boards(
    fields: Fields,
    devices: list[dict[str, Any]],
    answers: Mapping[str, Mapping[str, Any]],
    *,
    serials: list[Any],
    rate_hs: float | None,
) -> tuple[Board, ...]:
    """Give the boards, which the device numbers from 1; entry 0 of its lists is the control board."""
    warmth = _by_board(fields, answers.get("temperature", {}), "Temperature")
    clocks = _by_board(fields, answers.get("frequency", {}), "Frequency")
    volts = _by_board(fields, answers.get("voltage", {}), "Voltage")
    count = cgminer.section(answers.get("asccount", {}), "ASCCount")
    supplied = quantity(cgminer.section(answers.get("psu", {}), "PSU").get("Vout"))
    chips, boards = fields.count(count, "AsicCount"), fields.count(count, "BoardCount")
    found: dict[int, Board] = {}
    for at, device in enumerate(devices):
        number_ = fields.count(device, "ID", "DEV") or at + 1
        index = number_ - 1 if number_ - 1 not in found else len(found)
        rate = shortest(cgminer.windows(fields, device))
        sensors = warmth.get(number_, {})
        enabled = fields.truth(device, "Enabled")
        sensor = _hottest(fields, sensors.get("BoardTemp"))
        found[index] = Board(
            index=index,
            hashrate_hs=rate,
            board_temperature_c=fields.temperature(device, "Temperature") if sensor is None else sensor,
            chip_temperature_c=_hottest(fields, sensors.get("ChipTemp")),
            chips=chips // boards if chips is not None and boards else None,
            frequency_hz=_mean(fields, clocks.get(number_, {}).get("ChipFrequency"), "Frequency", times=1e6),
            voltage_v=_total(volts.get(number_, {})) or (supplied if supplied and supplied > 0 else None),
            state="ok" if rate else "fault" if rate_hs and enabled is not False else "unknown",
            serial=text(serials[index]) if index < len(serials) else None,
        )
    return tuple(found[index] for index in sorted(found))


def _by_board(fields: Fields, reply: Mapping[str, Any], section: str) -> dict[int, dict[str, Any]]:
    entries = map(mapping, listing(reply.get(section)))
    return {at: one for one in entries if (at := fields.count(one, "ID")) is not None}


def _hottest(fields: Fields, sensors: object) -> float | None:
    return highest(fields.temperature(one, "Temperature") for one in map(mapping, listing(sensors)))


def _mean(fields: Fields, entries: object, name: str, *, times: float) -> float | None:
    found = [value for one in map(mapping, listing(entries)) if (value := fields.positive(one, name))]
    return sum(found) / len(found) * times if found else None


def _total(entry: Mapping[str, Any]) -> float | None:
    """Give a board's own volts; those of its chips are none of the board's, which then has the supply's."""
    found = number(entry.get("Voltage"))
    return found if found and found > 0 else None


def _fans(fields: Fields, reply: Mapping[str, Any]) -> tuple[Fan, ...]:
    fans: list[Fan] = []
    for entry in map(mapping, listing(reply.get("Fan"))):
        rpm, most = fields.positive(entry, "Speed"), fields.positive(entry, "Max")
        target = fields.positive(entry, "Target")
        duty = min(1.0, target / most) if target is not None and most else None
        fans.append(Fan(index=len(fans), rpm=rpm, duty_ratio=duty))
    return tuple(fans)


def _errors(fields: Fields, reply: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    """Give what the lights stand for, unless it is that all is well or that someone looks for the machine."""
    light = cgminer.section(reply, "LED")
    code, words = fields.count(light, "Code"), fields.text(light, "Msg")
    if code is None or code in (0, _NORMAL, _LOCATE) or (words or "").lower() in _FINE:
        return ()
    return (DeviceError(code=str(code), message=words or f"the lights show code {code}"),)


FAMILY = Family(
    name="auradine",
    make="Auradine",
    ports={"api": cgminer.PORT, "http": 8080},
    requests=frozenset(
        {
            "rpc version",
            *(f"rpc {name}" for name in (*_COMMANDS, *_OWN, *_SELDOM)),
            *(f"GET /{name}" for name in (*_OWN, *_SELDOM)),
            "POST /token",
        }
    ),
    collect=collect,
    recognises=recognises,
    credentials=(("admin", "admin"),),
)
