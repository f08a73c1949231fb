"""The workers that a pool knows of an account, by its own API: a list or an object in JSON, over HTTP or in a file."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from collectors.errors import CollectError, Garbled
from collectors.plain_file import read_plain
from collectors.signals.http import refusal
from collectors.signals.number import NotANumber, at, number_text
from collectors.web import fetch

LARGEST = 4 << 20
MOST = 65_536
LONGEST_NAME = 128


class WorkerSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a pool's workers are read; pointers as in the configuration, `headers` with their secrets read."""

    url: str | None = None
    path: str | None = None
    pointer: str = ""
    name: str | None = None
    hashrate: str | None = None
    headers: Mapping[str, str] = {}
    timeout_s: float = 10.0


async def read_workers(source: WorkerSource) -> frozenset[str]:
    """Give the names of the workers that mine; raise CollectError."""
    if source.path is not None:
        content = await asyncio.to_thread(read_plain, source.path, largest=LARGEST)
    else:
        answer = await fetch("GET", source.url or "", headers=source.headers, timeout_s=source.timeout_s)
        if not answer.is_fine:
            raise refusal(answer)
        content = answer.body
    return workers(content, source)


def workers(content: bytes, source: WorkerSource) -> frozenset[str]:
    """Find the names in what the pool said; raise Garbled when they are not where they should be."""
    try:
        listed = at(orjson.loads(content), source.pointer)
    except orjson.JSONDecodeError as error:
        raise Garbled(f"not JSON: {error.msg} at character {error.pos}") from None
    if isinstance(listed, dict):
        entries = list(listed.items())
    elif isinstance(listed, list):
        entries = [(None, entry) for entry in listed]
    else:
        raise Garbled(f"there is neither a list nor an object at {source.pointer or 'the top'}")
    if len(entries) > MOST:
        raise Garbled(f"there are more than {MOST} workers")
    return frozenset(_name(key, entry, source) for key, entry in entries if _mines(entry, source))


def _name(key: str | None, entry: Any, source: WorkerSource) -> str:
    name = at(entry, source.name) if source.name is not None else key if key is not None else entry
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise Garbled("a worker's name is neither a text nor a number; `name` is the place of the name in an entry")
    return "".join(letter for letter in str(name)[:LONGEST_NAME] if letter.isprintable())


def _mines(entry: Any, source: WorkerSource) -> bool:
    if source.hashrate is None:
        return True
    try:
        return float(number_text(at(entry, source.hashrate))) > 0.0
    except (NotANumber, CollectError):
        return False  # a retired worker often has no hashrate at all
