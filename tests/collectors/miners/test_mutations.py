"""Recorded answers taken apart at random: a reading is finite or a CollectError, never anything else."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import cgminer
from collectors.errors import CollectError
from collectors.jsontext import decode_object
from collectors.models import completed
from collectors.registry import family as family_named
from collectors.target import Ask, Target
from collectors.web import Answer
from tests.documents import copied, numbers

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"
RECORDINGS = {
    f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*/*.json"))
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "nan", "inf", "-1", "1e999", "0-0-0-0", "é\x00\n", "9" * 400, "0:00:27", "524K", "Alive"]),
    st.sampled_from([[], {}, [[]], [{}], {"a": {"b": []}}, [None, 1, "x"]]),
    st.text(max_size=8),
)


def places(value, path=()):
    """List the path of every member and entry."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield (*path, key)
        yield from places(part, (*path, key))


@st.composite
def mutated(draw, requests):
    """Drop, replace or nest a few parts of the answers."""
    requests = copied(requests)
    for _ in range(draw(st.integers(min_value=1, max_value=6))):
        one = draw(st.sampled_from(requests))
        if "reply" not in one:
            one["raw"] = draw(st.sampled_from([one.get("raw", "")[:40], "{}", "[]", "null", '{"STATUS":"S"}', ""]))
            continue
        paths = list(places(one["reply"]))
        if not paths:
            continue
        *parents, last = draw(st.sampled_from(paths))
        holder = one["reply"]
        for key in parents:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = copied(draw(ODD))
        else:
            del holder[last]
    return requests


class Replayed(Ask):
    """Answers from memory instead of the network, so that a thousand polls take a second."""

    __slots__ = ("answers",)

    def _answer(self, transport, request):
        for one in self.answers:
            known = one["request"]["command"] if isinstance(one["request"], dict) else one["request"]
            if one["transport"] == transport and known == request:
                return one["raw"].encode() if "raw" in one else json.dumps(one["reply"]).encode()
        return None

    async def rpc(self, command, **_):
        self._hold(f"rpc {command}")
        if "+" not in command:
            return decode_object(self._answer("rpc", command) or b'{"STATUS":"E"}')
        parts = [(name, self._answer("rpc", name) or b'{"STATUS":"E"}') for name in command.split("+")]
        return decode_object(b"{" + b",".join(b'"%s":[%s]' % (name.encode(), text) for name, text in parts) + b"}")

    async def framed(self, command, *, parameter=None, **_):
        request = f"{command} {parameter}" if parameter else command
        return decode_object(self._answer("framed", request) or b"{}")

    async def fetch(self, method, path, **_):
        self._hold(f"{method} {path}")
        body = self._answer("http", f"{method} {path}")
        one = next((one for one in self.answers if one["request"] == f"{method} {path}"), {})
        headers = {name.lower(): value for name, value in one.get("headers", {}).items()}
        return Answer(status=404 if body is None else one.get("status", 200), headers=headers, body=body or b"")


@pytest.mark.parametrize("name", RECORDINGS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_mutated_answers_are_read_or_refused(name, data):
    """Fields that are gone, of another type, negative, huge or nested never crash a collector nor get through."""
    recording = RECORDINGS[name]
    family = family_named(recording["family"])
    target = Target("127.0.0.1", **recording.get("credentials", {}))
    ask = Replayed(target, ports=family.ports, requests=family.requests, timeout_s=5)
    ask.answers = data.draw(mutated(recording["requests"]))
    try:
        reading = completed(await family.collect(ask))
    except CollectError:
        return
    document = reading.document()
    assert all(math.isfinite(number) for number in numbers(document))
    for rate in (document["hashrate_hs"], document["power_w"], document["uptime_s"]):
        assert rate is None or rate >= 0
    for board in document["boards"]:
        for temperature in (board["board_temperature_c"], board["chip_temperature_c"]):
            assert temperature is None or -40 < temperature < 150
    assert not any(cgminer.is_fee_pool({"URL": pool["url"]}) for pool in document["pools"])
