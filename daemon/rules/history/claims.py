"""What the devices of one feeder claim to draw, by the groups that share a bias. Pure."""

from collections.abc import Mapping

import msgspec

from daemon.economics.bias import own_error_ratio
from daemon.economics.verdict import POWER_ERROR_RATIO
from daemon.fleet import DeviceState
from daemon.rules.survey.models import model_key

LEARNT_GRADES = frozenset({"reported", "estimated", "spec"})
# A device asleep that does not tell its watts (LuxOS: about 25 W), and how wrong that may be for all of them alike.
SLEEP_W, SLEEP_ERROR_W = 25.0, 12.5
WORST_ERROR = POWER_ERROR_RATIO["spec"]


class Claims(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Watts that hashing devices of one feeder claim, by group, with the variance of what is each device's own error.

    `other_w` are those of all the rest, known better, sleepers among them; `asleep` counts sleepers that tell none.
    """

    groups: dict[str, float] = {}
    variances: dict[str, float] = {}
    other_w: float = 0.0
    other_variance: float = 0.0
    asleep: int = 0

    def add(self, device: DeviceState) -> None:
        """Count one device that answers."""
        power_w, group = device.power_w, group_of(device)
        if power_w is None:
            self.asleep += device.reading is not None and device.reading.state == "sleeping"
        elif group is None:
            self.other_w += power_w
            self.other_variance += (POWER_ERROR_RATIO.get(device.power_grade, WORST_ERROR) * power_w) ** 2
        else:
            self.groups[group] = self.groups.get(group, 0.0) + power_w
            own = own_error_ratio(device.power_grade) * power_w
            self.variances[group] = self.variances.get(group, 0.0) + own * own

    @property
    def asleep_w(self) -> float:
        """What those sleepers are taken to draw that do not tell."""
        return self.asleep * SLEEP_W


def group_of(device: DeviceState) -> str | None:
    """Name the devices that share a bias: model, firmware, and how they know their watts; None for all others."""
    reading = device.reading
    if reading is None or reading.state != "hashing" or device.entry.power_w is not None:
        return None
    model = model_key(reading)
    if not model or device.power_grade not in LEARNT_GRADES:
        return None
    return f"{model} / {reading.firmware_version or 'any firmware'}, {device.power_grade}"


def plain_claims(feeders: Mapping[str, Claims], feeder: str) -> Claims | None:
    """Give a feeder's claims; None without any, or when what stands beside the groups is too much of it."""
    claims = feeders.get(feeder)
    if claims is None or not claims.groups:
        return None
    return claims if claims.other_w <= sum(claims.groups.values()) else None
