"""The configuration as the rules want it."""

import pytest

from config.load import load_text
from daemon.site_plan import SitePlan

SITE = """
version: 1
site: {id: north, timezone: America/Chicago}
feeders: [{id: f1, contracted: "500 kW", meter: meter_f1, cooling: {kind: hydro}}]
racks: [{id: r1, feeder: f1, row: A}]
pools: [{id: p1, url: "stratum+tcp://pool.example.net:3333", user: acct.watch}]
pools_allowed:
  - {url: "*.backup.example.net:*", user: "acct*"}
  - {url: "re:stratum[+]tcp://10[.]0[.]0[.][0-9]+:3333"}
signals: {meter_f1: {static: "200 kW"}}
maintenance: [{id: fans, from: "2026-03-01T08:00:00+00:00", to: "2026-03-01T10:00:00+00:00", racks: [r1]}]
curtailment:
  - {id: noon, from: "2026-03-01T08:00:00Z", to: "2026-03-01T10:00:00Z", feeders: [f1]}
  - {id: storm, from: "2026-03-02T08:00:00Z", to: "2026-03-02T10:00:00Z"}
capacity: {reserve_awards: [{feeder: f1, power: "50 kW", from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z"}]}
"""


@pytest.fixture
def plan() -> SitePlan:
    return SitePlan.of(load_text(SITE, file="site.yaml").config)


@pytest.mark.parametrize(
    ("url", "user", "expected"),
    [
        ("stratum+tcp://pool.example.net:3333", "acct.m7", True),
        ("stratum+tcp://pool.example.net:3333", "acctual.m7", False),
        ("stratum+tcp://eu.backup.example.net:443", "acct.m7", True),
        ("stratum+tcp://eu.backup.example.net:443", "thief.m7", False),
        ("stratum+tcp://10.0.0.9:3333", "anybody", True),
        ("stratum+tcp://10.0.1.9:3333", "anybody", False),
        ("", None, True),
    ],
)
def test_pools_and_patterns_are_allowed(plan: SitePlan, url: str, user: str | None, expected: bool) -> None:
    """The configured pools with their account's workers are allowed, and what a glob or an expression names."""
    assert expected == plan.allowed.allows(url, user)


def test_windows_and_awards_hold_in_their_time(plan: SitePlan) -> None:
    """Maintenance and awards count from their begin up to, not with, their end."""
    inside, after = 1772355600.0, 1772445600.0
    assert (frozenset({"r1"}), 50_000.0) == (plan.in_maintenance(inside), plan.award_w("f1", now=inside))
    assert (frozenset(), 0.0) == (plan.in_maintenance(after), plan.award_w("f1", now=after))


def test_a_curtailment_that_names_nothing_is_the_sites(plan: SitePlan) -> None:
    """A window covers what it names, or the site, in its time alone."""
    noon, storm = 1772355600.0, 1772442000.0
    assert [{"f1"}, {"north"}, set()] == [plan.in_curtailment(at) for at in (noon, storm, storm + 7200.0)]


def test_feeders_carry_what_was_contracted(plan: SitePlan) -> None:
    """Feeders, rows, cooling and meters come over by name."""
    assert [("f1", 500_000.0, "hydro")] == [(one.id, one.contracted_w, one.cooling) for one in plan.feeders]
    assert ({"r1": "A"}, {"f1": "meter_f1"}) == (plan.row_of, plan.meters)


def test_stops_end_and_clash_with_awards(plan: SitePlan) -> None:
    """The end of a stop that holds a feeder is known; one that falls into an award is named until it is over."""
    inside, after = 1772355600.0, 1772445600.0
    assert (1772359200.0, None) == (plan.wakes_at("f1", inside), plan.wakes_at("f1", inside + 7200.0))
    assert ("noon", "") == (plan.award_clash("f1", inside - 3600.0), plan.award_clash("f1", after))
    assert "" == plan.award_clash("f2", inside)
