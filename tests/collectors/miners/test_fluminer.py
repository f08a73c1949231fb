"""Fluminer's refusals, its pairs in one text, and which pool is in use."""

import pytest

from collectors.errors import Denied, Garbled
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("fluminer")


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ((200, {}, {"code": 401, "message": "log in"}), Denied),
        ((403, {}, ""), Denied),
        ((200, {}, {"code": 7}), Garbled),
        ((200, {}, {"code": 0, "data": {}}), Garbled),
        ((200, {}, []), Garbled),
    ],
)
async def test_a_code_inside_the_answer_is_a_refusal(web_server, page, error):
    """A page of 200 may still refuse, or be something else."""
    web = await web_server(lambda *_: page)
    with pytest.raises(error):
        await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)


@pytest.mark.parametrize(
    ("status", "rate", "uptime", "expected"),
    [
        ("OK", 1, 9000, "hashing"),
        ("sleep", 0, 9000, "sleeping"),
        ("Starting", 0, 9000, "starting"),
        ("OK", 0, 5, "starting"),
        ("OK", 0, 9000, "unknown"),
        ("HotError", 0, 9000, "fault"),
        ("OK", None, 9000, "unknown"),
    ],
)
async def test_states_are_told_apart(web_server, status, rate, uptime, expected):
    """What does not hash is at fault only when the device says that it is not well."""
    data = {"summary": [{"status": status, "hrt": rate, "uptime": uptime, "temp": 55, "fan": [1, "2"]}]}
    web = await web_server(lambda *_: (200, {}, {"code": 0, "data": data}))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert (expected, 55.0, 2) == (reading.state, reading.boards[0].board_temperature_c, len(reading.fans))
