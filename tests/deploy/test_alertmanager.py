"""The Alertmanager example routes by how urgent a thing is, whichever way the alert came."""

import pytest
import yaml

pytestmark = pytest.mark.server


def test_example_is_valid(deploy, tool) -> None:
    """Alertmanager's own tool reads the example."""
    verdict = tool("amtool", "check-config", deploy / "alertmanager/alertmanager.yml")

    assert 0 == verdict.returncode, verdict.stderr


@pytest.mark.parametrize(
    ("severity", "receiver"),
    [
        ("page", "pager"),
        ("crit", "pager"),
        ("ticket", "tickets"),
        ("high", "tickets"),
        ("note", "notes"),
        ("warn", "notes"),
        ("info", "notes"),
    ],
)
def test_severity_chooses_the_receiver(deploy, tool, severity, receiver) -> None:
    """Rules' severities and the daemon's own end at the same people."""
    path = deploy / "alertmanager/alertmanager.yml"

    verdict = tool("amtool", "config", "routes", "test", f"--config.file={path}", f"severity={severity}", "site=north")

    assert receiver == verdict.stdout.strip()


def test_inhibition_stays_within_a_site(deploy) -> None:
    """No site's trouble silences another's, nor alerts that have nothing to do with Headframe."""
    for rule in yaml.safe_load((deploy / "alertmanager/alertmanager.yml").read_text())["inhibit_rules"]:
        assert ["site"] == rule["equal"]


def test_inhibited_alerts_exist(deploy) -> None:
    """Every alert that the inhibition rules name is one of ours."""
    example = (deploy / "alertmanager/alertmanager.yml").read_text()
    alerts = {
        rule["alert"]
        for group in yaml.safe_load((deploy / "prometheus/alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    }
    matchers = [
        matcher.split('"')[1]
        for rule in yaml.safe_load(example)["inhibit_rules"]
        for side in ("source_matchers", "target_matchers")
        for matcher in rule[side]
        if matcher.startswith("alertname")
    ]

    assert set() == {name for text in matchers for name in text.split("|")} - alerts
