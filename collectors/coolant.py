"""The coolant of Bitmain's hydro machines, which is told apart from chips only by where its sensors stand."""

import re
from typing import Any

import msgspec

from collectors.reading import Board
from collectors.value import listing, number, temperature

_SENSORS = 4
# whose boards have the coolant's sensors as first and third of the board's own
_ON_BOARD = re.compile(r"s21(\+| xp) hyd")


def end(chains: list[dict[str, Any]], name: str) -> float | None:
    """Give the coolant's temperature at one end: each list has the coolant's sensor and a chip's, which is warmer."""
    sensors = [[temperature(one) for one in listing(chain.get(name))] for chain in chains]
    coolest = [min((one for one in some if one is not None), default=None) for some in sensors]
    return max((one for one in coolest if one is not None), default=None)


def apart(boards: tuple[Board, ...], chips: list[Any]) -> tuple[tuple[Board, ...], float | None, float | None]:
    """Tell coolant from chips on hydro machines whose only sensors are the coolant's.

    They list `[inlet, outlet, 0, 0]` in place of four chips' temperatures.
    """
    pairs = []
    for value in chips:
        parts = value.split("-") if type(value) is str else listing(value)
        ends = [temperature(part) for part in parts]
        if not any(one is not None for one in ends):
            continue
        if len(ends) != _SENSORS or ends[0] is None or ends[1] is None or any(number(part) for part in parts[2:]):
            return boards, None, None
        pairs.append((ends[0], ends[1]))
    if not pairs:
        return boards, None, None
    bare = tuple(msgspec.structs.replace(board, chip_temperature_c=None) for board in boards)
    return bare, max(inlet for inlet, _ in pairs), max(outlet for _, outlet in pairs)


def on_boards(chains: list[dict[str, Any]], kind: str) -> tuple[float | None, float | None]:
    """Give the coolant's temperatures where the boards' sensors have them; nothing when those do not look like it."""
    if not _ON_BOARD.search(kind.lower()):
        return None, None
    pairs = []
    for chain in chains:
        sensors = [temperature(one) for one in listing(chain.get("temp_pcb"))]
        if len(sensors) != _SENSORS or sensors[0] is None or sensors[2] is None:
            continue
        if sensors[0] != min(one for one in sensors if one is not None):
            return None, None
        pairs.append((sensors[0], sensors[2]))
    if not pairs:
        return None, None
    return max(inlet for inlet, _ in pairs), max(outlet for _, outlet in pairs)
