"""The settings that a firmware offers, each with its hashrate and watts; devices with like lists share one."""

from collections.abc import Iterable
from typing import NamedTuple

from collectors.reading import PowerSetting

MOST = 64
# Between these lies every machine that hashes; what is outside was counted in another unit.
LOWEST_J_PER_TH, HIGHEST_J_PER_TH = 1e-3, 1e9
SHARED = 512


class Entry(NamedTuple):
    """A setting as its family reads it, None where it does not say; `target_w` is its limit where that is another."""

    name: str | None
    hashrate_hs: float | None
    power_w: float | None
    target_w: float | None = None


_shared: dict[tuple[PowerSetting, ...], tuple[PowerSetting, ...]] = {}


def settings(entries: Iterable[Entry]) -> tuple[PowerSetting, ...]:
    """Give the settings of a list, in rising watts; what lacks a figure is left out.

    Thousands of machines of one model list the same, so that the very same tuple is given for equal lists.
    """
    found = tuple(
        sorted(
            (
                PowerSetting(name=name, hashrate_hs=hashrate, power_w=power, target_w=target)
                for name, hashrate, power, target in entries
                if name and hashrate and power and LOWEST_J_PER_TH < power / hashrate * 1e12 < HIGHEST_J_PER_TH
            ),
            key=lambda one: one.power_w,
        )[:MOST]
    )
    if len(_shared) >= SHARED:
        _shared.clear()
    return _shared.setdefault(found, found)
