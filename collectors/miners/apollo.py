"""FutureBit Apollo: GraphQL on a port of its own, behind a password, with a full node beside the miner.

One query has miner and controller, and the miner's part is indispensable. Each hashing unit (the Apollo itself and
those plugged into it) is a board here.
"""

import json
from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import by_rate
from collectors.errors import Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.rate import shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest, total
from collectors.value import Fields, listing, mapping, text
from collectors.web import Answer

_GRAPHQL = "/api/graphql"
_PERIODS = (
    ("int_30", "30s"),
    ("int_300", "5m"),
    ("int_900", "15m"),
    ("int_3600", "1h"),
    ("int_0", "lifetime"),
)
_INTERVALS = " ".join(f"{name}{{bySol}}" for name, _ in _PERIODS)
_MINER = (
    "Miner{online{result{online{status}} error{message}} stats{result{stats{uuid date versions{miner mspVer} "
    "master{upTime hwAddr osc boardsW intervals{" + _INTERVALS + "}} "
    "pool{host port userName diff intervals{int_0{sharesAccepted sharesRejected}}} "
    "fans{int_0{rpm}} temperature{min avr max} "
    "slots{int_0{chips temperature specVoltage ghs errors overheats}}}} error{message}}}"
)
_CONTROLLER = "Mcu{stats{result{stats{hostname uptime temperature network{name address mac}}} error{message}}}"
_QUERY = "{" + _MINER + " " + _CONTROLLER + "}"
_PARTS = ("{" + _MINER + "}", "{" + _CONTROLLER + "}")
_REFUSALS = ("unauth", "jwt", "token", "not authenticated", "forbidden", "denied", "login", "signature")
_STATES: dict[str, DeviceCondition] = {"offline": "sleeping", "stopped": "sleeping", "pending": "starting"}
_SET_UP = ("pending", "done")
_LOCKED = frozenset((401, 403))
_LOCKED_S = 600.0
_MILLIVOLT = 100.0
_START_S = 300.0


def recognises(evidence: Evidence) -> int:
    """Weigh where the front page leads, its title, and the API's word on whether it has been set up."""
    told = mapping(mapping(evidence.replies.get(f"POST {_GRAPHQL}")).get("data"))
    if mapping(mapping(mapping(told.get("Auth")).get("status")).get("result")).get("status") in _SET_UP:
        return SURE
    if evidence.status() == 308 and evidence.location().rstrip("/").endswith("/overview"):
        return SURE
    front = evidence.page().upper()
    if "FUTUREBIT" in front or "APOLLO BTC" in front:
        return SURE
    return LIKELY if "APOLLO" in front and "/_NEXT/" in front else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    data = await _data(ask)
    fields = ask.fields
    miner = mapping(data.get("Miner"))
    units = [mapping(one) for one in listing(_result(miner, "stats").get("stats"))]
    online = mapping(_result(miner, "online").get("online"))
    controller = mapping(_result(mapping(data.get("Mcu")), "stats").get("stats"))
    windows = _windows(fields, units)
    rate = shortest(windows)
    uptime = highest(fields.positive(mapping(unit.get("master")), "upTime") for unit in units)
    watts = [fields.positive(mapping(unit.get("master")), "boardsW") for unit in units]
    power = sum(value or 0.0 for value in watts) or None
    state = _condition(fields, online, rate=rate, uptime_s=uptime)
    pools = _pools(fields, units)
    first = units[0] if units else {}
    return Reading(
        family="apollo",
        make="FutureBit",
        model="Apollo",
        firmware="stock",
        firmware_version=fields.text(mapping(first.get("versions")), "miner", "mspVer"),
        mac=_mac(fields, listing(controller.get("network"))),
        serial=fields.text(first, "uuid"),
        hostname=fields.text(controller, "hostname"),
        algorithm="sha256d",
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        uptime_s=uptime,
        accepted=total(pool.accepted for pool in pools),
        rejected=total(pool.rejected for pool in pools),
        hardware_errors=total(fields.count(_slot(unit), "errors") for unit in units),
        boards=tuple(_board(fields, unit, index=at) for at, unit in enumerate(units)),
        fans=_fans(fields, units),
        pools=pools,
        errors=_faults(fields, miner),
        unread=fields.unread,
    )


async def _data(ask: Ask) -> Mapping[str, Any]:
    """Ask one query, or its two parts where a version refuses the whole."""
    if ask.memory.get("apollo") != "parts":
        data = await _query(ask, _QUERY)
        if data.get("Miner"):
            return data
    found: dict[str, Any] = {}
    for query in _PARTS:
        found.update({key: value for key, value in (await _query(ask, query)).items() if value})
    if "Miner" not in found:
        raise Garbled(f"{_GRAPHQL} answers without a miner")
    ask.memory["apollo"] = "parts"
    return found


async def _query(ask: Ask, query: str) -> Mapping[str, Any]:
    """Give the `data` of a query, after a login where the device wants one."""
    for _ in range(2):
        session = ask.memory.get("session")
        is_fresh = session is None and ask.loop.time() < ask.memory.get("locked", 0.0)
        if is_fresh:
            session = await _session(ask)
        answer = await ask.fetch("POST", _GRAPHQL, port="apollo", headers=session, json={"query": query})
        if answer.status not in _LOCKED:
            document = _document(ask, answer)
            if not _is_refused(document):
                return mapping(document.get("data"))
        ask.memory["locked"] = ask.loop.time() + _LOCKED_S
        ask.memory.pop("session", None)
        if is_fresh:
            break
    ask.login.note_refused()
    raise Denied(f"{_GRAPHQL}: {ask.login.denial}")


def _document(ask: Ask, answer: Answer) -> Mapping[str, Any]:
    # GraphQL servers say with 400 or 500 what stands in the body
    if not answer.is_fine and answer.body.lstrip()[:1] == b"{":
        return mapping(answer.json())
    return mapping(ask.judged(answer, path=_GRAPHQL))


async def _session(ask: Ask) -> Mapping[str, str]:
    _, password = ask.credentials()
    query = "{Auth{login(input:{password:" + json.dumps(password) + "}){result{accessToken} error{message}}}}"
    answer = await ask.fetch("POST", _GRAPHQL, port="apollo", json={"query": query})
    login = mapping(mapping(mapping(_document(ask, answer).get("data")).get("Auth")).get("login"))
    token = text(mapping(login.get("result")).get("accessToken"))
    if token is None:
        ask.login.note_refused()
        raise Denied(f"{_GRAPHQL} gives no token: {ask.login.denial}")
    session = {"Authorization": f"Bearer {token}"}
    ask.memory["session"] = session
    ask.login.note_accepted()
    return session


def _is_refused(document: Mapping[str, Any]) -> bool:
    messages = [mapping(one).get("message") for one in listing(document.get("errors"))]
    for part in mapping(document.get("data")).values():
        messages += [mapping(mapping(one).get("error")).get("message") for one in mapping(part).values()]
    words = " ".join(str(message) for message in messages if message).lower()
    return any(mark in words for mark in _REFUSALS)


def _result(source: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return mapping(mapping(source.get(name)).get("result"))


def _slot(unit: Mapping[str, Any]) -> Mapping[str, Any]:
    slots = mapping(unit.get("slots"))
    return mapping(slots.get("int_0")) or mapping((listing(slots.get("int_0")) or [None])[0])


def _windows(fields: Fields, units: list[dict[str, Any]]) -> dict[str, float]:
    """Give every period in H/s, over all units; rates are in GH/s, counted by solutions found."""
    found: dict[str, float] = {}
    for unit in units:
        intervals = mapping(mapping(unit.get("master")).get("intervals"))
        for key, name in _PERIODS:
            rate = fields.positive(mapping(intervals.get(key)), "bySol", times=1e9)
            if rate is not None:
                found[name] = found.get(name, 0.0) + rate
    return found


def _condition(
    fields: Fields, online: Mapping[str, Any], *, rate: float | None, uptime_s: float | None
) -> DeviceCondition:
    said = online.get("status")
    state = "offline" if said is False else (fields.text(online, "status") or "").lower() if said is not True else ""
    known = _STATES.get(state)
    if known is not None:
        return known
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault", start_s=_START_S)


def _board(fields: Fields, unit: Mapping[str, Any], *, index: int) -> Board:
    slot, master = _slot(unit), mapping(unit.get("master"))
    rate = shortest(_windows(fields, [dict(unit)]))
    if rate is None:
        rate = fields.positive(slot, "ghs", times=1e9)
    voltage = fields.positive(slot, "specVoltage") or None
    return Board(
        index=index,
        hashrate_hs=rate,
        board_temperature_c=fields.temperature(mapping(unit.get("temperature")), "max", "avr")
        or fields.temperature(slot, "temperature"),
        chips=fields.count(slot, "chips"),
        frequency_hz=fields.positive(master, "osc", times=1e6) or None,
        voltage_v=voltage / 1e3 if voltage and voltage > _MILLIVOLT else voltage,
        state="ok" if rate else "unknown" if rate is None else "fault",
        serial=fields.text(unit, "uuid"),
    )


def _fans(fields: Fields, units: list[dict[str, Any]]) -> tuple[Fan, ...]:
    fans: list[Fan] = []
    for unit in units:
        source = mapping(mapping(unit.get("fans")).get("int_0"))
        speeds = source.get("rpm")
        for speed in speeds if isinstance(speeds, list) else [speeds]:
            rpm = fields.positive({"rpm": speed}, "rpm")
            if rpm is not None:
                fans.append(Fan(index=len(fans), rpm=rpm))
    return tuple(fans)


def _pools(fields: Fields, units: list[dict[str, Any]]) -> tuple[PoolSlot, ...]:
    """Give the pools that the units mine on, those of the same pool and user as one."""
    slots: dict[tuple[str | None, str | None], PoolSlot] = {}
    for unit in units:
        pool = mapping(unit.get("pool"))
        host, port = fields.text(pool, "host"), fields.count(pool, "port")
        user = fields.text(pool, "userName")
        if host is None or cgminer.is_fee_pool({"URL": host}):
            continue
        url = host if "://" in host else f"stratum+tcp://{host}"
        url = f"{url}:{port}" if port and ":" not in url.partition("://")[2] else url
        counts = mapping(mapping(pool.get("intervals")).get("int_0"))
        other = slots.get((url, user), PoolSlot(index=len(slots)))
        slots[url, user] = PoolSlot(
            index=other.index,
            url=url,
            user=user,
            active=True,
            accepted=total((fields.count(counts, "sharesAccepted"), other.accepted)),
            rejected=total((fields.count(counts, "sharesRejected"), other.rejected)),
            difficulty=fields.quantity(pool, "diff") or None,
        )
    return tuple(slots.values())


def _mac(fields: Fields, cards: list[Any]) -> str | None:
    """Give the address of the wired card, else of any."""
    named = sorted(cards, key=lambda card: not str(mapping(card).get("name", "")).lower().startswith(("eth", "en")))
    return next(filter(None, (fields.mac(mapping(card), "mac") for card in named)), None)


def _faults(fields: Fields, miner: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    words = [fields.text(mapping(mapping(miner.get(name)).get("error")), "message") for name in ("stats", "online")]
    return tuple(DeviceError(code="miner", message=message) for message in dict.fromkeys(filter(None, words)))


FAMILY = Family(
    name="apollo",
    make="FutureBit",
    ports={"apollo": 5000, "http": 80},
    requests=frozenset({f"POST {_GRAPHQL}"}),
    collect=collect,
    recognises=recognises,
    credentials=(("futurebit", "futurebit123"),),
)
