"""What of a signal is believed: numbers within bounds, no wild jumps, nothing too old. No clock of its own."""

import math

import msgspec

from collectors.signals.number import NotANumber
from collectors.signals.reading import SignalReading, SignalState
from config.dimensions import KINDS, Unit

CONFIRMATIONS = 3  # values in a row that must agree before a jump is believed
WILD_FOR_S = 86_400.0  # how long a value is a measure of what cannot follow it


class Limits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is believed of a signal; bounds in the base unit, None for no limit.

    Without `max_age_s` it is never stale, without `stuck_after_s` it may stay the same for ever. A value of
    `wild_factor` times the one before, or of that part of it, is not believed however often it is repeated.
    """

    max_age_s: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    jump_ratio: float | None = None
    stuck_after_s: float | None = None
    wild_factor: float | None = None


class Guard:
    """Keeps one signal's newest believed value, and why the newest word is not believed if it is not.

    A value that is not believed takes the place of the one before: a source that talks nonsense is not trusted for
    what it said last. A source that merely cannot be reached leaves its last value to grow old.
    """

    def __init__(self, name: str, *, unit: Unit, limits: Limits, is_fixed: bool = False) -> None:
        self.name = name
        self.is_fixed = is_fixed
        self._unit = unit
        self._limits = limits
        self._unit_text = KINDS[unit.dimension].base.replace("currency", unit.currency or "")
        self._value: float | None = None
        self._at: float | None = None
        self._changed_at: float | None = None
        self._doubt: SignalState | None = None
        self._doubt_reason = ""
        self._candidate: float | None = None
        self._seen = 0
        self._failure = ""

    @property
    def has_spoken(self) -> bool:
        """True once its source has given something, or failed, at least one time."""
        return self._at is not None or self._doubt is not None or bool(self._failure)

    def offer(self, digits: str, *, at: float) -> SignalState:
        """Take a number as its source wrote it, in the signal's own unit, for the epoch time `at`; say what it is."""
        value = self._unit.base(digits)
        if not math.isfinite(value):
            return self.refuse(NotANumber(f"{digits} is far too large"))
        self._failure = ""
        limits = self._limits
        for bound, is_out, word in (
            (limits.minimum, limits.minimum is not None and value < limits.minimum, "below"),
            (limits.maximum, limits.maximum is not None and value > limits.maximum, "above"),
        ):
            if is_out:
                return self._doubtful("out_of_bounds", f"{value:.6g} {self._unit_text} is {word} {bound:.6g}")
        if self._is_wild(value, at=at):
            return self._doubtful(
                "suspect",
                f"it went from {self._value:.6g} to {value:.6g} {self._unit_text}, which looks like another unit",
            )
        if self._is_jump(value, at=at) and not self._is_confirmed(value):
            return self._doubtful(
                "suspect",
                f"it jumped from {self._value:.6g} to {value:.6g} {self._unit_text}; "
                f"{self._seen} of {CONFIRMATIONS} values say so",
            )
        if value != self._value:
            self._changed_at = at
        self._value, self._at = value, at
        self._doubt, self._doubt_reason, self._candidate = None, "", None
        return "ok"

    def hold(self, value: float, *, at: float) -> None:
        """Take a value in the base unit that nobody needs to doubt: one that the configuration states."""
        self._value, self._at, self._changed_at = value, at, at

    def refuse(self, error: NotANumber) -> SignalState:
        """Note that the source gave something that is not a number."""
        self._failure = ""
        self._candidate = None
        return self._doubtful("not_a_number", str(error))

    def fail(self, reason: str) -> None:
        """Note that the source could not be asked; what it said last grows old."""
        self._failure = reason

    def judge(self, now: float) -> SignalReading:
        """Say what the signal is worth at an epoch time."""
        if self._doubt is not None:
            return self._reading(self._doubt, reason=self._doubt_reason)
        if self._at is None:
            return self._reading("missing", reason=self._failure or "nothing has come yet")
        age_s = now - self._at
        if self._limits.max_age_s is not None and age_s > self._limits.max_age_s:
            why = f": {self._failure}" if self._failure else ""
            return self._reading("stale", reason=f"its last value is {age_s:.0f} s old{why}")
        same_s = now - (self._at if self._changed_at is None else self._changed_at)
        if self._limits.stuck_after_s is not None and same_s > self._limits.stuck_after_s:
            return self._reading("stuck", reason=f"it has been {self._value:.6g} {self._unit_text} for {same_s:.0f} s")
        return self._reading("ok", reason="")

    def _is_wild(self, value: float, *, at: float) -> bool:
        factor, before = self._limits.wild_factor, self._value
        if factor is None or not before or self._at is None or at - self._at > WILD_FOR_S:
            return False
        return not 1.0 / factor <= value / before <= factor

    def _is_jump(self, value: float, *, at: float) -> bool:
        limits = self._limits
        if limits.jump_ratio is None or self._value is None or self._at is None:
            return False
        if limits.max_age_s is not None and at - self._at > limits.max_age_s:
            return False  # nothing believed is left to compare with
        return not _is_near(value, self._value, limits.jump_ratio)

    def _is_confirmed(self, value: float) -> bool:
        ratio = self._limits.jump_ratio or 0.0
        is_same = self._candidate is not None and _is_near(value, self._candidate, ratio)
        self._seen = self._seen + 1 if is_same else 1
        self._candidate = value
        return self._seen >= CONFIRMATIONS

    def _doubtful(self, state: SignalState, reason: str) -> SignalState:
        if state != "suspect":
            self._candidate = None
        self._doubt, self._doubt_reason = state, reason
        return state

    def _reading(self, state: SignalState, *, reason: str) -> SignalReading:
        value = self._value if state == "ok" else None
        return SignalReading(
            name=self.name,
            value=value,
            unit=self._unit_text,
            currency=self._unit.currency,
            state=state,
            at=self._at,
            changed_at=self._changed_at,
            reason=reason,
            source=self.name,
            is_fixed=self.is_fixed,
            sources={self.name: value} if value is not None and not self.is_fixed else {},
        )


def _is_near(value: float, other: float, ratio: float) -> bool:
    return abs(value - other) <= ratio * abs(other)
