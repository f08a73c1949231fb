"""What the operator says of a feeder and its racks, as far as capacity needs it. Pure."""

import msgspec


class FeederPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder as contracted and built; watts and bit/s, None where the operator did not say.

    `award_w` is load that was sold as a reserve: it must keep running, and be there to be interrupted.
    `auxiliary_w` hangs behind the meter and is no device; `loss_ratio` is lost between meter and devices.
    """

    id: str
    contracted_w: float
    name: str = ""
    reserve_w: float = 0.0
    breaker_w: float | None = None
    award_w: float = 0.0
    auxiliary_w: float = 0.0
    loss_ratio: float = 0.0
    cooling: str | None = None
    cooling_capacity_w: float | None = None
    is_firm: bool = True
    redundancy: str = "N"
    uplink_bps: float | None = None
    diverse_paths: int | None = None
    energy_source: str | None = None
    ramp_w_per_min: float | None = None


class RackPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rack: where it stands in its row, and the watts that it can take."""

    id: str
    feeder: str | None = None
    row: str | None = None
    position: int | None = None
    slots: int | None = None
    cooling: str | None = None
    power_w: float | None = None


class RackCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many devices stand in a rack, how many of them are unprofitable, and what those draw."""

    devices: int = 0
    unprofitable: int = 0
    unprofitable_w: float = 0.0
