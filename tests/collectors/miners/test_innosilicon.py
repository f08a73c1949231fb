"""Innosilicon's two interfaces, of which the web one refuses in several ways."""

from urllib.parse import parse_qs

import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("innosilicon")


def locked(pages, *, refusal):
    """Serve the pages to whoever carries the token of a login."""

    def answers(request, headers, body):
        if request == "POST /api/auth":
            is_right = parse_qs(body) == {"username": ["admin"], "password": ["open"]}
            return (200, {}, {"success": True, "jwt": "j"}) if is_right else (200, {}, {"success": False})
        if headers.get("authorization") != "Bearer j":
            return refusal
        return (200, {}, pages[request]) if request in pages else (404, {}, "none")

    return answers


@pytest.mark.parametrize("refusal", [(401, {}, {}), (200, {}, {"success": False, "message": "token"})])
async def test_the_web_pages_are_opened_with_a_login(recordings, web_server, pages_of, refusal):
    """A refusal with 200 means the same as one with 401; one login serves all."""
    web = await web_server(locked(pages_of(recordings["innosilicon/t1-web-only"]), refusal=refusal))
    target = Target("127.0.0.1", ports={"http": web.port, "api": 1}, username="admin", password="open")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("T1", 1480.0, 1.61e13) == (reading.model, reading.power_w, reading.hashrate_hs)
    await collect(target, FAMILY, timeout_s=5)
    assert 1 == web.heard.count("POST /api/auth")


async def test_port_4028_stands_alone_without_credentials(recordings, web_server, pages_of, device):
    """What is open is given, with a warning about the rest; without the port it is Denied."""
    web = await web_server(locked(pages_of(recordings["innosilicon/t1-web-only"]), refusal=(401, {}, {})))
    pretend = await device(recordings["innosilicon/t3-port-4028-only"]["requests"])
    target = Target("127.0.0.1", ports={"http": web.port, "api": pretend.ports[4028]})
    reading = await collect(target, FAMILY, timeout_s=5)
    assert (3.03e13, None, ("the device wants credentials",)) == (
        reading.hashrate_hs,
        reading.power_w,
        reading.warnings,
    )
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports={"http": web.port, "api": 1}), FAMILY, timeout_s=5)


async def test_both_interfaces_make_one_reading(recordings, web_server, pages_of, device):
    """Chips and windows come from the port, watts and temperatures from the web."""
    web = await web_server(locked(pages_of(recordings["innosilicon/t1-web-only"]), refusal=(401, {}, {})))
    pretend = await device(recordings["innosilicon/t3-port-4028-only"]["requests"])
    ports = {"http": web.port, "api": pretend.ports[4028]}
    reading = await collect(Target("127.0.0.1", ports=ports, username="admin", password="open"), FAMILY, timeout_s=5)
    assert (1480.0, 7000, 84, 44.0) == (
        reading.power_w,
        reading.uptime_s,
        reading.boards[0].chips,
        reading.boards[0].board_temperature_c,
    )
