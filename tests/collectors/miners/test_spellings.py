"""The same answers in another spelling: what firmware changes without a thought must not change the reading."""

import copy
import json
from pathlib import Path

import pytest

from collectors.recording import read_again
from collectors.registry import family as family_named

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"
RECORDINGS = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*/*.json"))
}


def each(value, change):
    """Change every number, text and truth of a document."""
    if isinstance(value, dict):
        return {key: each(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [each(part, change) for part in value]
    return change(value)


def numbers_as_texts(reply):
    return each(reply, lambda value: str(value) if type(value) in (int, float) else value)


def whole_numbers_with_a_fraction(reply):
    return each(reply, lambda value: float(value) if type(value) is int and abs(value) < 1 << 53 else value)


def more_members(reply):
    if isinstance(reply, dict):
        return {"zz_new": 1, "AA Other": {"x": [1, 2]}, **{key: more_members(part) for key, part in reply.items()}}
    return [more_members(part) for part in reply] if isinstance(reply, list) else reply


def members_in_another_order(reply):
    if isinstance(reply, dict):
        return {key: members_in_another_order(part) for key, part in reversed(reply.items())}
    return [members_in_another_order(part) for part in reply] if isinstance(reply, list) else reply


def stats_in_another_order(reply):
    if isinstance(reply, dict) and isinstance(reply.get("STATS"), list):
        return {**reply, "STATS": list(reversed(reply["STATS"]))}
    return reply


SPELLINGS = (
    numbers_as_texts,
    whole_numbers_with_a_fraction,
    more_members,
    members_in_another_order,
    stats_in_another_order,
)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
@pytest.mark.parametrize("name", RECORDINGS)
async def test_the_spelling_does_not_matter(name, spelling):
    """Numbers may be texts or have a fraction, members may be more and in any order: the reading is the same."""
    recording = copy.deepcopy(RECORDINGS[name])
    family = family_named(recording["family"])
    before = await read_again(recording, family=family)
    for one in recording["requests"]:
        if "reply" in one:
            one["reply"] = spelling(one["reply"])
    after = await read_again(recording, family=family)
    assert before == after
