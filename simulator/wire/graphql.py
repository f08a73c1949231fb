"""As much of GraphQL as devices are asked in: a selection of fields, answered from a whole document."""

import re
from typing import Any

_TOKEN = re.compile(r"[{}]|\w+")
_ARGUMENTS = re.compile(r"\([^()]*\)")
_MOST_DEPTH = 32

Selection = dict[str, "Selection"]


class UnknownField(ValueError):
    """A field that the document's type does not have."""


def selection(query: str) -> Selection:
    """Give the fields of a query by name, each with those within it; ValueError when it is no selection."""
    tokens = _TOKEN.findall(_ARGUMENTS.sub("", query))
    if tokens[:1] == ["query"]:
        tokens = tokens[tokens.index("{") :] if "{" in tokens else []
    if tokens[:1] != ["{"]:
        raise ValueError("expected a selection")
    top: Selection = {}
    levels, last = [top], top
    for mark in tokens[1:]:
        if mark == "{":
            if len(levels) >= _MOST_DEPTH:
                raise ValueError("too deep")
            levels.append(last)
        elif mark == "}":
            levels.pop()
            if not levels:
                return top
        else:
            last = levels[-1].setdefault(mark, {})
    raise ValueError("unbalanced")


def chosen(document: Any, wanted: Selection, *, is_strict: bool = True) -> Any:
    """Give the part of a document that was selected.

    A field that the document has not is an UnknownField, or null where that is not strict.
    """
    if isinstance(document, list):
        return [chosen(one, wanted, is_strict=is_strict) for one in document]
    if not isinstance(document, dict) or not wanted:
        return document
    found = {}
    for name, within in wanted.items():
        if is_strict and name not in document:
            raise UnknownField(f'Unknown field "{name}"')
        found[name] = chosen(document.get(name), within, is_strict=is_strict)
    return found
