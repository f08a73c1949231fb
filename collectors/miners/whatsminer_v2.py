"""Whatsminer's API 1 and 2 on port 4028, in which rates stand under labels that are not to be relied upon."""

from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.miners import whatsminer_faults
from collectors.miners import whatsminer_parts as parts
from collectors.rate import proven, shortest
from collectors.reading import Board, DeviceError, Reading
from collectors.target import Ask
from collectors.value import Fields, first, listing, mapping, number, text

REQUESTS = frozenset(
    {
        *(f"rpc {command}" for command in ("summary", "devs", "edevs", "pools", "status", "devdetails")),
        *(f"rpc {command}" for command in ("get_version", "get_miner_info", "get_error_code")),
    }
)
_OFTEN_S = 60.0
# A label of MH/s on less than this is TH/s when nothing else tells: no Whatsminer was ever that small.
_LEAST_MHS = 2000.0


async def collect(ask: Ask, answers: Mapping[str, dict[str, Any]]) -> Reading:
    """Read one device from its answers to `summary`, `devs` (or `edevs`) and `pools`, and ask for the rest."""
    fields = ask.fields
    summary = summary_of(answers.get("summary", {}))
    devices = _devices(answers)
    version = mapping((await ask.seldom_rpc("get_version")).get("Msg"))
    about = mapping((await ask.seldom_rpc("get_miner_info")).get("Msg"))
    details = cgminer.section(await ask.seldom_rpc("devdetails"), "DEVDETAILS")
    factory = _factory(fields, summary)
    boards = tuple(_board(fields, device, at=at, boards=len(devices), factory_hs=factory) for at, device in devices)
    windows = _windows(fields, summary, reference_hs=factory) or parts.sum_of(boards)
    rate = shortest(windows)
    uptime = fields.positive(summary, "Elapsed")
    faults = await _faults(ask, summary)
    off = await _is_off(ask) if not rate else False
    model = parts.model_name(
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
        state=parts.condition(rate_hs=rate, is_off=off, uptime_s=uptime, has_faults=bool(faults)),
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
        fans=parts.fans(
            fields,
            # old firmware tells the fans with each board, all of them the same
            summary if "Fan Speed In" in summary or not devices else devices[0][1],
            "Fan Speed In",
            "Fan Speed Out",
            is_wet=parts.is_wet(fields, summary, model),
        ),
        pools=pools,
        errors=faults,
        unread=fields.unread,
    )


def summary_of(reply: Mapping[str, Any]) -> Mapping[str, Any]:
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
        state=parts.board_state(rate, chips=chips, is_alive=status == "alive"),
        serial=fields.text(device, "PCB SN"),
    )


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


def _unquoted(value: str | None) -> str | None:
    return text(value.strip("'\"")) if value is not None else None
