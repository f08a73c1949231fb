"""The air (or the coolant) that reaches a rack: a day curve, warmest in mid-afternoon."""

import math

import msgspec

_DAY_S = 86400.0
_WARMEST_S = 15 * 3600.0


class Weather(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place's day: mean and half swing in °C, and how far its clocks are ahead of UTC in seconds."""

    mean_c: float = 23.0
    swing_c: float = 4.0
    ahead_of_utc_s: float = 0.0

    def ambient_c(self, at_s: float) -> float:
        """Give the inlet temperature at an epoch time."""
        phase = (at_s + self.ahead_of_utc_s - _WARMEST_S) / _DAY_S
        return self.mean_c + self.swing_c * math.cos(2.0 * math.pi * phase)
