"""The configuration as it stands in the file: plain values that remember their line and column."""

from collections.abc import Iterator
from typing import Any

from config.scalars import Scalar

Path = tuple[str | int, ...]
LONGEST_STEP = 64
"""Characters of a key that a message shows; the configuration's own keys are far shorter."""

Position = tuple[int, int]
"""Line and column, from 1."""


class Leaf:
    """A word, a number, true, false or nothing."""

    __slots__ = ("height", "position", "size", "value")

    def __init__(self, value: Scalar, position: Position) -> None:
        self.value = value
        self.position = position
        self.size = 1
        self.height = 0


class Listing:
    """A list; `size` counts all nodes below as often as aliases repeat them, `height` the levels below."""

    __slots__ = ("height", "items", "position", "size")

    def __init__(self, position: Position) -> None:
        self.items: list[Node] = []
        self.position = position
        self.size = 1
        self.height = 0


class Entry:
    """One key of a table with its place, and what it stands for."""

    __slots__ = ("node", "position")

    def __init__(self, node: "Node", position: Position) -> None:
        self.node = node
        self.position = position


class Table:
    """A mapping in the file's order; `size` and `height` as of a list."""

    __slots__ = ("entries", "height", "position", "size")

    def __init__(self, position: Position) -> None:
        self.entries: dict[str, Entry] = {}
        self.position = position
        self.size = 1
        self.height = 0

    def get(self, key: str) -> "Node | None":
        """Find what a key stands for; None when the key is not there."""
        entry = self.entries.get(key)
        return None if entry is None else entry.node

    def rename(self, old: str, new: str) -> None:
        """Give a key another name at its old place, for migrations; nothing happens when it is not there."""
        self.entries = {new if key == old else key: entry for key, entry in self.entries.items()}

    def put(self, key: str, value: Any) -> None:
        """Set a key to a plain value; a new key stands where the table does, for migrations."""
        entry = self.entries.get(key)
        place = self.position if entry is None else entry.position
        self.entries[key] = Entry(node(value, place), place)


Node = Leaf | Listing | Table


def node(value: Any, position: Position) -> Node:
    """Make the node of a plain value, all of it at one place."""
    if isinstance(value, dict):
        table = Table(position)
        table.entries = {str(key): Entry(node(item, position), position) for key, item in value.items()}
        return table
    if isinstance(value, list):
        listing = Listing(position)
        listing.items = [node(item, position) for item in value]
        return listing
    return Leaf(value, position)


def plain(root: Node, *, keeps_empty: bool = False) -> Any:
    """Give the plain value; a key without a value is left out, as if it were not there, unless it is to be kept."""
    if isinstance(root, Leaf):
        return root.value
    if isinstance(root, Listing):
        return [plain(item, keeps_empty=keeps_empty) for item in root.items]
    return {
        key: plain(entry.node, keeps_empty=keeps_empty)
        for key, entry in root.entries.items()
        if keeps_empty or not _is_empty(entry.node)
    }


def has_empty(root: Node) -> bool:
    """Tell whether any key stands without a value."""
    if isinstance(root, Listing):
        return any(has_empty(item) for item in root.items)
    return isinstance(root, Table) and any(
        _is_empty(entry.node) or has_empty(entry.node) for entry in root.entries.values()
    )


def position_of(root: Node, path: Path, *, of_key: bool = False) -> Position:
    """Find the place of a path: of its value, or of its key; of the nearest thing around it when it is not there."""
    found, place = root, root.position
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(found, Table) and isinstance(step, str) and step in found.entries:
            entry = found.entries[step]
            found = entry.node
            place = entry.position if (last and of_key) or _is_empty(found) else found.position
        elif isinstance(found, Listing) and isinstance(step, int) and 0 <= step < len(found.items):
            found = found.items[step]
            place = found.position
        else:
            break
    return place


def dotted(path: Path) -> str:
    """Write a path as messages show it, on one line: devices.1.host."""
    return ".".join(_shown(str(step)) for step in path)


def _shown(step: str) -> str:
    short = step if len(step) <= LONGEST_STEP else f"{step[: LONGEST_STEP - 1]}…"
    return "".join(letter if letter.isprintable() and letter != " " else "?" for letter in short) or '""'


def walk(root: Node, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Yield every leaf with its path."""
    if isinstance(root, Leaf):
        yield path, root
    elif isinstance(root, Listing):
        for place, item in enumerate(root.items):
            yield from walk(item, (*path, place))
    else:
        for key, entry in root.entries.items():
            yield from walk(entry.node, (*path, key))


def _is_empty(found: Node) -> bool:
    return isinstance(found, Leaf) and found.value is None
