"""YAML to a tree: places, bounds, and the same values as any other reader."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config import yaml_text
from config.tree import dotted, plain, position_of
from config.yaml_text import DEEPEST, read


def problems(text: str) -> list[tuple[tuple[int, int], str, str]]:
    """Read a text and give what is reported of it."""
    found: list[tuple[tuple[int, int], str, str]] = []
    read(text, lambda place, path, message: found.append((place, path, message)))
    return found


def test_places_of_keys_and_values() -> None:
    """Every value knows where it stands, and where its key does."""
    root = read("a:\n  - b: 1\n    c: {d: x}\n", print)

    assert root is not None
    assert (3, 12) == position_of(root, ("a", 0, "c", "d"))
    assert (3, 9) == position_of(root, ("a", 0, "c", "d"), of_key=True)
    assert (2, 5) == position_of(root, ("a", 0))
    assert (3, 8) == position_of(root, ("a", 0, "c", "missing", "deeper"))
    assert "a.0.c.d" == dotted(("a", 0, "c", "d"))


def test_a_key_without_value_is_left_out_and_still_found() -> None:
    """A key that stands alone counts as not given, but problems point at it."""
    root = read("site:\npools: [~, 1]\n", print)

    assert root is not None
    assert {"pools": [None, 1]} == plain(root)
    assert (1, 1) == position_of(root, ("site",))


def test_aliases_share_what_they_name() -> None:
    """An alias repeats its anchor's value."""
    root = read("a: &x [1, 2]\nb: *x\n", print)

    assert root is not None
    assert {"a": [1, 2], "b": [1, 2]} == plain(root)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "&a [ " * 100_000])
def test_depth_is_bounded(text: str) -> None:
    """However deep the nesting, it ends with one problem and no recursion."""
    found = problems(text)

    assert 1 == len(found)
    assert f"more than {DEEPEST} levels deep" in found[0][2]


def test_depth_through_aliases_is_bounded() -> None:
    """Aliases cannot nest deeper than what may be written out."""
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[[[[[[*a{n - 1}]]]]]]]]\n" for n in range(1, 8))

    assert any("levels deep once its aliases are expanded" in message for _, _, message in problems(text))


@pytest.mark.parametrize(("times", "expected"), [(4, []), (10, ["c.9"])])
def test_expansion_is_bounded(monkeypatch: pytest.MonkeyPatch, times: int, expected: list[str]) -> None:
    """Aliases of aliases are counted as often as they repeat their values, without expanding them."""
    monkeypatch.setattr(yaml_text, "MOST_NODES", 1000)
    tens = [f"{name}: &{name} [{', '.join([inner] * 10)}]" for name, inner in (("a", "x"), ("b", "*a"))]
    text = "\n".join([*tens, f"c: [{', '.join(['*b'] * times)}]"])

    assert expected == [path for _, path, _ in problems(text)]


def test_every_duplicate_is_told() -> None:
    """All keys that stand twice are reported, and reading goes on."""
    text = "a: 1\na: 2\nb: {c: 1, c: 2, c: 3}\n"

    assert ["a", "b.c", "b.c"] == [path for _, path, _ in problems(text)]


def test_tags_of_plain_values_are_understood() -> None:
    """YAML's own tags may stand where they change nothing that matters."""
    root = read("a: !!str 5\nb: !!int 5\nc: !!float 5\nd: !!map {}\ne: !!seq []\ng: !!bool true\n", print)

    assert root is not None
    assert {"a": "5", "b": 5, "c": 5, "d": {}, "e": [], "g": True} == plain(root)


# PyYAML folds the rarer line breaks when it writes, so they do not come back even to itself.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")))
NAMES = st.text(st.characters(categories=("L",)))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


@given(value=VALUES, flow=st.booleans())
def test_what_pyyaml_writes_is_read_back(value: Any, flow: bool) -> None:
    """A value that PyYAML dumped comes back, apart from keys without a value."""
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    root = read(text, lambda *_: None)

    assert root is None or without_nothing(value) == plain(root)
    assert root is not None or value is None or problems(text)


def without_nothing(value: Any) -> Any:
    """Leave out keys that stand for nothing, as the tree does."""
    if isinstance(value, dict):
        return {key: without_nothing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nothing(item) for item in value]
    return value


@given(text=st.text(alphabet=" \t\n-:?[]{},&*!|>'\"%@`#ab1.~<=", max_size=80))
def test_any_text_ends_in_a_tree_or_a_problem(text: str) -> None:
    """No text makes the reader fail otherwise than by a report with a place."""
    assert all(line >= 1 and column >= 1 and message for (line, column), _, message in problems(text))
