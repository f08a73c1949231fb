"""The tree: what migrations do to it, and what becomes of values."""

from config.tree import Table, node, plain, position_of, walk
from config.yaml_text import read


def tree(text: str) -> Table:
    """Read a mapping."""
    root = read(text, print)
    assert isinstance(root, Table)
    return root


def test_a_renamed_key_keeps_its_place_and_order() -> None:
    """A migration that renames a key loses neither order nor position."""
    root = tree("a: 1\nold: 2\nb: 3\n")
    root.rename("old", "new")
    root.rename("not there", "x")

    assert ["a", "new", "b"] == list(root.entries)
    assert (2, 1) == position_of(root, ("new",), of_key=True)


def test_a_new_key_stands_where_its_table_does() -> None:
    """What a migration adds points at the nearest thing that the operator wrote."""
    root = tree("a:\n  b: 1\n")
    inner = root.get("a")
    assert isinstance(inner, Table)
    inner.put("c", {"d": [1, None]})
    inner.put("b", 2)

    assert {"a": {"b": 2, "c": {"d": [1, None]}}} == plain(root)
    assert (2, 3) == position_of(root, ("a", "c", "d", 0))


def test_walk_gives_every_leaf() -> None:
    """Every value is met once, with its path."""
    leaves = {path: leaf.value for path, leaf in walk(node({"a": [1, {"b": 2}], "c": None}, (1, 1)))}

    assert {("a", 0): 1, ("a", 1, "b"): 2, ("c",): None} == leaves
