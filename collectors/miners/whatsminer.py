"""Whatsminer (btminer), API 1 and 2 on port 4028, API 3 on port 4433.

Port 4028 is asked first: one joined request gives rates, boards and pools with their share counts, which API 3 no
longer has. Rates are labelled MH/s; some firmware writes TH/s under the same label, so each is held against the
device's factory rate. No command is indispensable: without a summary the boards make up the rate.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.errors import CollectError, Garbled, TimedOut, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, POSSIBLE, SURE, Family
from collectors.miners import whatsminer_faults
from collectors.partial import optional
from collectors.rate import proven, shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, first, listing, mapping, number, text

_MARKS = ("WHATSMINER", "BTMINER", "BITMICRO")
_INFO = "get.device.info"
_STATUS = "get.miner.status"
_FRAMED_PORT = 4433
_TO_HTTPS = 307  # its page is luci behind https
_OFTEN_S = 60.0
_START_S = 1200.0  # tuning its boards up takes a Whatsminer up to twenty minutes
# A label of MH/s on less than this is TH/s when nothing else tells: no Whatsminer was ever that small.
_LEAST_MHS = 2000.0
_WINDOWS_3 = (
    ("hash-5s", "5s"),
    ("hash-realtime", "realtime"),
    ("hash-1min", "1m"),
    ("hash-5min", "5m"),
    ("hash-15min", "15m"),
    ("hash-1hour", "1h"),
    ("hash-average", "lifetime"),
)
_WET = re.compile(r"^M\d[36]", re.IGNORECASE)  # M33, M53, M63 hydro, M36, M56, M66 immersion


def recognises(evidence: Evidence) -> int:
    """Weigh what 4028 calls itself, the redirect to luci over https, and an answer on 4433."""
    said = "".join(evidence.says(command) for command in ("version", "devdetails", "stats", "summary"))
    if any(mark in said for mark in _MARKS):
        return SURE
    if mapping(evidence.framed(_INFO).get("msg")):
        return SURE
    summary = _summary(evidence.reply("summary"))
    if "Factory GHS" in summary or "Upfreq Complete" in str(evidence.reply("devs")):
        return SURE
    if evidence.status() == _TO_HTTPS and evidence.location().startswith("https"):
        return LIKELY if "luci" in evidence.location() else POSSIBLE
    return 0


async def collect(ask: Ask) -> Reading:
    """Read one device over whichever API it speaks; which that is, is remembered."""
    known = ask.memory.get("api")
    if known is None and f"framed {_INFO}" in ask.memory.get("seldom", {}):
        # identification got here because port 4028 did not tell
        known = ask.memory["api"] = 3
    if known == 3:
        try:
            return await _collect_3(ask)
        except (Unreachable, Garbled):
            _forget(ask)
            raise
    refused: CollectError | None = None
    answers: dict[str, dict[str, Any]] = {}
    try:
        answers = await ask.commands(("summary", "devs", "pools"), share=1.0 if known else 0.4)
        if "devs" not in answers and "summary" in answers:
            answers.update(await ask.commands(("edevs",)))
    except (Unreachable, Garbled, TimedOut) as error:
        if known:
            _forget(ask)
            raise
        refused = error
    if not answers and known is None:
        try:
            reading = await _collect_3(ask)
        except CollectError as error:
            if refused is not None:
                raise (refused if isinstance(error, Unreachable) else error) from None
            ask.failure = error
        else:
            ask.memory["api"] = 3
            return reading
    if _summary(answers.get("summary", {})):
        ask.memory["api"] = 2
    return await _collect_2(ask, answers)


def _forget(ask: Ask) -> None:
    """Let the next poll find out again which API it is: an update may have taken one away."""
    ask.memory.pop("api", None)
    ask.memory.get("seldom", {}).pop(f"framed {_INFO}", None)


# ---- API 1 and 2


async def _collect_2(ask: Ask, answers: Mapping[str, dict[str, Any]]) -> Reading:
    fields = ask.fields
    summary = _summary(answers.get("summary", {}))
    devices = _devices(answers)
    version = mapping((await ask.seldom_rpc("get_version")).get("Msg"))
    about = mapping((await ask.seldom_rpc("get_miner_info")).get("Msg"))
    details = cgminer.section(await ask.seldom_rpc("devdetails"), "DEVDETAILS")
    factory = _factory(fields, summary)
    boards = tuple(_board(fields, device, at=at, boards=len(devices), factory_hs=factory) for at, device in devices)
    windows = _windows(fields, summary, reference_hs=factory) or _sum_of(boards)
    rate = shortest(windows)
    uptime = fields.positive(summary, "Elapsed")
    faults = await _faults(ask, summary)
    off = await _is_off(ask) if not rate else False
    model = model_name(
        fields.text(details, "Model") or fields.text(version, "miner_type") or fields.text(about, "miner_type", "model")
    )
    power = fields.positive(summary, "Power", "Power_RT")
    pools = cgminer.pools(fields, answers.get("pools", {}))
    return Reading(
        family="whatsminer",
        make="Whatsminer",
        model=model,
        firmware="btminer",
        firmware_version=fields.text(version, "fw_ver") or _unquoted(fields.text(summary, "Firmware Version")),
        mac=fields.mac(summary, "MAC") or fields.mac(about, "mac"),
        serial=fields.text(about, "minersn", "miner-sn", "minersn0"),
        hostname=fields.text(about, "hostname"),
        algorithm="sha256d",
        state=condition(rate_hs=rate, is_off=off, uptime_s=uptime, has_faults=bool(faults)),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=factory,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(summary, "Power Limit") or None,
        uptime_s=uptime,
        temperature_inlet_c=fields.temperature(summary, "Env Temp"),
        accepted=fields.count(summary, "Accepted"),
        rejected=fields.count(summary, "Rejected"),
        stale=fields.count(summary, "Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=boards,
        fans=_fans(
            fields,
            # old firmware tells the fans with each board, all of them the same
            summary if "Fan Speed In" in summary or not devices else devices[0][1],
            "Fan Speed In",
            "Fan Speed Out",
            is_wet=_is_wet(fields, summary, model),
        ),
        pools=pools,
        errors=faults,
        unread=fields.unread,
    )


def _sum_of(boards: tuple[Board, ...]) -> dict[str, float]:
    """Give the rate that the boards make up, where the whole is not told."""
    rates = [board.hashrate_hs for board in boards if board.hashrate_hs is not None]
    return {"realtime": sum(rates)} if rates else {}


def _summary(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the body of `summary`, which newer firmware moved from `SUMMARY[0]` into `Msg`."""
    body = cgminer.section(reply, "SUMMARY")
    return body or first(mapping(reply.get("Msg")).get("SUMMARY")) or mapping(reply.get("Msg"))


def _devices(answers: Mapping[str, dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    reply = answers.get("devs") or answers.get("edevs") or {}
    entries = listing(reply.get("DEVS")) or listing(mapping(reply.get("Msg")).get("DEVS")) or listing(reply.get("Msg"))
    return [(at, entry) for at, entry in enumerate(entries) if isinstance(entry, dict)]


def _factory(fields: Fields, summary: Mapping[str, Any]) -> float | None:
    """Give the factory rate; labelled GH/s, and so taken unless that would make a machine of a few hundred GH/s."""
    rate = fields.positive(summary, "Factory GHS")
    if not rate:
        return fields.positive(summary, "Target MHS", times=1e6) or None
    return rate * (1e9 if rate >= _LEAST_MHS else 1e12)


def _windows(fields: Fields, source: Mapping[str, Any], *, reference_hs: float | None) -> dict[str, float]:
    # what is labelled H/s beside a label of MH/s is the same rate again, in TH/s
    found = cgminer.windows(fields, {key: source[key] for key in source if not key.startswith("HS ")})
    realtime = fields.positive(source, "HS RT", times=1e6)
    if realtime is not None:
        found = {"realtime": realtime, **found}
    return {name: _proven(rate, reference_hs=reference_hs) for name, rate in found.items()}


def _proven(rate_hs: float, *, reference_hs: float | None) -> float:
    if reference_hs is None:
        return rate_hs * 1e6 if 0 < rate_hs < _LEAST_MHS * 1e6 else rate_hs
    return proven(rate_hs, reference_hs=reference_hs) or 0.0


def _board(fields: Fields, device: Mapping[str, Any], *, at: int, boards: int, factory_hs: float | None) -> Board:
    own = fields.positive(device, "Factory GHS")
    expected = own * (1e9 if own >= _LEAST_MHS else 1e12) if own else None
    reference = expected or (factory_hs / boards if factory_hs else None)
    rate = shortest(_windows(fields, device, reference_hs=reference))
    status = (fields.text(device, "Status") or "alive").lower()
    index = fields.count(device, "Slot", "ASC")
    chips = fields.count(device, "Effective Chips")
    return Board(
        index=at if index is None else index,
        hashrate_hs=rate,
        hashrate_expected_hs=expected,
        board_temperature_c=fields.temperature(device, "Temperature"),
        chip_temperature_c=fields.hottest(device, "Chip Temp Max", "Chip Temp Avg", "Chip Temp Min"),
        chips=chips,
        frequency_hz=fields.positive(device, "Chip Frequency", "Frequency", times=1e6) or None,
        state=_board_state(rate, chips=chips, is_alive=status == "alive"),
        serial=fields.text(device, "PCB SN"),
    )


def _board_state(rate: float | None, *, chips: int | None, is_alive: bool) -> Any:
    if rate and is_alive:
        return "ok"
    if chips == 0 and not rate:
        return "missing"
    return "unknown" if rate is None and is_alive else "fault"


async def _faults(ask: Ask, summary: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    """Give the faults: numbered keys of `summary` on API 1, a command of its own on API 2."""
    if "Error Code Count" in summary:
        count = ask.fields.count(summary, "Error Code Count") or 0
        told = {name: summary.get(name) for name in (f"Error Code {at}" for at in range(min(count, 32)))}
        for name, code in told.items():
            if code is not None and number(code) is None and not whatsminer_faults.faults(code):
                ask.fields.missed(name)
        return whatsminer_faults.faults(list(told.values()))
    reply = await ask.seldom_rpc("get_error_code", every_s=_OFTEN_S)
    return whatsminer_faults.faults(mapping(reply.get("Msg")).get("error_code"))


async def _is_off(ask: Ask) -> bool | None:
    """Tell whether it was switched off on purpose; asked only when it does not hash."""
    reply = await ask.seldom_rpc("status", every_s=_OFTEN_S)
    return ask.fields.truth(mapping(reply.get("Msg")), "mineroff", "btmineroff")


def condition(
    *, rate_hs: float | None, is_off: bool | None, uptime_s: float | None, has_faults: bool
) -> DeviceCondition:
    """Tell the state: off on purpose, ramping up, or at zero for no stated reason."""
    if rate_hs:
        return "hashing"
    if is_off:
        return "sleeping"
    if uptime_s is not None and uptime_s < _START_S and rate_hs is not None:
        return "starting"
    if has_faults or (rate_hs is not None and is_off is False):
        return "fault"
    return "unknown"


# ---- API 3


async def _collect_3(ask: Ask) -> Reading:
    fields = ask.fields
    summary = mapping(mapping((await ask.framed(_STATUS, parameter="summary")).get("msg")).get("summary"))
    told = await optional(ask, "edevs", ask.framed(_STATUS, parameter="edevs"))
    edevs = mapping(mapping(told).get("msg")).get("edevs")
    info = mapping((await ask.seldom_framed(_INFO, every_s=_OFTEN_S)).get("msg"))
    listed = await ask.seldom_framed(_STATUS, parameter="pools", every_s=_OFTEN_S)
    pools = mapping(listed.get("msg")).get("pools")
    miner, network, system = (mapping(info.get(part)) for part in ("miner", "network", "system"))
    windows = {
        name: rate for key, name in _WINDOWS_3 if (rate := fields.positive(summary, key, times=1e12)) is not None
    }
    boards = _boards_3(fields, listing(edevs), summary=summary, miner=miner)
    windows = windows or _sum_of(boards)
    rate = shortest(windows)
    uptime = fields.positive(summary, "elapsed")
    faults = whatsminer_faults.faults(info.get("error-code"))
    model = model_name(fields.text(miner, "type"))
    working = fields.truth(miner, "working")
    power = fields.positive(summary, "power-realtime", "power-5min")
    return Reading(
        family="whatsminer",
        make="Whatsminer",
        model=model,
        firmware="btminer",
        firmware_version=fields.text(system, "fwversion"),
        mac=fields.mac(network, "mac"),
        serial=fields.text(miner, "miner-sn"),
        hostname=fields.text(network, "hostname"),
        algorithm="sha256d",
        state=condition(
            rate_hs=rate, is_off=None if working is None else not working, uptime_s=uptime, has_faults=bool(faults)
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(summary, "factory-hash", times=1e12) or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(summary, "power-limit") or None,
        uptime_s=uptime,
        temperature_inlet_c=fields.temperature(summary, "environment-temperature"),
        boards=boards,
        fans=_fans(fields, summary, "fan-speed-in", "fan-speed-out", is_wet=_is_wet(fields, summary, model)),
        pools=_pools_3(fields, listing(pools), asked_at=cgminer.when(fields, listed)),
        errors=faults,
        unread=fields.unread,
    )


def _boards_3(
    fields: Fields, edevs: list[Any], *, summary: Mapping[str, Any], miner: Mapping[str, Any]
) -> tuple[Board, ...]:
    sensors = listing(summary.get("board-temperature"))
    boards = []
    for at, device in enumerate(edevs):
        device = mapping(device)
        number = fields.count(device, "id", "slot")
        index = at if number is None else number
        rate = shortest(
            {name: rate for key, name in _WINDOWS_3 if (rate := fields.positive(device, key, times=1e12)) is not None}
        )
        chips = fields.count(device, "effective-chips")
        status = (fields.text(device, "status") or "alive").lower()
        boards.append(
            Board(
                index=index,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(device, "factory-hash", times=1e12) or None,
                board_temperature_c=fields.temperature({"board-temperature": sensors[at]}, "board-temperature")
                if at < len(sensors)
                else fields.temperature(device, "temperature"),
                chip_temperature_c=fields.hottest(device, "chip-temp-max", "chip-temp-avg"),
                chips=chips,
                frequency_hz=fields.positive(device, "freq", times=1e6) or None,
                state=_board_state(rate, chips=chips, is_alive=status == "alive"),
                serial=fields.text(miner, f"pcbsn{index}") or fields.text(device, "pcbsn"),
            )
        )
    return tuple(boards)


def _pools_3(fields: Fields, pools: list[Any], *, asked_at: float | None) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for pool in pools:
        pool = mapping(pool)
        url = fields.text(pool, "url")
        if url is None:
            continue
        status = fields.text(pool, "status")
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=fields.text(pool, "account", "user"),
                active=fields.truth(pool, "stratum-active"),
                alive=None if status is None else status.lower() == "alive",
                accepted=fields.count(pool, "accepted"),
                rejected=fields.count(pool, "rejected"),
                stale=fields.count(pool, "stale"),
                difficulty=fields.positive(pool, "stratum-difficulty", "last-share-difficulty") or None,
                last_share_age_s=_age(fields, pool, asked_at=asked_at),
            )
        )
    return tuple(slots)


def _age(fields: Fields, pool: Mapping[str, Any], *, asked_at: float | None) -> float | None:
    return cgminer.last_share_age(fields, {"Last Share Time": pool.get("last-share-time")}, asked_at=asked_at)


# ---- both


def _fans(fields: Fields, summary: Mapping[str, Any], *names: str, is_wet: bool) -> tuple[Fan, ...]:
    """Give intake and exhaust fan; a liquid-cooled model lists both at 0 and has none."""
    speeds = [fields.positive(summary, name) for name in names if name in summary]
    if is_wet and not any(speeds):
        return ()
    return tuple(Fan(index=index, rpm=rpm) for index, rpm in enumerate(speeds))


def _is_wet(fields: Fields, summary: Mapping[str, Any], model: str | None) -> bool:
    return bool(fields.truth(summary, "Liquid Cooling", "liquid-cooling")) or bool(model and _WET.match(model))


def model_name(kind: str | None) -> str | None:
    """Give `M50S VH50` from `WhatsMiner M50S_VH50`."""
    if kind is None:
        return None
    plain = re.sub(r"(?i)^whatsminer\s*", "", kind.strip()).replace("_", " ")
    return plain.strip() or None


def _unquoted(value: str | None) -> str | None:
    return text(value.strip("'\"")) if value is not None else None


FAMILY = Family(
    name="whatsminer",
    make="Whatsminer",
    ports={"api": cgminer.PORT, "framed": _FRAMED_PORT, "http": 80},
    requests=frozenset(
        {
            *(f"rpc {command}" for command in ("summary", "devs", "edevs", "pools", "status", "devdetails")),
            *(f"rpc {command}" for command in ("get_version", "get_miner_info", "get_error_code")),
            f"framed {_INFO}",
            f"framed {_STATUS}",
        }
    ),
    collect=collect,
    recognises=recognises,
    credentials=(("admin", "admin"),),
)
