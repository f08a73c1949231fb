"""The site's and the feeders' sums by UTC hour: from the devices' accounts, the meters, and what the hashes earned."""

from array import array
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from daemon.books.account import FIELDS as DEVICE_FIELDS
from daemon.books.calendar import HOUR_S
from daemon.ledger.records import DeviceDay, SiteHour

SITE: Final = ""
LONGEST_GAP_S: Final = 120.0
"""Time between two surveys beyond which nobody watched."""
FIELDS: Final = tuple(name for name in SiteHour.__struct_fields__ if name not in ("scope", "hour"))
_METER: Final = FIELDS.index("meter_j")
_MINED: Final = FIELDS.index("mined_btc")
_CARBON: Final = FIELDS.index("carbon_g")
_WATCHED: Final = FIELDS.index("watched_s")
_CURTAILED: Final = FIELDS.index("curtailed_s")
_EXCUSED: Final = FIELDS.index("excused_s")
_SHARED: Final = tuple(
    (FIELDS.index(name), DEVICE_FIELDS.index(name) + 2)
    for name in ("energy_j", "hashes", "revenue", "energy_cost", "demand_cost", "hosting_cost", "maintenance_cost")
)


class Outlook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one survey knows: meters in watts and carbon in g/kWh by feeder, the rest for the site.

    `btc_per_hash` is what a hash is worth by the network's own hashprice. `curtailed` and `excused` name devices,
    racks, feeders, or the site, that are to stand still or are in maintenance as a whole; `is_eased` says that the
    site is to draw less than it can, whatever makes room. None and absent mean not known.
    """

    meters_w: Mapping[str, float | None] = {}
    site_meter_w: float | None = None
    btc_per_hash: float | None = None
    carbon_g_per_kwh: float | None = None
    feeder_carbon_g_per_kwh: Mapping[str, float] = {}
    pue: float = 1.0
    curtailed: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()
    is_eased: bool = False


class Hours:
    """Sums of the open hours, by hour and scope."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str], array[float]] = {}
        self._outlook = Outlook()
        self._surveyed_at: float | None = None

    def add(self, row: DeviceDay, *, hour: int, feeder: str | None) -> None:
        """Add what a device did in a part of an hour to its feeder's hour and the site's."""
        outlook = self._outlook
        values = msgspec.structs.astuple(row)
        mined = 0.0 if outlook.btc_per_hash is None else row.hashes * outlook.btc_per_hash
        intensity = outlook.feeder_carbon_g_per_kwh.get(feeder or SITE, outlook.carbon_g_per_kwh)
        carbon = 0.0 if intensity is None else row.energy_j / 3.6e6 * outlook.pue * intensity
        for scope in (SITE, feeder) if feeder else (SITE,):
            sums = self._of(hour, scope)
            for place, source in _SHARED:
                sums[place] += values[source]
            sums[_MINED] += mined
            sums[_CARBON] += carbon

    def survey(self, outlook: Outlook, *, now: float, site: str) -> None:
        """Take a survey: the time since the last one was watched, and meters ran straight from one to the other."""
        before, then = self._outlook, self._surveyed_at
        self._outlook, self._surveyed_at = outlook, now
        if then is None or not 0.0 < now - then <= LONGEST_GAP_S:
            return
        scopes: list[tuple[str, str, float | None, float | None]] = [
            (SITE, site, before.site_meter_w, outlook.site_meter_w)
        ]
        scopes += [(feeder, feeder, before.meters_w.get(feeder), watts) for feeder, watts in outlook.meters_w.items()]
        at = then
        while at < now:
            hour = int(at // HOUR_S)
            until = min(now, (hour + 1) * HOUR_S)
            for scope, name, was_w, is_w in scopes:
                sums = self._of(hour, scope)
                sums[_WATCHED] += until - at
                if was_w is not None and is_w is not None:
                    sums[_METER] += (was_w + is_w) / 2 * (until - at)
                if before.is_eased or name in before.curtailed or site in before.curtailed:
                    sums[_CURTAILED] += until - at
                if name in before.excused or site in before.excused:
                    sums[_EXCUSED] += until - at
            at = until

    def take(self) -> Iterator[SiteHour]:
        """Take the sums out."""
        sums, self._sums = self._sums, {}
        for (hour, scope), values in sums.items():
            yield SiteHour(hour=hour, scope=scope, **dict(zip(FIELDS, values, strict=True)))

    def _of(self, hour: int, scope: str) -> "array[float]":
        sums = self._sums.get((hour, scope))
        if sums is None:
            sums = self._sums[hour, scope] = array("d", bytes(8 * len(FIELDS)))
        return sums
