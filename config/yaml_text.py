"""YAML text to a tree with places: duplicate keys refused, aliases and depth bounded, tags unknown.

The parser's events are put together here rather than by PyYAML, so that no input can recurse or expand without bound.
"""

from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.reader import ReaderError

from config.scalars import Scalar, Surprise, scalar
from config.syntax import worded
from config.tree import Entry, Leaf, Listing, Node, Path, Position, Table, dotted

MOST_NODES = 2_000_000
"""Values that a file may have once its aliases are expanded; 50,000 devices have about half of that."""

DEEPEST = 32
"""Levels of nesting; the configuration itself needs six."""

Report = Callable[[Position, str, str], None]
"""Takes the place, the path and the message of one problem."""

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS: dict[str, tuple[type, ...]] = {
    "tag:yaml.org,2002:str": (str,),
    "tag:yaml.org,2002:int": (int,),
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": (bool,),
    "tag:yaml.org,2002:null": (type(None),),
    "tag:yaml.org,2002:map": (),
    "tag:yaml.org,2002:seq": (),
}
SYNTAX = "yaml"
"""Stands for the path where a problem is the file's and not a value's."""


class _Stop(Exception):
    """The rest of the file cannot be read; what was found is reported already."""


class _Frame:
    """A list or table that is being filled."""

    __slots__ = ("anchor", "key", "merges", "node", "path", "waiting")

    def __init__(self, node: Listing | Table, path: Path, anchor: str | None) -> None:
        self.node = node
        self.path = path
        self.anchor = anchor
        self.key: str | None = None
        self.waiting: Position | None = None
        self.merges: list[tuple[Node, Position]] = []

    def next_path(self) -> Path:
        """Give the path of what comes next."""
        if isinstance(self.node, Listing):
            return (*self.path, len(self.node.items))
        return self.path if self.key is None else (*self.path, self.key)


def read(text: str, report: Report) -> Node | None:
    """Read one YAML document; None when it is empty, or broken so that nothing of it can be used."""
    composer = _Composer(report)
    try:
        for event in _events(text, report):
            composer.take(event)
    except _Stop:
        return None
    return composer.root


def _events(text: str, report: Report) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_PARSER)
    except ReaderError as error:
        before = text[: error.position]
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        report(place, SYNTAX, "has a character that is not printable; remove it, or write it as an escape in quotes")
        raise _Stop from None
    except yaml.MarkedYAMLError as error:
        place, message = worded(error, text)
        report(place, SYNTAX, message)
        raise _Stop from None


class _Composer:
    """Puts events together to a tree."""

    def __init__(self, report: Report) -> None:
        self.root: Node | None = None
        self._report = report
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._add(Leaf(self._value(event), _place(event)), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(_place(event), "a second document begins here; one file is one site")

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = _place(event)
        if len(self._stack) >= DEEPEST:
            self._stop(place, f"is nested more than {DEEPEST} levels deep")
        if event.tag is not None and event.tag not in _TAGS:
            self._tell(place, "a tag such as !this is not understood; remove it")
        node: Listing | Table = Table(place) if isinstance(event, yaml.MappingStartEvent) else Listing(place)
        path = self._stack[-1].next_path() if self._stack else ()
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(_Frame(node, path, event.anchor))

    def _end(self) -> None:
        frame = self._stack.pop()
        if isinstance(frame.node, Table):
            for merged, place in frame.merges:
                self._merge(frame.node, merged, place)
        self._add(frame.node, frame.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = _place(event)
        if event.anchor not in self._anchors:
            self._tell(place, f"the alias *{event.anchor} has no anchor &{event.anchor} before it")
            self._add(Leaf(None, place), None)
            return
        node = self._anchors[event.anchor]
        if node is None:
            self._stop(place, f"the alias *{event.anchor} stands inside its own anchor")
        else:
            self._add(node, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a finished node where it belongs, and count it with all that it repeats."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        holder, path = frame.node, frame.next_path()
        if isinstance(holder, Listing):
            holder.items.append(node)
        elif frame.waiting is None:
            self._key(frame, node)
            return
        else:
            self._entry(frame, holder, node)
        holder.size += node.size
        holder.height = max(holder.height, node.height + 1)
        if holder.size > MOST_NODES:
            self._stop(node.position, f"has more than {MOST_NODES:,} values once its aliases are expanded", path)
        if len(self._stack) + node.height > DEEPEST:
            self._stop(node.position, f"is nested more than {DEEPEST} levels deep once its aliases are expanded", path)

    def _key(self, frame: _Frame, node: Node) -> None:
        frame.waiting = node.position
        frame.key = None
        value = node.value if isinstance(node, Leaf) else None
        if not isinstance(node, Leaf):
            self._tell(node.position, "a key must be one word, not a list or a mapping")
        elif isinstance(value, Surprise) and value != "<<":
            self._tell(node.position, f"the key {value.remedy}")
        elif not isinstance(value, str):
            shown = "null" if value is None else str(value).lower()[:40]
            self._tell(node.position, f'a key must be text; write "{shown}" in quotes')
        else:
            frame.key = value

    def _entry(self, frame: _Frame, table: Table, node: Node) -> None:
        key, place = frame.key, frame.waiting
        frame.key = frame.waiting = None
        if key is None or place is None:
            return
        if isinstance(key, Surprise):
            frame.merges.append((node, place))
        elif key in table.entries:
            first = table.entries[key].position[0]
            path = dotted((*frame.path, str(key)))
            self._report(place, path, f"the key stands here twice; it was first given on line {first}")
        else:
            table.entries[str(key)] = Entry(node, place)

    def _merge(self, table: Table, merged: Node, place: Position) -> None:
        """Take over keys that the table lacks (`<<`); of several tables the first wins."""
        for source in merged.items if isinstance(merged, Listing) else [merged]:
            if isinstance(source, Leaf) and source.value is None:
                continue
            if not isinstance(source, Table):
                self._tell(place, "<< takes a mapping, or a list of mappings")
                continue
            for key, entry in source.entries.items():
                table.entries.setdefault(key, entry)

    def _value(self, event: yaml.ScalarEvent) -> Scalar:
        text: str = event.value
        if event.tag is None or event.tag == "!":
            return scalar(text) if event.implicit[0] else text
        kinds = _TAGS.get(event.tag)
        if kinds == (str,):
            return text
        value = scalar(text)
        if not kinds or not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self._tell(_place(event), "a tag such as !this is not understood; remove it")
        return value

    def _tell(self, place: Position, message: str, path: Path | None = None) -> None:
        if path is None:
            path = self._stack[-1].next_path() if self._stack else ()
        self._report(place, dotted(path) or SYNTAX, message)

    def _stop(self, place: Position, message: str, path: Path | None = None) -> None:
        self._tell(place, message, path)
        raise _Stop


def _place(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
