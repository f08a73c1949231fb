"""What tests look for in documents of any shape."""

from collections.abc import Iterator
from typing import Any


def numbers(node: Any) -> Iterator[float]:
    """Walk every number of a document, a truth value among them."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for part in node:
            yield from numbers(part)
    elif isinstance(node, float | int):
        yield node
