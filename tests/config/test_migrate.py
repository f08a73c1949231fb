"""Older forms of the file are brought up to date before anything is checked."""

from collections.abc import Mapping

import pytest

from config.migrate import MIGRATIONS, FutureVersion, Migration, migrate
from config.model import VERSION
from config.tree import Leaf, Table, plain, position_of
from config.yaml_text import read

OLD = """version: 1
name: north
miners:
  - ip: 10.0.0.1
    watts: 3068
"""


def first_to_second(root: Table) -> None:
    """An imagined first step: miners become devices."""
    root.rename("miners", "devices")
    root.put("site", {"id": plain(root)["name"]})
    del root.entries["name"]


def second_to_third(root: Table) -> None:
    """An imagined second step: addresses become hosts, watts carry their unit."""
    for device in root.get("devices").items:
        device.rename("ip", "host")
        device.rename("watts", "power")
        device.put("power", f"{plain(device)['power']} W")


CHAIN: Mapping[int, Migration] = {1: first_to_second, 2: second_to_third}


def tree(text: str) -> Table:
    """Read a mapping."""
    root = read(text, print)
    assert isinstance(root, Table)
    return root


def test_versions_are_passed_one_by_one() -> None:
    """An old file goes through every step up to the newest version."""
    root = tree(OLD)
    migrate(root, lambda *_: pytest.fail("no problem was expected"), migrations=CHAIN, newest=3)

    assert {"version": 3, "devices": [{"host": "10.0.0.1", "power": "3068 W"}], "site": {"id": "north"}} == plain(root)


def test_a_file_of_a_later_version_takes_only_the_steps_left() -> None:
    """The second version is not put through the first step again."""
    root = tree("version: 2\ndevices: [{ip: 10.0.0.1, watts: 5}]\n")
    migrate(root, lambda *_: pytest.fail("no problem was expected"), migrations=CHAIN, newest=3)

    assert [{"host": "10.0.0.1", "power": "5 W"}] == plain(root)["devices"]


def test_places_survive_a_migration() -> None:
    """Problems of a migrated file point at what the operator wrote."""
    root = tree(OLD)
    migrate(root, lambda *_: None, migrations=CHAIN, newest=3)

    assert (4, 9) == position_of(root, ("devices", 0, "host"))
    assert (5, 5) == position_of(root, ("devices", 0, "power"), of_key=True)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("site: {id: a}", (1, 1), f"is required; this Headframe writes `version: {VERSION}`"),
        ("version:\nsite: {id: a}", (1, 1), f"is required; this Headframe writes `version: {VERSION}`"),
        ('a: 1\nversion: "1"', (2, 10), f'expected the whole number {VERSION}, not "1"'),
        ("version: true", (1, 10), f"expected the whole number {VERSION}, not true"),
        ("version: 1.0", (1, 10), f"expected the whole number {VERSION}, not the number 1.0"),
        ("version: [1]", (1, 10), f"expected the whole number {VERSION}, not that"),
        ("version: 0", (1, 10), f"there is no version 0; this Headframe writes `version: {VERSION}`"),
        ("version: -3", (1, 10), f"there is no version -3; this Headframe writes `version: {VERSION}`"),
    ],
)
def test_no_version_to_go_by(text: str, place: tuple[int, int], message: str) -> None:
    """A file without a proper version is told so and then judged as the newest."""
    found: list[tuple[tuple[int, int], str]] = []
    root = tree(text)
    migrate(root, lambda where, what: found.append((where, what)))

    assert [(place, message)] == found
    assert VERSION == plain(root)["version"]


def test_the_future_is_refused() -> None:
    """A file for a newer program is not judged at all."""
    found: list[str] = []
    with pytest.raises(FutureVersion):
        migrate(tree(f"version: {VERSION + 1}"), lambda _, what: found.append(what))

    assert [f"{VERSION + 1} is written for a newer Headframe; this one reads up to {VERSION}"] == found


def test_every_older_version_has_its_step() -> None:
    """The chain has no gap: each version from the first leads to the next."""
    assert set(range(1, VERSION)) == set(MIGRATIONS)
    assert all(isinstance(Leaf(version, (1, 1)).value, int) for version in MIGRATIONS)
