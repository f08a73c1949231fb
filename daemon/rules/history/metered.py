"""One metered feeder's past: what its meter showed by composition of its devices, and in the dark. Pure."""

from collections.abc import Mapping
from math import exp, sqrt

import msgspec

from daemon.economics.bias import METER_ERROR_RATIO, Mix, Witness
from daemon.rules.history.claims import SLEEP_ERROR_W, WORST_ERROR, Claims

WINDOW_S = 7 * 86400.0
KNOWN_S = 86400.0
# How wrong the configuration's own words on losses and auxiliaries may be.
LOSS_ERROR, AUXILIARY_ERROR = 0.25, 0.10
# Load on no list that nobody would notice: what the test in the dark lets pass, as a share of the meter.
UNSEEN_RATIO = 0.01
# Meter and devices are not read at the same instant, and no hour is like the next.
NOISE_RATIO = 0.005
# A composition is another one when so large a share of the claimed watts has moved; each must have lasted.
OTHER_MIX, MOST_MIXES, MIX_KNOWN_S = 0.10, 6, 3600.0
# Stops are rare: what a feeder draws in the dark is remembered for long.
DARK_WINDOW_S, DARK_KNOWN_S = 60 * 86400.0, 900.0


class MixPast(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Fading means of one composition: the meter, what is not the groups', and their claims with their variances."""

    seconds: float = 0.0
    at: float = 0.0
    meter_w: float = 0.0
    other_w: float = 0.0
    other_variance: float = 0.0
    claims: dict[str, float] = {}
    variances: dict[str, float] = {}

    def take(self, claims: Claims, *, now: float, step: float, meter_w: float) -> None:
        """Take in one survey that stands for `step` seconds."""
        self.seconds = self.seconds * exp(-max(0.0, now - self.at) / WINDOW_S) + step
        self.at = now
        share = step / self.seconds
        unsure_w = claims.asleep * SLEEP_ERROR_W
        self.meter_w += share * (meter_w - self.meter_w)
        self.other_w += share * (claims.other_w + claims.asleep_w - self.other_w)
        self.other_variance += share * (claims.other_variance + unsure_w * unsure_w - self.other_variance)
        self.claims = _moved(self.claims, claims.groups, share)
        self.variances = _moved(self.variances, claims.variances, share)

    def is_like(self, claims: Claims) -> bool:
        """Tell whether the groups claim about the same, each of them."""
        whole = max(sum(self.claims.values()), sum(claims.groups.values()))
        names = self.claims.keys() | claims.groups.keys()
        moved = sum(abs(self.claims.get(name, 0.0) - claims.groups.get(name, 0.0)) for name in names)
        return moved <= OTHER_MIX * whole


class Dark(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """What a feeder draws while its devices sleep, less what they take asleep: a fading mean and its variance."""

    seconds: float = 0.0
    at: float = 0.0
    load_w: float = 0.0
    variance: float = 0.0

    def take(self, claims: Claims, *, now: float, step: float, meter_w: float) -> None:
        """Take in one survey that stands for `step` seconds; whatever is still awake is taken off as it claims."""
        awake_w = sum(claims.groups.values())
        load_w = meter_w - claims.other_w - claims.asleep_w - awake_w
        variance = (
            (METER_ERROR_RATIO * meter_w) ** 2
            + claims.other_variance
            + (SLEEP_ERROR_W * claims.asleep) ** 2
            + (WORST_ERROR * awake_w) ** 2
        )
        self.seconds = self.seconds * exp(-max(0.0, now - self.at) / DARK_WINDOW_S) + step
        self.at = now
        share = step / self.seconds
        self.load_w += share * (load_w - self.load_w)
        self.variance += share * (variance - self.variance)


class FeederPast(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One feeder: its compositions, its darkness, and the configuration's newest words on auxiliaries and losses."""

    at: float = 0.0
    auxiliary_w: float = 0.0
    loss_ratio: float = 0.0
    mixes: list[MixPast] = []
    dark: Dark = msgspec.field(default_factory=Dark)

    def take(self, claims: Claims, *, now: float, step: float, meter_w: float) -> None:
        """Take in one survey in full or part operation; of too many compositions the shortest is forgotten."""
        mix = next((mix for mix in self.mixes if mix.is_like(claims)), None)
        if mix is None:
            mix = MixPast(at=now)
            if len(self.mixes) >= MOST_MIXES:
                self.mixes.remove(min(self.mixes, key=lambda one: one.seconds))
            self.mixes = [*self.mixes, mix]
        mix.take(claims, now=now, step=step, meter_w=meter_w)

    @property
    def known_dark(self) -> Dark | None:
        """What was seen in the dark; None until it was for long enough."""
        return self.dark if self.dark.seconds >= DARK_KNOWN_S else None

    def witness(self) -> Witness | None:
        """Give what the meter has to say of its devices; None until a day is known."""
        weights = {id(mix): mix.seconds * exp(-max(0.0, self.at - mix.at) / WINDOW_S) for mix in self.mixes}
        known = [mix for mix in self.mixes if weights[id(mix)] >= MIX_KNOWN_S]
        if not known or sum(weights.values()) < KNOWN_S:
            return None
        passed = 1.0 + self.loss_ratio
        most_w = max(mix.meter_w for mix in known)
        offset_w, unseen = 0.0, (UNSEEN_RATIO * most_w) ** 2
        dark = self.known_dark
        if dark is not None:
            # What is listed and does not run in the dark is taken to run with the devices, as it was written.
            offset_w, unseen = max(0.0, dark.load_w - self.auxiliary_w), dark.variance
        claimed: dict[str, float] = {}
        strayed: dict[str, float] = {}
        for mix in known:
            for name, watts in mix.claims.items():
                claimed[name] = claimed.get(name, 0.0) + watts
                strayed[name] = strayed.get(name, 0.0) + sqrt(mix.variances.get(name, 0.0))
        return Witness(
            mixes=tuple(
                Mix(
                    left_w=(mix.meter_w - self.auxiliary_w) / passed - mix.other_w,
                    meter_w=mix.meter_w,
                    claimed_w=mix.claims,
                    noise_w=NOISE_RATIO * mix.meter_w,
                )
                for mix in known
            ),
            gain_ratio=sqrt(METER_ERROR_RATIO**2 + (LOSS_ERROR * self.loss_ratio) ** 2),
            offset_w=offset_w / passed,
            offset_sd_w=sqrt(
                unseen + (AUXILIARY_ERROR * self.auxiliary_w) ** 2 + max(mix.other_variance for mix in known)
            ),
            own_ratio={name: strayed[name] / watts for name, watts in claimed.items() if watts > 0.0},
        )


def _moved(means: Mapping[str, float], newest: Mapping[str, float], share: float) -> dict[str, float]:
    names = means.keys() | newest.keys()
    return {name: means.get(name, 0.0) + share * (newest.get(name, 0.0) - means.get(name, 0.0)) for name in names}
