"""The configuration as the pure middle wants it: feeders, racks, allowed pools, maintenance windows."""

from collections.abc import Mapping, Sequence
from typing import Self

import msgspec

from config.model import SiteConfig
from config.model.planning import Curtailment, Maintenance
from daemon.capacity.plan import FeederPlan, RackPlan
from daemon.rules.context import AllowedPools


class SitePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change between two reloads."""

    feeders: tuple[FeederPlan, ...]
    racks: tuple[RackPlan, ...]
    row_of: Mapping[str, str]
    cooling: Mapping[str, str]
    allowed: AllowedPools
    meters: Mapping[str, str]
    awards: tuple[tuple[str, float, float, float], ...]
    maintenance: tuple[Maintenance, ...]
    curtailment: tuple[Curtailment, ...]
    site: str

    @classmethod
    def of(cls, config: SiteConfig) -> Self:
        """Take from the configuration what the rules and the capacity need."""
        return cls(
            feeders=tuple(
                FeederPlan(
                    id=feeder.id,
                    contracted_w=feeder.contracted_w,
                    name=feeder.name or "",
                    reserve_w=feeder.reserve_w,
                    breaker_w=feeder.breaker_w,
                    auxiliary_w=feeder.auxiliary_w,
                    loss_ratio=feeder.loss_ratio,
                    cooling=feeder.cooling.kind if feeder.cooling else None,
                    cooling_capacity_w=feeder.cooling.capacity_w if feeder.cooling else None,
                    is_firm=feeder.firm,
                    redundancy=feeder.redundancy,
                    uplink_bps=feeder.uplink_bps,
                    diverse_paths=feeder.diverse_paths,
                    energy_source=feeder.energy_source,
                    ramp_w_per_min=feeder.ramp_w_per_min,
                )
                for feeder in config.feeders
            ),
            racks=tuple(
                RackPlan(
                    id=rack.id,
                    feeder=rack.feeder,
                    row=rack.row,
                    position=rack.position,
                    slots=rack.slots,
                    cooling=rack.cooling,
                    power_w=rack.power_w,
                )
                for rack in config.racks
            ),
            row_of={rack.id: rack.row for rack in config.racks if rack.row},
            cooling={feeder.id: feeder.cooling.kind for feeder in config.feeders if feeder.cooling},
            allowed=AllowedPools(
                [AllowedPools.of_pool(pool.url, user=pool.user) for pool in config.pools],
                also=[entry.allows for entry in config.pools_allowed],
            ),
            meters={feeder.id: feeder.meter for feeder in config.feeders if feeder.meter},
            awards=tuple(
                (award.feeder, award.power_w, award.from_at, award.to_at) for award in config.capacity.reserve_awards
            ),
            maintenance=config.maintenance,
            curtailment=config.curtailment,
            site=config.site.id,
        )

    def award_w(self, feeder: str, *, now: float) -> float:
        """Give the load of a feeder that is sold as a reserve at this moment."""
        return sum(power_w for name, power_w, since, until in self.awards if name == feeder and since <= now < until)

    def in_maintenance(self, now: float) -> frozenset[str]:
        """Name every device, rack and feeder that a window of maintenance covers at this moment."""
        return _covered(self.maintenance, now=now)

    def wakes_at(self, feeder: str, now: float) -> float | None:
        """Give when the planned stop that holds a feeder ends; None when none holds it."""
        ends = [window.to_at for window in self._stops(feeder) if window.from_at <= now < window.to_at]
        return max(ends, default=None)

    def award_clash(self, feeder: str, now: float) -> str:
        """Name a planned stop, present or ahead, that falls into an award of reserve; '' when none does."""
        for window in self._stops(feeder):
            for name, _, since, until in self.awards:
                if name == feeder and window.to_at > now and window.from_at < until and since < window.to_at:
                    return window.id
        return ""

    def _stops(self, feeder: str) -> list[Curtailment]:
        return [
            window
            for window in self.curtailment
            if feeder in window.feeders or not (window.devices or window.racks or window.feeders)
        ]

    def in_curtailment(self, now: float) -> frozenset[str]:
        """Name what a planned curtailment covers at this moment; a window that names nothing covers the site."""
        whole = any(
            window.from_at <= now < window.to_at and not (window.devices or window.racks or window.feeders)
            for window in self.curtailment
        )
        return _covered(self.curtailment, now=now) | ({self.site} if whole else frozenset())


def _covered(windows: Sequence[Maintenance | Curtailment], *, now: float) -> frozenset[str]:
    return frozenset(
        name
        for window in windows
        if window.from_at <= now < window.to_at
        for names in (window.devices, window.racks, window.feeders)
        for name in names
    )
