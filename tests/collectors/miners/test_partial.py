"""What is left of a reading when one of its requests fails: all that the others carry."""

import json
from pathlib import Path

import pytest

from collectors.errors import CollectError
from collectors.recording import read_again
from collectors.registry import family as family_named

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"
RECORDINGS = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*/*.json"))
}
# without these nothing can be told: the one page of a device, and the login that opens all of its pages
INDISPENSABLE = {
    "apollo": {"POST /api/graphql"},
    "axeos": {"GET /api/system/info"},
    "ebang": {"POST /user/login"},
    "iceriver": {"POST /user/userpanel?post=4"},
}
# recorded with a single answer that says anything
SINGLE = {"nerdaxe/nerdqaxe-plus-plus": "GET /api/system/info", "epic/old-on-web-port-idle": "GET /summary"}
# what opens other pages, or tells that they are there, and says nothing by itself
OPENING = ("POST /token", "POST /api/auth", "POST /admin/login", "POST /user/login", "GET /user/login")
OPENERS = (*OPENING, "GET /api/v1/miner/details", "POST /graphql", "version")
# made of two answers, or of one and the model table
JOINT = {"state", "algorithm", "power_limit_w", "power_w", "power_grade", "efficiency_j_per_th"}
# LuCI's page is asked for beside GraphQL only: devices without it are spared the request
BESIDE = {"POST /graphql": {"mac"}}
SILENT = (None, [], {}, "unknown")


def without(recording, at):
    """Leave one request out; its port goes on answering that there is no such thing."""
    left = [one for place, one in enumerate(recording["requests"]) if place != at]
    lost = recording["requests"][at]
    nothing = "GET /nothing" if lost["transport"] == "http" else "nothing"
    return {**recording, "requests": [*left, {**lost, "request": nothing, "reply": {}}]}


def only(recording, at):
    """Keep one request and what opens its page; every port goes on answering that there is no such thing."""
    asked = recording["requests"]
    kept = [one for place, one in enumerate(asked) if place == at or str(one["request"]) in OPENERS]
    others = [
        {**one, "request": "GET /nothing" if one["transport"] == "http" else "nothing", "reply": {}} for one in asked
    ]
    return {**recording, "requests": [*kept, *others]}


async def said(recording):
    """Name the fields that say something; none when there is no reading."""
    try:
        document = (await read_again(recording, family=family_named(recording["family"]))).document()
    except CollectError:
        return set()
    return {name for name, value in document.items() if value not in SILENT}


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_missing_answer_costs_what_it_carries_and_nothing_else(name):
    """Whichever request fails, the reading stands, and what it lacks is what that request says."""
    recording = RECORDINGS[name]
    whole = await said(recording)
    for at, one in enumerate(recording["requests"]):
        left = await said(without(recording, at))
        needed = {*INDISPENSABLE.get(recording["family"], ()), SINGLE.get(name)}
        if str(one["request"]) in needed:
            assert set() == left
        elif str(one["request"]) not in OPENING:
            lost = whole - left - await said(only(recording, at)) - BESIDE.get(str(one["request"]), set())
            assert left
            assert set() == lost - JOINT, one["request"]
