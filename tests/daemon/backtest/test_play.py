"""A fleet goes through a series under the rules themselves, and the ways of switching are held against each other."""

from math import isnan

import pytest

from config.model import SiteConfig
from daemon.backtest.money import Span, fickleness, outcomes
from daemon.backtest.play import Constants, Flag, play, subsidy_at
from daemon.backtest.series import Series
from daemon.backtest.tune import proposal
from daemon.economics.batch import Batch
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.settings import resolve

S21 = Batch(model="S21", count=10, hashrate_hs=2e14, power_w=3500.0, grade="metered")
S9 = Batch(model="S9", count=5, hashrate_hs=1.4e13, power_w=1400.0, grade="metered")
CONFIG = SiteConfig.model_validate(
    {
        "version": 1,
        "site": {"id": "north", "currency": "USD"},
        "devices": [{"host": "127.0.0.1"}],
        "signals": {"power_price": {"static": "0 USD/kWh"}},
    }
)
START = 1_767_225_600.0
QUARTER = 900.0
# With 40 USD/PH/day and 17.5 J/TH a kWh earns 40 / 17.5 / 24 cents.
STRIKE = 40.0 / 17.5 / 24.0


def played(prices, *, fleet=(S21,), hashprice=40.0, **rules):
    series = Series.of(
        [START + QUARTER * place for place in range(len(prices))],
        values={"power_price": list(prices)},
        currencies={"power_price": "USD"},
    )
    settings = resolve(rules, catalogue=CATALOGUE).rules
    return series, play(series, fleet, config=CONFIG, settings=settings, constants=Constants(hashprice=hashprice))


def test_a_price_spike_is_flagged_with_the_rules_own_timers() -> None:
    """P-08 opens after its quarter of an hour, P-01 after two hours, and each closes after its time."""
    _, found = played([0.05] * 8 + [0.2] * 16 + [0.05] * 24)
    times = {
        flag.rule: ((flag.opened_at - START) / QUARTER, (flag.closed_at - START) / QUARTER) for flag in found.flags
    }
    assert {"P-08": (9, 26), "P-01": (16, 32)} == {rule: times[rule] for rule in ("P-08", "P-01")}


def test_settings_change_what_is_flagged() -> None:
    """They are the site's own rules, not copies of them."""
    _, found = played([0.05] * 8 + [0.2] * 16 + [0.05] * 24, **{"P-08": {"for": "1h"}, "P-01": {"enabled": False}})
    assert [("P-08", 12)] == [(flag.rule, (flag.opened_at - START) / QUARTER) for flag in found.flags]


def test_kinds_are_flagged_apart() -> None:
    """What does not pay for the old machines may pay for the new ones; two kinds of one model keep their names."""
    _, found = played([0.06] * 40, fleet=(S21, S9, S9))
    assert {"S9", "S9 #2"} == {flag.subject for flag in found.flags if flag.rule == "P-01"}


def test_a_price_that_is_missing_gives_no_verdict() -> None:
    """Unknown rows open nothing, count as such, and carry no money."""
    series, found = played([0.05, None, None, 0.05])
    assert (2, True) == (found.unknown, isnan(found.courses[0].ratio[1]))
    always = outcomes(series, found.courses, span=Span(first=0, last=4))[0]
    assert pytest.approx(2 * 10 * 3.5 / 1000 * 0.25) == always.energy_mwh


def test_ways_of_switching_are_ordered() -> None:
    """Nobody beats perfect foresight, which always runs below the strike and never above."""
    prices = [0.05, 0.05, 0.3, 0.3, 0.05, 0.05, 0.3, 0.05]
    series, found = played(prices)
    ways = {one.name: one for one in outcomes(series, found.courses, span=Span(first=0, last=8))}
    assert max(one.margin for one in ways.values()) == ways["perfect_foresight"].margin
    running = 10 * 3.5 * 0.25
    assert pytest.approx(sum(running * (STRIKE - price) for price in prices)) == ways["always_on"].margin
    best = sum(running * max(0.0, STRIKE - price) for price in prices)
    assert (pytest.approx(best), 0.75, 2.0) == (
        ways["perfect_foresight"].margin, ways["perfect_foresight"].off_hours, ways["perfect_foresight"].restarts,
    )  # fmt: skip
    assert (1.0, 0.0) == (ways["perfect_foresight"].capture, ways["always_on"].capture)


def test_a_decision_knows_the_row_before_and_no_more() -> None:
    """The first dear row is always paid by who decides on the row before."""
    series, found = played([0.05, 0.3, 0.05, 0.05])
    own, previous = (
        {one.name: one for one in outcomes(series, found.courses, span=Span(first=0, last=4, known=known))}["naive"]
        for known in ("own", "previous")
    )
    assert (0.25, 0.25) == (own.off_hours, previous.off_hours)
    assert own.margin > previous.margin


def test_flaps_are_openings_soon_after_a_closing() -> None:
    """A day later it is a new matter."""
    spans = [(0, 10), (20, 30), (200_000, None)]
    flags = [
        Flag(rule="P-08", subject="S21", severity="warn", opened_at=begin, closed_at=end, message="")
        for begin, end in spans
    ]
    (one,) = fickleness(flags, end=203_600.0)
    assert (3, 1, pytest.approx(1.0 + 20 / 3600)) == (one.opened, one.flaps, one.open_hours)


def test_the_subsidy_is_that_of_its_time() -> None:
    """By the halvings that have been."""
    assert [50.0, 25.0, 12.5, 6.25, 3.125] == [subsidy_at(at) for at in (1e9, 1.4e9, 1.5e9, 1.65e9, 1.767e9)]


def test_a_proposal_knows_what_the_decisions_know() -> None:
    """From spikes that last one row nothing is saved by whoever knows the row before, the dear ones by who knows it."""
    prices = [0.3 if place % 30 == 9 else 0.1 if place % 10 == 9 else 0.01 for place in range(900)]
    series, found = played(prices)
    before, own = (proposal(series, found.courses, restart_loss=0.0, known=known) for known in ("previous", "own"))
    assert before is not None
    assert own is not None
    margins = {way.name: way.margin for way in own.measured_on}
    assert margins["tuned"] > margins["always_on"]
    assert margins["tuned"] > next(way.margin for way in before.measured_on if way.name == "tuned")
