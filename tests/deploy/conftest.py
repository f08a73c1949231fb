"""What the tests of deploy/ share: where it is, its dashboards, and tools that may be absent."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Give the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def deploy() -> Path:
    """Give the folder under test."""
    return REPOSITORY / "deploy"


@pytest.fixture(scope="session")
def tool() -> Run:
    """Run an installed tool to its end; without the tool the test skips and says so."""

    def run(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        if shutil.which(str(words[0])) is None:
            pytest.skip(f"{words[0]} is not installed")
        line = [str(word) for word in words]
        return subprocess.run(line, check=False, capture_output=True, text=True, timeout=60, **more)

    return run


@pytest.fixture(scope="session")
def dashboards(deploy: Path) -> dict[str, Any]:
    """Every committed dashboard by file name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((deploy / "grafana/dashboards").glob("*.json"))}


@pytest.fixture(scope="session")
def queries(dashboards: dict[str, Any]) -> list[tuple[str, str]]:
    """Every expression that a panel asks, with where it stands."""
    return [
        (f"{name}: {panel['title']}", target["expr"])
        for name, board in dashboards.items()
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]
