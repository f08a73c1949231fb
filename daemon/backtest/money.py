"""Ways of switching a fleet held against each other over the same series. Pure.

Each decision may know the row before, unless the row's own price is known beforehand; the row in which a device starts
again earns a share less. Rows whose money is not known count for nobody.
"""

import itertools
from collections.abc import Callable, Sequence
from math import isnan
from typing import Final, Literal

import msgspec

from daemon.backtest.play import FLAP_S, Course, Flag
from daemon.backtest.series import Series
from daemon.economics.curtailment import Policy, Switch

Known = Literal["previous", "own"]
NAIVE: Final = Policy(strike=1.0)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of switching would have made; hours and restarts are those of a device, weighted by power.

    `margin` is revenue minus what running costs. `capture` is its share of what perfect foresight gains over always
    running, None when there is nothing to gain; `kept` its share of perfect foresight's whole margin.
    """

    name: str
    margin: float
    revenue: float
    cost: float
    energy_mwh: float
    off_hours: float
    restarts: float
    kept: float | None = None
    capture: float | None = None


class Fickle(msgspec.Struct, frozen=True, kw_only=True):
    """How one rule behaved on one subject; a flap is an opening within a day of the last closing."""

    rule: str
    subject: str
    opened: int
    flaps: int
    open_hours: float


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that count, from `first` up to, not with, `last`, and what a decision may know."""

    first: int
    last: int
    known: Known = "previous"
    restart_loss: float = 0.1


def outcomes(
    series: Series, courses: Sequence[Course], *, span: Span, policy: Policy | None = None, policy_name: str = "policy"
) -> list[Outcome]:
    """Give what always running, the rules, the naive switch, a policy, and perfect foresight would have made."""

    def switching(chosen: Policy) -> list[list[bool]]:
        return [_switched(course, chosen, span=span) for course in courses]

    rows = range(span.first, span.last)
    ways: list[tuple[str, list[list[bool]], bool]] = [
        ("always_on", [[True] * len(rows) for _ in courses], False),
        ("rules", [_by_rules(course, span=span) for course in courses], True),
        ("naive", switching(NAIVE), True),
    ]
    if policy is not None:
        ways.append((policy_name, switching(policy), True))
    ways.append(("perfect_foresight", [[not course.ratio[row] > 1.0 for row in rows] for course in courses], False))
    found = [
        _outcome(name, series, courses, running, span=span, loss=span.restart_loss if costs_restarts else 0.0)
        for name, running, costs_restarts in ways
    ]
    always, perfect = found[0].margin, found[-1].margin
    gain = perfect - always
    return [
        msgspec.structs.replace(
            one,
            kept=one.margin / perfect if perfect > 0.0 else None,
            capture=(one.margin - always) / gain if gain > 0.0 else None,
        )
        for one in found
    ]


def fickleness(flags: Sequence[Flag], *, end: float) -> list[Fickle]:
    """Count openings and flaps by rule and subject."""
    by: dict[tuple[str, str], list[Flag]] = {}
    for flag in flags:
        by.setdefault((flag.rule, flag.subject), []).append(flag)
    return [
        Fickle(
            rule=rule,
            subject=subject,
            opened=len(some),
            flaps=sum(
                before.closed_at is not None and after.opened_at - before.closed_at < FLAP_S
                for before, after in itertools.pairwise(some)
            ),
            open_hours=sum((end if one.closed_at is None else one.closed_at) - one.opened_at for one in some) / 3600.0,
        )
        for (rule, subject), some in sorted(by.items())
    ]


def _switched(course: Course, policy: Policy, *, span: Span) -> list[bool]:
    """Step a switch through the ratio; where that is not known it stays as it is."""
    switch = Switch(policy)
    seen = _seen(span)
    found = []
    for row in range(span.first, span.last):
        ratio = course.ratio[seen(row)]
        found.append(switch.on if isnan(ratio) else switch.step(ratio))
    return found


def _by_rules(course: Course, *, span: Span) -> list[bool]:
    seen = _seen(span)
    return [not course.stopped[seen(row)] for row in range(span.first, span.last)]


def _seen(span: Span) -> Callable[[int], int]:
    if span.known == "own":
        return lambda row: row
    return lambda row: max(row - 1, span.first)


def _outcome(
    name: str,
    series: Series,
    courses: Sequence[Course],
    running: Sequence[Sequence[bool]],
    *,
    span: Span,
    loss: float,
) -> Outcome:
    revenue = cost = energy = off_w = restarts_w = whole_w = 0.0
    for course, runs in zip(courses, running, strict=True):
        count, watts = course.batch.count, (course.batch.power_w or 0.0) * course.batch.count
        whole_w += watts
        was_on = True
        for row, is_on in zip(range(span.first, span.last), runs, strict=True):
            seconds = series.holds_s[row]
            if not is_on:
                off_w += watts * seconds / 3600.0
            elif not isnan(course.ratio[row]):
                started = not was_on
                restarts_w += watts * started
                days = count * seconds / 86_400.0
                revenue += course.revenue[row] * days * (1.0 - loss if started else 1.0)
                cost += course.cost[row] * days
                energy += watts * seconds / 3.6e9
            was_on = is_on
    return Outcome(
        name=name,
        margin=revenue - cost,
        revenue=revenue,
        cost=cost,
        energy_mwh=energy,
        off_hours=off_w / whole_w if whole_w else 0.0,
        restarts=restarts_w / whole_w if whole_w else 0.0,
    )
