"""Find out what each field of a reading comes from: take values out of recorded answers and see what goes missing."""  # noqa: INP001

import asyncio
import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from collectors.errors import CollectError
from collectors.family import Family
from collectors.recording import Replay

Sources = dict[str, dict[str, dict[str, None]]]  # field → request → keys, none where several stand in for each other
# a key whose absence costs more fields than this holds the answer together and is no source of any
_STRUCTURE = 7
_SHAPE_ERRORS = (CollectError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_NUMBER = re.compile(r"\d+(?=$|_\d|[ _-])")
_PARTS = ("boards", "fans", "pools")
_LEFT_OUT = (
    "family",
    "make",
    "firmware",
    "unread_fields",
    "warnings",
    "vendor_login",
    "efficiency_j_per_th",
    "power_grade",
)


def sources(family: Family, recordings: Mapping[str, Mapping[str, Any]]) -> Sources:
    """Give for every field the requests that it comes from, and of each the keys; `N` stands for their numbers."""
    found: Sources = {}
    for recording in recordings.values():
        whole = _fields(family, recording)
        if whole is None:
            continue
        for request, without in _without_requests(recording):
            name = _name(request)
            for field in _lost(whole, _fields(family, without)):
                found.setdefault(field, {}).setdefault(name, {})
            for key, less in _without_keys(recording, request):
                lost = _lost(whole, _fields(family, less))
                if len(lost) <= _STRUCTURE:
                    for field in lost:
                        found.setdefault(field, {}).setdefault(name, {})[_NUMBER.sub("N", key)] = None
    return found


def _fields(family: Family, recording: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read a recording and give its fields, those of boards, fans and pools by their common names."""
    try:
        reading = asyncio.run(_read(family, recording))
    except _SHAPE_ERRORS:
        return None
    flat = {name: value for name, value in reading.items() if name not in (*_PARTS, *_LEFT_OUT)}
    for part in _PARTS:
        for one in reading[part]:
            for name, value in one.items():
                if name == "index":
                    continue
                flat.setdefault(f"{part}[].{name}", []).append(value)
    # what counts from now differs from one reading to the next; that it is there does not
    return {name: value is not None if name.endswith(("_age_s", "uptime_s")) else value for name, value in flat.items()}


async def _read(family: Family, recording: Mapping[str, Any]) -> dict[str, Any]:
    reading = (await family.collect(Replay(recording, family=family))).document()
    for pool in reading["pools"]:
        pool["last_share_age_s"] = pool["last_share_age_s"] is not None
    return reading


def _lost(whole: dict[str, Any], less: dict[str, Any] | None) -> list[str]:
    """Name the fields that are gone or different."""
    if less is None:
        return []
    return [name for name, value in whole.items() if _is_there(value) and less.get(name) != value]


def _is_there(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_there(part) for part in value)
    return value not in (None, {}, (), "unknown", False)


def _without_requests(recording: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    for at, one in enumerate(recording["requests"]):
        rest = [*recording["requests"][:at], *recording["requests"][at + 1 :]]
        yield one, {**recording, "requests": rest}


def _without_keys(recording: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "reply" not in request:
        return
    for key in dict.fromkeys(_keys(request["reply"])):
        reply = _pruned(copy.deepcopy(request["reply"]), key)
        requests = [{**one, "reply": reply} if one is request else one for one in recording["requests"]]
        yield key, {**recording, "requests": requests}


def _keys(value: Any) -> Iterator[str]:
    """Give the names under which plain values stand."""
    if isinstance(value, dict):
        for name, part in value.items():
            if _is_plain(part):
                yield name
            else:
                yield from _keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from _keys(part)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict) and not (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _pruned(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(part, key) for name, part in value.items() if name != key or not _is_plain(part)}
    if isinstance(value, list):
        return [_pruned(part, key) for part in value]
    return value


def _name(request: Mapping[str, Any]) -> str:
    asked = request["request"]
    if request["transport"] == "http":
        return str(asked)
    return f"{request['transport']} {asked['command'] if isinstance(asked, dict) else asked}"
