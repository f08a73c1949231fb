"""The dashboards by rule: built from source, same variables everywhere, each panel explained, each query scoped."""

import re
import subprocess
import sys

import pytest
import yaml

COUNTER = re.compile(r"headframe_[a-z_]+_total")
LEGEND_LABEL = re.compile(r"{{(\w+)}}")


@pytest.fixture
def panels(dashboards):
    """Every panel that shows data, with its dashboard's name."""
    return [(name, panel) for name, board in dashboards.items() for panel in board["panels"] if panel["type"] != "row"]


def test_committed_as_built(deploy) -> None:
    """The committed files are what the generator writes."""
    command = [sys.executable, deploy / "grafana/build.py", "--check"]
    built = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (0, "") == (built.returncode, built.stderr)


def test_fixed_and_not_editable(dashboards) -> None:
    """A dashboard has an id of its own for links, no version or id of one Grafana, and is changed in its source."""
    assert len(dashboards) == len({board["uid"] for board in dashboards.values()})
    for board in dashboards.values():
        assert board["uid"].startswith("headframe-")
        assert not board["editable"]
        assert not {"id", "version", "iteration"} & set(board)


def test_variables(dashboards) -> None:
    """Source, job and site can be chosen everywhere, are read anew with the time range, and all means all."""
    for board in dashboards.values():
        first, *others = board["templating"]["list"]
        assert ("datasource", "datasource", "prometheus") == (first["name"], first["type"], first["query"])
        assert ["job", "site"] == [variable["name"] for variable in others[:2]]
        for variable in others:
            assert 2 == variable["refresh"]
            assert "${datasource}" == variable["datasource"]["uid"]
        for variable in others[:2]:
            assert (True, True, ".+") == (variable["includeAll"], variable["multi"], variable["allValue"])


def test_panels_use_the_chosen_source(panels) -> None:
    """No panel and no query is tied to one Prometheus."""
    for name, panel in panels:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {"${datasource}"} == {source["uid"] for source in sources}, (name, panel["title"])


def test_panels_explain_themselves(panels) -> None:
    """Each panel has a title, a sentence on what it shows, a unit and at least one query."""
    for name, panel in panels:
        assert panel["title"], name
        assert panel["description"].endswith("."), (name, panel["title"])
        assert panel["fieldConfig"]["defaults"]["unit"], (name, panel["title"])
        assert panel["targets"], (name, panel["title"])


def test_titles_and_ids_are_told_apart(dashboards) -> None:
    """Within a dashboard no two panels share an id, and within a row no two share a title."""
    for board in dashboards.values():
        assert len(board["panels"]) == len({panel["id"] for panel in board["panels"]})
        row, seen = "", set()
        for panel in board["panels"]:
            row = panel["title"] if panel["type"] == "row" else row
            assert (row, panel["title"], panel["type"]) not in seen
            seen.add((row, panel["title"], panel["type"]))


def test_panels_do_not_overlap(dashboards) -> None:
    """Every panel has its own cells of the grid and stays within its 24 columns."""
    for name, board in dashboards.items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert not taken & cells, (name, panel["title"])
            assert at["x"] + at["w"] <= 24
            taken |= cells


def test_queries_are_scoped(queries) -> None:
    """Every selector is narrowed to the chosen job and site."""
    for where, expr in queries:
        selectors = re.findall(r"\b(?:headframe|process)_\w+(\{[^}]*\})?", expr)
        assert selectors, where
        for selector in selectors:
            assert 'job=~"$job",site=~"$site"' in selector, where


def test_counters_are_rates_over_grafanas_interval(queries) -> None:
    """A counter is only ever shown as a rate or increase, and over an interval that fits the scrape's."""
    for where, expr in queries:
        for found in COUNTER.finditer(expr):
            assert expr[: found.start()].endswith(("rate(", "increase(")), where
        for window in re.findall(r"\[([^\]]+)\]", expr):
            assert "$__rate_interval" == window, where


def test_legends_name_labels_that_the_query_keeps(panels) -> None:
    """A legend's label is one of those that the aggregation leaves."""
    for name, panel in panels:
        for target in panel["targets"]:
            kept = re.search(r"\bby \(([^)]*)\)", target["expr"])
            labels = LEGEND_LABEL.findall(target["legendFormat"])
            if kept and labels:
                assert set(labels) <= set(re.split(r",\s*", kept[1])), (name, panel["title"])


@pytest.mark.server
def test_queries_parse(queries, tool, tmp_path) -> None:
    """Prometheus can read every query."""
    rules = [
        {"record": f"query{number}", "expr": expr.replace("$__rate_interval", "1m")}
        for number, (_, expr) in enumerate(queries)
    ]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    verdict = tool("promtool", "check", "rules", path)

    assert 0 == verdict.returncode, verdict.stderr
    assert f"{len(queries)} rules found" in verdict.stdout


def test_provisioning_points_at_the_same_source(deploy) -> None:
    """Grafana's provisioning files have the shape that it reads, and a source of the kind the dashboards ask."""
    sources = yaml.safe_load((deploy / "grafana/provisioning/datasources/headframe.yaml").read_text())
    providers = yaml.safe_load((deploy / "grafana/provisioning/dashboards/headframe.yaml").read_text())
    scrape = yaml.safe_load((deploy / "prometheus/scrape.yml").read_text())

    assert (1, 1) == (sources["apiVersion"], providers["apiVersion"])
    assert "prometheus" == sources["datasources"][0]["type"]
    assert scrape["scrape_configs"][0]["scrape_interval"] == sources["datasources"][0]["jsonData"]["timeInterval"]
    assert ("file", False) == (providers["providers"][0]["type"], providers["providers"][0]["allowUiUpdates"])
