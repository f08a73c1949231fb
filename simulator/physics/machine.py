"""One pretend machine between two questions: what it hashes, draws, counts and how warm it is. Pure, by seed."""

import math

import msgspec

from simulator.physics.dice import Dice
from simulator.physics.thermals import Cooling, Thermals

WORK_PER_DIFFICULTY = 2.0**32
"""Hashes behind one share of difficulty 1, on average."""

_DRIFT_SD = 0.006
_DRIFT_LAG_S = 1800.0
_WINDOW_SD_AT_1S = 0.065
_REJECTED_SHARE = 0.002
_STALE_SHARE = 0.0007
_HARDWARE_ERRORS_PER_BOARD_S = 0.006


class Build(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a model is made of, in base units; `windows_s` are the averages that its firmware gives."""

    hashrate_hs: float
    power_w: float
    boards: int = 3
    cooling: Cooling = Cooling()
    windows_s: tuple[float, ...] = (5.0, 1800.0)
    warm_up_s: float = 90.0


class Conditions(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is wrong with a machine: all of it healthy by default."""

    asleep: bool = False
    boards_missing: int = 0
    airflow: float = 1.0
    hash_factor: float = 1.0


HEALTHY = Conditions()


class Machine:
    """The state of one machine at one moment; `step` moves it on.

    Counters are of the time since its last boot, as real ones are. `windows_hs` has, by window in seconds, what
    its firmware would show: the mean over the window plus the noise that so short a count of work brings.
    """

    __slots__ = (
        "accepted",
        "at_s",
        "best_share",
        "board_hs",
        "board_quality",
        "booted_at_s",
        "boots",
        "build",
        "dice",
        "drift",
        "hardware_errors",
        "hashes",
        "hashrate_hs",
        "last_share_at_s",
        "load",
        "means_hs",
        "noise",
        "power_bias",
        "power_w",
        "rejected",
        "share_difficulty",
        "stale",
        "thermals",
        "windows_hs",
    )

    def __init__(
        self, build: Build, *, seed: int | str, at_s: float, inlet_c: float, share_difficulty: float, up_s: float = 0.0
    ) -> None:
        """Begin as a machine that has run for `up_s` seconds and settled, or (0) one that was just switched on."""
        self.build = build
        self.dice = dice = Dice(seed)
        self.share_difficulty = share_difficulty
        self.board_quality = [1.0 + 0.012 * dice.gauss() for _ in range(build.boards)]
        self.power_bias = 1.0 + 0.012 * dice.gauss()
        self.boots = 0
        self._power_on(at_s)
        self.thermals = Thermals(build.cooling, inlet_c=inlet_c, heat_ratio=1.0 if up_s else 0.0)
        if up_s > 0.0:
            self._settle(up_s)
        self.step(at_s, inlet_c=inlet_c)

    def _power_on(self, at_s: float) -> None:
        boards = self.build.boards
        self.at_s = self.booted_at_s = at_s
        self.load = self.hashrate_hs = self.hashes = self.power_w = self.drift = 0.0
        self.board_hs = [0.0] * boards
        self.hardware_errors = [0] * boards
        self.accepted = self.rejected = self.stale = 0
        self.best_share = 0.0
        self.last_share_at_s: float | None = None
        windows = len(self.build.windows_s)
        self.means_hs, self.noise = [0.0] * windows, [0.0] * windows
        self.windows_hs = dict.fromkeys(self.build.windows_s, 0.0)

    def _settle(self, up_s: float) -> None:
        """Make the counters those of a machine that has hashed since `up_s` seconds ago."""
        dice, mean_hs = self.dice, self.build.hashrate_hs * sum(self.board_quality) / self.build.boards
        self.booted_at_s = self.at_s - up_s
        self.hashes = mean_hs * max(0.0, up_s - self.build.warm_up_s)
        shares = self.hashes / (self.share_difficulty * WORK_PER_DIFFICULTY)
        self.accepted = dice.poisson(shares)
        self.rejected = dice.poisson(shares * _REJECTED_SHARE)
        self.stale = dice.poisson(shares * _STALE_SHARE)
        self._find(self.accepted, within_s=60.0)
        self.hardware_errors = [dice.poisson(_HARDWARE_ERRORS_PER_BOARD_S * up_s) for _ in self.hardware_errors]
        self.drift = _DRIFT_SD * dice.gauss()
        self.means_hs = [mean_hs] * len(self.means_hs)
        self.noise = [_spread(window_s) * dice.gauss() for window_s in self.build.windows_s]

    def settle(self, conditions: Conditions) -> None:
        """Be as warm, at once, as the conditions make it in the long run, with averages that have long known them."""
        self.step(self.at_s, inlet_c=self.thermals.inlet_c, conditions=conditions)
        for _ in range(6):
            self.thermals.step(240.0, inlet_c=self.thermals.inlet_c, heat_ratio=self.load, airflow=conditions.airflow)
        self.means_hs = [self.hashrate_hs] * len(self.means_hs)
        self.step(self.at_s, inlet_c=self.thermals.inlet_c, conditions=conditions)

    def reboot(self, at_s: float) -> None:
        """Start again: counters at zero, chips still warm, no work until warmed up."""
        self._power_on(at_s)
        self.boots += 1

    def elapsed_s(self) -> float:
        """Give the seconds since the last boot."""
        return self.at_s - self.booted_at_s

    def average_hs(self) -> float:
        """Give the mean hashrate since the last boot."""
        return self.hashes / max(1.0, self.elapsed_s())

    def step(self, at_s: float, *, inlet_c: float, conditions: Conditions = HEALTHY) -> None:
        """Move on to an epoch time; a time that is not later only looks at the conditions anew."""
        build, dice = self.build, self.dice
        seconds = max(0.0, at_s - self.at_s)
        self.at_s += seconds
        up = 0.0 if conditions.asleep else min(1.0, max(0.0, 2.0 * self.elapsed_s() / max(1.0, build.warm_up_s) - 1.0))
        working = max(0, build.boards - conditions.boards_missing)
        if seconds:
            keep = math.exp(-seconds / _DRIFT_LAG_S)
            self.drift = self.drift * keep + _DRIFT_SD * math.sqrt(1.0 - keep * keep) * dice.gauss()
        rate = build.hashrate_hs / build.boards * up * conditions.hash_factor * (1.0 + self.drift)
        self.board_hs = [rate * quality if index < working else 0.0 for index, quality in enumerate(self.board_quality)]
        self.hashrate_hs = sum(self.board_hs)
        self.load = up * working / build.boards * (0.35 + 0.65 * conditions.hash_factor)
        self.thermals.step(seconds, inlet_c=inlet_c, heat_ratio=self.load, airflow=conditions.airflow)
        self.power_w = self.thermals.power_w(build.power_w, load=self.load) * self.power_bias
        self._average(seconds)
        if seconds:
            self._count(seconds, working=working if up else 0)

    def _average(self, seconds: float) -> None:
        elapsed_s = max(1.0, self.elapsed_s())
        for index, window_s in enumerate(self.build.windows_s):
            span_s = min(window_s, elapsed_s)
            keep = math.exp(-seconds / span_s)
            mean_hs = self.means_hs[index] = self.hashrate_hs + (self.means_hs[index] - self.hashrate_hs) * keep
            noise = self.noise[index] * keep + _spread(span_s) * math.sqrt(1.0 - keep * keep) * self.dice.gauss()
            self.noise[index] = noise
            self.windows_hs[window_s] = mean_hs * (1.0 + noise)

    def _count(self, seconds: float, *, working: int) -> None:
        dice, done = self.dice, self.hashrate_hs * seconds
        self.hashes += done
        shares = done / (self.share_difficulty * WORK_PER_DIFFICULTY)
        found = dice.poisson(shares)
        self.accepted += found
        self.rejected += dice.poisson(shares * _REJECTED_SHARE)
        self.stale += dice.poisson(shares * _STALE_SHARE)
        self._find(found, within_s=seconds)
        for index in range(working):
            self.hardware_errors[index] += dice.poisson(_HARDWARE_ERRORS_PER_BOARD_S * seconds)

    def _find(self, shares: int, *, within_s: float) -> None:
        if shares:
            self.last_share_at_s = self.at_s - self.dice.uniform(0.0, within_s / (shares + 1))
            self.best_share = max(self.best_share, self.share_difficulty * shares / max(1e-9, self.dice.uniform()))


def _spread(span_s: float) -> float:
    """Give the deviation that a mean over so short a span has for want of counted work."""
    return _WINDOW_SD_AT_1S / math.sqrt(span_s)
