"""Scrape configuration, recording rules and alerts, by Prometheus' own tool and by our own conventions."""

import re
from pathlib import Path

import pytest
import yaml

from daemon.metrics.catalogue import DEVICE_METRICS, SITE_METRICS
from daemon.metrics.own import OwnMetrics

RECORD = re.compile(r"[a-z]+:headframe_[a-z0-9_]+:[a-z0-9_]+")
METRIC = re.compile(r"\b(?<!:)headframe_[a-z0-9_]+\b(?!:)")


@pytest.fixture
def rules(deploy: Path) -> list[dict[str, object]]:
    """Every rule of both files."""
    return [
        rule
        for name in ("records", "alerts")
        for group in yaml.safe_load((deploy / f"prometheus/{name}.yml").read_text())["groups"]
        for rule in group["rules"]
    ]


@pytest.fixture
def known() -> set[str]:
    """Every sample name that the daemon can publish."""
    names = {metric.name for metric in (*DEVICE_METRICS, *SITE_METRICS)}
    for family in OwnMetrics().registry.collect():
        suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}.get(family.type, ("",))
        names |= {family.name + suffix for suffix in suffixes}
    return names


@pytest.mark.server
def test_rules_parse(deploy, tool) -> None:
    """Prometheus reads both files."""
    verdict = tool("promtool", "check", "rules", *sorted((deploy / "prometheus").glob("*s.yml")))

    assert 0 == verdict.returncode, verdict.stderr
    assert 2 == verdict.stdout.count("SUCCESS")


@pytest.mark.server
def test_rules_speak_and_keep_silent_as_written(deploy, tool) -> None:
    """The rules' own tests hold."""
    verdict = tool("promtool", "test", "rules", *sorted((deploy / "prometheus/tests").glob("*.test.yml")))

    assert 0 == verdict.returncode, verdict.stdout + verdict.stderr


@pytest.mark.server
def test_scrape_configuration_is_whole(deploy, tool, tmp_path) -> None:
    """The snippet is a valid prometheus.yml once the rules are where it looks for them."""
    for name in ("records", "alerts"):
        (tmp_path / f"{name}.yml").write_text((deploy / f"prometheus/{name}.yml").read_text())
    text = (deploy / "prometheus/scrape.yml").read_text().replace("/etc/prometheus/headframe/", "")
    (tmp_path / "prometheus.yml").write_text(text)

    verdict = tool("promtool", "check", "config", tmp_path / "prometheus.yml")

    assert 0 == verdict.returncode, verdict.stderr


def test_each_alert_has_a_test(deploy, rules) -> None:
    """No alert is without a case in the rules' tests."""
    cases = (deploy / "prometheus/tests/alerts.test.yml").read_text()

    assert [] == [rule["alert"] for rule in rules if "alert" in rule and not re.search(rf"\b{rule['alert']}\b", cases)]


def test_each_record_has_a_use(deploy, rules) -> None:
    """No recorded series is without a test or an alert that reads it."""
    texts = "".join(path.read_text() for path in (deploy / "prometheus/tests").glob("*.yml"))
    texts += (deploy / "prometheus/alerts.yml").read_text()

    assert [] == [rule["record"] for rule in rules if "record" in rule and str(rule["record"]) not in texts]


def test_alerts_tell_what_why_and_what_to_do(rules) -> None:
    """Each alert has a CamelCase name, a severity and three texts that each say something."""
    for rule in rules:
        if "alert" in rule:
            assert re.fullmatch(r"([A-Z][a-z]+)+", str(rule["alert"]))
            assert rule["labels"]["severity"] in {"page", "ticket", "note"}
            assert {"summary", "description", "runbook"} == set(rule["annotations"])
            assert min(len(text) for text in rule["annotations"].values()) > 20


def test_records_are_named_level_metric_operation(rules) -> None:
    """Recorded series follow level:metric:operations."""
    assert [] == [rule["record"] for rule in rules if "record" in rule and not RECORD.fullmatch(str(rule["record"]))]


def test_rules_read_only_metrics_that_exist(rules, known) -> None:
    """Every metric that a rule names is one that the daemon publishes."""
    named = {name for rule in rules for name in METRIC.findall(str(rule["expr"]))}

    assert named
    assert set() == named - known


def test_dashboards_read_only_metrics_that_exist(queries, known) -> None:
    """Every metric that a panel names is one that the daemon publishes."""
    named = {name for _, expr in queries for name in METRIC.findall(expr)}

    assert named
    assert set() == named - known
