"""Fuzz targets of the device families: one a family, over all its pretend devices, and one of identification.

An input is a JSON object: an answer by its question, a text where the answer was no JSON, so that answers are changed
by their parts; anything else is sent as the answer to every question. A reading is sound or the device is refused.
"""

import asyncio
import functools
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import orjson
from structure import Mutator, by_answers

from collectors import identify, registry
from collectors.errors import CollectError
from collectors.evidence import Evidence
from collectors.family import Family
from collectors.jsontext import decode
from collectors.models import completed
from collectors.reading import Reading
from collectors.recording import Replay, body_of
from collectors.web import Answer
from tests.documents import numbers

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
_LOOP = asyncio.new_event_loop()
_COLDEST, _HOTTEST = -40, 150


def recordings(name: str) -> list[dict[str, Any]]:
    """Give the pretend devices of a family."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / name).glob("*.json"))]


def as_input(recording: Mapping[str, Any]) -> bytes:
    """Write a recording in the form that the targets take."""
    return orjson.dumps({_question(one): one.get("reply", one.get("raw")) for one in recording["requests"]})


def answers(data: bytes, known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make answers of an input; `known` has the rest of what was recorded with each: transport, port, status."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return [{**one, **_as_text(data.decode("latin-1"))} for one in known.values()]
    given = [(known[question], answer) for question, answer in document.items() if question in known]
    return [{**one, **(_as_text(answer) if isinstance(answer, str) else {"reply": answer})} for one, answer in given]


def is_sound(reading: Reading) -> None:
    """A reading is plain JSON of finite numbers, none of which is absurd for what it names."""
    document = reading.document()
    orjson.dumps(document)
    assert all(math.isfinite(number) for number in numbers(document))
    counts = [document[name] for name in ("accepted", "rejected", "stale", "hardware_errors")]
    counts += [pool[name] for pool in document["pools"] for name in ("accepted", "rejected", "stale", "difficulty")]
    amounts = [document[name] for name in ("hashrate_hs", "hashrate_expected_hs", "power_w", "power_limit_w")]
    amounts += [document["uptime_s"], *document["hashrate_averages_hs"].values()]
    amounts += [pool["last_share_age_s"] for pool in document["pools"]]
    amounts += [fan["rpm"] for fan in document["fans"]]
    amounts += [board[name] for board in document["boards"] for name in ("hashrate_hs", "frequency_hz", "voltage_v")]
    assert all(number is None or number >= 0 for number in counts + amounts)
    degrees = [document["temperature_inlet_c"], document["temperature_outlet_c"]]
    degrees += [board[f"{part}_temperature_c"] for board in document["boards"] for part in ("board", "chip")]
    assert all(number is None or _COLDEST < number < _HOTTEST for number in degrees)


def _read(data: bytes, family: Family, known: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any]) -> None:
    async def collect() -> Reading:
        return await family.collect(Replay({**options, "requests": answers(data, known)}, family=family))

    try:
        reading = _LOOP.run_until_complete(collect())
    except CollectError:
        return
    is_sound(completed(reading))


def fuzz_identification(data: bytes) -> None:
    """Weigh answers as every family does: a score, whatever came."""
    evidence = Evidence()
    for one in answers(data, _ALL):
        kind = one["transport"]
        body = body_of(one)
        if kind == "http":
            status, headers = one.get("status", 200), one.get("headers", {})
            headers = {name.lower(): text for name, text in headers.items()}
            evidence.pages[one["request"]] = Answer(status=status, headers=headers, body=body)
        try:
            found = decode(body)
        except CollectError as error:
            evidence.failures[f"{kind} {one['request']}"] = error
            continue
        key = one["request"] if kind == "http" else f"{kind} {one['request']}"
        evidence.replies[key] = found if isinstance(found, dict) else {"list": found}
    for family in registry.families():
        assert 0 <= family.recognises(evidence) <= _SURE
    identify._failure(evidence)


_SURE = 100
_OWN = ("reply", "raw", "is_latin")


def _target(name: str) -> tuple[Callable[[bytes], None], tuple[bytes, ...]]:
    made = recordings(name)
    known = {_question(one): _rest(one) for recording in made for one in recording["requests"]}
    options = {"joins": all(one.get("joins", True) for one in made)}
    options |= next(({"credentials": one["credentials"]} for one in made if "credentials" in one), {})
    target = functools.partial(_read, family=registry.family(name), known=known, options=options)
    target.__name__ = f"fuzz_{name}"  # type: ignore[attr-defined]
    return target, tuple(as_input(one) for one in made)


def _as_text(answer: str) -> dict[str, Any]:
    return {"raw": answer, "is_latin": max(answer, default="") < "\u0100"}


def _question(one: Mapping[str, Any]) -> str:
    asked = one["request"] if isinstance(one["request"], str) else orjson.dumps(one["request"]).decode()
    return f"{one['transport']} {one['port']} {asked}"


def _rest(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in _OWN}


_MADE = [_target(name) for name in registry.TABLE]
_ALL = {_question(one): _rest(one) for name in registry.TABLE for made in recordings(name) for one in made["requests"]}

TARGETS = (*(target for target, _ in _MADE), fuzz_identification)
SEEDS: dict[str, tuple[bytes, ...]] = {target.__name__: seeds for target, seeds in _MADE}  # type: ignore[attr-defined]
SEEDS["fuzz_identification"] = tuple(seed for _, seeds in _MADE for seed in seeds)
MUTATORS: dict[str, Mutator] = dict.fromkeys(SEEDS, by_answers)
