"""What the meters of feeders say of the devices' own watts, model by model, gathered over days. Pure.

A meter errs by its own calibration however long one looks, so that a feeder is one witness, whose figures are means
of the last days. Only hours count in which a feeder is plain: its meter fresh, every device heard, none of unknown
watts, and no finding about load that is missing or unexplained: what is stolen is nobody's bias.
"""

from collections.abc import Mapping
from math import exp, sqrt
from typing import Any

import msgspec

from daemon.economics.bias import Bias, Observation, learnt_biases
from daemon.economics.verdict import COMMON_ERROR_RATIO, POWER_ERROR_RATIO
from daemon.fleet import DeviceState
from daemon.rules.survey.models import model_key

VERSION = 1
WINDOW_S = 7 * 86400.0
KNOWN_S = 86400.0
LONGEST_STEP_S = 120.0
AGAIN_S = 900.0
METER_ERROR_RATIO = 0.01
# How wrong the configuration's own words on losses and auxiliaries may be.
LOSS_ERROR, AUXILIARY_ERROR = 0.25, 0.10
# Beyond this it is no bias but a fault: a wrong multiplier, or boards that report for each other.
LARGEST = 0.25
LEARNT_GRADES = frozenset({"reported", "estimated", "spec"})


class Claims(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Watts that hashing devices of one feeder claim, by group; `other_w` are those of all the rest, known better."""

    groups: dict[str, float] = {}
    variance: float = 0.0
    other_w: float = 0.0
    other_variance: float = 0.0

    def add(self, device: DeviceState) -> None:
        """Count one device that answers and tells its watts."""
        power_w, group = device.power_w or 0.0, group_of(device)
        error = POWER_ERROR_RATIO.get(device.power_grade, 0.1) * power_w
        if group is None:
            self.other_w += power_w
            self.other_variance += error * error
        else:
            self.groups[group] = self.groups.get(group, 0.0) + power_w
            self.variance += error * error


class Witness(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One feeder's fading means: watts left for the groups, what each claims, and the variance of all that errs."""

    seconds: float = 0.0
    at: float = 0.0
    left_w: float = 0.0
    variance: float = 0.0
    claims: dict[str, float] = {}


class WitnessesRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything written down, with the version of this form."""

    version: int
    feeders: dict[str, Witness]


class PowerBias:
    """Feed it every survey of a plain feeder; `biases` has what is sure enough to be used, by group."""

    def __init__(self) -> None:
        self.biases: dict[str, Bias] = {}
        self._feeders: dict[str, Witness] = {}
        self._learnt_at: float | None = None

    def feed(
        self, feeder: str, claims: Claims, *, now: float, meter_w: float, auxiliary_w: float, loss_ratio: float
    ) -> None:
        """Take in one survey of one feeder, in watts."""
        witness = self._feeders.setdefault(feeder, Witness(at=now))
        step, witness.at = now - witness.at, now
        if not 0.0 < step <= LONGEST_STEP_S or not claims.groups:
            return
        left_w = (meter_w - auxiliary_w) / (1.0 + loss_ratio) - claims.other_w
        if left_w <= 0.0:
            return
        variance = (
            (METER_ERROR_RATIO * meter_w) ** 2
            + (AUXILIARY_ERROR * auxiliary_w) ** 2
            + (LOSS_ERROR * loss_ratio * meter_w) ** 2
            + claims.variance
            + claims.other_variance
        )
        keep = exp(-step / WINDOW_S)
        seconds = witness.seconds * keep + step
        share = step / seconds
        witness.left_w += share * (left_w - witness.left_w)
        witness.variance += share * (variance - witness.variance)
        names = witness.claims.keys() | claims.groups.keys()
        witness.claims = {
            name: witness.claims.get(name, 0.0) + share * (claims.groups.get(name, 0.0) - witness.claims.get(name, 0.0))
            for name in names
        }
        witness.seconds = seconds

    def keep_feeders(self, feeders: frozenset[str]) -> None:
        """Forget feeders that are not configured any more."""
        self._feeders = {name: witness for name, witness in self._feeders.items() if name in feeders}

    def learn(self, now: float) -> bool:
        """Work the biases out anew, at most every quarter of an hour; True when they are others than before."""
        if self._learnt_at is not None and 0.0 <= now - self._learnt_at < AGAIN_S:
            return False
        self._learnt_at = now
        seen = [
            Observation(metered_w=one.left_w, claimed_w=one.claims, sd_w=sqrt(one.variance))
            for one in self._feeders.values()
            if one.seconds >= KNOWN_S
        ]
        found = {name: bias for name, bias in learnt_biases(seen).items() if _is_sure(name, bias)}
        found = {name: msgspec.structs.replace(bias, name=name) for name, bias in found.items()}
        changed = found != self.biases
        self.biases = found
        return changed

    def of(self, device: DeviceState) -> Bias | None:
        """Give what a device's own watts are off by in common; None where no meter has told."""
        if not self.biases:
            return None
        group = group_of(device)
        return None if group is None else self.biases.get(group)

    def export_state(self) -> bytes:
        """Write everything down (MessagePack), to be handed to `restore_state` after a restart."""
        return msgspec.msgpack.encode(WitnessesRecord(version=VERSION, feeders=self._feeders))

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, in place of what is known; raises ValueError for anything else."""
        try:
            version = msgspec.msgpack.decode(written, type=dict[str, Any])["version"]
            if version != VERSION:
                raise ValueError(f"biases of version {version}; this program knows {VERSION}")
            self._feeders = msgspec.msgpack.decode(written, type=WitnessesRecord).feeders
        except (msgspec.MsgspecError, KeyError) as error:
            raise ValueError(f"not the biases: {error}") from error


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


def _is_sure(name: str, bias: Bias) -> bool:
    """Tell whether a learnt bias says more than the grade alone, and is one."""
    grade = name.rpartition(", ")[2]
    return bias.error_ratio < COMMON_ERROR_RATIO.get(grade, 0.0) and abs(bias.ratio) <= LARGEST
