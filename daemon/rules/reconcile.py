"""Meter against devices: what the meter should show, and how far off it may be by chance and by bias. Pure."""

from math import hypot

import msgspec

from daemon.capacity.load import FeederLoad

# One standard deviation of a revenue-grade meter with its current transformers.
METER_ERROR_RATIO = 0.005


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the meter should show, what it shows beyond that, and the error of the difference; all in watts."""

    expected_w: float
    gap_w: float
    sd_w: float

    @property
    def z(self) -> float:
        """The gap in standard deviations."""
        return self.gap_w / self.sd_w if self.sd_w else 0.0


def reconcile(
    *,
    meter_w: float,
    devices_w: float,
    independent_w: float,
    common_w: float,
    auxiliary_w: float = 0.0,
    loss_ratio: float = 0.0,
    meter_error_ratio: float = METER_ERROR_RATIO,
) -> Reconciliation:
    """Compare; losses go on top of the devices, the auxiliary load is not subject to them.

    `independent_w` is the part of the devices' error that numbers cure, `common_w` the part that they do not: a bias
    of one model's firmware is the same in a thousand machines.
    """
    expected = devices_w * (1.0 + loss_ratio) + auxiliary_w
    sd = hypot(independent_w, common_w, meter_error_ratio * meter_w)
    return Reconciliation(expected_w=expected, gap_w=meter_w - expected, sd_w=sd)


def feeder_reconciliation(load: FeederLoad, *, meter_w: float, auxiliary_w: float, loss_ratio: float) -> Reconciliation:
    """Compare one feeder's meter with the devices that a survey counted on it."""
    return reconcile(
        meter_w=meter_w,
        devices_w=load.devices_w,
        independent_w=load.independent_w,
        common_w=load.common_w,
        auxiliary_w=auxiliary_w,
        loss_ratio=loss_ratio,
    )
