"""Fluminer: three small pages, of which one has the figures.

The pools want a session on newer firmware; the device says so with a code in the body, behind HTTP 200.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from collectors import cgminer
from collectors.condition import by_rate
from collectors.errors import CollectError, Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.partial import main
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, hottest, listing, mapping, number

_OVERVIEW, _SUMMARY, _POOLS, _LOGIN = "/api/overview", "/api/summary", "/api/getPools", "/api/login"
_POOLS_EVERY_S = 60.0
_ALGORITHMS = {"T": "sha256d", "L": "scrypt"}
_WELL = frozenset(("ok", "mining", "normal", "running"))
_ASLEEP, _STARTING = frozenset(("sleep", "sleeping", "stop", "stopped", "paused")), ("init", "start", "tun", "boot")
_DENIALS = frozenset((401, 403))
_MILLIVOLT = 100.0
_START_S = 300.0


def recognises(evidence: Evidence) -> int:
    """Weigh the overview and the front page's title."""
    if "minerInfo" in mapping(evidence.document(_OVERVIEW).get("data")):
        return SURE
    return SURE if "FLUMINER" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    summaries = mapping(await main(ask, _page(ask, _SUMMARY))).get("summary")
    figures = mapping((listing(summaries) or [summaries])[0])
    info = mapping(mapping(await ask.seldom(_OVERVIEW, lambda: _page(ask, _OVERVIEW))).get("minerInfo"))
    configured = mapping(await ask.seldom(_POOLS, lambda: _configured(ask), every_s=_POOLS_EVERY_S))
    fields = ask.fields
    rate = fields.positive(figures, "hrt", times=1e9)
    average = fields.positive(figures, "hra", "hrAvg", times=1e9)
    uptime = fields.positive(figures, "uptime")
    status = (fields.text(figures, "status") or "").lower()
    power = fields.positive(figures, "power") or None
    model = (fields.text(info, "model") or "").removeprefix("Fluminer").strip(" -_") or None
    windows = {name: value for name, value in (("realtime", rate), ("lifetime", average)) if value is not None}
    return Reading(
        family="fluminer",
        make="Fluminer",
        model=model,
        firmware="stock",
        firmware_version=fields.text(info, "minerVersion"),
        mac=fields.mac(info, "macAddress", "wifiMacAddress"),
        serial=fields.text(info, "sn"),
        hostname=fields.text(info, "hostname"),
        algorithm=_ALGORITHMS.get((model or "")[:1].upper()),
        state=_condition(status, rate=rate, uptime_s=uptime),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        uptime_s=uptime,
        accepted=fields.count(figures, "acc"),
        rejected=fields.count(figures, "rej"),
        boards=(_board(fields, figures, rate=rate, is_well=status in _WELL),) if figures else (),
        fans=tuple(Fan(index=at, rpm=rpm) for at, rpm in enumerate(_split(figures.get("fan"))) if rpm >= 0),
        pools=_pools(fields, listing(configured.get("pools")), figures=figures),
        errors=_faults(status),
        unread=fields.unread,
    )


async def _configured(ask: Ask) -> Mapping[str, Any]:
    """Give the `data` of the pools' page, after a login where the device wants one."""
    session: dict[str, str] | None = ask.memory.get("session")
    try:
        return await _page(ask, _POOLS, headers=session)
    except Denied:
        ask.memory.pop("session", None)
        session = await _log_in(ask)
    try:
        data = await _page(ask, _POOLS, headers=session)
    except Denied:
        ask.login.note_refused()
        raise
    ask.memory["session"] = session
    ask.login.note_accepted()
    return data


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, json={"username": username, "password": password})
    code = number(mapping(ask.judged(answer, path=_LOGIN)).get("code"))
    cookies = [one.partition(";")[0].strip() for one in answer.headers.get("set-cookie", "").split("\n")]
    if code or not any(cookies):
        ask.login.note_refused()
        raise Denied(f"{_LOGIN}: {ask.login.denial}")
    return {"Cookie": "; ".join(filter(None, cookies))}


async def _page(ask: Ask, path: str, *, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """Give the `data` of a page; a code other than 0 is a refusal."""
    page = mapping(await ask.get(path, headers=headers))
    code = number(page.get("code"))
    if code in _DENIALS:
        raise Denied(f"{path}: {ask.login.denial}")
    if code:
        raise _refusal(path, code=code)
    return mapping(page.get("data"))


def _refusal(path: str, *, code: float) -> CollectError:
    return Garbled(f"{path} answers with code {code:g}")


def _condition(status: str, *, rate: float | None, uptime_s: float | None) -> DeviceCondition:
    if status in _ASLEEP:
        return "sleeping"
    if not rate and any(word in status for word in _STARTING):
        return "starting"
    at_zero: DeviceCondition = "fault" if status and status not in _WELL else "unknown"
    return by_rate(rate, uptime_s=uptime_s, at_zero=at_zero, start_s=_START_S)


def _board(fields: Fields, figures: Mapping[str, Any], *, rate: float | None, is_well: bool) -> Board:
    """Give the one board; its two temperatures are the board's and the chips'."""
    sensors: list[float | None] = [*_split(figures.get("temp")), None, None]
    voltage = fields.positive(figures, "voltage") or None
    return Board(
        index=0,
        hashrate_hs=rate,
        board_temperature_c=hottest(sensors[0]),
        chip_temperature_c=hottest(sensors[1]),
        voltage_v=voltage / 1e3 if voltage and voltage > _MILLIVOLT else voltage,
        state="ok" if rate else "unknown" if rate is None or is_well else "fault",
    )


def _split(value: object) -> list[float]:
    """Give the numbers of `"3200|3180"`, of a list, or of a single number."""
    parts = value.split("|") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [found for found in map(number, parts) if found is not None]


def _pools(fields: Fields, entries: list[Any], *, figures: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the configured pools; the counters are the device's, and of the pool in use only where it stands alone."""
    host, port = fields.text(figures, "pool"), fields.text(figures, "port")
    kept = [mapping(one) for one in entries]
    kept = [one for one in kept if fields.text(one, "url") and not cgminer.is_fee_pool({"URL": one.get("url")})]
    is_alive = fields.truth(figures, "poolAlive")
    slots = []
    for at, entry in enumerate(kept):
        url = fields.text(entry, "url") or ""
        is_used = None if host is None else _is_at(url, host=host, port=port)
        slots.append(
            PoolSlot(
                index=at,
                url=url,
                user=fields.text(entry, "user"),
                active=is_used,
                alive=is_alive if is_used else None,
                accepted=fields.count(figures, "acc") if len(kept) == 1 else None,
                rejected=fields.count(figures, "rej") if len(kept) == 1 else None,
                difficulty=(fields.quantity(figures, "diff") or None) if is_used else None,
            )
        )
    return tuple(slots)


def _is_at(url: str, *, host: str, port: str | None) -> bool:
    try:
        parts = urlsplit(url if "://" in url else f"stratum+tcp://{url}")
        return parts.hostname == host.lower() and (port is None or parts.port is None or str(parts.port) == port)
    except ValueError:
        return False


def _faults(status: str) -> tuple[DeviceError, ...]:
    if not status or status in _WELL or status in _ASLEEP or any(word in status for word in _STARTING):
        return ()
    return (DeviceError(code=status, message=f"the device says of itself: {status}"),)


FAMILY = Family(
    name="fluminer",
    make="Fluminer",
    ports={"http": 80},
    requests=frozenset({f"POST {_LOGIN}", *(f"GET {page}" for page in (_OVERVIEW, _SUMMARY, _POOLS))}),
    collect=collect,
    recognises=recognises,
    clues=(_OVERVIEW,),
    credentials=(("root", "root"),),
)
