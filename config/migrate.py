"""Older forms of the configuration are brought up to date, one version at a time, before anything is checked."""

from collections.abc import Callable, Mapping

from config.model.whole import VERSION
from config.model.words import named
from config.tree import Leaf, Position, Table

Migration = Callable[[Table], None]
"""Changes the tree of one version into that of the next, in place; `rename` and `put` keep the places of keys."""

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version that they start from. Version 1 is the first, so there are none yet."""


class FutureVersion(Exception):
    """The file is written for a newer program; nothing of it can be judged."""


def migrate(
    root: Table,
    report: Callable[[Position, str], None],
    *,
    migrations: Mapping[int, Migration] = MIGRATIONS,
    newest: int = VERSION,
) -> None:
    """Bring a tree up to the newest version; afterwards its `version` is that one.

    A version that is missing or no number is reported, and the file is then judged as the newest. Raises
    FutureVersion, reported as well, when the file is of a later version than this program knows.
    """
    entry = root.entries.get("version")
    value = entry.node.value if entry is not None and isinstance(entry.node, Leaf) else None
    place = root.position if entry is None else entry.node.position
    if value is None and (entry is None or isinstance(entry.node, Leaf)):
        report(
            root.position if entry is None else entry.position,
            f"is required; this Headframe writes `version: {newest}`",
        )
    elif not isinstance(value, int) or isinstance(value, bool):
        report(place, f"expected the whole number {newest}, not {named(value) if value is not None else 'that'}")
    elif value > newest:
        report(place, f"{str(value)[:20]} is written for a newer Headframe; this one reads up to {newest}")
        raise FutureVersion
    elif value < 1 and value not in migrations:
        report(place, f"there is no version {str(value)[:20]}; this Headframe writes `version: {newest}`")
    else:
        for version in range(value, newest):
            migrations[version](root)
    root.put("version", newest)
