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

MOST_GUESSES = 1000
"""Problems of one validation that are given a guess; comparing words is slow, and the first ones tell enough."""

LONGEST_GUESS = 64
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


def words(error: ValidationError, tree: Any, model: type[BaseModel], *, kind: str | None = None) -> Iterator[Worded]:
    """Yield every error of one validation in words, or those of pydantic's one `kind`.

    `tree` is what was validated against `model`.
    """
    details = error.errors(include_url=False, include_input=False)
    for number, detail in enumerate(one for one in details if kind in {None, one["type"]}):
        of, where = detail["type"], detail["loc"]
        path = where[:-1] if where and where[-1] == "[key]" else where
        value = _at(tree, path)
        message = _said(of, value, detail.get("ctx", {}), detail["msg"])
        if number < MOST_GUESSES:
            message += _guess(of, path, value, detail.get("ctx", {}), model)
        yield path, message, path != where or of in {"extra_forbidden", "missing"}


def _said(kind: str, value: Any, context: dict[str, Any], message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "is required"
    if kind == "literal_error":
        choices = _choices(context)
        listed = ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]
        return f"expected {listed}, not {named(value)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, not {named(value)}"
    return str(context["error"]) if kind == "value_error" else str(context.get("message", message))


def _guess(kind: str, path: Path, value: Any, context: dict[str, Any], model: type[BaseModel]) -> str:
    """Word what may have been meant; nothing when nothing is near."""
    key = str(path[-1]) if path else ""
    if kind == "literal_error":
        near = _near(value, _choices(context), cutoff=0.6) if isinstance(value, str) else None
        return f"; did you mean {near}?" if near else ""
    known = _keys(model, path[:-1])
    if kind == "extra_forbidden":
        head, colon, _ = key.partition(":")
        if colon and head in known:
            return f'; a space is missing after "{head}:"'
        near = next((name for name in _SYNONYMS.get(key.lower(), ()) if name in known), None)
        near = near or _near(key, known, cutoff=0.6)
        return f"; did you mean {near}?" if near else f"; known here: {', '.join(known)}"
    if kind != "missing" and path and isinstance(path[-1], str) and key not in known:
        # A rule takes keys of its own, so a slip in one of the common keys shows only by its value.
        near = _near(key, known, cutoff=0.75)
        return f"; did you mean the key {near}?" if near else ""
    return ""


def _near(word: str, known: list[str], *, cutoff: float) -> str | None:
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=cutoff) if len(word) <= LONGEST_GUESS else []
    return found[0] if found else None


def _choices(context: dict[str, Any]) -> list[str]:
    return [part.strip("' ") for part in str(context.get("expected", "")).replace(" or ", ", ").split(",")]


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
