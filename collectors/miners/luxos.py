"""LuxOS for Antminers: one joined request on port 4028 tells everything, and nothing needs a password.

Rates, chips, temperatures and fans stand in `stats` as on the stock firmware; `devs` has the boards' shorter rates,
what is expected of them and their serial numbers; `power` is measured where the supply can tell (`PSU`), else modelled;
the tuner's limit is the wattage of the profile that `config` names. Volts are asked for seldom, board by board. Each
command says its part without the others; none is indispensable.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.miners.antminer import algorithm, model_name, unit
from collectors.presets import Entry, settings
from collectors.rate import shortest
from collectors.reading import Board, DeviceError, Fan, PoolSlot, PowerSetting, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

_COMMANDS = ("summary", "stats", "devs", "power", "fans", "pools", "config", "events")
_BOARDS = 4  # connectors of any control board
_DIGITS = re.compile(r"[0-9]+")
_ASLEEP = frozenset(("sleep", "sleeping", "idle", "suspend", "suspended", "paused"))
_STARTING = frozenset(("starting", "initializing", "ramping", "wakeup", "waking"))


class _Profiles(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is kept of the tuner's profiles: the settings, and watts and volts by name."""

    settings: tuple[PowerSetting, ...] = ()
    watts: dict[str, float | None] = {}
    volts: dict[str, float | None] = {}


_NO_PROFILES = _Profiles()


def recognises(evidence: Evidence) -> int:
    """Weigh `version`, then the name in the web page."""
    if "LUXMINER" in evidence.says("version") + evidence.says("stats") + evidence.says("summary"):
        return SURE
    return LIKELY if "Luxor Firmware" in evidence.page() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    answers = await ask.commands(_COMMANDS)
    fields = ask.fields
    config = cgminer.section(answers.get("config", {}), "CONFIG")
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    devices = [mapping(one) for one in listing(answers.get("devs", {}).get("DEVS"))]
    kind = fields.text(version, "Type") or fields.text(config, "Model") or bitmain.kind(answers.get("stats", {}))
    model = model_name(kind)
    stats = bitmain.stats(fields, answers.get("stats", {}), factor=unit(kind))
    name = fields.text(config, "Profile")
    profiles = _NO_PROFILES if name is None else await _profiles(ask)
    boards = _boards(fields, stats.boards, devices)
    boards = await _with_volts(ask, boards, usual=profiles.volts.get(name or ""))
    windows = {**stats.windows, **cgminer.windows(fields, summary, ghs=stats.factor)}
    rate = shortest(windows)
    power = cgminer.section(answers.get("power", {}), "POWER")
    watts = fields.positive(power, "Watts")
    pools = _pools(fields, answers.get("pools", {}))
    errors = _events(fields, answers.get("events", {}))
    uptime = fields.positive(summary, "Elapsed")
    nameplate = fields.positive(config, "NameplateTHS", times=1e12)
    return Reading(
        family="luxos",
        make="Antminer",
        model=model,
        firmware="LuxOS",
        firmware_version=fields.text(version, "Miner") or fields.text(version, "LUXminer"),
        mac=fields.mac(config, "MACAddr"),
        serial=fields.text(config, "SerialNumber"),
        hostname=fields.text(config, "Hostname"),
        algorithm=algorithm(model),
        state=condition(
            rate_hs=rate,
            uptime_s=uptime if uptime is not None else stats.uptime_s,
            is_asleep=_is_asleep(fields, config),
            is_starting=any(fields.truth(one, "IsRamping") for one in devices)
            or (fields.text(config, "SystemStatus") or "").lower() in _STARTING,
            has_faults=bool(errors),
            pools=pools,
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs or _expected(boards) or nameplate or None,
        power_w=watts,
        power_grade="unknown" if watts is None else "reported" if fields.truth(power, "PSU") else "estimated",
        power_limit_w=profiles.watts.get(name or ""),
        uptime_s=uptime if uptime is not None else stats.uptime_s,
        temperature_inlet_c=stats.inlet_c,
        temperature_outlet_c=stats.outlet_c,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=boards,
        fans=_fans(fields, answers.get("fans", {})) or stats.fans,
        pools=pools,
        errors=errors,
        unread=fields.unread,
        settings=profiles.settings,
    )


def _is_asleep(fields: Fields, config: Mapping[str, Any]) -> bool | None:
    """Tell sleep from the curtailment mode; a supply that was switched off is sleep too."""
    mode = fields.text(config, "CurtailMode")
    if (mode or "").lower() in _ASLEEP or fields.truth(config, "IsPowerSupplyOn") is False:
        return True
    return None if mode is None else False


async def _profiles(ask: Ask) -> _Profiles:
    async def fetch() -> _Profiles:
        reply = await ask.rpc("profiles")
        listed = [] if cgminer.is_refusal(reply) else [mapping(one) for one in listing(reply.get("PROFILES"))]
        fields = ask.fields
        named = {name: one for one in listed if (name := fields.text(one, "Profile Name")) is not None}
        watts = {name: fields.positive(one, "Watts") or None for name, one in named.items()}
        return _Profiles(
            settings=settings(
                Entry(name, fields.positive(one, "Hashrate", times=1e12), watts[name]) for name, one in named.items()
            ),
            watts=watts,
            volts={name: fields.positive(one, "Voltage") or None for name, one in named.items()},
        )

    found: _Profiles | None = await ask.seldom("rpc profiles", fetch, port="api")
    return found or _NO_PROFILES


def _boards(fields: Fields, boards: tuple[Board, ...], devices: list[dict[str, Any]]) -> tuple[Board, ...]:
    """Complete the chains of `stats` (averages since the start) with what `devs` says of them."""
    found = {board.index: board for board in boards}
    for device in devices:
        index = fields.count(device, "ID", "ASC")
        if index is None:
            continue
        board = found.get(index, Board(index=index))
        rate = shortest(cgminer.windows(fields, device))
        rate = board.hashrate_hs if rate is None else rate
        sensor = board.board_temperature_c
        found[index] = msgspec.structs.replace(
            board,
            hashrate_hs=rate,
            hashrate_expected_hs=fields.positive(device, "Nominal MHS", times=1e6) or board.hashrate_expected_hs,
            board_temperature_c=fields.temperature(device, "Temperature") if sensor is None else sensor,
            state="ok" if rate else "unknown" if rate is None else "fault",
            serial=fields.text(device, "SerialNumber"),
        )
    return tuple(found[index] for index in sorted(found))


async def _with_volts(ask: Ask, boards: tuple[Board, ...], *, usual: float | None) -> tuple[Board, ...]:
    """Add each board's volts; those of the profile where a board does not tell."""
    completed = []
    for board in boards:
        volts = await _volts(ask, index=board.index) if board.index < _BOARDS else None
        completed.append(msgspec.structs.replace(board, voltage_v=volts or usual))
    return tuple(completed)


async def _volts(ask: Ask, *, index: int) -> float | None:
    async def fetch() -> Any:
        return await ask.rpc("voltageget", parameter=str(index))

    reply = mapping(await ask.seldom(f"voltageget {index}", fetch))
    return ask.fields.positive(cgminer.section(reply, "VOLTAGE"), "Voltage") or None


def _expected(boards: tuple[Board, ...]) -> float | None:
    return sum(board.hashrate_expected_hs or 0.0 for board in boards) or None


def _fans(fields: Fields, reply: Mapping[str, Any]) -> tuple[Fan, ...]:
    """Give the fans in the order of their connectors, which the list does not keep."""
    fans: dict[int, Fan] = {}
    for entry in listing(reply.get("FANS")):
        entry = mapping(entry)
        connector = _DIGITS.search(fields.text(entry, "FAN") or "")
        index = int(connector[0][:4]) - 1 if connector and connector[0][:4] != "0" else fields.count(entry, "ID")
        if index is None or index < 0 or index in fans:
            index = len(fans)
        duty = fields.number(entry, "Speed", low=0.0, high=100.0)
        fans[index] = Fan(
            index=index, rpm=fields.positive(entry, "RPM"), duty_ratio=None if duty is None else duty / 100.0
        )
    return tuple(fans[index] for index in sorted(fans))


def _pools(fields: Fields, reply: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the pools; one that never took a share counts its age from the start, which is no age of a share."""
    return tuple(
        slot if slot.accepted else msgspec.structs.replace(slot, last_share_age_s=None)
        for slot in cgminer.pools(fields, reply)
    )


def _events(fields: Fields, reply: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    errors = []
    for event in listing(reply.get("EVENTS")):
        event = mapping(event)
        code = fields.text(event, "Code")
        if code is None:
            continue
        board = fields.count(event, "ID") if (fields.text(event, "Target") or "").upper() == "BOARD" else None
        words = fields.text(event, "Description") or code.replace("_", " ").lower()
        errors.append(DeviceError(code=code, message=words if board is None else f"board {board}: {words}"))
    return tuple(errors)


FAMILY = Family(
    name="luxos",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset({"rpc version", "rpc profiles", "rpc voltageget", *(f"rpc {one}" for one in _COMMANDS)}),
    collect=collect,
    recognises=recognises,
)
