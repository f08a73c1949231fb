"""VNish on Antminer hardware: AnthillOS 1.2 and 1.3, and through port 4028 what came before.

One open page has nearly everything. Identity stands on a second one, asked seldom; the watt preset on a third where
that is open, else in the settings, which want a login. Where the page of figures is shut or gone, port 4028 stands in
for it; identity and preset are still added from their pages. The list of all presets is asked for once a day.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import cgminer
from collectors.condition import by_rate
from collectors.errors import CollectError, Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners import vnish_api, vnish_boards, vnish_pages, vnish_presets
from collectors.miners.antminer import algorithm, model_name
from collectors.miners.vnish_pages import INFO, ROOTS, SUMMARY
from collectors.rate import factor, shortest
from collectors.reading import DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest, total
from collectors.value import Fields, listing, mapping

_BOARD_FAULTS = {"failure": "the board has failed", "disconnected": "the board does not answer"}
_MOST_J_PER_TH = 150.0  # of any machine that it runs on
_SPAN = re.compile(r"(?:(\d{1,6}) days?,? *)?(\d{1,3}):(\d\d)(?::(\d\d))?\Z")


def recognises(evidence: Evidence) -> int:
    """Weigh `version` and `stats`, the front page, and the two open pages."""
    if "VNISH" in evidence.says("version") + evidence.says("stats"):
        return SURE
    for root in ROOTS:
        if "VNISH" in str(evidence.document(root + INFO).get("fw_name", "")).upper():
            return SURE
        if "miner_status" in mapping(evidence.document(root + SUMMARY).get("miner")):
            return SURE
    return SURE if "ANTHILLOS" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    miner = await vnish_pages.figures(ask)
    if not miner:
        return await _without_figures(ask)
    info = mapping(await vnish_pages.seldom(ask, INFO))
    fields = ask.fields
    system = mapping(info.get("system"))
    network = mapping(system.get("network_status"))
    unit = factor(info.get("hr_measure")) or 1e9
    windows = _windows(fields, miner, unit=unit)
    rate = shortest(windows)
    status = mapping(miner.get("miner_status"))
    since = fields.positive(status, "miner_state_time")
    state = _condition(fields, status, rate=rate, since_s=since)
    chains = [mapping(one) for one in listing(miner.get("chains")) or listing(miner.get("boards"))]
    pools = _pools(fields, listing(miner.get("pools")))
    power = _power(fields, miner)
    is_metered = fields.truth(mapping(miner.get("psu")), "psu_power_metering")
    model = model_name(fields.text(info, "miner") or fields.text(miner, "miner_type"))
    serials = await vnish_boards.serials(ask, chains)
    return Reading(
        family="vnish",
        make="Antminer",
        model=model,
        firmware=fields.text(info, "fw_name") or "Vnish",
        firmware_version=fields.text(info, "fw_version"),
        mac=fields.mac(network, "mac"),
        serial=vnish_pages.said(fields.text(info, "serial")),
        hostname=fields.text(network, "hostname"),
        algorithm=algorithm(model) or fields.text(info, "algorithm"),
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(miner, "hr_nominal", times=unit)
        or fields.positive(miner, "hr_stock", times=unit)
        or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported" if is_metered else "estimated",
        power_limit_w=await vnish_presets.limit_w(ask),
        uptime_s=_uptime(fields, system, since_s=since, state=state),
        temperature_inlet_c=highest(fields.temperature(chain, "inlet_water_temp") for chain in chains),
        temperature_outlet_c=highest(fields.temperature(chain, "outlet_water_temp") for chain in chains),
        accepted=total(pool.accepted for pool in pools),
        rejected=total(pool.rejected for pool in pools),
        stale=total(pool.stale for pool in pools),
        hardware_errors=fields.count(miner, "hw_errors")
        if "hw_errors" in miner
        else total(fields.count(chain, "hw_errors") for chain in chains),
        boards=vnish_boards.boards(
            fields, chains, serials=serials, unit=unit, is_running=state in ("hashing", "fault")
        ),
        fans=_fans(fields, mapping(miner.get("cooling"))),
        pools=pools,
        errors=_faults(fields, status, chains=chains, fans=listing(mapping(miner.get("cooling")).get("fans"))),
        unread=fields.unread,
        settings=await vnish_presets.every_preset(ask),
    )


async def _without_figures(ask: Ask) -> Reading:
    """Read port 4028, and the pages of identity and preset where they are open."""
    failure = ask.failure or Garbled(f"{ROOTS[0]}{SUMMARY} is not what VNish answers")
    try:
        reading = await vnish_api.read(ask)
    except CollectError as error:
        ask.failure = failure
        if isinstance(failure, Denied):
            raise failure from error
        reading = None
    info = mapping(await vnish_pages.seldom(ask, INFO))
    if reading is None and not info:
        raise failure
    ask.warn("figures", str(failure))
    fields = ask.fields
    system = mapping(info.get("system"))
    network = mapping(system.get("network_status"))
    reading = reading or Reading(family="vnish", make="Antminer", firmware="Vnish")
    model = reading.model or model_name(fields.text(info, "miner"))
    return msgspec.structs.replace(
        reading,
        model=model,
        firmware_version=fields.text(info, "fw_version") or reading.firmware_version,
        mac=fields.mac(network, "mac"),
        serial=vnish_pages.said(fields.text(info, "serial")),
        hostname=fields.text(network, "hostname"),
        algorithm=reading.algorithm or algorithm(model),
        power_limit_w=await vnish_presets.limit_w(ask),
        unread=fields.unread,
    )


def _windows(fields: Fields, miner: Mapping[str, Any], *, unit: float) -> dict[str, float]:
    """Give the rates; the older names count in units a thousand times larger."""
    found = {}
    for window, name, older in (
        ("realtime", "hr_realtime", "instant_hashrate"),
        ("lifetime", "hr_average", "average_hashrate"),
    ):
        rate = fields.positive(miner, name, times=unit)
        if rate is None:
            rate = fields.positive(miner, older, times=unit * 1e3)
        if rate is not None:
            found[window] = rate
    return found


def _power(fields: Fields, miner: Mapping[str, Any]) -> float | None:
    """Give the watts; the older name has them too, except where it was given to the J/TH."""
    watts = fields.positive(miner, "power_consumption")
    older = fields.positive(miner, "power_usage") if watts is None else None
    return older if older is not None and (older == 0.0 or older > _MOST_J_PER_TH) else watts


def _condition(
    fields: Fields, status: Mapping[str, Any], *, rate: float | None, since_s: float | None
) -> DeviceCondition:
    said = vnish_api.STATES.get((fields.text(status, "miner_state") or "").lower())
    return said or by_rate(rate, uptime_s=since_s, at_zero="fault")


def _uptime(
    fields: Fields, system: Mapping[str, Any], *, since_s: float | None, state: DeviceCondition
) -> float | None:
    """Give how long it has been hashing; the control board's own uptime where it does not say."""
    if since_s is None:
        return span_s(fields.text(system, "uptime") or "")
    return since_s if state == "hashing" else None


def _fans(fields: Fields, cooling: Mapping[str, Any]) -> tuple[Fan, ...]:
    duty = fields.number(cooling, "fan_duty", low=0.0, high=100.0)
    return tuple(
        Fan(index=at, rpm=fields.positive(mapping(fan), "rpm"), duty_ratio=None if duty is None else duty / 100)
        for at, fan in enumerate(listing(cooling.get("fans")))
    )


def _pools(fields: Fields, entries: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for value in entries:
        entry = mapping(value)
        url, user = fields.text(entry, "url"), fields.text(entry, "user")
        kind = (fields.text(entry, "pool_type") or "").lower()
        if kind == "devfee" or cgminer.is_fee_pool({"URL": url}) or not (url or user):
            continue
        status = (fields.text(entry, "status") or "").lower()
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=user,
                active=status == "active" if status else None,
                alive=None if status in ("", "unknown") else status in ("active", "working", "rejecting"),
                accepted=fields.count(entry, "accepted"),
                rejected=fields.count(entry, "rejected"),
                stale=fields.count(entry, "stale"),
                difficulty=fields.positive(entry, "ls_diff") or fields.quantity(entry, "diff") or None,
                last_share_age_s=cgminer.clock_text(fields.text(entry, "ls_time") or ""),
            )
        )
    return tuple(slots)


def _faults(
    fields: Fields, status: Mapping[str, Any], *, chains: list[dict[str, Any]], fans: list[Any]
) -> tuple[DeviceError, ...]:
    found = []
    if (fields.text(status, "miner_state") or "").lower() == "failure":
        code = fields.text(status, "failure_code", "code") or "failure"
        found.append(DeviceError(code=code, message=fields.text(status, "description") or "mining has failed"))
    for at, chain in enumerate(chains):
        word = vnish_boards.state_word(fields, chain)
        if word in _BOARD_FAULTS:
            words = fields.text(mapping(chain.get("status")), "description") or _BOARD_FAULTS[word]
            found.append(DeviceError(code=f"board {at}: {word}", message=words))
    for at, fan in enumerate(fans):
        if (fields.text(mapping(fan), "status") or "").lower() == "lost":
            found.append(DeviceError(code=f"fan {at}: lost", message="the fan does not turn or is not connected"))
    return tuple(found)


def span_s(value: str) -> float | None:
    """Give the seconds of `1:55` (hours and minutes), `1:55:10` or `10 days, 18:00`; None for anything else."""
    match = _SPAN.match(value.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


FAMILY = Family(
    name="vnish",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=vnish_api.REQUESTS | vnish_pages.requests(SUMMARY, INFO, vnish_boards.FACTORY, *vnish_presets.PAGES),
    collect=collect,
    recognises=recognises,
    clues=(ROOTS[0] + INFO, ROOTS[0] + SUMMARY, SUMMARY),
    credentials=(("admin", "admin"),),
)
