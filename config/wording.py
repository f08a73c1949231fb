"""pydantic's errors in words that an operator can act on."""

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.model.words import named
from config.tree import Path

Worded = tuple[Path, str, bool]
"""A path, what is wrong there, and whether its key rather than its value is the place to show."""

_SYNONYMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("address", "adress", "ip", "hostname", "target"), ("host", "listen")),
    **dict.fromkeys(("name", "uid"), ("id",)),
    **dict.fromkeys(("user", "login"), ("username", "user")),
    **dict.fromkeys(("pass", "passwd", "pwd"), ("password",)),
    **dict.fromkeys(("type", "firmware", "vendor", "make"), ("family", "kind")),
    **dict.fromkeys(("subnet", "network", "range"), ("cidr",)),
    **dict.fromkeys(("csv", "file"), ("inventory", "path")),
    **dict.fromkeys(("watts", "wattage", "power_w"), ("power",)),
    **dict.fromkeys(("limit", "capacity", "contract"), ("contracted",)),
    **dict.fromkeys(("tz", "time_zone"), ("timezone",)),
    **dict.fromkeys(("price_per_kwh", "rate", "energy_price"), ("price",)),
    **dict.fromkeys(("start", "begin"), ("from",)),
    **dict.fromkeys(("end", "until"), ("to",)),
    **dict.fromkeys(("uri", "endpoint"), ("url",)),
    **dict.fromkeys(("bind", "port"), ("listen",)),
    **dict.fromkeys(("miners", "asics"), ("devices",)),
    **dict.fromkeys(("alerts", "notifications", "webhooks"), ("hooks",)),
    **dict.fromkeys(("prices", "feeds"), ("signals",)),
}
"""Words that people use for a key, where its spelling would not give it away."""

_EXPECTED = {
    "model_type": "a mapping with keys",
    "dict_type": "a mapping with keys",
    "tuple_type": 'a list, one entry per "-"',
    "list_type": 'a list, one entry per "-"',
}


def words(error: ValidationError, tree: Any, model: type[BaseModel]) -> Iterator[Worded]:
    """Yield every error of one validation in words; `tree` is what was validated against `model`."""
    for detail in error.errors(include_url=False, include_input=False):
        yield _worded(detail["type"], detail["loc"], detail.get("ctx", {}), detail["msg"], tree, model)


def _worded(
    kind: str, where: tuple[int | str, ...], context: dict[str, Any], message: str, tree: Any, model: type[BaseModel]
) -> Worded:
    path = where[:-1] if where and where[-1] == "[key]" else where
    of_key = path != where
    value = _at(tree, path)
    if kind == "extra_forbidden":
        return path, f"unknown key{_meant(str(path[-1]), _keys(model, path[:-1]))}", True
    if kind == "missing":
        return path, "is required", True
    if kind == "literal_error":
        return path, _one_of(value, str(context.get("expected", ""))), False
    if kind in _EXPECTED:
        return path, f"expected {_EXPECTED[kind]}, not {named(value)}", False
    said = str(context["error"]) if kind == "value_error" else str(context.get("message", message))
    if path and not of_key and isinstance(path[-1], str):
        # A rule takes keys of its own, so a slip in one of the common keys shows only by its value.
        known = _keys(model, path[:-1])
        near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.75) if path[-1] not in known else []
        said += f"; did you mean the key {near[0]}?" if near else ""
    return path, said, of_key


def _one_of(value: Any, expected: str) -> str:
    choices = [part.strip("' ") for part in expected.replace(" or ", ", ").split(",")]
    meant = difflib.get_close_matches(str(value).lower(), choices, n=1) if isinstance(value, str) else []
    listed = ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]
    return f"expected {listed}, not {named(value)}" + (f"; did you mean {meant[0]}?" if meant else "")


def _meant(key: str, known: list[str]) -> str:
    found = [name for name in _SYNONYMS.get(key.lower(), ()) if name in known]
    found += difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    if found:
        return f"; did you mean {found[0]}?"
    return f"; known here: {', '.join(known)}" if known else ""


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """List the keys of the section that a path leads to."""
    annotation: Any = model
    for step in path:
        annotation = _inside(annotation, step)
    section = _section(annotation)
    return [] if section is None else [field.alias or name for name, field in section.model_fields.items()]


def _inside(annotation: Any, step: str | int) -> Any:
    """Follow one step into a list, a mapping with free keys, or a section."""
    section = _section(annotation)
    if section is not None:
        fields = section.model_fields.items()
        return next((field.annotation for name, field in fields if (field.alias or name) == step), None)
    for part in _alternatives(annotation):
        if get_origin(part) is dict and isinstance(step, str):
            return get_args(part)[1]
        if get_origin(part) is tuple and isinstance(step, int):
            return get_args(part)[0]
    return None


def _section(annotation: Any) -> type[BaseModel] | None:
    """Find the section that a key holds directly: itself, or itself or nothing."""
    for part in _alternatives(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree
