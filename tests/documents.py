"""What tests do with documents of any shape."""

import pickle
from collections.abc import Iterator
from typing import Any, TypeVar

Document = TypeVar("Document")


def copied(document: Document) -> Document:
    """Copy a document whole, several times faster than `copy.deepcopy`."""
    copy: Document = pickle.loads(pickle.dumps(document))
    return copy


def numbers(node: Any) -> Iterator[float]:
    """Walk every number of a document, a truth value among them."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for part in node:
            yield from numbers(part)
    elif isinstance(node, float | int):
        yield node
