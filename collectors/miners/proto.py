"""Proto Rig: Proto OS with its REST interface, behind a bearer token where the owner has set a password.

Status, telemetry, cooling, pools and errors change all the time; hardware, system and network are asked seldom.
"""

from collections.abc import Mapping
from typing import Any

from collectors import cgminer, opening
from collectors.condition import by_rate
from collectors.errors import Denied
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.partial import main, optional
from collectors.rate import factor, shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest, total
from collectors.value import Fields, listing, mapping

_ROOT = "/api/v1"
_LOGIN = f"{_ROOT}/auth/login"
_MINING, _TELEMETRY, _COOLING = f"{_ROOT}/mining", f"{_ROOT}/telemetry", f"{_ROOT}/cooling"
_POOLS, _ERRORS = f"{_ROOT}/pools", f"{_ROOT}/errors"
_HARDWARE, _SYSTEM, _NETWORK = f"{_ROOT}/hardware", f"{_ROOT}/system", f"{_ROOT}/network"
_LEVELS = {"level": "miner,hashboard,psu"}
_STATES: dict[str, DeviceCondition] = {
    "stopped": "sleeping",
    "curtailed": "sleeping",
    "sleeping": "sleeping",
    "poweringoff": "sleeping",
    "poweringon": "starting",
    "uninitialized": "starting",
    "starting": "starting",
    "nopools": "idle",
    "idle": "idle",
    "error": "fault",
}
_ALIVE = frozenset(("active", "idle", "alive", "connected"))
_START_S = 300.0


def recognises(evidence: Evidence) -> int:
    """Weigh the front page's title and the page that says who made it."""
    system = mapping(evidence.document(_SYSTEM).get("system-info"))
    if system and ("proto" in str(system.get("manufacturer", "proto")).lower()):
        return SURE
    if "mining-status" in evidence.document(_MINING):
        return SURE
    front = evidence.page().upper()
    return SURE if "PROTO OS" in front or "PROTOOS" in front else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    page = mapping(await main(ask, opening.got(ask, _MINING, login=_log_in)))
    status = mapping(page.get("mining-status"))
    telemetry = mapping(await _optional(ask, _TELEMETRY, query=_LEVELS))
    cooling = mapping(mapping(await _optional(ask, _COOLING)).get("cooling-status"))
    pools = _pools(ask.fields, listing(mapping(await _optional(ask, _POOLS)).get("pools")))
    errors = _faults(ask.fields, await _optional(ask, _ERRORS))
    hardware = mapping(mapping(await opening.got_seldom(ask, _HARDWARE, login=_log_in)).get("hardware-info"))
    system = mapping(mapping(await opening.got_seldom(ask, _SYSTEM, login=_log_in)).get("system-info"))
    network = mapping(mapping(await opening.got_seldom(ask, _NETWORK, login=_log_in)).get("network-info"))
    fields = ask.fields
    whole = mapping(telemetry.get("miner"))
    windows = _windows(fields, status, whole=whole)
    rate = shortest(windows)
    uptime = fields.positive(status, "mining_uptime_s")
    state = _condition(fields, status, rate=rate, uptime_s=uptime)
    power = fields.positive(status, "power_usage_watts")
    if power is None:
        power = fields.positive(mapping(whole.get("power")), "value")
    panel = mapping(hardware.get("cb-info"))
    software = mapping(system.get("os"))
    parts = [mapping(one) for one in listing(telemetry.get("hashboards"))]
    return Reading(
        family="proto",
        make="Proto",
        model=fields.text(system, "model", "product_name") or fields.text(panel, "machine_name"),
        firmware=fields.text(software, "name") or "ProtoOS",
        firmware_version=fields.text(software, "version"),
        mac=fields.mac(network, "mac"),
        serial=fields.text(system, "cb_sn") or fields.text(panel, "serial_number"),
        hostname=fields.text(network, "hostname") or fields.text(software, "hostname"),
        algorithm="sha256d",
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(status, "ideal_hashrate_ghs", times=1e9) or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(status, "power_target_watts") or None,
        uptime_s=uptime,
        temperature_inlet_c=_over(fields, parts, name="inlet"),
        temperature_outlet_c=_over(fields, parts, name="outlet"),
        accepted=total(pool.accepted for pool in pools),
        rejected=total(pool.rejected for pool in pools),
        hardware_errors=fields.count(status, "hw_errors"),
        boards=_boards(fields, parts, hardware=hardware, is_running=state in ("hashing", "fault")),
        fans=_fans(fields, cooling),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


async def _log_in(ask: Ask) -> Mapping[str, str]:
    _, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, json={"password": password})
    token = ask.fields.text(mapping(ask.judged(answer, path=_LOGIN)), "access_token", "token")
    if token is None:
        raise Denied(f"{_LOGIN} gives no token: {ask.login.denial}")
    return {"Authorization": f"Bearer {token}"}


async def _optional(ask: Ask, path: str, *, query: Mapping[str, str] | None = None) -> Any:
    """Give a page without which there is still a reading."""
    return await optional(ask, path, opening.got(ask, path, login=_log_in, query=query))


def _windows(fields: Fields, status: Mapping[str, Any], *, whole: Mapping[str, Any]) -> dict[str, float]:
    now = fields.positive(status, "hashrate_ghs", times=1e9)
    if now is None:
        now = _rate(fields, whole)
    average = fields.positive(status, "average_hashrate_ghs", times=1e9)
    return {name: rate for name, rate in (("realtime", now), ("lifetime", average)) if rate is not None}


def _rate(fields: Fields, source: Mapping[str, Any]) -> float | None:
    measured = mapping(source.get("hashrate"))
    return fields.positive(measured, "value", times=factor(measured.get("unit")) or 1e12)


def _condition(
    fields: Fields, status: Mapping[str, Any], *, rate: float | None, uptime_s: float | None
) -> DeviceCondition:
    said = _STATES.get((fields.text(status, "status") or "").lower().replace(" ", "").replace("_", ""))
    if said is not None:
        return said
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault", start_s=_START_S)


def _boards(
    fields: Fields, parts: list[dict[str, Any]], *, hardware: Mapping[str, Any], is_running: bool
) -> tuple[Board, ...]:
    """Join telemetry and hardware by serial number, else by place."""
    fitted = [mapping(one) for one in listing(hardware.get("hashboards-info"))]
    by_serial = {fields.text(one, "hb_sn"): one for one in fitted if fields.text(one, "hb_sn")}
    by_place = {_place(fields, one, at=at): one for at, one in enumerate(fitted)}
    boards: dict[int, Board] = {}
    for at, part in enumerate(parts):
        index = fields.count(part, "index")
        index = at if index is None else index
        serial = fields.text(part, "serial_number")
        own = by_serial.get(serial) or by_place.get(index, {})
        rate = _rate(fields, part)
        chips = fields.count(own, "mining_asic_count") or None
        boards[index] = Board(
            index=index,
            hashrate_hs=rate,
            board_temperature_c=fields.hottest(mapping(part.get("temperature")), "inlet", "outlet", "average"),
            chips=chips if rate else None,
            chips_expected=chips,
            voltage_v=fields.positive(mapping(part.get("voltage")), "value") or None,
            state="ok" if rate else "fault" if rate is not None and is_running else "unknown",
            serial=serial or fields.text(own, "hb_sn"),
        )
    seen = {board.serial for board in boards.values()}
    for place, own in by_place.items():
        serial = fields.text(own, "hb_sn")
        if place not in boards and not (serial and serial in seen):
            # fitted, yet without telemetry: there, and not known to hash
            boards[place] = Board(
                index=place, chips_expected=fields.count(own, "mining_asic_count") or None, serial=serial
            )
    return tuple(boards[index] for index in sorted(boards))


def _place(fields: Fields, one: Mapping[str, Any], *, at: int) -> int:
    slot = fields.count(one, "slot")
    return slot - 1 if slot else at


def _over(fields: Fields, parts: list[dict[str, Any]], *, name: str) -> float | None:
    return highest(fields.temperature(mapping(part.get("temperature")), name) for part in parts)


def _fans(fields: Fields, cooling: Mapping[str, Any]) -> tuple[Fan, ...]:
    common = fields.number(cooling, "speed_percentage", low=0.0, high=100.0)
    fans = []
    for at, value in enumerate(listing(cooling.get("fans"))):
        fan = mapping(value)
        duty = fields.number(fan, "speed_percentage", low=0.0, high=100.0)
        duty = common if duty is None else duty
        fans.append(
            Fan(
                index=_place(fields, fan, at=at),
                rpm=fields.positive(fan, "rpm"),
                duty_ratio=None if duty is None else duty / 100,
            )
        )
    return tuple(fans)


def _pools(fields: Fields, entries: list[Any]) -> tuple[PoolSlot, ...]:
    """Give the pools; those held ready say that they are active too, and the first in priority is the one mined on."""
    kept = [mapping(one) for one in entries]
    kept = [one for one in kept if not cgminer.is_fee_pool({"URL": one.get("url")}) and fields.text(one, "url", "user")]
    ready = [at for at, one in enumerate(kept) if (fields.text(one, "status") or "").lower() == "active"]
    used = min(ready, key=lambda at: fields.number(kept[at], "priority") or 0.0, default=None)
    slots = []
    for at, entry in enumerate(kept):
        status = (fields.text(entry, "status") or "").lower()
        slots.append(
            PoolSlot(
                index=at,
                url=fields.text(entry, "url"),
                user=fields.text(entry, "user", "username"),
                active=at == used if status else None,
                alive=status in _ALIVE if status else None,
                accepted=fields.count(entry, "accepted"),
                rejected=fields.count(entry, "rejected"),
                difficulty=fields.quantity(entry, "difficulty") or None,
            )
        )
    return tuple(slots)


def _faults(fields: Fields, page: Any) -> tuple[DeviceError, ...]:
    found = []
    for value in listing(page) or listing(mapping(page).get("errors")):
        entry = mapping(value)
        code = fields.text(entry, "error_code", "code", "type") or "error"
        words = fields.text(entry, "message", "description", "error_message") or "the device reports a fault"
        source = fields.text(entry, "source", "component")
        slot = fields.text(entry, "slot", "component_index")
        where = " ".join(filter(None, (source, slot)))
        found.append(DeviceError(code=code, message=f"{where}: {words}" if where else words))
    return tuple(found)


FAMILY = Family(
    name="proto",
    make="Proto",
    ports={"http": 80},
    requests=frozenset(
        {
            f"POST {_LOGIN}",
            *(f"GET {page}" for page in (_MINING, _TELEMETRY, _COOLING, _POOLS, _ERRORS)),
            *(f"GET {page}" for page in (_HARDWARE, _SYSTEM, _NETWORK)),
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_SYSTEM, _MINING),
)
