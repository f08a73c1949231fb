"""What both generations of Whatsminer's API have in common: states, fans, and what the model is called."""

import re
from collections.abc import Mapping
from typing import Any

from collectors.reading import Board, BoardCondition, DeviceCondition, Fan
from collectors.told import total
from collectors.value import Fields

_START_S = 1200.0  # tuning its boards up takes a Whatsminer up to twenty minutes
_WET = re.compile(r"^M\d[36]", re.IGNORECASE)  # M33, M53, M63 hydro, M36, M56, M66 immersion


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


def board_state(rate: float | None, *, chips: int | None, is_alive: bool) -> BoardCondition:
    """Tell a board's state from its rate, the chips that answer and whether it calls itself alive."""
    if rate and is_alive:
        return "ok"
    if chips == 0 and not rate:
        return "missing"
    return "unknown" if rate is None and is_alive else "fault"


def sum_of(boards: tuple[Board, ...]) -> dict[str, float]:
    """Give the rate that the boards make up, for where the whole is not told; nothing when none of them tells one."""
    rate = total(board.hashrate_hs for board in boards)
    return {} if rate is None else {"realtime": rate}


def fans(fields: Fields, source: Mapping[str, Any], *names: str, is_wet: bool) -> tuple[Fan, ...]:
    """Give intake and exhaust fan; a liquid-cooled model lists both at 0 and has none."""
    speeds = [fields.positive(source, name) for name in names if name in source]
    if is_wet and not any(speeds):
        return ()
    return tuple(Fan(index=index, rpm=rpm) for index, rpm in enumerate(speeds))


def is_wet(fields: Fields, summary: Mapping[str, Any], model: str | None) -> bool:
    """Tell whether it is cooled by a liquid, from its own word or from its model."""
    return bool(fields.truth(summary, "Liquid Cooling", "liquid-cooling")) or bool(model and _WET.match(model))


def model_name(kind: str | None) -> str | None:
    """Give `M50S VH50` from `WhatsMiner M50S_VH50`; None where nothing but the make is said."""
    if kind is None:
        return None
    plain = re.sub(r"(?i)^whatsminer\s*", "", kind.strip()).replace("_", " ")
    return plain.strip() or None
