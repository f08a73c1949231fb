"""Ebang Ebit E9 to E12: web pages only, behind a login form, each asked for with an empty POST.

Its pages answer `{"status": 1, "feedback": {…}}`. Rates are texts with a prefix (`"12.44T"`) except the alarm page's,
which is in GH/s. Some firmware serves the same pages over TLS alone. The login is indispensable, no single page is.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import condition
from collectors.errors import Denied, Garbled, TimedOut, Unreachable
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.partial import optional
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, hottest, mapping

_LOGIN = "/user/login"
_STATUS, _SYSTEM = "/Cgminer/CgminerStatus", "/Status/getsystemstatus"
_POOLS, _ALARMS, _OWNER = "/Cgminer/CgminerGetVal", "/alarm/GetAlarmLoop", "/admininfo/Getadmininfo"
_WINDOWS = (("fivesecfigure", "5s"), ("fiveavg", "5m"), ("averfigure", "lifetime"))
_SENSORS = ("device1temp", "device2temp", "device3temp", "device4temp")
_FANS = ("devicefan", "devicefan2", "devicefan3", "devicefan4")
_MODEL = re.compile(r"(?:ebit[\s_-]*)?(E\d{1,2}(?:\.\d)?[i+]*)", re.IGNORECASE)
_VERSION = re.compile(r"^\s*soft_v", re.IGNORECASE)
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_COMPLAINTS = (
    ("eth1Alarm", "no connection to the network"),
    ("calAlarm", "the hashrate is below what it should be"),
    ("poolAlarm", "no pool answers"),
    ("tempAlarm", "a temperature is too high"),
)


def recognises(evidence: Evidence) -> int:
    """Weigh the front page and the login form, whose fields nobody else calls so."""
    for path in ("/", _LOGIN):
        page = evidence.page(path)
        if ("yuyan" in page and "word" in page) or "ebang" in page.lower():
            return SURE
    return 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    status, system, alarms = [
        mapping(await optional(ask, path, _page(ask, path)())) for path in (_STATUS, _SYSTEM, _ALARMS)
    ]
    if not (status or system or alarms) and isinstance(ask.failure, Denied | TimedOut | Unreachable):
        raise ask.failure
    pools = mapping(await ask.seldom(_POOLS, _page(ask, _POOLS), every_s=60.0))
    owner = mapping(await ask.seldom(_OWNER, _page(ask, _OWNER)))
    fields = ask.fields
    windows = {name: rate for key, name in _WINDOWS if (rate := fields.quantity(status, key)) is not None}
    counted = fields.positive(alarms, "calValue", times=1e9)
    if counted is not None:
        windows["realtime"] = counted
    rate = shortest(windows)
    slots = _slots(fields, status, pools, is_alive=fields.count(alarms, "poolAlarm") == 0)
    errors = _errors(fields, alarms)
    uptime = _uptime(fields, status)
    return Reading(
        family="ebang",
        make="Ebang",
        model=_model(fields, system),
        firmware="stock",
        firmware_version=_VERSION.sub("", fields.text(system, "systemsoftwareversion") or "") or None,
        mac=fields.mac(owner, "macaddr"),
        hostname=fields.text(owner, "hostname"),
        algorithm="sha256d",
        state=condition(rate_hs=rate, uptime_s=uptime, has_faults=bool(errors), pools=slots),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        uptime_s=uptime,
        accepted=fields.count(status, "accepted"),
        rejected=fields.count(status, "rejected"),
        boards=_boards(system, frequency_hz=fields.positive(alarms, "pllValue", times=1e6) or None, rate_hs=rate),
        fans=tuple(
            Fan(index=index, rpm=fields.positive(system, name)) for index, name in enumerate(_FANS) if name in system
        ),
        pools=slots,
        errors=errors,
        unread=fields.unread,
    )


# ---- asking


def _page(ask: Ask, path: str) -> Any:
    async def fetch() -> Any:
        page = mapping(await ask.authorised("POST", path, login=_log_in, port=await _port(ask), form={}))
        if "feedback" not in page:
            raise Garbled(f"{path} does not say what it should")
        return mapping(page["feedback"])

    return fetch


async def _port(ask: Ask) -> str:
    """Give the port that serves the pages: plain where it does, TLS where that is shut or sends one there."""
    known = ask.memory.get("web_port")
    if isinstance(known, str):
        return known
    try:
        answer = await ask.fetch("GET", _LOGIN)
        found = "https" if answer.status in _REDIRECTS and "https" in answer.headers.get("location", "") else "http"
    except Unreachable:
        found = "https"
    ask.memory["web_port"] = found
    return found


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    form = {"username": username, "word": password, "yuyan": "1", "login": "Login", "get_password": ""}
    answer = await ask.fetch("POST", _LOGIN, port=await _port(ask), form=form)
    cookies = [one.partition(";")[0].strip() for one in answer.headers.get("set-cookie", "").split("\n")]
    session = [one for one in cookies if one]
    if not session:
        raise Denied(f"HTTP {answer.status} for {_LOGIN}: no session was opened")
    return {"Cookie": "; ".join(session)}


# ---- reading


def _model(fields: Fields, system: Mapping[str, Any]) -> str | None:
    match = _MODEL.search(fields.text(system, "productname") or "")
    return match[1] if match else None


def _uptime(fields: Fields, status: Mapping[str, Any]) -> float | None:
    value = status.get("worktime")
    if isinstance(value, str) and ":" in value:
        found = cgminer.clock_text(value.strip())
        if found is None:
            fields.missed("worktime")
        return found
    return fields.positive(status, "worktime")


def _boards(system: Mapping[str, Any], *, frequency_hz: float | None, rate_hs: float | None) -> tuple[Board, ...]:
    """Give the boards, each of which lists its sensors (`60,55|55,51`); a bare number is not a board's."""
    boards: list[Board] = []
    for name in _SENSORS:
        value = system.get(name)
        if isinstance(value, str) and ("," in value or "|" in value):
            found = hottest(value.replace("|", ",").replace(" ", ""))
            boards.append(
                Board(
                    index=len(boards),
                    board_temperature_c=found,
                    frequency_hz=frequency_hz,
                    state="ok" if rate_hs and found is not None else "unknown",
                )
            )
    return tuple(boards)


def _slots(
    fields: Fields, status: Mapping[str, Any], pools: Mapping[str, Any], *, is_alive: bool
) -> tuple[PoolSlot, ...]:
    """Give the pools; the one in use is named, and all share one count."""
    current = fields.text(status, "cgminerstatus")
    entries = [(fields.text(pools, f"Mip{slot}"), fields.text(pools, f"Mwork{slot}")) for slot in (1, 2, 3)]
    listed = [(url, user) for url, user in entries if url is not None]
    if not listed and current is not None and "://" in current:
        listed = [(current, None)]
    slots: list[PoolSlot] = []
    for url, user in listed:
        is_current = current is not None and (url in current or current in url)
        is_active = is_current and not any(slot.active for slot in slots)
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=user,
                active=is_active if current is not None else None,
                alive=is_alive if is_active else None,
                difficulty=fields.positive(status, "currentaccident") or None if is_active else None,
            )
        )
    return tuple(slots)


def _errors(fields: Fields, alarms: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    return tuple(
        DeviceError(code=f"{name}:{code}", message=words)
        for name, words in _COMPLAINTS
        if (code := fields.count(alarms, name))
    )


FAMILY = Family(
    name="ebang",
    make="Ebang",
    ports={"http": 80, "https": 443},
    requests=frozenset(
        {f"GET {_LOGIN}", *(f"POST {path}" for path in (_LOGIN, _STATUS, _SYSTEM, _POOLS, _ALARMS, _OWNER))}
    ),
    collect=collect,
    recognises=recognises,
    clues=(_LOGIN,),
    credentials=(("admin", "admin"),),
)
