"""MaraFW (Kaonsu) on Antminer hardware: JSON pages behind the stock firmware's digest authentication.

Rates come in the unit that stands beside them. Boards give theirs without one; it is the one in which they make up
the whole.
"""

from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.condition import by_rate
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners.antminer import algorithm, model_name
from collectors.partial import main, optional
from collectors.rate import factor, shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import total
from collectors.value import Fields, listing, mapping

_ROOT = "/kaonsu/v1"
_BRIEF, _BOARDS, _FANS, _POOLS = (f"{_ROOT}/{page}" for page in ("brief", "hashboards", "fans", "pools"))
_OVERVIEW, _NETWORK, _CONFIGURATION = (f"{_ROOT}/{page}" for page in ("overview", "network_config", "miner_config"))
_CONFIGURATION_EVERY_S = 120.0
_WINDOWS = (
    ("hashrate_realtime", "realtime"),
    ("hashrate_realtime_5s", "5s"),
    ("hashrate_realtime_1m", "1m"),
    ("hashrate_realtime_5m", "5m"),
    ("hashrate_realtime_10m", "10m"),
    ("hashrate_realtime_30m", "30m"),
    ("hashrate_realtime_1h", "1h"),
    ("hashrate_realtime_1d", "24h"),
    ("hashrate_average", "lifetime"),
)
_STATES: tuple[tuple[tuple[str, ...], DeviceCondition], ...] = (
    (("sleep", "curtail"), "sleeping"),
    (("init", "start", "prepar", "tun", "boot", "ramp", "warm"), "starting"),
    (("idle", "stop", "pause", "standby"), "idle"),
    (("error", "fail", "fault"), "fault"),
)
_WELL = frozenset(
    ("normal", "healthy", "ok", "good", "none", "mining", "running", "sleep", "sleeping", "fully functional")
)
_BOARD_UNITS = (1e9, 1e12, 1e6)


def recognises(evidence: Evidence) -> int:
    """Weigh `version`, the overview of all figures, and the page of the firmware."""
    said = evidence.says("version")
    if "KAONSU" in said or "MARAFW" in said:
        return SURE
    brief = evidence.document(_BRIEF)
    if "hashrate_realtime" in brief or "power_consumption_estimated" in brief:
        return SURE
    return SURE if "MARAFW" in str(evidence.document(_OVERVIEW).get("version_firmware", "")).upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    brief = mapping(await main(ask, ask.get(_BRIEF, auth="digest")))
    hardware = mapping(await optional(ask, _BOARDS, ask.get(_BOARDS, auth="digest")))
    fan_page = mapping(await optional(ask, _FANS, ask.get(_FANS, auth="digest")))
    pool_page = await optional(ask, _POOLS, ask.get(_POOLS, auth="digest"))
    overview = mapping(await ask.seldom_get(_OVERVIEW, auth="digest"))
    network = mapping(await ask.seldom_get(_NETWORK, auth="digest"))
    configuration = mapping(await ask.seldom_get(_CONFIGURATION, auth="digest", every_s=_CONFIGURATION_EVERY_S))
    fields = ask.fields
    unit = factor(brief.get("hashrate_unit")) or 1e12
    windows = {name: rate for key, name in _WINDOWS if (rate := fields.positive(brief, key, times=unit)) is not None}
    rate = shortest(windows)
    uptime = fields.positive(brief, "elapsed")
    errors = _faults(fields, brief)
    state = _condition(fields, brief, rate=rate, uptime_s=uptime, has_faults=bool(errors))
    power = fields.positive(brief, "power_consumption_estimated", "power_consumption", "power_consumption_psu")
    model = model_name(fields.text(overview, "model", "model_extended"))
    pools = _pools(fields, listing(pool_page) or listing(mapping(pool_page).get("pools")))
    return Reading(
        family="marafw",
        make="Antminer",
        model=model,
        firmware="MaraFW",
        firmware_version=fields.text(overview, "version_firmware"),
        mac=fields.mac(overview, "mac") or fields.mac(network, "mac", "mac_address", "macaddr"),
        serial=fields.text(overview, "serial_number", "serial"),
        hostname=fields.text(network, "hostname"),
        algorithm=algorithm(model),
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(brief, "hashrate_ideal", times=unit)
        or fields.positive(brief, "hashrate_stock", times=unit)
        or None,
        power_w=power,
        power_grade=_grade(fields, brief, power_w=power),
        power_limit_w=_limit(fields, configuration),
        uptime_s=uptime,
        accepted=total(pool.accepted for pool in pools),
        rejected=total(pool.rejected for pool in pools),
        stale=total(pool.stale for pool in pools),
        boards=_boards(fields, listing(hardware.get("hashboards")), total_hs=rate, is_running=state != "sleeping"),
        fans=_fans(fields, fan_page),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


def _grade(fields: Fields, brief: Mapping[str, Any], *, power_w: float | None) -> Any:
    """Tell who gives the watts: the field is called estimated even where the power supply measures them."""
    if power_w is None:
        return "unknown"
    return "reported" if (fields.text(brief, "power_source") or "").upper().startswith("PSU") else "estimated"


def _condition(
    fields: Fields, brief: Mapping[str, Any], *, rate: float | None, uptime_s: float | None, has_faults: bool
) -> DeviceCondition:
    said = (fields.text(brief, "status") or "").lower()
    for words, state in _STATES:
        if any(word in said for word in words) and not (rate and state == "starting"):
            return state
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault" if said or has_faults else "unknown")


def _boards(fields: Fields, entries: list[Any], *, total_hs: float | None, is_running: bool) -> tuple[Board, ...]:
    parts = [mapping(one) for one in entries]
    unit = _board_unit(fields, parts, total_hs=total_hs)
    boards = []
    for at, part in enumerate(parts):
        index = fields.count(part, "index", "id")
        is_present = fields.truth(part, "present")
        rate = fields.positive(part, "hashrate_realtime", "hashrate_realtime_10m", "hashrate_average", times=unit)
        chips = fields.count(part, "asic_num")
        is_missing = is_present is False or (is_present is None and chips == 0 and not rate)
        boards.append(
            Board(
                index=at if index is None else index,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(part, "hashrate_ideal", times=unit) or None,
                board_temperature_c=fields.hottest(part, "temperature_pcb"),
                chip_temperature_c=fields.hottest(part, "temperature_chip"),
                chips=chips,
                chips_expected=fields.count(part, "asic_num_ideal") or None,
                frequency_hz=fields.positive(part, "frequency_average", times=1e6) or None,
                voltage_v=fields.positive(part, "voltage") or None,
                state="missing"
                if is_missing
                else "ok"
                if rate
                else "fault"
                if rate is not None and is_running
                else "unknown",
                serial=fields.text(part, "serial_number", "serial"),
            )
        )
    return tuple(boards)


def _board_unit(fields: Fields, parts: list[dict[str, Any]], *, total_hs: float | None) -> float:
    """Give the unit in which the boards make up the whole; GH/s where there is nothing to prove it by."""
    whole = sum(fields.positive(part, "hashrate_realtime_10m", "hashrate_average") or 0.0 for part in parts)
    if not whole or not total_hs:
        return _BOARD_UNITS[0]
    return min(_BOARD_UNITS, key=lambda unit: max(whole * unit / total_hs, total_hs / (whole * unit)))


def _fans(fields: Fields, page: Mapping[str, Any]) -> tuple[Fan, ...]:
    duty = fields.number(page, "percent", low=0.0, high=100.0)
    fans = []
    for at, value in enumerate(listing(page.get("fans"))):
        fan = mapping(value)
        index = fields.count(fan, "index")
        fans.append(
            Fan(
                index=at if index is None else index,
                rpm=fields.positive(fan, "current_speed", "rpm"),
                duty_ratio=None if duty is None else duty / 100,
            )
        )
    return tuple(fans)


def _pools(fields: Fields, entries: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for value in entries:
        entry = mapping(value)
        url, user = fields.text(entry, "url"), fields.text(entry, "user")
        if cgminer.is_fee_pool({"URL": url}) or not (url or user):
            continue
        status = (fields.text(entry, "status") or "").lower()
        active = fields.truth(entry, "active", "stratum_active")
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=user,
                active=(True if status == "active" else None) if active is None else active,
                alive=status in ("alive", "active", "working", "rejecting", "online") if status else None,
                accepted=fields.count(entry, "accepted"),
                rejected=fields.count(entry, "rejected"),
                stale=fields.count(entry, "stale"),
                difficulty=fields.quantity(entry, "difficulty", "diff") or None,
            )
        )
    return tuple(slots)


def _limit(fields: Fields, configuration: Mapping[str, Any]) -> float | None:
    """Give the watts that the tuner is set to; None in a mode that aims at something else."""
    mode = mapping(configuration.get("mode"))
    selected = (fields.text(mode, "work-mode-selector") or "auto").lower()
    tuner = mapping(mode.get("concorde"))
    aim = (fields.text(tuner, "mode-select") or "power").lower()
    if selected not in ("auto", "concorde") or "power" not in aim:
        return None
    return fields.positive(tuner, "power-target") or None


def _faults(fields: Fields, brief: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    indicator = fields.text(brief, "indicator")
    if indicator is None or indicator.lower() in _WELL:
        return ()
    words = fields.text(brief, "indicator_long") or "the device says that it is not well"
    return (DeviceError(code=indicator, message=words),)


FAMILY = Family(
    name="marafw",
    make="Antminer",
    ports={"http": 80},
    requests=frozenset(f"GET {page}" for page in (_BRIEF, _BOARDS, _FANS, _POOLS, _OVERVIEW, _NETWORK, _CONFIGURATION)),
    collect=collect,
    recognises=recognises,
    clues=(_BRIEF,),
    credentials=(("root", "root"),),
)
