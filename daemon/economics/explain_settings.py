"""A device's known power settings, as lines of its account: what each leaves after its energy at the present prices."""

from collections.abc import Sequence

import msgspec

from daemon.economics.explain import Line
from daemon.economics.hull import Origin

ORIGIN_WORDS: dict[Origin, str] = {
    "seen": "as seen here",
    "preset": "listed, brought in line with what is seen",
    "promised": "as the firmware lists it",
}
SHOWN = 12


class KnownSetting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One setting as it is shown: what it hashes and draws, where that is known from, and its margin after energy.

    `margin_per_day` is None while a price is missing.
    """

    name: str
    origin: Origin
    hashrate_hs: float
    power_w: float
    j_per_th: float
    margin_per_day: float | None
    is_current: bool
    is_best: bool


def setting_lines(settings: Sequence[KnownSetting], *, currency: str) -> tuple[Line, ...]:
    """Give a line for each setting, the present and the best one marked; nothing where only the present is known.

    Of a long list those with the best margins are shown, and the present one.
    """
    if len(settings) < 2:
        return ()
    best_first = sorted(settings, key=lambda one: (not one.is_current, -(one.margin_per_day or 0.0)))
    shown = sorted(best_first[:SHOWN], key=lambda one: one.power_w)
    return tuple(
        Line(
            section="other settings",
            term=one.name + (" (now)" if one.is_current else " (best)" if one.is_best else ""),
            how=f"{one.hashrate_hs / 1e12:.6g} TH/s at {one.power_w:.0f} W, {ORIGIN_WORDS[one.origin]}",
            value=one.margin_per_day,
            unit=f"{currency}/day",
        )
        for one in shown
    )
