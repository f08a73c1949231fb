"""`headframe rules`: the list, one rule in full, and stories from a file."""

import json
from pathlib import Path

import pytest

from daemon.cli import main
from daemon.rules.catalogue import CATALOGUE

GOOD = """
rules: {H-01: {for: 2m}}
tests:
  - name: heat is told after two minutes
    devices: [{id: m1}]
    readings:
      - {at: 0s, reading: {boards: [{index: 0, chip_temperature_c: 93}]}}
    expect:
      - {at: 1m, rule: H-01, state: pending}
      - {at: 3m, rule: H-01, state: open, severity: warn}
"""


@pytest.fixture
def file(tmp_path):
    """Write a scenario file and give its path."""

    def written(text):
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        return str(path)

    return written


TRAPS = Path(__file__).parents[1] / "rules/scenario/traps.yaml"


def test_what_only_looks_like_a_finding(capsys):
    """The stories of false alarms, and of what is one after all, come true as an operator would play them."""
    code = main(["rules", "test", str(TRAPS)])
    assert 0 == code, capsys.readouterr().out


def test_the_list_names_what_each_rule_needs(capsys):
    """Every rule stands there with its severity, duration and inputs."""
    assert 0 == main(["rules", "list"])
    shown = capsys.readouterr().out
    assert "P-01  warn  device  unprofitable device (for 2 h)" in shown
    assert "needs: the meter's tamper flag: 0 is sealed (signal meter_tamper_FEEDER)" in shown
    assert f"{len({rule.id for rule in CATALOGUE})} rules." in shown


def test_the_list_as_json(capsys):
    """One document with every rule, its texts and its parameters."""
    assert 0 == main(["rules", "list", "--json"])
    rules = json.loads(capsys.readouterr().out)["rules"]
    loss = next(rule for rule in rules if rule["id"] == "P-01")
    assert (7200.0, "device", ["band"]) == (loss["for_s"], loss["scope"], [one["name"] for one in loss["parameters"]])


def test_one_rule_in_full(capsys):
    """`--docs` tells one rule with all its scopes, in any case of letters."""
    assert 0 == main(["rules", "list", "--docs", "h-09"])
    shown = capsys.readouterr().out
    assert shown.startswith("### H-09 device lost")
    assert "feeder lost" in shown
    assert "| `polls` | 3 |" in shown


def test_an_unknown_rule_is_a_wrong_usage(capsys):
    """There is no such rule: exit code 2, and the reason as JSON when asked."""
    assert 2 == main(["rules", "list", "--docs", "Z-01"])
    assert "no such rule" in capsys.readouterr().err
    assert 2 == main(["rules", "list", "--docs", "Z-01", "--json"])
    assert "unknown_rule" == json.loads(capsys.readouterr().out)["error"]["reason"]


def test_a_story_that_comes_true(file, capsys):
    """Exit code 0, and a line for each test."""
    assert 0 == main(["rules", "test", file(GOOD)])
    assert "ok   heat is told after two minutes\n1 test, 0 failed\n" == capsys.readouterr().out


def test_a_story_that_does_not(file, capsys):
    """Exit code 1, what was expected, what is, and all that happened."""
    path = file(GOOD.replace("state: pending", "state: open"))
    assert 1 == main(["rules", "test", path])
    shown = capsys.readouterr().out
    assert "FAIL heat is told after two minutes" in shown
    assert "at 1 min: expected H-01 to be open, but m1 is pending warn for 1 min: Its chips are at 93 °C" in shown
    assert "2 min  opened H-01 m1 warn: Its chips are at 93 °C" in shown
    assert 1 == main(["rules", "test", path, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (0, 1, False) == (document["passed"], document["failed"], document["tests"][0]["passed"])
    assert {"at_s": 120.0, "kind": "opened", "rule": "H-01", "subject": "m1"}.items() <= document["tests"][0]["events"][
        0
    ].items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: yaml: is empty"),
        ("tests: [", "not YAML"),
        ("tests: []", "1:8: tests: expected a list of tests"),
        (GOOD.replace("for: 2m", "for: soon"), "2:21: rules.H-01.for:"),
        (GOOD.replace("{H-01: {for: 2m}}", "{X-01: {}}"), "rules.X-01: X-01 is not a rule"),
        (GOOD.replace("chip_temperature_c: 93", "chip_temperature_c: 93 kW"), "chip_temperature_c:"),
        (GOOD.replace("id: m1", "id: m1, shelf: 3"), "tests.0.devices.0.shelf: unknown key"),
    ],
)
def test_a_file_that_cannot_be_played(file, capsys, text, said):
    """Exit code 1, with the line and column of the mistake; as JSON one document."""
    path = file(text)
    assert 1 == main(["rules", "test", path])
    assert said in capsys.readouterr().out
    assert 1 == main(["rules", "test", path, "--json"])
    assert "invalid" == json.loads(capsys.readouterr().out)["error"]["reason"]


def test_a_file_that_is_not_there(tmp_path, capsys):
    """A file that cannot be read: exit code 1, named."""
    missing = str(tmp_path / "nothing.yaml")
    assert 1 == main(["rules", "test", missing, "--json"])
    assert ("unreadable", missing) == (
        (error := json.loads(capsys.readouterr().out)["error"])["reason"], error["target"],
    )  # fmt: skip
