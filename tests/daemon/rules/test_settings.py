"""What the operator writes under `rules:` laid over the catalogue, and every mistake in it."""

import pytest

from config.quantity import quantity
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.settings import resolve, setting


def resolved(written, **more):
    return {one.rule.key: one for one in _sound(resolve(written, catalogue=CATALOGUE, **more))}


def _sound(found):
    assert () == found.problems
    return found.rules


def test_nothing_written_is_the_catalogue():
    """Without settings every rule is in force with its defaults."""
    assert [setting(rule) for rule in CATALOGUE] == list(resolve({}, catalogue=CATALOGUE).rules)


def test_an_operator_writes_units():
    """Durations, ratios, powers and temperatures are read with their units, into every scope of the id."""
    rules = resolved(
        {
            "P-01": {"for": "4h", "band": "8%", "severity": "high"},
            "C-01": {"spare": "250 kW", "clear_spare": "200 kW", "for": "7 d"},
            "H-01": {"within": "9 F", "chip_limit": "212 F"},
            "H-09": {"lost": "80%"},
            "P-03": {"gain": "0.25 USD/day"},
        }
    )
    assert (14400.0, 0.08, "high") == (
        rules["P-01/device"].for_s, rules["P-01/device"].parameters["band"], rules["P-01/device"].severity,
    )  # fmt: skip
    assert (250e3, 7 * 86400.0) == (rules["C-01/feeder"].parameters["spare"], rules["C-01/feeder"].for_s)
    assert pytest.approx(5.0) == rules["H-01/device"].parameters["within"], "a difference of 9 F is one of 5 C"
    assert pytest.approx(100.0) == rules["H-01/device"].parameters["chip_limit"]
    assert 0.8 == rules["H-09/feeder"].parameters["lost"] == rules["H-09/site"].parameters["lost"]
    assert "lost" not in rules["H-09/device"].parameters
    assert 0.25 == rules["P-03/device"].parameters["gain"]


def test_what_a_configuration_has_read_already_is_taken():
    """Seconds under the attributes' names, amounts with units, and None for what was not written."""
    written = {"for_s": 60.0, "clear_for_s": None, "spare": quantity("120 kW"), "clear_spare": quantity("100 kW")}
    spare = resolved({"C-01": written})["C-01/feeder"]
    assert (60.0, 86400.0, 120e3) == (spare.for_s, spare.clear_for_s, spare.parameters["spare"])


def test_defaults_hold_where_a_rule_has_none_of_its_own():
    """`defaults` sets durations and the switch for all; a rule's own word wins."""
    rules = resolved({"defaults": {"for": "10s", "clear_for": "5s", "enabled": False}, "P-01": {"enabled": True}})
    assert ["P-01/device"] == list(rules)
    assert (10.0, 5.0) == (rules["P-01/device"].for_s, rules["P-01/device"].clear_for_s)


def test_a_rule_can_be_switched_off():
    """A rule that is not enabled is not in force, in none of its scopes."""
    assert not [key for key in resolved({"H-09": {"enabled": False}}) if key.startswith("H-09")]


@pytest.mark.parametrize(
    ("written", "path", "part"),
    [
        ({"P-1": {}}, "P-1", "did you mean P-"),
        ({"P-01": {"bnad": "5%"}}, "P-01.bnad", "did you mean band?"),
        ({"P-01": {"band": "90%"}}, "P-01.band", "must lie between 0 and 0.5"),
        ({"P-01": {"band": "wide"}}, "P-01.band", "does not begin with a number"),
        ({"P-01": {"for": 7200}}, "P-01.for", "no unit"),
        ({"P-01": {"for": "400 d"}}, "P-01.for", "0 to 366 days"),
        ({"P-01": {"for_s": -1.0}}, "P-01.for_s", "0 to 366 days"),
        ({"P-01": {"severity": "urgent"}}, "P-01.severity", "info, warn, high, crit"),
        ({"P-01": {"enabled": "no"}}, "P-01.enabled", "true or false"),
        ({"C-01": {"spare": 100}}, "C-01.spare", 'with its unit, such as "3.4 kW"'),
        ({"C-01": {"spare": "100 kWh"}}, "C-01.spare", ""),
        ({"C-01": {"spare": quantity("5 C")}}, "C-01.spare", "a power"),
        ({"H-01": {"within": "5 kW"}}, "H-01.within", "a temperature"),
        ({"S-01": {"z": "3 kW"}}, "S-01.z", "a number without a unit"),
        ({"P-03": {"gain": "1 EUR/day"}}, "P-03.gain", "USD, the site's currency"),
        ({"defaults": {"band": "5%"}}, "defaults.band", "not a setting"),
    ],
)
def test_every_mistake_is_named(written, path, part):
    """A mistake comes back with its path and what was expected."""
    (problem,) = resolve(written, catalogue=CATALOGUE, currency="usd").problems
    assert path == problem.path
    assert part in problem.message


def test_all_mistakes_come_at_once():
    """Nothing hides behind the first problem."""
    problems = resolve({"Q-01": {}, "P-01": {"band": 7, "fro": "2h"}}, catalogue=CATALOGUE).problems
    assert ["Q-01", "P-01.band", "P-01.fro"] == [problem.path for problem in problems]
