"""Whatever the file holds, loading ends in a configuration or in problems with places."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.load import load
from config.problems import ConfigError

EXAMPLE = (Path(__file__).resolve().parents[2] / "config/example.yaml").read_text(encoding="utf-8")
TREE: dict[str, Any] = yaml.safe_load(EXAMPLE)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["no", "3.4 kWh", "-5 W", "1e999 W", "0777", "12:30:45", "file:", "f1", "x" * 5000, "10.0.0.0/8"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write over and over."""
    return tmp_path_factory.mktemp("fuzz") / "site.yaml"


def ends_well(path: Path) -> None:
    """Load, and hold every problem against what is promised of it."""
    try:
        load(path)
    except ConfigError as error:
        found = error.problems
    else:
        return
    assert found
    for problem in found:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.path
        assert problem.message
        assert str(problem).isprintable()


@given(content=st.binary(max_size=200))
def test_any_bytes(path: Path, content: bytes) -> None:
    """Bytes at random are refused or understood."""
    path.write_bytes(content)
    ends_well(path)


@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='host,id\n"power;port_api 10.3kW\r\té', max_size=120).map(
            lambda text: f"host,id\n{text}".encode()
        ),
    )
)
def test_any_inventory(path: Path, content: bytes) -> None:
    """An inventory of any bytes is refused or understood."""
    path.write_text("version: 1\nsite: {id: a}\ndevices: [{inventory: any.csv}]\n", encoding="utf-8")
    (path.parent / "any.csv").write_bytes(content)
    ends_well(path)


@given(data=st.data())
def test_a_value_replaced_by_something_odd(path: Path, data: st.DataObject) -> None:
    """Any value of a good file may become anything at all."""
    tree = copy.deepcopy(TREE)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(places(tree)))
        holder[key] = data.draw(ODD)
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    ends_well(path)


@given(data=st.data())
def test_a_good_file_with_a_piece_cut_or_doubled(path: Path, data: st.DataObject) -> None:
    """Any cut or repetition inside a good file is borne."""
    begin = data.draw(st.integers(0, len(EXAMPLE)))
    end = data.draw(st.integers(begin, min(len(EXAMPLE), begin + 200)))
    piece = data.draw(st.sampled_from(["", EXAMPLE[begin:end] * 2, "\t", "*x", "&x ", "!t ", "{", "'", "\x85", "- "]))
    path.write_text(EXAMPLE[:begin] + piece + EXAMPLE[end:], encoding="utf-8")
    ends_well(path)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every key and index of a tree, with what holds it."""
    found: list[tuple[Any, Any]] = []
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        found.append((tree, key))
        if isinstance(value, dict | list):
            found += places(value)
    return found
