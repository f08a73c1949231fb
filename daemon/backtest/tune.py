"""Band and dwell proposed for a site's own series: found on its first half, measured on its second. Pure."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import msgspec

from daemon.backtest.money import Known, Outcome, Span, outcomes
from daemon.backtest.play import Course
from daemon.backtest.series import Series
from daemon.economics.curtailment import Policy
from daemon.economics.tuning import tuned
from daemon.rules.wording import duration

LEAST_ROWS = 200


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in rows of the series, the same as settings of rule P-08, and both halves' money.

    The strike of `policy` is one: what is switched by is cost over revenue. `kind` is the kind of device that it was
    found for, the one that draws most.
    """

    kind: str
    policy: Policy
    settings: dict[str, Any]
    found_on: list[Outcome]
    measured_on: list[Outcome]


def proposal(
    series: Series, courses: Sequence[Course], *, restart_loss: float, known: Known = "previous"
) -> Proposal | None:
    """Find a policy on the first half of the rows; None when the series is too short, or never known.

    It is found by cost over revenue of the kind that draws most; `known` is the row that each decision knows.
    """
    middle = len(series.times) // 2
    main = max(courses, key=lambda course: (course.batch.power_w or 0.0) * course.batch.count)
    ratios = [ratio for ratio in main.ratio[:middle] if not isnan(ratio)]
    if len(ratios) < LEAST_ROWS:
        return None
    policy = tuned(
        ratios,
        strike=1.0,
        hours=series.interval_s / 3600.0,
        restart_loss=restart_loss,
        seen=ratios if known == "own" else None,
    ).policy
    halves = [
        outcomes(
            series,
            courses,
            span=Span(first=first, last=last, known=known, restart_loss=restart_loss),
            policy=policy,
            policy_name="tuned",
        )
        for first, last in ((0, middle), (middle, len(series.times)))
    ]
    return Proposal(
        kind=main.batch.model,
        policy=policy,
        settings=settings_of(policy, interval_s=series.interval_s),
        found_on=halves[0],
        measured_on=halves[1],
    )


def settings_of(policy: Policy, *, interval_s: float) -> dict[str, Any]:
    """Write a policy as settings of P-08: so many rows in a row last one step less."""
    return {
        "band": f"{100 * policy.band:g}%",
        "for": duration((policy.n_off - 1) * interval_s),
        "clear_for": duration((policy.n_on - 1) * interval_s),
        "dwell": duration(policy.min_off * interval_s),
    }
