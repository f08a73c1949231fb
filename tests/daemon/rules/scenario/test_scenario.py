"""Stories played through the rules: what can be told, what is expected, and how a failure reads."""

import pytest

from daemon.rules.catalogue import CATALOGUE
from daemon.rules.scenario.figures import ScenarioError, figures
from daemon.rules.scenario.form import scenario
from daemon.rules.scenario.play import play
from daemon.rules.settings import resolve


def played(story, **top):
    read = scenario({"tests": [{"name": "story", "devices": [{"id": "m1", "feeder": "f1"}], **story}], **top})
    settings = resolve(read.rules, catalogue=CATALOGUE)
    assert () == settings.problems
    return play(read.tests[0], settings=settings.rules)


def hot(at, degrees):
    return {"at": at, "reading": {"boards": [{"index": 0, "chip_temperature_c": degrees}]}}


def test_a_story_that_comes_true():
    """A device gets hot, is flagged, gets worse, cools down, and is forgotten."""
    story = {
        "readings": [hot("0s", "92 C"), hot("20m", 96.0), hot("40m", 60.0)],
        "expect": [
            {"at": "4m", "rule": "H-01", "state": "pending"},
            {"at": "5m", "rule": "h-01", "state": "open", "severity": "warn", "subject": "m1"},
            {"at": "21m", "rule": "H-01", "state": "open", "severity": "crit", "message": "at the limit"},
            {"at": "54m", "rule": "H-01", "state": "open"},
            {"at": "56m", "rule": "H-01", "state": "closed"},
            {"at": "56m", "rule": "H-06", "state": "none"},
        ],
    }
    went = played(story)
    assert () == went.failures
    assert ["opened", "worse", "closed"] == [event.kind for event in went.events]
    assert [300.0, 1200.0, 3300.0] == [event.at for event in went.events]


def test_money_can_be_told_or_worked_out():
    """A margin is given as it is, or follows from a market and the reading."""
    told = {"readings": [{"at": "0s", "reading": {}, "money": {"margin_per_day": -1.0, "margin_sd_per_day": 0.1}}]}
    worked = {
        "devices": [{"id": "m1", "power_w": "3068 W", "power_grade": "metered"}],
        "market": {"hashprice_per_ph_day": "41.22 USD/PH/day", "price_per_kwh": "0.07 USD/kWh", "pue": 1.05},
        "readings": [{"at": "0s", "reading": {"hashrate_hs": "104 TH/s"}}],
    }
    for story in (told, worked):
        went = played(story | {"step": "10m", "expect": [{"at": "2h", "rule": "P-01", "state": "open"}]})
        assert went.is_met, went.failures


def test_lost_polls_and_feeders():
    """A feeder's devices that all fall silent are one finding."""
    story = {
        "devices": [{"id": f"m{place}", "feeder": "f1"} for place in range(4)],
        "feeders": [{"id": "f1", "contracted_w": "500 kW"}],
        "readings": [{"at": "0s", "reading": {}}, {"at": "10m", "missed": True, "reason": "unreachable"}],
        "expect": [
            {"at": "20m", "rule": "H-09", "subject": "f1", "state": "open", "message": "nobody there"},
            {"at": "20m", "rule": "H-09", "subject": "m1", "state": "none"},
        ],
    }
    assert () == played(story).failures


def test_facts_of_the_site():
    """Signals, meters and facts of a snapshot are told like readings."""
    story = {
        "devices": [],
        "feeders": [{"id": "f1", "contracted_w": "500 kW", "breaker_w": "400 kW"}],
        "facts": [
            {"at": "0s", "meters_w": {"f1": "390 kW"}, "signals": {"meter_tamper_f1": 0}},
            {"at": "30m", "meters_w": {"f1": "100 kW"}, "signals": {"meter_tamper_f1": {"value": 1, "age_s": 5}}},
        ],
        "expect": [
            {"at": "11m", "rule": "E-04", "state": "open", "severity": "crit"},
            {"at": "2h", "rule": "E-04", "state": "closed"},
            {"at": "2h", "rule": "G-08", "state": "open", "subject": "f1"},
        ],
    }
    assert () == played(story).failures


def test_prices_that_disagree_hold_a_loss_back():
    """While two sources of a price disagree, or only one is left, no loss opens; it opens when they agree again."""

    def said(at, **sources):
        return {"at": at, "signals": {"hashprice": {"value": 40.0, "sources": sources, "claimants": 2}}}

    loss = {"margin_per_day": -1.0, "margin_sd_per_day": 0.1}
    story = {
        "step": "10m",
        "readings": [{"at": "0s", "reading": {}, "money": loss}],
        "facts": [said("0s", index=40.0, jobs=60.0), said("5h", index=40.0), said("9h", index=40.0, jobs=40.0)],
        "expect": [
            {"at": "4h", "rule": "P-07", "state": "open"},
            {"at": "4h", "rule": "P-01", "state": "pending"},
            {"at": "9h", "rule": "P-01", "state": "pending"},
            {"at": "12h", "rule": "P-01", "state": "open"},
            {"at": "13h", "rule": "P-07", "state": "closed"},
        ],
    }
    assert () == played(story).failures


def test_pools_and_windows():
    """Allowed pools and maintenance are part of a story."""
    story = {
        "pools": [{"url": "stratum+tcp://pool.example:3333", "user": "acct"}],
        "readings": [
            {"at": "0s", "reading": {"pools": [{"index": 0, "url": "stratum+tcp://evil.test:1", "user": "x"}]}}
        ],
        "facts": [{"at": "0s", "maintenance": ["m1"]}],
        "expect": [{"at": "1m", "rule": "L-02", "state": "open"}],
    }
    assert () == played(story).failures


def test_a_story_that_went_otherwise_says_how():
    """A failure names the moment, what was expected, and what is."""
    story = {
        "readings": [hot("0s", 92.0)],
        "expect": [
            {"at": "2m", "rule": "H-01", "state": "open"},
            {"at": "6m", "rule": "H-01", "state": "none"},
            {"at": "6m", "rule": "H-04", "state": "pending", "subject": "m1"},
        ],
    }
    first, second, third = played(story).failures
    assert first.startswith("at 2 min: expected H-01 to be open, but m1 is pending warn for 2 min: Its chips are at 92")
    assert "expected H-01 not to be there, but m1 is open" in second
    assert third.startswith("at 6 min: expected H-04 on m1 to be pending, but there is none, and none was closed")


@pytest.mark.parametrize(
    ("written", "path", "part"),
    [
        ([], (), "a mapping"),
        ({}, ("tests",), "a list of tests"),
        ({"tests": [], "rule": {}}, ("rule",), "did you mean rules?"),
        ({"tests": [{"expects": []}]}, ("tests", 0, "expects"), "did you mean expect?"),
        ({"tests": [{}]}, ("tests", 0, "expect"), "what must be so"),
        (
            {"tests": [{"expect": [{"at": "1h", "rule": "P-01", "state": "opened"}]}]},
            ("tests", 0, "expect", 0),
            "opened",
        ),
        (
            {"tests": [{"expect": [{"at": "soon", "rule": "P-01", "state": "open"}]}]},
            ("tests", 0, "expect", 0, "at"),
            "soon",
        ),
        (
            {"tests": [{"devices": [{"id": "m1", "fedeer": "f"}]}]},
            ("tests", 0, "devices", 0, "fedeer"),
            "did you mean feeder?",
        ),
        ({"tests": [{"devices": {}}]}, ("tests", 0, "devices"), "a list"),
        ({"tests": [{"pools": [{}]}]}, ("tests", 0, "pools", 0), "needs a url"),
        ({"tests": [{"facts": [{"sginals": {}}]}]}, ("tests", 0, "facts", 0, "sginals"), "did you mean signals?"),
        ({"tests": [{"facts": [{"signals": {"a": "many"}}]}]}, ("tests", 0, "facts", 0, "signals", "a"), "many"),
        ({"tests": [{"facts": [{"market": {"is_live": 3}}]}]}, ("tests", 0, "facts", 0), "bool"),
        (
            {"tests": [{"step": "1s", "expect": [{"at": "30d", "rule": "C-01", "state": "open"}]}]},
            ("tests", 0, "step"),
            "longer",
        ),
    ],
)
def test_every_mistake_has_its_place(written, path, part):
    """A file that is no scenario is refused with the place and what was expected."""
    with pytest.raises(ScenarioError, match=part) as error:
        scenario(written)
    assert path == error.value.path


@pytest.mark.parametrize(
    ("story", "part"),
    [
        ({"readings": [{"at": "0s", "device": "m9", "reading": {}}]}, "m9 is not among the devices"),
        ({"readings": [{"at": "0s", "reading": {"state": "fine"}}]}, "fine"),
        ({"readings": [{"at": "0s", "reading": {}, "money": {"verdict": "good"}}]}, "good"),
    ],
)
def test_what_no_device_can_say(story, part):
    """A reading that cannot be is refused while it is played."""
    with pytest.raises(ScenarioError, match=part):
        played(story | {"expect": [{"at": "1m", "rule": "H-01", "state": "none"}]})


def test_amounts_by_the_ending_of_their_key():
    """A key tells what its text is, for every entry below it; numbers are in base units already."""
    written = {
        "power_w": "3.1 kW",
        "meters_w": {"f1": "2 MW"},
        "at": "1h",
        "name": "5 kW",
        "list": [{"fee_ratio": "2%"}],
    }
    read = {"power_w": 3100.0, "meters_w": {"f1": 2e6}, "at": 3600.0, "name": "5 kW", "list": [{"fee_ratio": 0.02}]}
    assert read == figures(written)
    with pytest.raises(ScenarioError) as error:
        figures({"power_w": "3.1 kWh"})
    assert ("power_w",) == error.value.path


def test_a_better_setting_is_learnt_in_the_story():
    """What a device did at another level, and what its firmware lists, is advice like at a site."""
    market = {"hashprice_per_ph_day": "41.22 USD/PH/day", "price_per_kwh": "0.06 USD/kWh"}
    full = {"hashrate_hs": "96 TH/s", "power_w": "2850 W", "power_grade": "reported"}
    low = {"hashrate_hs": "74.5 TH/s", "power_w": "1905 W"}
    presets = [{"name": "eco", **low}, {"name": "full", "hashrate_hs": "96 TH/s", "power_w": "2850 W"}]
    for readings in (
        [{"at": "0s", "reading": {**full, **low}}, {"at": "3h", "reading": full}],
        [{"at": "0s", "reading": {**full, "power_limit_w": "2850 W", "settings": presets}}],
    ):
        expect = [{"at": "13h", "rule": "P-03", "state": "open", "message": "it would make"}]
        went = played({"step": "10m", "market": market, "readings": readings, "expect": expect})
        assert went.is_met, went.failures
