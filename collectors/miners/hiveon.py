"""Hiveon firmware for Antminers: everything of the stock firmware, and the watts of the chains beside it.

Port 4028 gives all that changes; the web page behind digest authentication adds the MAC. On the T9 each board is
three chains, and the boards are put together again here.
"""

import re
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners.antminer import algorithm, model_name, unit
from collectors.rate import shortest
from collectors.reading import Board, Reading
from collectors.target import Ask
from collectors.told import highest
from collectors.value import Fields, first, listing, mapping

_SYSTEM = "/cgi-bin/get_system_info.cgi"
_ASLEEP = frozenset((1, 5))
# index of a chain, from 0, → board of a T9
_T9_BOARDS = {1: 0, 8: 0, 9: 0, 2: 1, 10: 1, 11: 1, 3: 2, 12: 2, 13: 2}
_T9_CHAINS = 3
# what the firmware puts behind the model: the chips of a board (`S19x88`), and its own name
_NAMED = re.compile(r"(?:x[0-9]{2,3})?\s*[\[(]?\s*hiveon.*\Z", re.IGNORECASE | re.DOTALL)
_CHAIN_POWER = tuple(f"chain_power{chain}" for chain in range(1, 17))


def recognises(evidence: Evidence) -> int:
    """Weigh `version` and `stats`, where the firmware names itself."""
    return SURE if "HIVEON" in evidence.says("version") + evidence.says("stats") else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    answers = await ask.commands(("summary", "stats", "pools"))
    system = mapping(await ask.seldom_get(_SYSTEM, auth="digest"))
    fields = ask.fields
    kind = _NAMED.sub("", fields.text(version, "Type") or bitmain.kind(answers.get("stats", {})) or "") or None
    kind = kind or fields.text(system, "minertype")
    model = model_name(kind)
    stats = bitmain.stats(fields, answers.get("stats", {}), factor=unit(kind))
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    pools = cgminer.pools(fields, answers.get("pools", {}))
    # the summary counts the fee pool's shares in, where one is listed
    counted = {} if cgminer.has_fee_pool(answers.get("pools", {})) else summary
    windows = {**cgminer.windows(fields, summary, ghs=stats.factor), **stats.windows}
    rate = shortest(windows)
    power = stats.power_w or chain_power(fields, answers.get("stats", {}))
    uptime = stats.uptime_s if stats.uptime_s is not None else fields.positive(summary, "Elapsed")
    asleep = None if stats.mode is None else stats.mode in _ASLEEP and not rate
    return Reading(
        family="hiveon",
        make="Antminer",
        model=model,
        firmware="Hiveon",
        firmware_version=fields.text(version, "CompileTime") or stats.compiled,
        mac=fields.mac(system, "macaddr"),
        serial=fields.text(system, "serinum", "serial_no"),
        hostname=fields.text(system, "hostname"),
        algorithm=algorithm(model),
        state=condition(rate_hs=rate, uptime_s=uptime, is_asleep=asleep, pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=power,
        power_grade="unknown" if power is None else "estimated",
        uptime_s=uptime,
        temperature_inlet_c=stats.inlet_c if stats.inlet_c is not None else stats.ambient_c,
        temperature_outlet_c=stats.outlet_c,
        accepted=cgminer.shares(fields, counted, pools, name="Accepted"),
        rejected=cgminer.shares(fields, counted, pools, name="Rejected"),
        stale=cgminer.shares(fields, counted, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors") or stats.hardware_errors,
        boards=_t9_boards(stats.boards) if model is not None and model.upper().startswith("T9") else stats.boards,
        fans=stats.fans,
        pools=pools,
        unread=fields.unread,
    )


def chain_power(fields: Fields, reply: dict[str, Any]) -> float | None:
    """Give the sum of the watts of the chains, where only these are told; None when none are."""
    body = next((mapping(one) for one in listing(reply.get("STATS")) if "chain_power1" in mapping(one)), {})
    body = body or first(reply.get("STATS"))
    found = [watts for name in _CHAIN_POWER if name in body and (watts := fields.quantity(body, name))]
    return sum(found) if found else None


def _t9_boards(chains: tuple[Board, ...]) -> tuple[Board, ...]:
    if len(chains) <= _T9_CHAINS or any(chain.index not in _T9_BOARDS for chain in chains):
        return chains
    boards: dict[int, Board] = {}
    for chain in chains:
        index = _T9_BOARDS[chain.index]
        board = boards.get(index)
        if board is None:
            boards[index] = msgspec.structs.replace(chain, index=index)
            continue
        boards[index] = msgspec.structs.replace(
            board,
            hashrate_hs=(board.hashrate_hs or 0.0) + (chain.hashrate_hs or 0.0),
            chips=(board.chips or 0) + (chain.chips or 0),
            board_temperature_c=highest((board.board_temperature_c, chain.board_temperature_c)),
            chip_temperature_c=highest((board.chip_temperature_c, chain.chip_temperature_c)),
            state="ok" if board.state == chain.state == "ok" else "fault",
        )
    return tuple(boards[index] for index in sorted(boards))


FAMILY = Family(
    name="hiveon",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset({"rpc version", "rpc summary", "rpc stats", "rpc pools", f"GET {_SYSTEM}"}),
    collect=collect,
    recognises=recognises,
    credentials=(("root", "root"),),
)
