"""Bitdeer SEALMINER (A2, A3, A4, DL1; air and hydro): a cgminer with its own flat `stats`.

`stats` numbers boards and fans in its keys (`"0 MHS(Sample)"`, `"2 Temp 3"`, `"3 Speed"`) and has everything else too:
serials, MAC, supply, limit, errors. The summary's short windows are guessed from shares and reach twice what the
machine can do, so the sampled rates of `stats` stand for them.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import condition
from collectors.errors import Denied
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Fan, Reading
from collectors.target import Ask
from collectors.told import first_told
from collectors.value import Fields, listing, mapping

_LOGIN, _SYSTEM = "/cgi-bin/login.php", "/cgi-bin/get_system_info.php"
_NUMBERED = re.compile(r"(\d{1,2}) (.+)\Z")
_WINDOWS = (
    ("MHS(5s)", "5s"),
    ("MHS(Sample)", "realtime"),
    ("MHS(30s)", "30s"),
    ("MHS(1m)", "1m"),
    ("MHS(2m)", "2m"),
    ("MHS(5m)", "5m"),
    ("MHS(15m)", "15m"),
    ("MHS(30m)", "30m"),
    ("MHS(1h)", "1h"),
    ("MHS(2h)", "2h"),
    ("MHS(24h)", "24h"),
    ("MHS(Avg)", "lifetime"),
)
_LENGTH_S = {"1m": 60, "2m": 120, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "24h": 86400}
_TEMPERATURES = ("Temp 0", "Temp 1", "Temp 2", "Temp 3", "Temp")
_ASLEEP = ("sleep", "standby", "suspend", "stop", "idle", "off")
_STARTING = ("init", "boot", "start", "wak", "raise")
_NO_CODE = frozenset(("", "0", "0x0", "0x0000", "0x00000000", "none"))
_SCRYPT = "DL"


def recognises(evidence: Evidence) -> int:
    """Weigh `version`; the front page shares its theme with others."""
    if "BDMINER" in evidence.says("version") + evidence.says("stats") + evidence.says("summary"):
        return SURE
    if str(evidence.document(_SYSTEM).get("brand", "")).upper() == "SEALMINER":
        return SURE
    front = evidence.page().lower()
    return LIKELY if "amazeui" in front and "seal" in front else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    answers = await ask.commands(("summary", "stats", "pools"))
    fields = ask.fields
    body = _body(answers.get("stats", {}))
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    system = {} if fields.mac(body, "MAC") else mapping(await _system(ask))
    pools = cgminer.pools(fields, answers.get("pools", {}))
    numbered = _numbered(body)
    windows = _windows(fields, body) or cgminer.windows(fields, summary)
    rate = shortest(windows)
    model = _model(fields, body, system)
    power = fields.positive(body, "PSU Input Power") or None
    uptime = first_told(fields.positive(summary, "Elapsed"), fields.positive(body, "Elapsed"))
    errors = _errors(fields, body)
    doing = (fields.text(body, "PM State") or "").lower()
    mode = (fields.text(body, "Mining Mode") or "").lower()
    asleep = None
    if doing or mode:
        asleep = any(word in doing for word in _ASLEEP) or any(word in mode for word in _ASLEEP)
    return Reading(
        family="sealminer",
        make="Sealminer",
        model=model,
        firmware="stock",
        firmware_version=fields.text(body, "Firmware") or fields.text(system, "firmware_version"),
        mac=fields.mac(body, "MAC") or fields.mac(system, "macaddr"),
        serial=fields.text(body, "Ctrl Board SN", "SN") or fields.text(system, "crtl_sn", "ctrl_sn"),
        hostname=fields.text(system, "hostname"),
        algorithm="scrypt" if (model or "").upper().startswith(_SCRYPT) else "sha256d",
        state=condition(
            rate_hs=rate,
            uptime_s=uptime,
            is_asleep=asleep,
            is_starting=any(word in doing for word in _STARTING),
            has_faults=bool(errors),
            pools=pools,
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=first_told(
            fields.positive(body, "MHS(Rated)", times=1e6) or None, fields.positive(body, "MHS(Ideal)", times=1e6)
        )
        or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(body, "Power Limit") or None,
        uptime_s=uptime,
        temperature_inlet_c=fields.temperature(body, "Inlet Temp", "Water Inlet Temp", "Temp Inlet", "Temp In"),
        temperature_outlet_c=fields.temperature(body, "Outlet Temp", "Water Outlet Temp", "Temp Outlet", "Temp Out"),
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=_boards(fields, body, numbered, rate_hs=rate),
        fans=_fans(fields, body, numbered),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


def _body(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    entries = [mapping(one) for one in listing(reply.get("STATS"))]
    return next((one for one in entries if any("MHS(" in key or _NUMBERED.match(key) for key in one)), {})


def _numbered(body: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Sort the numbered keys by their number."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in body.items():
        match = _NUMBERED.match(key)
        if match is not None:
            found.setdefault(int(match[1]), {})[match[2]] = value
    return dict(sorted(found.items()))


def _windows(fields: Fields, body: Mapping[str, Any]) -> dict[str, float]:
    """Give the windows that have filled: until then they count the time before the start as idle."""
    elapsed = fields.positive(body, "Elapsed")
    found = {}
    for key, name in _WINDOWS:
        rate = fields.positive(body, key, times=1e6)
        if rate is not None and (elapsed is None or elapsed >= _LENGTH_S.get(name, 0)):
            found[name] = rate
    return found


def _model(fields: Fields, body: Mapping[str, Any], system: Mapping[str, Any]) -> str | None:
    model = fields.text(body, "Model") or fields.text(system, "miner_type")
    if model is None:
        return None
    model = re.sub(r"^\s*sealminer[\s_-]*", "", model, flags=re.IGNORECASE).replace("_", " ") or model
    return f"{model} Hydro" if fields.truth(body, "Liquid Cooling") and "hyd" not in model.lower() else model


def _boards(
    fields: Fields, body: Mapping[str, Any], numbered: dict[int, dict[str, Any]], *, rate_hs: float | None
) -> tuple[Board, ...]:
    volts = fields.positive(body, "PSU Output Voltage") or None  # one supply feeds every board
    boards = []
    for index, one in numbered.items():
        if not any(name in one for name in ("MHS(Sample)", "Chip Count", "SN", "Online")):
            continue
        rate = fields.positive(one, "MHS(Sample)", times=1e6)
        chips, bad = fields.count(one, "Chip Count"), fields.count(one, "Bad Chip Count")
        online = fields.truth(one, "Online")
        boards.append(
            Board(
                index=index,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(one, "MHS(Ideal)", times=1e6) or None,
                board_temperature_c=fields.hottest(one, *_TEMPERATURES),
                chip_temperature_c=fields.hottest(one, "Chip Temp", "Temp Chip"),
                chips=chips if chips is None or not bad else max(0, chips - bad),
                frequency_hz=fields.positive(one, "Freq", times=1e6) or None,
                voltage_v=volts,
                state="missing"
                if online is False and not rate
                else "ok"
                if rate
                else "fault"
                if rate_hs
                else "unknown",
                serial=fields.text(one, "SN"),
            )
        )
    return tuple(boards)


def _fans(fields: Fields, body: Mapping[str, Any], numbered: dict[int, dict[str, Any]]) -> tuple[Fan, ...]:
    fans = tuple(
        Fan(index=index, rpm=fields.positive(one, "Speed")) for index, one in numbered.items() if "Speed" in one
    )
    count = fields.count(body, "Fan Count")
    return fans if count is None else fans[:count]


def _errors(fields: Fields, body: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    told = (("Error Code", "the miner"), ("PSU Error", "the power supply"), ("Error Chip", "a chip"))
    errors = []
    for key, what in told:
        code = fields.text(body, key)
        if code is not None and code.lower() not in _NO_CODE:
            errors.append(DeviceError(code=f"{key}: {code}", message=f"{what} reports error {code}"))
    return tuple(errors)


async def _system(ask: Ask) -> Any:
    """Ask the web page for what older firmware leaves out of `stats`."""

    async def fetch() -> Any:
        return await ask.authorised("GET", _SYSTEM, login=_log_in)

    return await ask.seldom("system", fetch)


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    form = {"username": username, "password": password, "origin_pwd": password}
    answer = await ask.fetch("POST", _LOGIN, form=form)
    cookie = answer.headers.get("set-cookie")
    if not cookie:
        raise Denied(f"HTTP {answer.status} for {_LOGIN}: no session was opened")
    return {"Cookie": "; ".join(one.partition(";")[0].strip() for one in cookie.split("\n"))}


FAMILY = Family(
    name="sealminer",
    make="Sealminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset({"rpc summary", "rpc stats", "rpc pools", f"POST {_LOGIN}", f"GET {_SYSTEM}"}),
    collect=collect,
    recognises=recognises,
    clues=(_SYSTEM,),
    credentials=(("seal", "seal"),),
)
