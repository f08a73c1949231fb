"""One meter a feeder: what its devices draw at the wall, what else hangs on it, losses, and a meter's own noise."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from simulator.devices.device import Device
from simulator.physics.dice import Dice
from simulator.plan import FeederPlan

LOSS_RATIO = 0.01
KINDS = MappingProxyType(
    {
        "stuck": "the last reading for ever, and its time with it",
        "negative": "wired the wrong way round",
        "zero": "reads nothing",
        "nan": "no number at all",
        "text": "words where numbers belong",
        "unexplained": "something else of 15 % draws power on the feeder",
        "missing": "HTTP 404",
        "error": "HTTP 500",
        "silent": "accepts and never answers",
    }
)
_NOISE = 0.002
_UNEXPLAINED = 0.15


class Meter:
    """The meter of one feeder; energy counts from its making."""

    def __init__(
        self, feeder: FeederPlan, devices: Sequence[Device], *, now: Callable[[], float], seed: int | str
    ) -> None:
        self.kind: str | None = None
        self.feeder = feeder
        self._devices = devices
        self._dice = Dice(f"meter {seed} {feeder.id}")
        self._now = now
        self._read_at_s = now()
        self._energy_kwh = 0.0
        self._frozen: dict[str, Any] | None = None

    def misbehave(self, kind: str | None) -> None:
        """Take on a misbehaviour; None makes it well. ValueError on unknown kinds."""
        if kind is not None and kind not in KINDS:
            raise ValueError(f"unknown meter misbehaviour {kind!r}; there are: {', '.join(KINDS)}")
        self.kind = None
        self._frozen = self.reading() if kind == "stuck" else None
        self.kind = kind

    def power_w(self) -> float:
        """Give what the feeder truly carries at this moment."""
        drawn_w = sum(device.machine.power_w for device in self._devices)
        extra_w = _UNEXPLAINED * drawn_w if self.kind == "unexplained" else 0.0
        return (drawn_w + extra_w) * (1.0 + LOSS_RATIO) + self.feeder.auxiliary_w

    def reading(self) -> dict[str, Any]:
        """Give the meter's document: kW now, kWh since it was made, and when."""
        if self._frozen is not None:
            return self._frozen
        now, power_w = self._now(), self.power_w()
        self._energy_kwh += power_w / 1000.0 * max(0.0, now - self._read_at_s) / 3600.0
        self._read_at_s = now
        shown_kw: Any = round(power_w / 1000.0 * (1.0 + _NOISE * self._dice.gauss()), 4)
        changes: dict[str, Callable[[float], Any]] = {
            "negative": lambda kw: -kw,
            "zero": lambda _: 0.0,
            "text": lambda _: "overload",
        }
        change = changes.get(self.kind or "")
        return {
            "feeder": self.feeder.id,
            "kw": change(shown_kw) if change else shown_kw,
            "kwh": round(self._energy_kwh, 5),
            "at": int(now),
        }


def meters(
    feeders: Sequence[FeederPlan], devices: Mapping[str, Device], *, now: Callable[[], float], seed: int | str
) -> dict[str, Meter]:
    """Make the meters of a site, by feeder."""
    return {
        feeder.id: Meter(
            feeder, [one for one in devices.values() if one.identity.feeder == feeder.id], now=now, seed=seed
        )
        for feeder in feeders
    }
