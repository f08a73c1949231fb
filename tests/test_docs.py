"""What is written for people is true: links lead somewhere, commands, metrics and tests that are named exist."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.cli import COMMANDS
from daemon.metrics.catalogue import DEVICE_METRICS, SITE_METRICS
from daemon.metrics.own import OwnMetrics

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(REPOSITORY)) for page in PAGES]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^|`|\s)headframe ([a-z][a-z-]+)\b")
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
# "headframe install: ..." and the like are sentences that begin with the name, not commands.
PROSE = {"under", "to", "connects", "accounts", "stands", "speaks"}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the repository finds it."""
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link and not link.startswith("mailto:")]

    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_exist(page: Path) -> None:
    """Every command that is shown is one of those in the table."""
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL))

    assert set() == set(COMMAND.findall(code)) - set(COMMANDS) - PROSE


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_metrics_exist(page: Path) -> None:
    """Every metric that is named is one that the daemon publishes."""
    known = {metric.name for metric in (*DEVICE_METRICS, *SITE_METRICS)}
    for family in OwnMetrics().registry.collect():
        known.add(f"{family.name}_total" if family.type == "counter" else family.name)
    named = set(re.findall(r"`(headframe_[a-z_]+)\b(?!\.)", page.read_text())) - {"headframe_"}

    assert set() == {name for name in named if not any(full.startswith(name.rstrip("_")) for full in known)}


def test_every_metric_is_documented() -> None:
    """Whatever the daemon can publish stands in docs/metrics.md."""
    page = (REPOSITORY / "docs/metrics.md").read_text()
    own = [f"{one.name}_total" if one.type == "counter" else one.name for one in OwnMetrics().registry.collect()]
    names = [metric.name for metric in (*DEVICE_METRICS, *SITE_METRICS)] + own

    assert [] == [name for name in names if f"`{name}`" not in page and not name.startswith("process_")]


def test_each_promise_names_tests_that_exist() -> None:
    """Every promise of docs/guarantees.md stands on at least one test, and each test that it names is there."""
    page = (REPOSITORY / "docs/guarantees.md").read_text()
    promises = re.split(r"(?m)^## ", page)[1:]

    assert len(promises) >= 8
    for promise in promises:
        named = TEST.findall(promise)
        assert named, promise.splitlines()[0]
        for path, name in named:
            assert (REPOSITORY / path).is_file(), path
            assert not name or name in functions(REPOSITORY / path), f"{path}::{name}"


def functions(path: Path) -> set[str]:
    """Every function that a file defines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)}


def test_generated_parts_are_fresh() -> None:
    """What is made from the code is as the code makes it now."""
    command = [sys.executable, str(REPOSITORY / "docs/generate.py"), "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)
