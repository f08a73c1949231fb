"""What the meters of feeders say of the devices' own watts, model by model, gathered over days. Pure.

A meter errs by its own calibration however long one looks, so that a feeder is one witness. What its meter showed is
kept as means of the last days, one for each composition in which its devices ran: two of them, such as with and
without the half that is curtailed, tell models apart that one cannot. While nearly everything sleeps the meter shows
what else draws power, which no device can be blamed for.

Only hours count in which a feeder is plain: its meter fresh, every device heard, none of unknown watts, and no finding
about load that is missing or unexplained: what is stolen is nobody's bias.
"""

from typing import Any

import msgspec

from daemon.economics.bias import Bias, judged, learnt_biases
from daemon.fleet import DeviceState
from daemon.rules.history.claims import Claims, group_of
from daemon.rules.history.metered import Dark, FeederPast

VERSION = 2
LONGEST_STEP_S = 120.0
AGAIN_S = 900.0
# Cooling may run on for a while after the last device has gone to sleep.
SETTLE_S = 1200.0
# Beyond this it is no bias but a fault: a wrong multiplier, or boards that report for each other.
LARGEST = 0.25


class PastsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything written down, with the version of this form."""

    version: int
    feeders: dict[str, FeederPast]


class PowerBias:
    """Feed it every survey of a plain feeder, and of a dark one; `biases` has what meters tell, by group."""

    def __init__(self) -> None:
        self.biases: dict[str, Bias] = {}
        self._feeders: dict[str, FeederPast] = {}
        self._learnt_at: float | None = None

    def feed(
        self, feeder: str, claims: Claims, *, now: float, meter_w: float, auxiliary_w: float, loss_ratio: float
    ) -> None:
        """Take in one survey of one feeder, in watts."""
        past, step = self._stepped(feeder, now)
        past.auxiliary_w, past.loss_ratio = auxiliary_w, loss_ratio
        left_w = (meter_w - auxiliary_w) / (1.0 + loss_ratio) - claims.other_w - claims.asleep_w
        if 0.0 < step <= LONGEST_STEP_S and claims.groups and left_w > 0.0:
            past.take(claims, now=now, step=step, meter_w=meter_w)

    def feed_dark(self, feeder: str, claims: Claims, *, now: float, meter_w: float) -> None:
        """Take in one survey of a feeder whose devices sleep, and whose cooling has run down."""
        past, step = self._stepped(feeder, now)
        if 0.0 < step <= LONGEST_STEP_S:
            past.dark.take(claims, now=now, step=step, meter_w=meter_w)

    def dark(self, feeder: str) -> Dark | None:
        """Give what a feeder was seen to draw in the dark; None until it was for long enough."""
        past = self._feeders.get(feeder)
        return None if past is None else past.known_dark

    def keep_feeders(self, feeders: frozenset[str]) -> None:
        """Forget feeders that are not configured any more."""
        self._feeders = {name: past for name, past in self._feeders.items() if name in feeders}

    def learn(self, now: float) -> bool:
        """Work the biases out anew, at most every quarter of an hour; True when they are others than before."""
        if self._learnt_at is not None and 0.0 <= now - self._learnt_at < AGAIN_S:
            return False
        self._learnt_at = now
        seen = [witness for past in self._feeders.values() if (witness := past.witness()) is not None]
        found = {
            name: judged(bias, grade=name.rpartition(", ")[2], largest=LARGEST)
            for name, bias in learnt_biases(seen).items()
        }
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
        return msgspec.msgpack.encode(PastsRecord(version=VERSION, feeders=self._feeders))

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, in place of what is known; raises ValueError for anything else."""
        try:
            version = msgspec.msgpack.decode(written, type=dict[str, Any])["version"]
            if version != VERSION:
                raise ValueError(f"biases of version {version}; this program knows {VERSION}")
            self._feeders = msgspec.msgpack.decode(written, type=PastsRecord).feeders
        except (msgspec.MsgspecError, KeyError) as error:
            raise ValueError(f"not the biases: {error}") from error

    def _stepped(self, feeder: str, now: float) -> tuple[FeederPast, float]:
        """Give a feeder's past and the seconds since it was fed."""
        past = self._feeders.setdefault(feeder, FeederPast(at=now))
        step, past.at = now - past.at, now
        return past, step
