"""AxeOS (ESP-Miner): Bitaxe boards and LuckyMiner's copies of them.

One page tells everything and is indispensable. These controllers have few sockets and little memory: one request at a
time, no kept connection, and the second page only when the first leaves the chip count out.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors.condition import by_rate
from collectors.errors import Garbled
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.rate import shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping, text

INFO, _ASIC = "/api/system/info", "/api/system/asic"
_WINDOWS = (
    ("hashRate", "realtime"),
    ("hashRate_1m", "1m"),
    ("hashRate_10m", "10m"),
    ("hashRate_1h", "1h"),
    ("hashRate_1d", "24h"),
)
# cores that hash at once in a chip, by chip; older firmware says it itself (`smallCoreCount`)
_CORES = {"BM1397": 672, "BM1366": 894, "BM1368": 1276, "BM1370": 2040}
# board's version without its last two digits → model, where the firmware does not name it
_BOARDS = {
    "1": "Max",
    "2": "Ultra",
    "3": "Hex",
    "4": "Supra",
    "6": "Gamma",
    "7": "Supra Hex",
    "8": "Gamma Turbo",
    "12": "Naja Duo",
    "13": "Gamma Hex",
}
_DUO = "650"
# the first boards count their versions otherwise; with one chip, the chip tells the model
_BY_CHIP = {"BM1397": "Max", "BM1366": "Ultra", "BM1368": "Supra", "BM1370": "Gamma"}
_CHIPS = {"HEX": 6, "SUPRAHEX": 6, "GAMMAHEX": 6, "GAMMATURBO": 2, "GT": 2, "GAMMADUO": 2, "NAJADUO": 2}
_LUCKY = "LUCKY"
_START_S = 120.0


def recognises(evidence: Evidence) -> int:
    """Weigh the information page, then the front page's title."""
    info = evidence.document(INFO)
    if is_information(info):
        return 0 if "NERD" in str(info.get("deviceModel", "")).upper() else SURE
    front = evidence.page().upper()
    return LIKELY if "AXEOS" in front or "LUCKY MINER" in front else 0


def is_information(page: Mapping[str, Any]) -> bool:
    """Tell the information page of ESP-Miner and its forks from other JSON."""
    return "ASICModel" in page or ("hashRate" in page and ("stratumURL" in page or "freeHeap" in page))


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    info = await information(ask)
    fields = ask.fields
    asic = info if "asicCount" in info and "deviceModel" in info else mapping(await ask.seldom_get(_ASIC))
    chip = fields.text(info, "ASICModel") or fields.text(asic, "ASICModel")
    make, model = model_name(fields, info, asic)
    chips = fields.count(info, "asicCount") or fields.count(asic, "asicCount") or _CHIPS.get(_plain(model), 1)
    return reading(fields, info, family="axeos", make=make, model=model, firmware="AxeOS", chip=chip, chips=chips)


async def information(ask: Ask) -> Mapping[str, Any]:
    """Give the information page; Garbled when it is something else."""
    page = await ask.get(INFO)
    if not isinstance(page, dict) or not is_information(page):
        raise Garbled(f"{INFO} is not what ESP-Miner answers")
    return page


def reading(
    fields: Fields,
    info: Mapping[str, Any],
    *,
    family: str,
    make: str,
    model: str | None,
    firmware: str,
    chip: str | None,
    chips: int | None,
) -> Reading:
    """Make the reading that all forks of ESP-Miner have in common."""
    windows = {name: rate for key, name in _WINDOWS if (rate := fields.positive(info, key, times=1e9)) is not None}
    rate = shortest(windows)
    uptime = fields.positive(info, "uptimeSeconds")
    power = fields.positive(info, "power")
    errors = _errors(fields, info)
    frequency = fields.positive(info, "frequency", "actualFrequency", times=1e6)
    expected = fields.positive(info, "expectedHashrate", times=1e9)
    return Reading(
        family=family,
        make=make,
        model=model,
        firmware=firmware,
        firmware_version=fields.text(info, "version", "axeOSVersion"),
        mac=fields.mac(info, "macAddr"),
        serial=fields.text(info, "sn_str"),
        hostname=fields.text(info, "hostname"),
        algorithm="sha256d",
        state=_condition(fields, info, rate=rate, uptime_s=uptime, has_faults=bool(errors)),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=expected or _expected(fields, info, frequency_hz=frequency, chip=chip, chips=chips),
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        uptime_s=uptime,
        accepted=fields.count(info, "sharesAccepted"),
        rejected=fields.count(info, "sharesRejected"),
        hardware_errors=fields.count(info, "hwErrors", "duplicateHWNonces"),
        boards=(
            Board(
                index=0,
                hashrate_hs=rate,
                board_temperature_c=fields.temperature(info, "vrTemp"),
                chip_temperature_c=fields.hottest(info, "temp", "temp2", "asicTemps"),
                chips=chips,
                frequency_hz=frequency or None,
                voltage_v=fields.positive(info, "coreVoltageActual", "coreVoltage", times=1e-3) or None,
                state="ok" if rate else "unknown",
            ),
        ),
        fans=_fans(fields, info),
        pools=_pools(fields, info),
        errors=errors,
        unread=fields.unread,
    )


def model_name(fields: Fields, info: Mapping[str, Any], asic: Mapping[str, Any]) -> tuple[str, str | None]:
    """Give make and model: as named, else by the board's version."""
    named = fields.text(info, "deviceModel", "DeviceModel") or fields.text(asic, "deviceModel", "DeviceModel")
    board = fields.text(info, "boardVersion") or ""
    host = (text(info.get("hostname")) or "").upper()
    chip = (fields.text(info, "ASICModel") or "").upper()
    if _LUCKY in f"{named or ''}{board}{host}".upper() or board.upper().startswith("LV"):
        return "LuckyMiner", (named or "").replace("Lucky Miner", "").replace("LuckyMiner", "").strip() or board or None
    if named:
        plain = named.removeprefix("Bitaxe").strip(" -_")
        return "Bitaxe", plain or named
    return "Bitaxe", _by_board(board) or (_BY_CHIP.get(chip) if fields.count(info, "asicCount") in (None, 1) else None)


def _by_board(version: str) -> str | None:
    number = re.fullmatch(r"(\d{1,2})\d\d(\.\d+)?", version)
    if number is None:
        return None
    return "Gamma Duo" if version == _DUO else _BOARDS.get(number[1])


def _plain(model: str | None) -> str:
    return (model or "").upper().replace(" ", "")


def _expected(
    fields: Fields, info: Mapping[str, Any], *, frequency_hz: float | None, chip: str | None, chips: int | None
) -> float | None:
    """Give what the chips do at their frequency: one hash per core and cycle."""
    cores = fields.count(info, "smallCoreCount") or _CORES.get((chip or "").upper())
    if not cores or not frequency_hz or not chips:
        return None
    return frequency_hz * cores * chips


def _condition(
    fields: Fields, info: Mapping[str, Any], *, rate: float | None, uptime_s: float | None, has_faults: bool
) -> DeviceCondition:
    if fields.truth(info, "miningPaused", "mining_paused", "shutdown"):
        return "sleeping"
    # a fault is told at once: it is what keeps the device from starting
    return by_rate(rate, uptime_s=None if has_faults else uptime_s, at_zero="fault", start_s=_START_S)


def _errors(fields: Fields, info: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    found = []
    if fields.truth(info, "overheat_mode"):
        found.append(DeviceError(code="overheat_mode", message="it got too hot and has throttled itself"))
    fault = fields.text(info, "power_fault")
    if fault and fault.lower() not in ("0", "false", "none", "ok"):
        found.append(DeviceError(code="power_fault", message=f"its voltage regulator reports: {fault}"))
    if fields.truth(info, "hardware_fault"):
        words = fields.text(info, "hardware_fault_msg") or "a part of it fails"
        found.append(DeviceError(code="hardware_fault", message=words))
    return tuple(found)


def _fans(fields: Fields, info: Mapping[str, Any]) -> tuple[Fan, ...]:
    duty = _ratio(fields.positive(info, "fanspeed"))
    listed = listing(info.get("fans"))
    if listed:
        return tuple(
            Fan(
                index=index,
                rpm=fields.positive(mapping(fan), "rpm", "fanrpm"),
                duty_ratio=_ratio(fields.positive(mapping(fan), "speed", "fanspeed", "percent")) or duty,
            )
            for index, fan in enumerate(listed)
        )
    fans: list[Fan] = []
    for name in ("fanrpm", "fan2rpm", "fanrpm2"):
        rpm = fields.positive(info, name)
        # a board with one fan header lists the second one at 0
        if rpm is not None and (rpm or not fans):
            fans.append(Fan(index=len(fans), rpm=rpm, duty_ratio=duty))
    return tuple(fans)


def _ratio(percent: float | None) -> float | None:
    return None if percent is None or percent > 100 else percent / 100


def _pools(fields: Fields, info: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the main and the fallback pool.

    AxeOS counts shares for the device, not for its pools; forks that keep them apart list them in `stratum.pools`.
    """
    stratum = mapping(info.get("stratum"))
    listed = listing(stratum.get("pools"))
    on_fallback = fields.truth(info, "isUsingFallbackStratum", "usingFallback")
    if on_fallback is None:
        on_fallback = fields.truth(stratum, "usingFallback")
    on_main = None if on_fallback is None else not on_fallback
    if fields.count(stratum, "activePoolMode") == 1:
        on_main = on_fallback = True  # both at once, the shares split between them
    difficulty = fields.quantity(info, "poolDifficulty", "stratumDiff", "stratumDifficulty") or None
    slots: list[PoolSlot] = []
    for at, (prefix, is_active) in enumerate((("stratum", on_main), ("fallbackStratum", on_fallback))):
        own = mapping(listed[at]) if at < len(listed) else {}
        host = fields.text(info, f"{prefix}URL") or fields.text(own, "host")
        if not host:
            continue
        own_difficulty = fields.quantity(own, "poolDifficulty") or None
        slots.append(
            PoolSlot(
                index=len(slots),
                url=_url(host, port=fields.count(info, f"{prefix}Port") or fields.count(own, "port")),
                user=fields.text(info, f"{prefix}User") or fields.text(own, "user"),
                active=is_active,
                alive=fields.truth(own, "connected") if is_active else None,
                accepted=fields.count(own, "accepted"),
                rejected=fields.count(own, "rejected"),
                difficulty=own_difficulty or (difficulty if is_active else None),
            )
        )
    return tuple(slots)


def _url(host: str, *, port: int | None) -> str:
    url = host if "://" in host else f"stratum+tcp://{host}"
    return url if port is None or ":" in url.rpartition("://")[2] else f"{url}:{port}"


FAMILY = Family(
    name="axeos",
    make="Bitaxe",
    ports={"http": 80},
    requests=frozenset({f"GET {INFO}", f"GET {_ASIC}"}),
    collect=collect,
    recognises=recognises,
    clues=(INFO,),
)
