"""The three-valued verdict: what a margin means when its error is known, and in words what would decide it."""

from math import hypot
from typing import Literal

Verdict = Literal["profitable", "unprofitable", "undecided", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("profitable", "unprofitable", "undecided", "unknown")

# One standard deviation of a wattage, relative, by how the watts are known; "unknown" is left out on purpose.
POWER_ERROR_RATIO: dict[str, float] = {
    "metered": 0.01,
    "branch": 0.02,
    "reported": 0.05,
    "estimated": 0.08,
    "spec": 0.10,
}
# The part of a grade's error that all devices of one model and firmware share, and that numbers therefore do not
# cure. Our own assumptions, until a meter has taught the bias of a model.
COMMON_ERROR_RATIO: dict[str, float] = {
    "metered": 0.005,
    "branch": 0.01,
    "reported": 0.02,
    "estimated": 0.04,
    "spec": 0.05,
}
# One-sided 95 %: the margin must be this many standard deviations away from zero.
DECIDED_SD = 1.645

REASON: dict[Verdict, str] = {
    "profitable": "It earns more than it costs, by more than the figures can be wrong.",
    "unprofitable": "It costs more than it earns, by more than the figures can be wrong.",
}
HASHES_NOTHING = "It draws power and hashes nothing."
AT_BREAK_EVEN = "The margin is smaller than its error even with a meter: it runs at its break-even."
HASHRATE_WOULD_DECIDE = (
    "The margin is smaller than its error; a longer window of its hashrate, or a day of its shares, would decide."
)
METER_WOULD_DECIDE: dict[str, str] = {
    "branch": "The margin is smaller than its error; a meter of its own instead of a shared one would decide.",
    "reported": "The margin is smaller than its error; a meter would decide, its power supply's own figure cannot.",
    "estimated": "The margin is smaller than its error; a meter would decide, the firmware's estimate cannot.",
    "spec": "The margin is smaller than its error; a meter would decide, the data sheet's watts cannot.",
}


def verdict(margin: float, *, sd: float) -> Verdict:
    """Profitable or unprofitable when the margin is more than 1.645 standard deviations from zero, else undecided.

    Both in the same money per day. Any NaN gives undecided, so a broken number never decides.
    """
    bound = DECIDED_SD * sd
    if margin > bound:
        return "profitable"
    if margin < -bound:
        return "unprofitable"
    return "undecided"


def what_would_decide(*, margin: float, revenue: float, power_cost: float, grade: str, hashrate_error: float) -> str:
    """Say in one sentence which measurement would decide an undecided margin, all in money per day.

    A meter is named when its error would leave the margin decided as it stands; a longer look at the hashrate when the
    hashrate is the larger doubt and would do the same; otherwise the device simply runs at its break-even.
    """
    metered = POWER_ERROR_RATIO["metered"]
    earned = revenue * hashrate_error
    distance = abs(margin)
    if grade in METER_WOULD_DECIDE and distance > DECIDED_SD * hypot(earned, power_cost * metered):
        return METER_WOULD_DECIDE[grade]
    if earned and distance > DECIDED_SD * abs(power_cost) * POWER_ERROR_RATIO.get(grade, metered):
        return HASHRATE_WOULD_DECIDE
    return AT_BREAK_EVEN
