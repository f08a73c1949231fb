"""Which families there are, most particular first: one line each, imported when first needed."""

import functools
import importlib

from collectors.family import Family

# name → module under collectors/miners. A family that others imitate comes after those that imitate it.
TABLE: dict[str, str] = {
    "whatsminer": "whatsminer",
    "nerdaxe": "nerdaxe",
    "axeos": "axeos",
    "hiveon": "hiveon",
    "mskminer": "mskminer",
    "luxos": "luxos",
    "braiins": "braiins",
    "vnish": "vnish",
    "epic": "epic",
    "marafw": "marafw",
    "proto": "proto",
    "iceriver": "iceriver",
    "innosilicon": "innosilicon",
    "apollo": "apollo",
    "fluminer": "fluminer",
    "avalon": "avalon",
    "blackminer": "blackminer",
    "elphapex": "elphapex",
    "sealminer": "sealminer",
    "strongu": "strongu",
    "goldshell": "goldshell",
    "auradine": "auradine",
    "ebang": "ebang",
    "antminer": "antminer",
    "bfgminer": "bfgminer",
    "cgminer": "cgminer",
}


class UnknownFamily(ValueError):
    """A family name that stands in no table."""


@functools.cache
def family(name: str) -> Family:
    """Give a family by its name; raise UnknownFamily for any other."""
    if name not in TABLE:
        raise UnknownFamily(f"no family {name!r}; known: {', '.join(sorted(TABLE))}")
    found = importlib.import_module(f"collectors.miners.{TABLE[name]}").FAMILY
    assert isinstance(found, Family)
    return found


@functools.cache
def families() -> tuple[Family, ...]:
    """Give every family, most particular first."""
    return tuple(family(name) for name in TABLE)
