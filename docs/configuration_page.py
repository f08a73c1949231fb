"""The tables of docs/configuration.md, made from the schema of the configuration."""  # noqa: INP001

from collections.abc import Iterator
from typing import Any

from config.schema import schema

# A value may be of any kind here, so the kinds that matter to a reader are named in one place.
_KINDS = {"boolean": "true or false", "integer": "whole number", "number": "number", "string": "text", "null": ""}


def tables() -> str:
    """Give one table for the file and one for each section, in the order of their first mention."""
    whole = schema()
    sections = whole["$defs"]
    parts = ["### The file\n", *_table(whole)]
    for heading, name in _order(whole, sections):
        section = sections[name]
        parts += ["", f"### `{heading}`\n", *_described(section), *_table(section)]
    return "\n".join(parts) + "\n"


def _order(whole: dict[str, Any], sections: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every section below its parent: its path in the file, and its name."""
    ahead = [("", whole)]
    seen: set[str] = set()
    while ahead:
        path, section = ahead.pop(0)
        below = []
        for key, shape in section["properties"].items():
            for name, mark in _sections(shape):
                if name not in seen:
                    seen.add(name)
                    inner = f"{path}{key}{mark}"
                    yield inner, name
                    below.append((f"{inner}.", sections[name]))
        ahead = below + ahead


def _sections(shape: dict[str, Any], mark: str = "") -> Iterator[tuple[str, str]]:
    if "$ref" in shape:
        yield shape["$ref"].rpartition("/")[2], mark
    for part in shape.get("anyOf", ()):
        yield from _sections(part, mark)
    if "items" in shape:
        yield from _sections(shape["items"], "[]")
    if isinstance(shape.get("additionalProperties"), dict):
        yield from _sections(shape["additionalProperties"], ".NAME")
    for part in shape.get("patternProperties", {}).values():
        yield from _sections(part, ".NAME")


def _described(section: dict[str, Any]) -> list[str]:
    paragraphs = [" ".join(part.split()) for part in section.get("description", "").split("\n\n")]
    return [line for part in paragraphs for line in (part, "")]


def _table(section: dict[str, Any]) -> Iterator[str]:
    yield "| key | value or example | default | meaning |"
    yield "|---|---|---|---|"
    for key, shape in section["properties"].items():
        default = "**required**" if key in section.get("required", ()) else _default(shape)
        yield f"| `{key}` | {_kind(shape)} | {default} | {_plain(shape.get('description', ''))} |"
    if isinstance(section.get("additionalProperties"), dict):
        yield f"| any other | {_kind(section['additionalProperties'])} | | A parameter of the rule. |"


def _default(shape: dict[str, Any]) -> str:
    value = shape.get("default")
    if value is None or value == []:
        return ""
    return f"`{f'{value:g}' if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else value}`"


def _kind(shape: dict[str, Any]) -> str:
    """Word what may stand there: the words to choose from, an example, or a kind."""
    examples = [example for example in shape.get("examples", ()) if isinstance(example, str)]
    if examples:
        return f"`{examples[0]}`"
    if "$ref" in shape:
        return "section"
    if "enum" in shape:
        return "one of " + ", ".join(f"`{word}`" for word in shape["enum"])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(kind for kind in map(_kind, shape["anyOf"]) if kind))
    types = shape.get("type", "string")
    if types == "array":
        return "list of sections" if "$ref" in shape["items"] else f"list of {_kind(shape['items'])}"
    if types == "object":
        return "names and sections" if list(_sections(shape)) else "names and values"
    return " or ".join(_KINDS[kind] for kind in ([types] if isinstance(types, str) else types) if _KINDS[kind])


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
