"""Proto OS behind its password, and states that it has words for."""

import json

import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("proto")


def locked(pages, *, password):
    """Serve the pages to whoever carries the token of a login."""

    def answers(request, headers, body):
        if request == "POST /api/v1/auth/login":
            is_right = json.loads(body) == {"password": password}
            return (200, {}, {"access_token": "acc", "refresh_token": "ref"}) if is_right else (401, {}, {})
        if headers.get("authorization") != "Bearer acc":
            return 401, {}, {}
        page = pages.get(request.partition("?")[0])
        return (404, {}, "none") if page is None else (200, {}, page)

    return answers


async def test_a_password_opens_all_pages(recordings, web_server, pages_of):
    """One login serves every page and every poll; telemetry is asked with its three levels."""
    web = await web_server(locked(pages_of(recordings["proto/rig-board-silent"]), password="open"))
    target = Target("127.0.0.1", ports={"http": web.port}, password="open")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert (7.20005e13, 3, ()) == (reading.hashrate_hs, len(reading.boards), reading.warnings)
    await collect(target, FAMILY, timeout_s=5)
    assert 1 == web.heard.count("POST /api/v1/auth/login")
    assert "GET /api/v1/telemetry?level=miner%2Chashboard%2Cpsu" in web.heard


async def test_without_a_password_it_is_denied(recordings, web_server, pages_of):
    """A locked rig shows nothing, and is asked no login."""
    web = await web_server(locked(pages_of(recordings["proto/rig-board-silent"]), password="open"))
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert ["GET /api/v1/mining"] == web.heard


@pytest.mark.parametrize(
    ("status", "rate", "expected"),
    [
        ("Mining", 10.0, "hashing"),
        ("DegradedMining", 10.0, "hashing"),
        ("Stopped", 0, "sleeping"),
        ("Curtailed", 0, "sleeping"),
        ("NoPools", 0, "idle"),
        ("PoweringOn", 0, "starting"),
        ("Error", 0, "fault"),
        ("Mining", 0, "fault"),
        ("Mining", None, "unknown"),
    ],
)
async def test_states_are_told_apart(web_server, status, rate, expected):
    """Stopped is asleep, without pools is idle, and mining nothing is a fault."""
    page = {"mining-status": {"status": status, "hashrate_ghs": rate, "mining_uptime_s": 9000}}
    web = await web_server(lambda request, *_: (200, {}, page) if "mining" in request else (404, {}, ""))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert expected == reading.state
