"""Plain cgminer, and whatever answers as one on port 4028 without being known better.

Each entry of `devs` is taken for a board; firmware that descends from Bitmain's has its chains in `stats` instead.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.evidence import Evidence
from collectors.family import POSSIBLE, Family
from collectors.rate import shortest
from collectors.reading import Board, Fan, Reading
from collectors.target import Ask
from collectors.told import first_told
from collectors.value import Fields, listing, mapping

COMMANDS = ("summary", "devs", "pools", "stats")
_PROGRAMS = ("CGMiner", "BFGMiner", "SGMiner", "BMMiner", "CCMiner", "Miner")
_SLOTS = ("ASC", "PGA", "GPU", "CPU", "ID")
_FAN = re.compile(r"fan[ _]?(\d{1,2})\Z", re.IGNORECASE)
_BROKEN = frozenset(("dead", "sick", "nostart"))
_NO_FANS = 16


def recognises(evidence: Evidence) -> int:
    """Take what nobody else wants: any good answer to a command of the cgminer API."""
    asked = ("version", "summary", "devs", "stats", "devdetails")
    return POSSIBLE if any("STATUS" in evidence.reply(one) for one in asked) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    return await reading(ask, family="cgminer")


async def reading(ask: Ask, *, family: str) -> Reading:
    """Read a device of which nothing is known but the protocol."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    details = await ask.seldom_rpc("devdetails")
    answers = await ask.commands(COMMANDS)
    fields = ask.fields
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    devices = [one for one in map(mapping, listing(answers.get("devs", {}).get("DEVS"))) if one]
    stats = bitmain.stats(fields, answers.get("stats", {}))
    windows = {**totals(fields, summary, devices), **stats.windows}
    slip = cgminer.unit_slip(fields, summary, windows)
    windows, found_boards = cgminer.scaled(windows, stats.boards or boards(fields, devices, details), slip=slip)
    rate = shortest(windows)
    pools = cgminer.pools(fields, answers.get("pools", {}))
    uptime = fields.positive(summary, "Elapsed")
    uptime = stats.uptime_s if uptime is None else uptime
    return Reading(
        family=family,
        model=fields.text(version, "Type", "PROD", "Model", "MODEL") or stats.kind or _name(fields, details),
        firmware=_program(fields, version),
        firmware_version=next((found for name in _PROGRAMS if (found := fields.text(version, name))), None),
        mac=fields.mac(version, "MAC"),
        state=condition(rate_hs=rate, uptime_s=uptime, pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=stats.power_w,
        power_grade="unknown" if stats.power_w is None else "reported",
        uptime_s=uptime,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=found_boards,
        fans=stats.fans or fans(fields, summary) or next(filter(None, (fans(fields, one) for one in devices)), ()),
        pools=pools,
        unread=fields.unread,
    )


def totals(fields: Fields, summary: Mapping[str, Any], devices: list[dict[str, Any]]) -> dict[str, float]:
    """Give the rate windows of the summary; the sums over all devices where it has none."""
    found = _rates(fields, summary)
    if found or not devices:
        return found
    parts = [_rates(fields, device) for device in devices]
    shared = [name for name in parts[0] if all(name in part for part in parts)]
    return {name: sum(part[name] for part in parts) for name in shared}


def boards(fields: Fields, devices: list[dict[str, Any]], details: Mapping[str, Any]) -> tuple[Board, ...]:
    """Give each device of `devs` as a board, with the chips that `devdetails` counts."""
    chips = {
        index: fields.count(one, "chips-nr", "Chips")
        for one in map(mapping, listing(details.get("DEVDETAILS")))
        if (index := fields.count(one, *_SLOTS)) is not None
    }
    found: dict[int, Board] = {}
    for device in devices:
        index = fields.count(device, *_SLOTS)
        if index is None or index in found:
            index = len(found)
        rate = shortest(_rates(fields, device))
        broken = (fields.text(device, "Status") or "").lower() in _BROKEN
        found[index] = Board(
            index=index,
            hashrate_hs=rate,
            board_temperature_c=fields.temperature(device, "Temperature", "Temp", "temp"),
            chip_temperature_c=fields.temperature(device, "Chip Temp Max", "Chip Temp", "TMax"),
            chips=first_told(fields.count(device, "ChipNum", "Chips", "chips-nr"), chips.get(index)),
            frequency_hz=fields.positive(device, "Frequency", "Clock", "clock", times=1e6) or None,
            state="fault" if broken else "ok" if rate else "unknown",
            serial=fields.text(device, "Serial", "SerialNumber"),
        )
    return tuple(found[index] for index in sorted(found))


def fans(fields: Fields, source: Mapping[str, Any]) -> tuple[Fan, ...]:
    """Give the fans of `Fan1`, `fan 2` …, as many as `Fan Num` says."""
    speeds = {int(match[1]): key for key in source if (match := _FAN.match(key))}
    count = fields.count(source, "Fan Num", "fan_num")
    names = [speeds[number] for number in sorted(speeds)][: _NO_FANS if count is None else min(count, _NO_FANS)]
    return tuple(Fan(index=index, rpm=fields.positive(source, name)) for index, name in enumerate(names))


def _rates(fields: Fields, source: Mapping[str, Any]) -> dict[str, float]:
    rolling = fields.positive(source, "MHS rolling", times=1e6)
    found = cgminer.windows(fields, source)
    return found if rolling is None else {"realtime": rolling, **found}


def _name(fields: Fields, details: Mapping[str, Any]) -> str | None:
    entries = list(map(mapping, listing(details.get("DEVDETAILS"))))
    return next((name for one in entries if (name := fields.text(one, "Model", "Driver", "Name"))), None)


def _program(fields: Fields, version: Mapping[str, Any]) -> str:
    return next((name.lower() for name in _PROGRAMS[:-1] if fields.text(version, name)), "cgminer")


REQUESTS = frozenset({"rpc version", "rpc devdetails", *(f"rpc {one}" for one in COMMANDS)})
FAMILY = Family(
    name="cgminer",
    make="",
    ports={"api": cgminer.PORT, "http": 80},
    requests=REQUESTS,
    collect=collect,
    recognises=recognises,
)
