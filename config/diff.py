"""What changed between two configurations, in words for the log of a reload."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from config.inventory import DeviceSpec
from config.load import Loaded
from config.quantity import Quantity

_LISTS = ("feeders", "racks", "pools", "hooks", "maintenance")
_TABLES = ("signals", "rules")
_APART = frozenset({*_LISTS, *_TABLES, "devices", "version"})
MOST_NAMES = 10
"""Names that one line lists; the rest is counted."""


def changes(old: Loaded, new: Loaded) -> list[str]:
    """Say what changed, one line each, such as `device m1: power_w 3068 -> 3100`; empty when nothing did.

    Lists without ids (credentials, allowed pools) are named as a whole. Secrets appear by reference only.
    """
    return [
        *_devices(old.entries, new.entries),
        *(line for section in _LISTS for line in _named(section, _by_id(old, section), _by_id(new, section))),
        *(
            line
            for section in _TABLES
            for line in _named(section, getattr(old.config, section), getattr(new.config, section))
        ),
        *_rest(old.config, new.config),
    ]


def _devices(old: Iterable[DeviceSpec], new: Iterable[DeviceSpec]) -> Iterator[str]:
    yield from _named("devices", {spec.id: spec for spec in old}, {spec.id: spec for spec in new})


def _by_id(loaded: Loaded, section: str) -> dict[str, Any]:
    return {item.id: item for item in getattr(loaded.config, section)}


def _named(section: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Compare two sets of named things: who came, who went, and what is different about the others."""
    noun = section.removesuffix("s") if section != "maintenance" else section
    for verb, names in (
        ("added", [name for name in new if name not in old]),
        ("removed", [n for n in old if n not in new]),
    ):
        if names:
            yield f"{section} {verb}: {_listed(names)}"
    changed: dict[str, list[str]] = {}
    for name, thing in new.items():
        if name in old and (differences := list(_differences(old[name], thing))):
            changed.setdefault(", ".join(differences), []).append(name)
    for difference, names in changed.items():
        # A change of many devices at once is one line, not a thousand.
        yield f"{noun if len(names) == 1 else section} {_listed(names)}: {difference}"


def _rest(old: BaseModel, new: BaseModel) -> Iterator[str]:
    for name, field in type(new).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        if name in _APART or before == after:
            continue
        key = field.alias or name
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            yield f"{key}: {', '.join(_differences(before, after))}"
        else:
            yield f"{key}: {_verb(before, after)}"


def _differences(old: Any, new: Any) -> Iterator[str]:
    for name in _fields(new):
        before, after = getattr(old, name), getattr(new, name)
        if before == after or name == "origin":
            continue
        if _is_short(before) and _is_short(after):
            yield f"{name} {_shown(before)} -> {_shown(after)}"
        elif isinstance(before, BaseModel) and type(before) is type(after):
            yield from (f"{name}.{inner}" for inner in _differences(before, after))
        else:
            yield f"{name} {_verb(before, after)}"
    if hasattr(new, "parameters") and old.parameters != new.parameters:
        yield from _parameters(old.parameters, new.parameters)


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield f"{name} {_shown(old.get(name))} -> {_shown(new.get(name))}"


def _fields(thing: Any) -> Iterable[str]:
    return type(thing).model_fields if isinstance(thing, BaseModel) else thing.__struct_fields__


def _verb(before: Any, after: Any) -> str:
    if not before:
        return "added"
    return "changed" if after else "removed"


def _is_short(value: Any) -> bool:
    return not isinstance(value, BaseModel | tuple | dict | frozenset)


_SHOW: dict[type, Callable[[Any], str]] = {
    float: lambda value: f"{value:.10g}",
    bool: lambda value: str(value).lower(),
    type(None): lambda _: "none",
    Quantity: lambda value: f"{value.value:.10g}",
}


def _shown(value: Any) -> str:
    return _SHOW.get(type(value), str)(value)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"
