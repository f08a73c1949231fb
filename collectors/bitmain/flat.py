"""The flat shape of `stats`: a heading, and a body whose keys number chains and fans, as port 4028 has it."""

import functools
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from collectors import coolant
from collectors.bitmain.layout import Chain, Layout
from collectors.bitmain.told import WET, Stats, sensors, voltage, windows
from collectors.rate import factor as rate_factor
from collectors.rate import unit_between
from collectors.reading import Board, Fan
from collectors.value import (
    MOST,
    MOST_COUNTED,
    SENSORS_LENGTH,
    TEXT_LENGTH,
    Fields,
    hottest,
    hottest_text,
    number,
    shown,
)

# S9 and its kin number their three chains so (connectors of the control board), all others from 1
_OLD_CHAINS = (6, 7, 8)
# where S9 and its kin plug their two fans in
_OLD_FANS = ("fan3", "fan6")
# between these a board's sum and the whole differ by their windows, outside by their unit
_SAME_LOW, _SAME_HIGH = 0.02, 50.0
_CHAINS = range(1, 17)
_WHOLE = frozenset((int,))
_PLACES = range(8)


def flat(
    fields: Fields, info: Mapping[str, Any], body: Mapping[str, Any], *, layout: Layout, factor: float | None
) -> Stats:
    """Read heading and body of an answer; `layout` is the body's."""
    unit = rate_factor(body.get("rate_unit")) or factor or 1e9
    rates = windows(fields, body, keys=layout.windows, factor=unit)
    boards = _in_one_unit(_boards(fields, body, chains=layout.chains, factor=unit), rates)
    name = _heading(fields, info, "Type")
    inlet = outlet = None
    if name is not None and WET in name.lower():
        boards, inlet, outlet = coolant.apart(boards, [body.get(f"temp_chip{chain}") for chain in _CHAINS])
    return Stats(
        kind=name,
        compiled=_heading(fields, info, "CompileTime"),
        windows=rates,
        expected_hs=(fields.positive(body, *layout.ideal, times=unit) or None) if layout.ideal else None,
        uptime_s=fields.amount("Elapsed", body.get("Elapsed")),
        boards=boards,
        fans=_fans(fields, body, layout=layout),
        # 0 stands for "not measured"
        power_w=(fields.quantity(body, *layout.power) or None) if layout.power else None,
        mode=fields.count(body, *layout.mode) if layout.mode else None,
        inlet_c=inlet,
        outlet_c=outlet,
        ambient_c=fields.temperature(body, *layout.ambient) if layout.ambient else None,
        hardware_errors=fields.count(body, "no_matching_work"),
        factor=unit,
    )


def _heading(fields: Fields, info: Mapping[str, Any], name: str) -> str | None:
    value = info.get(name)
    if type(value) is str and 0 < len(value) <= TEXT_LENGTH:
        return shown(value)
    return fields.text(info, name)


def _boards(fields: Fields, body: Mapping[str, Any], *, chains: tuple[Chain, ...], factor: float) -> tuple[Board, ...]:
    boards: list[Board] = []
    for names in chains:
        chips, rate, megahertz, board_sensors, chip_sensors = names.take(body)
        if not chips and not rate:
            continue
        if not ((chips and (type(chips) is int or number(chips))) or (rate and number(rate))):
            for name, value in ((names.chips, chips), (names.rate, rate)):
                if value and number(value) is None:
                    fields.missed(name)
            continue
        hashrate = fields.amount(names.rate, rate, factor)
        expected = fields.positive(body, *names.ideal, times=factor) if names.ideal else None
        # the plain case of both without a call between
        board_c = (
            hottest_text(board_sensors)
            if type(board_sensors) is str and len(board_sensors) <= SENSORS_LENGTH
            else hottest(board_sensors)
        )
        chip_c = (
            hottest_text(chip_sensors)
            if type(chip_sensors) is str and len(chip_sensors) <= SENSORS_LENGTH
            else hottest(chip_sensors)
        )
        boards.append(
            Board(
                index=names.chain - 1,
                hashrate_hs=hashrate,
                hashrate_expected_hs=expected or None,
                board_temperature_c=sensors(fields, body, names.board_sensors) if board_c is None else board_c,
                chip_temperature_c=sensors(fields, body, names.chip_sensors) if chip_c is None else chip_c,
                # the plain case of both without a call
                chips=chips if type(chips) is int and 0 < chips <= MOST_COUNTED else fields.count(body, names.chips),
                frequency_hz=megahertz * 1e6
                if type(megahertz) is int and megahertz > 0
                else fields.positive(body, *names.frequency, times=1e6) or None,
                voltage_v=voltage(fields.positive(body, *names.voltage)) if names.voltage else None,
                state="ok" if hashrate else "unknown" if hashrate is None else "fault",
            )
        )
    if boards and boards[0].index + 1 in _OLD_CHAINS and boards[-1].index < _OLD_CHAINS[-1]:
        return tuple([replace(board, index=board.index - _OLD_CHAINS[0] + 1) for board in boards])
    return tuple(boards)


def _in_one_unit(boards: tuple[Board, ...], rates: Mapping[str, float]) -> tuple[Board, ...]:
    """Give boards in the unit in which they make up the whole: some firmware counts their rates in another one."""
    whole = rates.get("5s") or rates.get("lifetime")
    if not whole:
        return boards
    parts = 0.0
    for board in boards:
        parts += board.hashrate_hs or 0.0
    if not parts or _SAME_LOW < parts / whole < _SAME_HIGH:
        return boards
    slip = unit_between(parts, whole)
    if slip is None:
        return boards
    return tuple(
        board if board.hashrate_hs is None else replace(board, hashrate_hs=board.hashrate_hs * slip) for board in boards
    )


def _fans(fields: Fields, body: Mapping[str, Any], *, layout: Layout) -> tuple[Fan, ...]:
    names = layout.fans
    told = layout.take_fans(body)
    count = body.get("fan_num")
    if (count is None or (type(count) is int and count >= len(told))) and {*map(type, told)} == _WHOLE:
        return tuple(map(_fan, _PLACES, told))
    speeds = [*map(fields.amount, names, told)]
    count = fields.count(body, "fan_num")
    if count is not None and len(speeds) > count:
        # eight connectors are listed and `fan_num` of them used: those that turn, then the usual places
        by_name = dict(zip(names, speeds, strict=True))
        used = [name for name, rpm in by_name.items() if rpm]
        rest = [name for name in (*_OLD_FANS, *names) if name in by_name and name not in used]
        used += rest[: max(0, count - len(used))]
        speeds = [by_name[name] for name in sorted(dict.fromkeys(used))]
    return tuple([Fan(index=index, rpm=rpm) for index, rpm in enumerate(speeds)])


@functools.lru_cache(maxsize=1 << 12)
def _fan(index: int, rpm: int) -> Fan:
    """Give a fan whose speed is a whole number; they are counted in steps, so that a site has a few hundred."""
    return Fan(index=index, rpm=float(rpm) if 0 <= rpm <= MOST else None)
