"""What a signal says at an instant: a value that may be used, or the reason why there is none."""

from typing import Literal

import msgspec

SignalState = Literal["ok", "stale", "stuck", "missing", "suspect", "out_of_bounds", "not_a_number"]
STATES: tuple[SignalState, ...] = ("ok", "stale", "stuck", "missing", "suspect", "out_of_bounds", "not_a_number")


class SignalReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One named number at one instant.

    `value` is in the base unit of its dimension, which `unit` spells out, and None unless `state` is `ok`. `at` is the
    epoch time of the newest believed value and `changed_at` the time since which it has been the same; both None before
    the first. `reason` says in words why there is no value, or why it is another source's. `source` is the signal that
    gave the value: the signal itself or one of its fallbacks. `sources` are all fresh values from sources that measure
    (fixed ones do not count), by signal. `is_fixed` when the value was written into the configuration.

    The states: `missing` nothing has come yet; `stale` nothing new for longer than it may be used; `stuck`
    it comes anew and has been the very same for longer than is believed; `suspect` it jumped
    further than is believed at once; `out_of_bounds` it lies outside its limits; `not_a_number` it is none.
    """

    name: str
    value: float | None
    unit: str
    state: SignalState
    currency: str | None = None
    at: float | None = None
    changed_at: float | None = None
    reason: str = ""
    source: str = ""
    is_fixed: bool = False
    sources: dict[str, float] = {}

    def age_s(self, now: float) -> float | None:
        """Give the age of the value; None when there has been none, zero for a fixed one."""
        if self.is_fixed:
            return 0.0
        return None if self.at is None else max(now - self.at, 0.0)
