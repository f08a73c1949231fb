"""PowerPlay's web server on whichever port it listens, and its words for states."""

import pytest

from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("epic")


async def test_the_other_port_is_tried_where_the_first_is_no_web_server(recordings, device):
    """Some have it behind the web page's port; which one is remembered."""
    requests = [{**one, "port": 80} for one in recordings["epic/s19j-pro-board-off"]["requests"]]
    shut = {"transport": "rpc", "port": 4028, "request": "version", "reply": {"STATUS": "E"}}
    pretend = await device([*requests, shut])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY))
    target.ports["api"] = 1
    reading = await collect(target, FAMILY, timeout_s=5)
    assert (6.3e13, "S19J Pro") == (reading.hashrate_hs, reading.model)
    assert "http" == target.memory["epic"]


@pytest.mark.parametrize(
    ("word", "rate", "expected"),
    [
        ("Mining", 1000.0, "hashing"),
        ("Idling", 0.0, "idle"),
        ("Stopped", 0.0, "sleeping"),
        ("Initializing", 0.0, "starting"),
        ("Overheat Shutdown", 0.0, "fault"),
        ("Mining", 0.0, "fault"),
    ],
)
async def test_states_are_told_apart(web_server, word, rate, expected):
    """Idling is fine with nothing to do; mining nothing is a fault."""
    summary = {
        "HBs": [{"Index": 0, "Hashrate": [rate, 99.0]}],
        "Session": {"Uptime": 9000},
        "Status": {"Operating State": word},
    }
    web = await web_server(lambda request, *_: (200, {}, summary) if "summary" in request else (404, {}, ""))
    reading = await collect(Target("127.0.0.1", ports={"api": web.port}), FAMILY, timeout_s=5)
    assert expected == reading.state


async def test_the_watts_of_boards_stand_in_for_the_power_supplys(web_server):
    """A power supply that measures nothing says 0."""
    summary = {
        "HBs": [{"Index": at, "Hashrate": 1000.0, "Input Power": 400.5, "Core Clock": 500} for at in range(2)],
        "Session": {},
        "Power Supply Stats": {"Input Power": 0.0},
    }
    web = await web_server(lambda request, *_: (200, {}, summary) if "summary" in request else (404, {}, ""))
    reading = await collect(Target("127.0.0.1", ports={"api": web.port}), FAMILY, timeout_s=5)
    assert (801.0, "reported", 2e9, 5e8) == (
        reading.power_w,
        reading.power_grade,
        reading.hashrate_hs,
        reading.boards[0].frequency_hz,
    )
