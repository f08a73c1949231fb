"""A configuration to write and load."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import Loaded, load
from config.problems import ConfigError

HEAD = "version: 1\nsite: {id: north}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a configuration after the two sections that every one has, and other files beside it."""

    def written(body: str, *, head: str = HEAD, **beside: str | bytes) -> Path:
        for name, content in beside.items():
            path = tmp_path / name.replace("_csv", ".csv")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = tmp_path / "site.yaml"
        path.write_text(head + body, encoding="utf-8")
        return path

    return written


@pytest.fixture
def loaded(write: Callable[..., Path]) -> Callable[..., Loaded]:
    """Write a configuration and load it."""
    return lambda body, **beside: load(write(body, **beside))


@pytest.fixture
def problems(write: Callable[..., Path]) -> Callable[..., list[str]]:
    """Write a configuration that is wrong, and give its problems without the folder."""

    def found(body: str, **beside: str | bytes) -> list[str]:
        path = write(body, **beside)
        with pytest.raises(ConfigError) as caught:
            load(path)
        return [str(problem).removeprefix(f"{path.parent}/") for problem in caught.value.problems]

    return found
