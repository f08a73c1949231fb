"""Heat: chips warm with load and ambient, fans follow the chips, and power follows both. No chance in here."""

import math

import msgspec

CHIP_LIMIT_C = 118.0
"""No simulated chip gets hotter: real ones have cut their own power long before."""

_LONGEST_STEP_S = 5.0
_MOST_STEPS = 60
_CHIP_LAG_S = 90.0
_FAN_LAG_S = 15.0
_FAN_GAIN_PER_C = 1 / 25
_LEAK_PER_C = 0.0015


class Cooling(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a model is cooled: chip rise over the inlet in °C at full heat and airflow 1, and the goal its fans hold."""

    rise_c: float = 30.0
    goal_c: float = 68.0
    fans: bool = True


class Thermals:
    """Chip temperature and fan duty of one machine, stepped by time; both stand still when time does."""

    __slots__ = ("chip_c", "cooling", "duty_ratio", "inlet_c")

    def __init__(self, cooling: Cooling, *, inlet_c: float, heat_ratio: float) -> None:
        self.cooling = cooling
        self.inlet_c = inlet_c
        self.duty_ratio = 0.55 if cooling.fans else 0.0
        self.chip_c = inlet_c
        for _ in range(8):
            self.step(120.0, inlet_c=inlet_c, heat_ratio=heat_ratio)

    def step(self, seconds: float, *, inlet_c: float, heat_ratio: float, airflow: float = 1.0) -> None:
        """Let time pass: `heat_ratio` is the heat over the nameplate's, `airflow` below 1 a blocked intake."""
        self.inlet_c = inlet_c
        if seconds <= 0.0:
            return
        steps = min(_MOST_STEPS, max(1, math.ceil(seconds / _LONGEST_STEP_S)))
        length = seconds / steps
        chip_share = 1.0 - math.exp(-length / _CHIP_LAG_S)
        fan_share = 1.0 - math.exp(-length / _FAN_LAG_S)
        rise_c, goal_c, fans = self.cooling.rise_c * heat_ratio, self.cooling.goal_c, self.cooling.fans
        chip_c, duty = self.chip_c, self.duty_ratio
        for _ in range(steps):
            flow = (0.25 + 0.75 * duty if fans else 1.0) * airflow
            chip_c += (min(inlet_c + rise_c / flow, CHIP_LIMIT_C) - chip_c) * chip_share
            if fans:
                wanted = 0.55 + (chip_c - goal_c) * _FAN_GAIN_PER_C
                duty += (min(1.0, max(0.15, wanted)) - duty) * fan_share
        self.chip_c, self.duty_ratio = chip_c, duty

    @property
    def board_c(self) -> float:
        """The temperature of the circuit board, between the inlet's and the chips'."""
        return self.inlet_c + 0.72 * (self.chip_c - self.inlet_c)

    @property
    def outlet_c(self) -> float:
        """The temperature of what leaves the machine."""
        return self.inlet_c + 0.4 * (self.chip_c - self.inlet_c)

    def power_w(self, nameplate_w: float, *, load: float) -> float:
        """Give the wall power at `load` (1 = all boards hash): hotter chips leak more, fans cost their cube."""
        standby_w = 0.012 * nameplate_w
        fans_w = 0.04 * nameplate_w * self.duty_ratio**3 if self.cooling.fans else 0.0
        leak = 1.0 + _LEAK_PER_C * (self.chip_c - self.cooling.goal_c)
        return standby_w + fans_w + 0.98 * nameplate_w * load * leak
