"""VNish's port 4028: all that versions before AnthillOS tell, and what is left where the pages are shut or gone.

`stats` has Bitmain's flat shape with each chain's watts, volts and state beside it; the watts are the firmware's model.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.miners.antminer import algorithm, model_name, unit
from collectors.rate import shortest
from collectors.reading import Board, BoardCondition, DeviceCondition, DeviceError, Fan, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

COMMANDS = ("summary", "stats", "pools")
REQUESTS = frozenset({"rpc version", *(f"rpc {command}" for command in COMMANDS)})
_NAMED = re.compile(r"\(\s*vnish\s+v?([^)]+)\)", re.IGNORECASE)
_WATTS = tuple(f"chain_consumption{chain}" for chain in range(1, 17))
STATES: dict[str, DeviceCondition] = {
    "initializing": "starting",
    "starting": "starting",
    "restarting": "starting",
    "shutting-down": "sleeping",
    "stopped": "sleeping",
    "failure": "fault",
}
BOARD_STATES: dict[str, BoardCondition] = {"failure": "fault", "disconnected": "missing", "disabled": "fault"}


async def read(ask: Ask) -> Reading | None:
    """Read one device; None when it answers nothing of it."""
    answers = await ask.commands(COMMANDS)
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    if not (answers or version):
        return None
    fields = ask.fields
    reply = answers.get("stats", {})
    kind = bitmain.kind(reply) or fields.text(version, "Type")
    model = model_name(kind)
    stats = bitmain.stats(fields, reply, factor=unit(kind))
    body = next((one for one in map(mapping, listing(reply.get("STATS"))) if "Elapsed" in one), {})
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    windows = {**cgminer.windows(fields, summary, ghs=stats.factor), **stats.windows}
    rate = shortest(windows)
    uptime = stats.uptime_s if stats.uptime_s is not None else fields.positive(summary, "Elapsed")
    pools = cgminer.pools(fields, answers.get("pools", {}))
    # the summary counts the fee pool's shares in, where one is listed
    counted = {} if cgminer.has_fee_pool(answers.get("pools", {})) else summary
    power = stats.power_w or _watts(fields, body)
    errors = _faults(fields, body)
    said = STATES.get((fields.text(body, "state") or "").lower())
    return Reading(
        family="vnish",
        make="Antminer",
        model=model,
        firmware="Vnish",
        firmware_version=_version(kind) or stats.compiled,
        algorithm=algorithm(model),
        state=said or condition(rate_hs=rate, uptime_s=uptime, has_faults=bool(errors), pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=power,
        power_grade="unknown" if power is None else "estimated",
        uptime_s=uptime,
        accepted=cgminer.shares(fields, counted, pools, name="Accepted"),
        rejected=cgminer.shares(fields, counted, pools, name="Rejected"),
        stale=cgminer.shares(fields, counted, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=_boards(fields, stats.boards, body),
        fans=_fans(fields, stats.fans, body),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


def _version(kind: str | None) -> str | None:
    """Give `1.2.7` of `Antminer S21 Pro (Vnish 1.2.7)`."""
    match = _NAMED.search(kind or "")
    return match[1].strip() if match else None


def _watts(fields: Fields, body: Mapping[str, Any]) -> float | None:
    found = [watts for name in _WATTS if name in body and (watts := fields.positive(body, name))]
    return sum(found) if found else None


def _boards(fields: Fields, boards: tuple[Board, ...], body: Mapping[str, Any]) -> tuple[Board, ...]:
    return tuple(
        board
        if (state := BOARD_STATES.get((fields.text(body, f"chain_state{board.index + 1}") or "").lower())) is None
        else msgspec.structs.replace(board, state=state)
        for board in boards
    )


def _fans(fields: Fields, fans: tuple[Fan, ...], body: Mapping[str, Any]) -> tuple[Fan, ...]:
    duty = fields.number(body, "fan_pwm", low=0.0, high=100.0)
    return fans if duty is None else tuple(msgspec.structs.replace(fan, duty_ratio=duty / 100) for fan in fans)


def _faults(fields: Fields, body: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    found = ((chain, fields.text(body, f"chain_fault{chain}")) for chain in range(1, 17))
    return tuple(DeviceError(code=f"board {chain - 1}: fault", message=words) for chain, words in found if words)
