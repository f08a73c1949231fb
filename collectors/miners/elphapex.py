"""Elphapex (DG1, DG1+, DG2, DG Home): Scrypt miners whose web pages have Bitmain's listed shape.

Everything is on the web pages, behind digest authentication; rates are in MH/s, chip temperatures in thousandths of a
degree and frequencies in hundredths of a MHz. The supply tells its watts on a page of its own.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners.antminer import faults
from collectors.partial import main, optional
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Reading
from collectors.target import Ask
from collectors.value import Fields, hottest, listing, mapping, number, text

_STATS, _SUMMARY, _POOLS = "/cgi-bin/stats.cgi", "/cgi-bin/summary.cgi", "/cgi-bin/pools.cgi"
_SYSTEM, _POWER = "/cgi-bin/get_system_info.cgi", "/cgi-bin/get_power.cgi"
_CONFIGURATION = "/cgi-bin/get_miner_conf.cgi"
_REALM = "daoge"
_KIND = re.compile(r"DG[-_ ]?(?:\d|HOME)", re.IGNORECASE)
_VERSION = re.compile(r"_V(?=\d)", re.IGNORECASE)
_SELDOM_S = 60.0
_MEGAHERTZ = 10_000.0  # no chip runs at 10 GHz: a larger figure is in hundredths of a MHz
_DEGREES = 200.0  # and none at 200 °C: a larger one is in thousandths
_SENSORS = 3  # as many equal readings on two boards are no coincidence


def recognises(evidence: Evidence) -> int:
    """Weigh the web page's realm and the model that its pages name."""
    if evidence.realm.lower().startswith(_REALM):
        return SURE
    kinds = [bitmain.kind(evidence.reply("stats")), text(evidence.document(_SYSTEM).get("minertype"))]
    kinds.append(text(mapping(evidence.document(_STATS).get("INFO")).get("type")))
    return SURE if any(kind is not None and _KIND.match(kind) for kind in kinds) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    page = mapping(await main(ask, ask.get(_STATS, auth="digest")))
    fields = ask.fields
    stats = bitmain.stats(fields, page, factor=1e6)
    answer = mapping(await optional(ask, _POOLS, ask.get(_POOLS, auth="digest")))
    pools = cgminer.pools(fields, answer)
    summary = mapping(await ask.seldom_get(_SUMMARY, auth="digest", every_s=_SELDOM_S))
    told = _told(fields, summary)
    supply = mapping(await optional(ask, _POWER, ask.get(_POWER, auth="digest")))
    system = mapping(await ask.seldom_get(_SYSTEM, auth="digest"))
    configuration = mapping(await ask.seldom_get(_CONFIGURATION, auth="digest", every_s=_SELDOM_S))
    info = mapping(page.get("INFO"))
    kind = fields.text(system, "minertype") or fields.text(info, "type")
    rate = shortest(stats.windows)
    mode = fields.count(configuration, "fc-work-mode")
    mode = stats.mode if mode is None else mode
    power = fields.positive(supply, "power_output") or stats.power_w
    return Reading(
        family="elphapex",
        make="Elphapex",
        model=kind,
        firmware="stock",
        firmware_version=_version(
            fields.text(system, "system_filesystem_version") or fields.text(info, "miner_version")
        ),
        mac=fields.mac(system, "macaddr"),
        serial=fields.text(info, "dev_sn") or fields.text(system, "serinum"),
        hostname=fields.text(system, "hostname"),
        algorithm=(fields.text(system, "Algorithm") or "scrypt").lower(),
        state=condition(
            rate_hs=rate,
            uptime_s=stats.uptime_s,
            is_asleep=None if mode is None else mode == 1 and not rate,
            has_faults=bool(told),
            pools=pools,
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=stats.windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        uptime_s=stats.uptime_s,
        temperature_inlet_c=stats.inlet_c if stats.inlet_c is not None else stats.ambient_c,
        temperature_outlet_c=stats.outlet_c,
        accepted=cgminer.pool_shares(pools, name="Accepted"),
        rejected=cgminer.pool_shares(pools, name="Rejected"),
        stale=cgminer.pool_shares(pools, name="Stale"),
        hardware_errors=stats.hardware_errors,
        boards=_boards(stats.boards, listing(_body(page).get("chain")), kind=kind or "", rate_hs=rate),
        fans=stats.fans,
        pools=pools,
        errors=told,
        unread=fields.unread,
    )


def _told(fields: Fields, summary: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    """Give the checks that failed; one whose verdict is empty was not made yet."""
    return faults(fields, summary)


def _version(image: str | None) -> str | None:
    """Give `1.0.5` of `DG-Home1_V1.0.5`."""
    return None if image is None else _VERSION.split(image)[-1].strip() or None


def _body(page: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((one for one in map(mapping, listing(page.get("STATS"))) if type(one.get("chain")) is list), {})


def _boards(boards: tuple[Board, ...], chains: list[Any], *, kind: str, rate_hs: float | None) -> tuple[Board, ...]:
    """Put units right, and leave out what is no board and no sensor.

    A home miner lists the connectors that its bigger siblings use; and some firmware sends the same made-up board
    temperatures for every chain, those without a board included. A board has a fault only while others hash.
    """
    entries = [mapping(chain) for chain in chains]
    readings = [tuple(found) for entry in entries if len(found := listing(entry.get("temp_pcb"))) >= _SENSORS]
    is_made_up = len(readings) > 1 and len(set(map(str, readings))) == 1
    is_home = "HOME" in kind.upper()
    completed = []
    for board, entry in zip(boards, (entry for entry in entries if entry), strict=True):
        if board.state == "missing" and is_home and not text(entry.get("sn")):
            continue
        frequency = board.frequency_hz
        if frequency is not None and frequency > _MEGAHERTZ * 1e6:
            frequency /= 100.0
        completed.append(
            msgspec.structs.replace(
                board,
                board_temperature_c=None if is_made_up else board.board_temperature_c,
                chip_temperature_c=_hottest(entry.get("temp_chip")),
                frequency_hz=frequency,
                state="unknown" if board.state == "fault" and not rate_hs else board.state,
            )
        )
    return tuple(completed)


def _hottest(value: object) -> float | None:
    """Give the hottest of a list of temperatures in degrees or thousandths of them."""
    found = [one for one in map(number, listing(value)) if one is not None]
    return hottest([one / 1e3 if abs(one) > _DEGREES else one for one in found])


FAMILY = Family(
    name="elphapex",
    make="Elphapex",
    ports={"http": 80},
    requests=frozenset(f"GET {path}" for path in (_STATS, _SUMMARY, _POOLS, _SYSTEM, _POWER, _CONFIGURATION)),
    collect=collect,
    recognises=recognises,
    clues=(_STATS, _SYSTEM),
    credentials=(("root", "root"),),
)
