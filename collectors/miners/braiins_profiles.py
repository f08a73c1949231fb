"""The profiles that the tuner of Braiins OS has worked out: what the device hashed and drew at each target."""

from collections.abc import Iterator, Mapping
from typing import Any

from collectors import opening
from collectors.errors import CollectError
from collectors.presets import Entry, settings
from collectors.reading import PowerSetting
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

PAGE = "/api/v1/performance/target-profiles"
# The tuner adds one when it has settled at a target that it never had before.
_EVERY_S = 21_600.0


async def every_profile(ask: Ask, *, login: opening.LogIn) -> tuple[PowerSetting, ...]:
    """Give the profiles, from the second reading on: the first one has enough to ask.

    A page that is not there, or does not open, is no complaint: the reading lacks nothing.
    """
    if not ask.memory.get("profiles"):
        ask.memory["profiles"] = True
        return ()

    async def fetch() -> tuple[PowerSetting, ...]:
        try:
            page = mapping(await opening.got(ask, PAGE, login=login))
        except CollectError:
            return ()
        return settings(_profiles(ask.fields, page))

    found: tuple[PowerSetting, ...] | None = await ask.seldom(f"GET {PAGE}", fetch, every_s=_EVERY_S)
    return found or ()


def _profiles(fields: Fields, page: Mapping[str, Any]) -> Iterator[Entry]:
    """Read what was measured under either kind of target; the watts are estimated as those of the device's figures."""
    for kind, unit in (("power_target_profiles", "watt"), ("hashrate_target_profiles", "terahash_per_second")):
        for one in map(mapping, listing(page.get(kind))):
            target = fields.positive(mapping(one.get("target")), unit)
            rate = fields.positive(mapping(one.get("measured_hashrate")), "gigahash_per_second", times=1e9)
            watts = fields.positive(mapping(one.get("estimated_power_consumption")), "watt")
            if target:
                aimed_w = target if unit == "watt" else None
                yield Entry(f"{target:.0f} {'W' if aimed_w else 'TH/s'}", rate, watts, aimed_w)
