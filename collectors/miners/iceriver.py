"""IceRiver: one page has everything and is indispensable; its answer comes to a POST that only reads."""

import re
from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import by_rate
from collectors.errors import Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.rate import factor, shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest, total
from collectors.value import Fields, listing, mapping
from collectors.web import Answer

_PANEL, _PANEL_ALONE, _LOGIN = "/user/userpanel?post=4", "/user/userpanel", "/user/loginpost?post=6"
_TITLES = ("用户界面", "ICERIVER")
_MODEL = re.compile(r"(?:\A|_)((?:ks|al|ae|rx|ic)\d[a-z0-9]*)(?:_|\Z)", re.IGNORECASE)
_CODES = {"10306": "AL3"}  # software that is named by a number instead of its model
_BARE_NUMBER = re.compile(r"\s*\d+(?:\.\d*)?\s*\Z")
_ALGORITHMS = {"KS": "kheavyhash", "AL": "blake3", "RX": "radiant"}
_HEALTH = (
    ("powstate", "the power supply is not well"),
    ("netstate", "no connection to the network or to any pool"),
    ("fanstate", "a fan is missing or too slow"),
    ("tempstate", "a temperature is too high"),
)
# between the two ends of a board; what is farther apart is a sensor's nonsense
_MOST_APART_C = 50.0
_NO_PAGE = frozenset((400, 404, 405, 410, 501))


def recognises(evidence: Evidence) -> int:
    """Weigh the panel, where it comes without asking properly, then the front page's title."""
    data = mapping(evidence.document(_PANEL_ALONE).get("data"))
    if "rtpow" in data or ("runtime" in data and "boards" in data):
        return SURE
    front = evidence.page()
    if _TITLES[0] in front:
        return SURE
    return LIKELY if _TITLES[1] in front.upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    data = await _panel(ask)
    fields = ask.fields
    unit = factor(data.get("unit")) or 1e9
    windows = {
        name: rate
        for key, name in (("rtpow", "realtime"), ("avgpow", "lifetime"))
        if (rate := _rate(fields, data, name=key, unit=unit)) is not None
    }
    rate = shortest(windows)
    runtime = fields.text(data, "runtime")
    uptime = None if runtime is None else cgminer.clock_text(runtime)
    if runtime is not None and uptime is None:
        fields.missed("runtime")
    errors = _faults(fields, data)
    state = _condition(fields, data, rate=rate, uptime_s=uptime)
    model = _model(fields, data)
    boards, inlet, outlet = _boards(fields, listing(data.get("boards")), unit=unit, is_running=state == "hashing")
    pools = _pools(fields, listing(data.get("pools")))
    return Reading(
        family="iceriver",
        make="IceRiver",
        model=model,
        firmware="stock",
        firmware_version=fields.text(data, "softver1", "softver2", "firmver2"),
        mac=fields.mac(data, "mac"),
        hostname=fields.text(data, "host"),
        algorithm=_said(fields.text(data, "algo")) or _ALGORITHMS.get((model or "")[:2]),
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        uptime_s=uptime,
        temperature_inlet_c=inlet,
        temperature_outlet_c=outlet,
        accepted=total(pool.accepted for pool in pools),
        rejected=total(pool.rejected for pool in pools),
        boards=boards,
        fans=tuple(
            Fan(index=at, rpm=fields.positive({"fans": rpm}, "fans"))
            for at, rpm in enumerate(listing(data.get("fans")))
        ),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


async def _panel(ask: Ask) -> Mapping[str, Any]:
    """Give the panel's data, after a login where the device wants one; it says so with a page instead of figures."""
    headers = ask.memory.get("session")
    answer = await ask.fetch("POST", _PANEL, headers=headers)
    data = _data(answer)
    if answer.status in _NO_PAGE:
        raise Garbled(f"HTTP {answer.status} for {_PANEL}")
    if not data and answer.status < 500:
        ask.memory.pop("session", None)
        ask.credentials()
        try:
            data = mapping(mapping(await ask.authorised("POST", _PANEL, login=_log_in)).get("data"))
        except Garbled:
            data = {}  # still the page of the login
        if not data:
            ask.memory.pop("session", None)
            ask.login.note_refused()
            raise Denied(f"{_PANEL} gives nothing: {ask.login.denial}")
    if not ("rtpow" in data or "boards" in data):
        raise Garbled(f"{_PANEL} is not what IceRiver answers")
    return data


def _data(answer: Answer) -> Mapping[str, Any]:
    if not answer.is_fine or answer.body.lstrip()[:1] != b"{":
        return {}
    return mapping(mapping(answer.json()).get("data"))


async def _log_in(ask: Ask) -> Mapping[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, query={"user": username, "pwd": password})
    cookies = [one.partition(";")[0] for one in answer.headers.get("set-cookie", "").split("\n")]
    cookie = "; ".join(one for one in cookies if "=" in one)
    if answer.status >= 400:
        raise Denied(f"HTTP {answer.status} for {_LOGIN}: {ask.login.denial}")
    return {"Cookie": cookie} if cookie else {}


def _rate(fields: Fields, source: Mapping[str, Any], *, name: str, unit: float) -> float | None:
    """Give H/s from `"6226G"`; a number without a letter counts in the page's own unit."""
    value = source.get(name)
    if isinstance(value, str) and not _BARE_NUMBER.match(value):
        return fields.quantity(source, name)
    return fields.positive(source, name, times=unit)


def _model(fields: Fields, data: Mapping[str, Any]) -> str | None:
    """Give the model as named, else from the software's name (`…_ks3m_miner`)."""
    named = _said(fields.text(data, "model"))
    if named is not None:
        return named.removeprefix("IceRiver").strip(" -_") or None
    for name in ("softver1", "softver2", "firmver1"):
        software = fields.text(data, name) or ""
        match = _MODEL.search(software)
        if match is not None:
            return match[1].upper()
        numbered = next((_CODES[part] for part in software.split("_") if part in _CODES), None)
        if numbered is not None:
            return numbered
    return None


def _said(value: str | None) -> str | None:
    return None if value is None or value.lower() in ("none", "n/a", "unknown") else value


def _condition(
    fields: Fields, data: Mapping[str, Any], *, rate: float | None, uptime_s: float | None
) -> DeviceCondition:
    return by_rate(rate, uptime_s=uptime_s, at_zero="idle" if fields.truth(data, "netstate") is False else "fault")


def _boards(
    fields: Fields, entries: list[Any], *, unit: float, is_running: bool
) -> tuple[tuple[Board, ...], float | None, float | None]:
    """Give the boards, the hottest inlet and the hottest outlet; an end that cannot be is left out."""
    boards: list[Board] = []
    inlets: list[float] = []
    outlets: list[float] = []
    for at, value in enumerate(entries):
        part = mapping(value)
        number = fields.count(part, "no")
        rate = _rate(fields, part, name="rtpow", unit=unit)
        inlet, outlet = fields.temperature(part, "intmp"), fields.temperature(part, "outtmp")
        if inlet is not None and outlet is not None and abs(outlet - inlet) > _MOST_APART_C:
            inlet, outlet = (inlet, None) if inlet < outlet else (None, outlet)
        inlets += [] if inlet is None else [inlet]
        outlets += [] if outlet is None else [outlet]
        chips = fields.count(part, "chipnum")
        is_well = fields.truth(part, "state")
        boards.append(
            Board(
                index=number - 1 if number else at,
                hashrate_hs=rate,
                board_temperature_c=highest((inlet, outlet)),
                chip_temperature_c=fields.temperature(part, "chiptmp"),
                chips=chips,
                frequency_hz=fields.positive(part, "freq", times=1e6) or None,
                state="missing"
                if chips == 0 and not rate
                else "fault"
                if is_well is False or (rate == 0 and is_running)
                else "ok"
                if rate
                else "unknown",
            )
        )
    return tuple(boards), max(inlets, default=None), max(outlets, default=None)


def _pools(fields: Fields, entries: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for value in entries:
        entry = mapping(value)
        url, user = fields.text(entry, "addr", "url"), fields.text(entry, "user")
        if cgminer.is_fee_pool({"URL": url}) or not (url or user):
            continue
        state = entry.get("state")
        code = None if isinstance(state, bool) else fields.number(entry, "state")
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=user,
                active=fields.truth(entry, "connect"),
                alive=state if isinstance(state, bool) else None if code is None else code == 1,
                accepted=fields.count(entry, "accepted"),
                rejected=fields.count(entry, "rejected"),
                difficulty=fields.quantity(entry, "diff") or None,
            )
        )
    return tuple(slots)


def _faults(fields: Fields, data: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    return tuple(DeviceError(code=name, message=words) for name, words in _HEALTH if fields.truth(data, name) is False)


FAMILY = Family(
    name="iceriver",
    make="IceRiver",
    ports={"http": 80},
    requests=frozenset({f"POST {_PANEL}", f"POST {_LOGIN}", f"GET {_PANEL_ALONE}"}),
    collect=collect,
    recognises=recognises,
    clues=(_PANEL_ALONE,),
    credentials=(("admin", "12345678"),),
)
