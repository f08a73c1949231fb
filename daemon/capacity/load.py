"""What stands on one feeder and what it draws, as the survey of the fleet counted it. Pure."""

from math import hypot, sqrt

import msgspec

from daemon.economics.uncertainty import Group


class FeederLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The devices of one feeder at one instant; watts are the devices' own, without cooling and losses.

    `devices_w` sums the answering devices whose watts are known; `unknown_devices` answer but hide their watts, or
    were not asked yet, and `silent_w` are the last known watts of those that do not answer, who may draw them still.
    `independent_w` and `common_w` are the two parts of the error of `devices_w` (one standard deviation): the first
    shrinks with the number of devices, the second, shared by a model's firmware, does not. `freed_w` is drawn by
    devices that are unprofitable, with its error; `undecided_w` by those that might be. `asleep_w` is what
    `asleep_told` of the sleeping say that they draw, and part of `devices_w`.
    """

    feeder: str
    devices: int = 0
    answering: int = 0
    hashing: int = 0
    sleeping: int = 0
    asleep_told: int = 0
    asleep_w: float = 0.0
    starting: int = 0
    lost: int = 0
    lost_reason: str = ""
    devices_w: float = 0.0
    independent_w: float = 0.0
    common_w: float = 0.0
    silent_w: float = 0.0
    unknown_devices: int = 0
    freed_w: float = 0.0
    freed_sd_w: float = 0.0
    undecided_w: float = 0.0
    unprofitable: tuple[str, ...] = ()
    hashrate_hs: float = 0.0
    freed_hashrate_hs: float = 0.0
    revenue_per_day: float = 0.0
    freed_revenue_per_day: float = 0.0
    power_w_by_grade: dict[str, float] = {}

    @property
    def group(self) -> Group:
        """The answering devices as one group in a sum of watts."""
        whole = self.devices_w or 1.0
        return Group(
            power_w=self.devices_w,
            count=1,
            independent_ratio=self.independent_w / whole,
            common_ratio=self.common_w / whole,
        )

    @property
    def sd_w(self) -> float:
        """One standard deviation of `devices_w`."""
        return hypot(self.independent_w, self.common_w)


class LoadCount:
    """Adds devices up for one feeder.

    Variances of independent errors add, common errors add as they stand, also across models: splitting a fleet into
    more groups must not make its error smaller.
    """

    __slots__ = (
        "answering",
        "asleep_told",
        "asleep_w",
        "common_w",
        "devices",
        "devices_w",
        "feeder",
        "freed_common_w",
        "freed_hashrate_hs",
        "freed_revenue_per_day",
        "freed_variance",
        "freed_w",
        "grades",
        "hashing",
        "hashrate_hs",
        "lost",
        "reasons",
        "revenue_per_day",
        "silent_w",
        "sleeping",
        "starting",
        "undecided_w",
        "unknown_devices",
        "unprofitable",
        "variance",
    )

    def __init__(self, feeder: str) -> None:
        self.feeder = feeder
        self.devices = self.answering = self.hashing = self.sleeping = self.starting = self.lost = 0
        self.unknown_devices = self.asleep_told = 0
        self.asleep_w = 0.0
        self.devices_w = self.silent_w = self.variance = self.freed_w = self.freed_variance = self.undecided_w = 0.0
        self.hashrate_hs = self.freed_hashrate_hs = self.revenue_per_day = self.freed_revenue_per_day = 0.0
        self.common_w = self.freed_common_w = 0.0
        self.reasons: dict[str, int] = {}
        self.grades: dict[str, float] = {}
        self.unprofitable: list[str] = []

    def load(self) -> FeederLoad:
        """Give the sums."""
        return FeederLoad(
            feeder=self.feeder,
            devices=self.devices,
            answering=self.answering,
            hashing=self.hashing,
            sleeping=self.sleeping,
            asleep_told=self.asleep_told,
            asleep_w=self.asleep_w,
            starting=self.starting,
            lost=self.lost,
            lost_reason=max(self.reasons, key=lambda reason: (self.reasons[reason], reason), default=""),
            devices_w=self.devices_w,
            independent_w=sqrt(self.variance),
            common_w=self.common_w,
            silent_w=self.silent_w,
            unknown_devices=self.unknown_devices,
            freed_w=self.freed_w,
            freed_sd_w=hypot(sqrt(self.freed_variance), self.freed_common_w),
            undecided_w=self.undecided_w,
            unprofitable=tuple(self.unprofitable),
            hashrate_hs=self.hashrate_hs,
            freed_hashrate_hs=self.freed_hashrate_hs,
            revenue_per_day=self.revenue_per_day,
            freed_revenue_per_day=self.freed_revenue_per_day,
            power_w_by_grade=self.grades,
        )
