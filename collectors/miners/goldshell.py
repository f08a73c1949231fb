"""Goldshell boxes (CK, KD, HS, LB, LT, SC, AL, KA, Mini, Byte): a cgminer or bfgminer, and a web API beside it.

Port 4028 has rates, temperatures, fans and chips of each board; `/mcb/` adds model, firmware and MAC, and stands in
where port 4028 is shut or does not know its commands. Each of these pages is a reading without the others. The box has
no measured wattage.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import cgminer, opening
from collectors.condition import condition
from collectors.errors import CollectError, Denied, Garbled, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.miners.cgminer import totals
from collectors.rate import shortest
from collectors.reading import Board, Fan, Reading
from collectors.slow_lane import SLOW_LANE_S
from collectors.target import Ask
from collectors.value import Fields, listing, mapping, number, text

_STATUS, _SETTING, _CGMINER, _LOGIN = "/mcb/status", "/mcb/setting", "/mcb/cgminer", "/user/login"
_POOLS, _POOLS_EVERY_S = "/mcb/pools", 60.0
_PROGRAMS = ("INTCHAINS", "KDAMINER", "GOLDSHELL")
_MARKS = ("CHIPS-NR", "TSTEMP-")
_LIKELIER = LIKELY + 10  # than a plain bfgminer, which it is built on
_SERIES = (
    (re.compile(r"CK", re.IGNORECASE), "eaglesong"),
    (re.compile(r"KD", re.IGNORECASE), "blake2s"),
    (re.compile(r"(?:HS|ST|SC)", re.IGNORECASE), "blake2b"),
    (re.compile(r"LB", re.IGNORECASE), "lbry"),
    (re.compile(r"(?:LT|X5|DG|MINI-?DOGE)", re.IGNORECASE), "scrypt"),
    (re.compile(r"KA", re.IGNORECASE), "kheavyhash"),
    (re.compile(r"AL", re.IGNORECASE), "blake3"),
)
_POOL_ALGORITHMS = ("pool", "algo", "Algorithm")
_FANS = tuple(f"fan{fan}" for fan in range(8))
_CHIP_SENSORS, _BOARD_SENSORS = ("tstemp-0", "tstemp-1"), ("tstemp-2", "Temperature", "temp")
_BROKEN = frozenset(("dead", "sick", "nostart"))
_MILLIVOLT = 100.0
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


def recognises(evidence: Evidence) -> int:
    """Weigh what only its boards say, the program's name, then the web API."""
    if any(mark in evidence.says("devdetails") + evidence.says("devs") for mark in _MARKS):
        return SURE
    if any(name in evidence.says("version") for name in _PROGRAMS):
        return SURE
    if "GOLDSHELL" in str(evidence.document(_STATUS).get("model", "")).upper() or "mcbversion" in evidence.document(
        _STATUS
    ):
        return SURE
    return _LIKELIER if "cloud-box" in evidence.page() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device: port 4028 first, the web API where that is shut."""
    api = await _api(ask)
    answers = api or {}
    details = {} if api is None else await ask.seldom_rpc("devdetails")
    status = mapping(await _page(ask, _STATUS))
    setting = mapping(await _page(ask, _SETTING))
    fields = ask.fields
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    devices = [one for one in map(mapping, listing(answers.get("devs", {}).get("DEVS"))) if one]
    if not devices and not summary:
        devices = await _web_devices(ask, is_all=not (answers or details or status or setting))
        if "pools" not in answers:
            answers["pools"] = _in_words_of_cgminer(await _page(ask, _POOLS, every_s=_POOLS_EVERY_S))
    windows = totals(fields, summary, devices)
    slip = cgminer.unit_slip(fields, summary, windows)
    found = _boards(fields, devices, details, rate_hs=shortest(windows))
    windows, boards = cgminer.scaled(windows, found, slip=slip)
    rate = shortest(windows)
    pools = cgminer.pools(fields, answers.get("pools", {}))
    version = cgminer.section(answers.get("version", {}), "VERSION")
    model = _model(fields.text(status, "model") or fields.text(version, "Type", "PROD"))
    uptime = fields.positive(summary, "Elapsed")
    if uptime is None:
        uptime = max((age for one in devices if (age := fields.positive(one, "Device Elapsed"))), default=None)
    return Reading(
        family="goldshell",
        make="Goldshell",
        model=model,
        firmware="stock",
        firmware_version=fields.text(status, "firmware") or fields.text(version, "CGMiner", "BFGMiner"),
        mac=fields.mac(setting, "name", "mac") or fields.mac(status, "mac"),
        serial=fields.text(status, "sn", "serial"),
        hostname=fields.text(setting, "hostname"),
        algorithm=_algorithm(fields, model, devices),
        state=condition(rate_hs=rate, uptime_s=uptime, pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        uptime_s=uptime,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=boards,
        fans=_fans(fields, devices),
        pools=pools,
        unread=fields.unread,
    )


def _model(name: str | None) -> str | None:
    """Give `SC5Pro` of `Goldshell-SC5Pro`."""
    return None if name is None else re.sub(r"^\s*goldshell[\s_-]*", "", name, flags=re.IGNORECASE).strip() or None


def _algorithm(fields: Fields, model: str | None, devices: list[dict[str, Any]]) -> str | None:
    """Give the algorithm of the series; boxes that take cards say it of each card."""
    found = next((name for series, name in _SERIES if model and series.match(model)), None)
    said = {fields.text(one, *_POOL_ALGORITHMS) for one in devices}
    return found or (said.pop() or "").lower() or None if len(said) == 1 else found


async def _api(ask: Ask) -> dict[str, dict[str, Any]] | None:
    """Give what port 4028 answers; None where it is shut."""
    try:
        return await ask.commands(("summary", "devs", "pools", "version"))
    except Unreachable:
        return None
    except Garbled:
        return {}


async def _page(ask: Ask, path: str, *, every_s: float = SLOW_LANE_S) -> Any:
    """Read a page of the web API seldom; a token is asked for only where the page wants one."""

    async def fetch() -> Any:
        return await opening.got(ask, path, login=_log_in)

    return await ask.seldom(path, fetch, every_s=every_s)


def _in_words_of_cgminer(page: Any) -> dict[str, Any]:
    """Give the web API's pools as `pools` would; they tell no counts. Boxes that take cards have a group for each."""
    names = {"URL": "url", "User": "user", "Stratum Active": "active"}
    entries = [mapping(one) for one in listing(page) or listing(mapping(page).get("groups"))]
    flat = [mapping(pool) for one in entries for pool in (listing(one["pools"]) if "pools" in one else [one])]
    return {"POOLS": [{own: one.get(name) for own, name in names.items()} for one in flat]}


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("GET", _LOGIN, query={"username": username, "password": password, "cipher": "false"})
    token = text(mapping(ask.judged(answer, path=_LOGIN)).get("JWT Token"))
    if token is None:
        raise Denied(f"HTTP {answer.status} for {_LOGIN}: no token was given")
    return {"Authorization": f"Bearer {token}"}


async def _web_devices(ask: Ask, *, is_all: bool) -> list[dict[str, Any]]:
    """Read the boards over the web and give them in the words of `devs`; raise when that is all and is not there."""
    try:
        page = await opening.got(ask, _CGMINER, login=_log_in, query={"cgminercmd": "devs"})
    except CollectError:
        if is_all:
            raise
        page = None
    found = []
    for one in map(mapping, listing(mapping(page).get("data"))):
        speeds = _FIGURE.findall(text(one.get("fanspeed")) or "")
        warmth = _FIGURE.search(text(one.get("temp")) or "")
        found.append(
            {
                "ID": one.get("id"),
                "MHS 20s": one.get("hashrate"),
                "MHS av": one.get("av_hashrate"),
                "Device Elapsed": one.get("time"),
                "tstemp-2": warmth[0] if warmth else None,
                **dict(zip(_FANS, speeds, strict=False)),
            }
        )
    if not found and is_all:
        raise Garbled("neither port 4028 nor the web API tells of any board")
    return found


def _boards(
    fields: Fields, devices: list[dict[str, Any]], details: Mapping[str, Any], *, rate_hs: float | None
) -> tuple[Board, ...]:
    chips = {
        fields.count(one, "ID", "PGA", "ASC"): fields.count(one, "chips-nr")
        for one in map(mapping, listing(details.get("DEVDETAILS")))
    }
    found: dict[int, Board] = {}
    for device in devices:
        index = fields.count(device, "ID", "PGA", "ASC")
        named = index
        if index is None or index in found:
            index = len(found)
        rate = shortest(cgminer.windows(fields, device))
        volts = fields.positive(device, "voltage", "Voltage") or None
        is_broken = (fields.text(device, "Status") or "").lower() in _BROKEN
        found[index] = Board(
            index=index,
            hashrate_hs=rate,
            board_temperature_c=fields.temperature(device, *_BOARD_SENSORS),
            chip_temperature_c=fields.hottest(device, *_CHIP_SENSORS),
            chips=chips.get(named),
            frequency_hz=fields.positive(device, "clock", "Clock", "Frequency", times=1e6) or None,
            voltage_v=volts / 1e3 if volts and volts > _MILLIVOLT else volts,
            state="fault" if is_broken or (rate_hs and not rate) else "ok" if rate else "unknown",
        )
    return tuple(found[index] for index in sorted(found))


def _fans(fields: Fields, devices: list[dict[str, Any]]) -> tuple[Fan, ...]:
    """Give the box's fans, which every board repeats as it last saw them."""
    told = max(devices, key=lambda one: sum(name in one for name in _FANS), default={})
    return tuple(
        Fan(index=index, rpm=fields.positive(told, name))
        for index, name in enumerate(_FANS)
        if name in told and number(told[name]) is not None
    )


FAMILY = Family(
    name="goldshell",
    make="Goldshell",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {
            "rpc summary",
            "rpc devs",
            "rpc pools",
            "rpc version",
            "rpc devdetails",
            *(f"GET {path}" for path in (_STATUS, _SETTING, _CGMINER, _POOLS, _LOGIN)),
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_STATUS,),
    credentials=(("admin", "123456789"),),
)
