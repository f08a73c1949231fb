"""The settings that a firmware offers, each with its hashrate and watts, read once for each answer that lists them."""

from collections.abc import Callable, Iterable
from typing import Any

from collectors.reading import PowerSetting

MOST = 64
# Between these lies every machine that hashes; what is outside was counted in another unit.
LOWEST_J_PER_TH, HIGHEST_J_PER_TH = 1e-3, 1e9

Entry = tuple[str | None, float | None, float | None]
"""A setting as its family reads it: name, H/s and watts, None where it does not say."""


def settings(memory: dict[str, Any], answer: object, read: Callable[[], Iterable[Entry]]) -> tuple[PowerSetting, ...]:
    """Give the settings of an answer; `read` is asked only when the answer is another than the last.

    Answers to seldom questions are the same object until they are asked anew. What lacks a figure is left out.
    """
    known = memory.get("settings")
    if known is not None and known[0] is answer:
        found: tuple[PowerSetting, ...] = known[1]
        return found
    found = tuple(
        PowerSetting(name=name, hashrate_hs=hashrate, power_w=power)
        for name, hashrate, power in read()
        if name and hashrate and power and LOWEST_J_PER_TH < power / hashrate * 1e12 < HIGHEST_J_PER_TH
    )[:MOST]
    memory["settings"] = (answer, found)
    return found
