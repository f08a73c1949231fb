"""Port 4028 of Braiins OS: BOSminer's, open in many later versions too, and bmminer's, on which the first were built.

bmminer has its boards and fans in `stats`, as the stock firmware does.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.miners.braiins_boards import board_state, first_index, identity
from collectors.miners.braiins_fans import fans
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

_COMMANDS = ("summary", "devs", "temps", "fans", "tunerstatus", "pools")
_OLD = "stats"
_OLD_TYPE = re.compile(r"braiins-am\d-([a-z]\d+\w*)", re.IGNORECASE)  # braiins-am1-s9
# what a board's tuner says while all is well
_WELL = ("stable", "testing", "tuning", "tuned", "initial", "starting", "disabled", "not configured")

REQUESTS = frozenset({"rpc version", "rpc devdetails", f"rpc {_OLD}", *(f"rpc {command}" for command in _COMMANDS)})


async def read(ask: Ask) -> Reading | None:
    """Read one device; None when it answers nothing at all."""
    answers = await ask.commands(_COMMANDS)
    details = [mapping(one) for one in listing((await ask.seldom_rpc("devdetails")).get("DEVDETAILS"))]
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    if not ("devs" in answers or "temps" in answers):
        answers |= await ask.commands((_OLD,))
    if not (answers or details or version):
        return None
    fields = ask.fields
    stats = bitmain.stats(fields, answers.get(_OLD, {}))
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    tuner = cgminer.section(answers.get("tunerstatus", {}), "TUNERSTATUS")
    devices = [mapping(one) for one in listing(answers.get("devs", {}).get("DEVS"))]
    windows = cgminer.windows(fields, summary)
    parts = [shortest(cgminer.windows(fields, one)) for one in devices]
    if not windows and any(part is not None for part in parts):
        windows = {"5s": sum(part or 0.0 for part in parts)}
    rate = shortest(windows)
    uptime = fields.positive(summary, "Elapsed")
    errors = _faults(fields, tuner)
    state = condition(rate_hs=rate, uptime_s=uptime, has_faults=bool(errors))
    watts = fields.positive(tuner, "ApproximateMinerPowerConsumption")
    nominal = [found for found in (fields.positive(one, "Nominal MHS", times=1e6) for one in devices) if found]
    make, model = identity(next(filter(None, (fields.text(one, "Model") for one in details)), _old_name(stats.kind)))
    warmth = [mapping(one) for one in listing(answers.get("temps", {}).get("TEMPS"))]
    listed = devices or details or warmth  # any of them tells which boards there are
    is_s9 = first_index([fields.count(one, "ID") for one in listed]) > 1
    return Reading(
        family="braiins",
        make=make,
        model=model,
        firmware="Braiins OS",
        firmware_version=fields.text(version, "BOSminer+", "BOSminer", "BOSer", "BMMiner", "Miner"),
        algorithm="sha256d",
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=sum(nominal) if nominal else stats.expected_hs,
        power_w=watts,
        power_grade="unknown" if watts is None else "estimated",
        power_limit_w=fields.positive(tuner, "PowerLimit") or None,
        uptime_s=uptime,
        accepted=fields.count(summary, "Accepted"),
        rejected=fields.count(summary, "Rejected"),
        stale=fields.count(summary, "Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=stats.boards
        or _boards(fields, listed, warmth=warmth, details=details, is_running=state in ("hashing", "fault")),
        fans=stats.fans or fans(fields, listing(answers.get("fans", {}).get("FANS")), is_s9=is_s9),
        pools=cgminer.pools(fields, answers.get("pools", {})),
        errors=errors,
        unread=fields.unread,
    )


def _old_name(kind: str | None) -> str | None:
    match = _OLD_TYPE.match(kind or "")
    return match[1].upper() if match else None


def _boards(
    fields: Fields,
    devices: list[dict[str, Any]],
    *,
    warmth: list[dict[str, Any]],
    details: list[dict[str, Any]],
    is_running: bool,
) -> tuple[Board, ...]:
    """Join what three commands say of each board, by its number."""
    numbers = [fields.count(one, "ID") for one in devices]
    start = first_index(numbers)
    sensors = _by_number(fields, warmth)
    hardware = _by_number(fields, details)
    boards = []
    for at, (number, device) in enumerate(zip(numbers, devices, strict=True)):
        temps, parts = sensors.get(number, {}), hardware.get(number, {})
        rate = shortest(cgminer.windows(fields, device))
        chips = fields.count(parts, "Chips")
        boards.append(
            Board(
                index=at if number is None or number < start else number - start,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(device, "Nominal MHS", times=1e6) or None,
                board_temperature_c=fields.temperature(temps, "Board"),
                chip_temperature_c=fields.temperature(temps, "Chip"),
                chips=chips,
                frequency_hz=_frequency(fields.positive(parts, "Frequency")),
                voltage_v=fields.positive(parts, "Voltage") or None,
                state=board_state(rate, chips=chips, is_enabled=fields.truth(device, "Enabled"), is_running=is_running),
            )
        )
    return tuple(boards)


def _by_number(fields: Fields, entries: list[Any]) -> dict[int | None, dict[str, Any]]:
    return {fields.count(mapping(one), "ID"): mapping(one) for one in entries}


def _frequency(value: float | None) -> float | None:
    """Give Hz; BOSminer writes them as such, its first versions in MHz."""
    if not value:
        return None
    return value * 1e6 if value < 1e5 else value


def _faults(fields: Fields, tuner: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    found = []
    for value in listing(tuner.get("TunerChainStatus")):
        chain = mapping(value)
        status = fields.text(chain, "Status")
        if status is None or status.lower().startswith(_WELL):
            continue
        number = fields.text(chain, "HashchainIndex") or "?"
        found.append(DeviceError(code=f"tuner:{number}", message=f"the tuner of board {number} says: {status}"))
    return tuple(found)
