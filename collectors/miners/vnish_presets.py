"""The watt presets of VNish: the one in force, which its switcher moves, and the list of all that there are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collectors.errors import Denied
from collectors.miners import vnish_pages
from collectors.presets import Entry, settings
from collectors.rate import factor
from collectors.reading import PowerSetting
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

_IN_FORCE, _SETTINGS, _ALL = "/perf-summary", "/settings", "/autotune/presets"
PAGES = (_IN_FORCE, _SETTINGS, _ALL)
_IN_FORCE_EVERY_S, _ALL_EVERY_S = 60.0, 86_400.0
_PRETTY = re.compile(
    r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *w\w* *~ *([0-9]{1,6}(?:\.[0-9]{1,3})?) *([kMGTPE]?H)", re.IGNORECASE
)


async def limit_w(ask: Ask) -> float | None:
    """Give the watts of the preset in force, which the switcher moves below that of the settings; None without one."""
    performance = mapping(await vnish_pages.seldom(ask, _IN_FORCE, every_s=_IN_FORCE_EVERY_S))
    current = performance.get("current_preset")
    if current is not None:
        return _watts(ask.fields, mapping(current), name="name")
    settings = mapping(await vnish_pages.seldom(ask, _SETTINGS))
    return _watts(ask.fields, mapping(mapping(settings.get("miner")).get("overclock")), name="preset")


async def every_preset(ask: Ask) -> tuple[PowerSetting, ...]:
    """Give the presets, from the second reading on: the first one has enough to ask. A closed page is no complaint."""
    if not ask.memory.get("presets"):
        ask.memory["presets"] = True
        return ()
    path = vnish_pages.path(ask, _ALL)

    async def fetch() -> Any:
        try:
            # The page has every chip's frequency; only what is wanted of it is kept for a day.
            return settings(_presets(ask.fields, listing(await vnish_pages.got(ask, _ALL))))
        except Denied:
            return ()

    found: tuple[PowerSetting, ...] | None = await ask.seldom(f"GET {path}", fetch, every_s=_ALL_EVERY_S)
    return found or ()


def _watts(fields: Fields, source: Mapping[str, Any], *, name: str) -> float | None:
    preset = vnish_pages.said(fields.text(source, name))
    return None if preset is None else fields.positive(source, name) or None


def _presets(fields: Fields, page: list[Any]) -> Iterator[Entry]:
    """Read `2550 watt ~ 170 TH`; the fixed frequency promises nothing, and some want another power supply."""
    for one in map(mapping, page):
        if fields.truth(one, "modded_psu_required"):
            continue
        told = _PRETTY.search(fields.text(one, "pretty") or "")
        if told is not None:
            yield Entry(fields.text(one, "name"), float(told[2]) * (factor(told[3]) or 0.0), float(told[1]))
