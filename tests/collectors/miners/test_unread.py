"""A field that cannot be read never costs the rest, and is counted, whatever the family and the field."""

import json
import math
from pathlib import Path

import pytest

from collectors.errors import CollectError
from collectors.recording import Replay
from collectors.registry import family as family_named
from tests.documents import copied, numbers

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"
RECORDINGS = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*/*.json"))
}
NO_NUMBERS = ("banana", ["banana"], {"banana": 1})
ABSURD = (-1, -1e300, 1e300, 10**30, float("nan"), float("inf"))
# numbers by chance, which are read as texts: a word in their place is as good
TEXTS = {"DNA", "Firmware", "GCMiner", "boardVersion", "slot", "status"}
# a clock that cannot be read makes some firmware's answer another form, in which other parts are read
FORMS = {("mskminer", "Elapsed"), ("vnish", "Elapsed")}
COLDEST_C, HOTTEST_C = -40, 150


def places(value, path=()):
    """List the path of every number, and of every text that is one."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))
    elif not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            float(value)
        except ValueError:
            return
        yield path


def changed(recording, number, path, *value):
    """Give a recording with one value replaced, or taken out."""
    one = copied(recording["requests"][number])
    holder = one["reply"]
    for key in path[:-1]:
        holder = holder[key]
    if value:
        holder[path[-1]] = value[0]
    else:
        del holder[path[-1]]
    if value and isinstance(value[0], float | int):  # as firmware writes what JSON has no word for
        one["raw"] = json.dumps(one.pop("reply"))
    return {**recording, "requests": [*recording["requests"][:number], one, *recording["requests"][number + 1 :]]}


async def read(recording):
    """Give the reading as a document and its unread fields; the reason in place of one that is refused."""
    family = family_named(recording["family"])
    try:
        reading = await family.collect(Replay(recording, family=family))
    except CollectError as error:
        return error.reason, ()
    document = reading.document()
    for name in ("unread_fields", "efficiency_j_per_th"):
        del document[name]
    for pool in document["pools"]:
        pool["last_share_age_s"] = pool["last_share_age_s"] is not None
    return document, reading.unread


def numbers_of(recording):
    """Give the place of every field that holds a number: once for all entries of a list."""
    seen = set()
    for number, one in enumerate(recording["requests"]):
        for path in places(one.get("reply")):
            key = (number, *("*" if isinstance(part, int) else part for part in path))
            if isinstance(path[-1], str) and key not in seen:
                seen.add(key)
                yield number, path


def differing(one, other):
    """Name the fields in which two readings differ; a refusal differs in everything."""
    if isinstance(one, str) or isinstance(other, str):
        return set() if one == other else {"everything"}
    return {name for name in one if one[name] != other[name]}


@pytest.mark.parametrize("name", RECORDINGS)
async def test_what_is_no_number_costs_no_more_than_its_absence(name):
    """A word, list or object in a number's place is counted, and changes nothing that the field's absence would not."""
    recording = RECORDINGS[name]
    whole, counted = await read(recording)
    for number, path in numbers_of(recording):
        gone, _ = await read(changed(recording, number, path))
        costs = differing(whole, gone)
        if not costs:
            continue  # it is not read, or only where another is missing
        for value in NO_NUMBERS:
            if (path[-1] in TEXTS and isinstance(value, str)) or (recording["family"], path[-1]) in FORMS:
                continue
            found, unread = await read(changed(recording, number, path, value))
            assert differing(whole, found) <= costs, (path, value)
            assert len(unread) > len(counted) or isinstance(found, str), (path, value)


@pytest.mark.parametrize("name", RECORDINGS)
async def test_an_absurd_number_is_no_reading(name):
    """Negative, huge and infinite numbers, and none at all, never make a number that cannot be."""
    recording = RECORDINGS[name]
    for number, path in numbers_of(recording):
        for value in ABSURD:
            found, _ = await read(changed(recording, number, path, value))
            if isinstance(found, str):
                continue
            assert all(math.isfinite(one) for one in numbers(found)), (path, value)
            amounts = [found[key] for key in ("hashrate_hs", "power_w", "power_limit_w", "uptime_s", "accepted")]
            amounts += [fan["rpm"] for fan in found["fans"]] + [board["chips"] for board in found["boards"]]
            assert all(one is None or one >= 0 for one in amounts), (path, value)
            warmth = [board[f"{part}_temperature_c"] for board in found["boards"] for part in ("board", "chip")]
            warmth += [found["temperature_inlet_c"], found["temperature_outlet_c"]]
            assert all(one is None or COLDEST_C < one < HOTTEST_C for one in warmth), (path, value)
