"""The listed shape of `stats`: a list of chains and one of fans, as the web page has it."""

from collections.abc import Iterable, Mapping
from typing import Any

from collectors import coolant
from collectors.bitmain.told import POWER, WET, Stats, sensors, voltage, windows, work_mode
from collectors.rate import factor as rate_factor
from collectors.reading import Board, Fan
from collectors.value import Fields, listing, mapping, number, text


def listed(fields: Fields, reply: Mapping[str, Any], *, factor: float | None) -> Stats:
    """Read an answer that has an entry with a list of chains."""
    entries = [entry for entry in listing(reply.get("STATS")) if type(entry) is dict]
    info = mapping(reply.get("INFO")) or next((entry for entry in entries if "Type" in entry or "type" in entry), {})
    body = next(entry for entry in entries if type(entry.get("chain")) is list)
    unit = rate_factor(body.get("rate_unit")) or factor or 1e9
    expected = fields.positive(body, "rate_ideal", times=unit)
    chains = [mapping(chain) for chain in body["chain"]]
    boards = tuple(_board(fields, chain, at=at, factor=unit) for at, chain in enumerate(chains) if chain)
    name = fields.text(info, "type", "Type")
    inlet, outlet = coolant.end(chains, "temp_in"), coolant.end(chains, "temp_out")
    if inlet is None and name is not None and WET in name.lower():
        boards, inlet, outlet = coolant.apart(boards, [chain.get("temp_chip") for chain in chains])
        if inlet is None:
            inlet, outlet = coolant.on_boards(chains, name)
    return Stats(
        kind=name,
        compiled=fields.text(info, "CompileTime"),
        windows=windows(fields, body, factor=unit),
        expected_hs=expected or None,
        uptime_s=fields.positive(body, "elapsed", "Elapsed"),
        boards=boards,
        fans=_fans(fields, body),
        power_w=fields.quantity(body, *POWER) or None,  # 0 stands for "not measured"
        mode=work_mode(fields, body),
        inlet_c=inlet,
        outlet_c=outlet,
        ambient_c=fields.temperature(body, "ambient_temp"),
        hardware_errors=_sum(fields.count(chain, "hw") for chain in chains),
        factor=unit,
    )


def _board(fields: Fields, chain: Mapping[str, Any], *, at: int, factor: float) -> Board:
    index = fields.count(chain, "index")
    rate = fields.positive(chain, "rate_real", "hashrate", times=factor)
    chips = fields.count(chain, "asic_num")
    return Board(
        index=at if index is None else index,
        hashrate_hs=rate,
        hashrate_expected_hs=fields.positive(chain, "rate_ideal", times=factor) or None,
        board_temperature_c=sensors(fields, chain, ("temp_pcb",)),
        chip_temperature_c=sensors(fields, chain, ("temp_chip",)),
        chips=chips,
        frequency_hz=fields.positive(chain, "freq_avg", times=1e6) or None,
        voltage_v=voltage(fields.positive(chain, "voltage")),
        state="missing" if chips == 0 and not rate else "ok" if rate else "unknown" if rate is None else "fault",
        serial=fields.text(chain, "sn"),
    )


def _fans(fields: Fields, body: Mapping[str, Any]) -> tuple[Fan, ...]:
    fans = []
    for index, rpm in enumerate(listing(body.get("fan"))):
        speed = number(rpm)
        if speed is None and text(rpm):
            fields.missed("fan")
        fans.append(Fan(index=index, rpm=speed if speed is None or speed >= 0 else None))
    return tuple(fans)


def _sum(counts: Iterable[int | None]) -> int | None:
    said = [count for count in counts if count is not None]
    return sum(said) if said else None
