"""What all generations of Braiins OS have in common: how boards are numbered, and what the model is called."""

import re
from collections.abc import Iterable

from collectors.reading import BoardCondition

# connectors of the S9's control board, whose number is also the board's
_OLD_FIRST, _OLD_LAST = 6, 8
_SERIES = re.compile(r"[STLD]\d", re.IGNORECASE)
_MAKES = ("Antminer", "Whatsminer", "Avalon")


def first_index(numbers: Iterable[int | None]) -> int:
    """Give the number of the first board: 6 on an S9, else 1; 0 where one is numbered so."""
    known = [number for number in numbers if number is not None]
    if 0 in known:
        return 0
    return _OLD_FIRST if known and all(_OLD_FIRST <= number <= _OLD_LAST for number in known) else 1


def board_state(
    rate_hs: float | None, *, chips: int | None, is_enabled: bool | None, is_running: bool
) -> BoardCondition:
    """Tell a board's state; one that does not hash is at fault only while the device means to."""
    if rate_hs:
        return "ok"
    if chips == 0:
        return "missing"
    if is_enabled is False or (rate_hs is not None and is_running):
        return "fault"
    return "unknown"


def identity(name: str | None) -> tuple[str | None, str | None]:
    """Give make and model from `Antminer S19 XP`, `S9` or `Braiins BMM 101`; None for what it does not say."""
    if name is None:
        return None, None
    plain = name.partition(" (")[0].strip()
    for make in _MAKES:
        if plain.lower().startswith(make.lower()):
            return make, plain[len(make) :].strip(" .") or None
    if _SERIES.match(plain):
        return "Antminer", plain
    if "bmm" in plain.lower():
        return "Braiins", plain.removeprefix("Braiins").strip() or None
    return None, plain or None
