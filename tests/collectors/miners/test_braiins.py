"""Braiins OS through logins, partial GraphQL answers, and devices that let us see only their older interfaces."""

import asyncio
import copy
import json

import pytest

from collectors.errors import Denied
from collectors.miners.braiins_boards import board_state, first_index, identity
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("braiins")


def rest_behind_login(recording, *, password):
    """Serve a REST recording to whoever has logged in."""
    pages = {one["request"]: one.get("reply", one.get("raw")) for one in recording["requests"]}

    def answers(request, headers, body):
        if request == "POST /api/v1/auth/login":
            given = json.loads(body)
            is_right = given == {"username": "root", "password": password}
            return (200, {}, {"token": "t0k3n", "timeout_s": 3600}) if is_right else (401, {}, {"message": "no"})
        if headers.get("authorization") != "t0k3n":
            return 401, {}, {"message": "log in"}
        return (200, {}, pages[request]) if request in pages else (404, {}, "none")

    return answers


async def test_rest_is_read_with_the_token_of_a_login(recordings, web_server):
    """The token is sent bare, kept between polls, and one login serves all pages."""
    web = await web_server(rest_behind_login(recordings["braiins/s19j-pro-rest"], password="open"))
    target = Target("127.0.0.1", ports={"http": web.port, "api": 1}, username="root", password="open")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("hashing", 2950.0, 2900.0, ()) == (
        reading.state,
        reading.power_w,
        reading.power_limit_w,
        reading.warnings,
    )
    again = await collect(target, FAMILY, timeout_s=5)
    assert reading.document() == again.document()
    assert 1 == web.heard.count("POST /api/v1/auth/login")


async def test_wrong_credentials_are_sent_once(recordings, web_server):
    """A refused login is Denied, and the next poll leaves the device alone."""
    web = await web_server(rest_behind_login(recordings["braiins/s19j-pro-rest"], password="open"))
    target = Target("127.0.0.1", ports={"http": web.port, "api": 1}, username="root", password="shut")
    for _ in range(2):
        with pytest.raises(Denied):
            await collect(target, FAMILY, timeout_s=5)
    assert 1 == web.heard.count("POST /api/v1/auth/login")


async def test_the_vendors_own_login_is_tried_only_when_allowed(recordings, web_server):
    """Without leave nothing is sent; with leave the reading says that the vendor's password still opens the device."""
    web = await web_server(rest_behind_login(recordings["braiins/s19j-pro-rest"], password="root"))
    ports = {"http": web.port, "api": 1}
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert "POST /api/v1/auth/login" not in web.heard
    reading = await collect(Target("127.0.0.1", ports=ports, try_defaults=True), FAMILY, timeout_s=5)
    assert (True, 1.01e14) == (reading.vendor_login, reading.hashrate_hs)


async def test_a_locked_rest_leaves_port_4028(recordings, web_server, device):
    """Without credentials the open port still gives rates and boards, and a warning says what is missing."""
    web = await web_server(rest_behind_login(recordings["braiins/s19j-pro-rest"], password="open"))
    pretend = await device(recordings["braiins/s9-bosminer"]["requests"])
    target = Target("127.0.0.1", ports={"http": web.port, "api": pretend.ports[4028]})
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("S9", 1.31e13) == (reading.model, reading.hashrate_hs)
    assert any("credentials" in words for words in reading.warnings)


def partial(recording, *, choose):
    """Serve parts of a GraphQL answer, as `choose` picks them by the query."""
    whole = next(one["reply"] for one in recording["requests"] if one["request"] == "POST /graphql")["data"]
    info = whole["bosminer"]["info"]
    parts = {
        "system": {
            "bos": whole["bos"],
            "bosminer": {
                "info": {
                    "fans": info["fans"],
                    "summary": info["summary"],
                    "workSolver": {key: info["workSolver"][key] for key in ("nominalMhs", "realHashrate")},
                }
            },
        },
        "boards": {"bosminer": {"info": {"workSolver": {"childSolvers": info["workSolver"]["childSolvers"]}}}},
        "pools": {"bosminer": {"info": {"poolGroups": info["poolGroups"]}}},
    }

    def answers(request, _headers, body):
        if request != "POST /graphql":
            return 404, {}, "none"
        name = choose(json.loads(body)["query"])
        if name is None:
            return 200, {}, {"data": None, "errors": [{"message": "Unknown field"}]}
        return 200, {}, {"data": parts[name]}

    return answers


def by_content(query):
    return next((name for mark, name in (("childS", "boards"), ("poolG", "pools")) if mark in query), "system")


def only_small_ones(query):
    return None if query.count("bosminer") > 1 else by_content(query)


@pytest.mark.parametrize("choose", [by_content, only_small_ones])
async def test_graphql_is_put_together_from_parts(recordings, web_server, choose):
    """A device that answers the one query in part, or not at all, is asked for the parts, and remembered as such."""
    web = await web_server(partial(recordings["braiins/s19-xp-graphql"], choose=choose))
    target = Target("127.0.0.1", ports={"http": web.port, "api": 1})
    reading = await collect(target, FAMILY, timeout_s=5)
    assert (1.395000005e14, 3010.0, 3000.0) == (reading.hashrate_hs, reading.power_w, reading.power_limit_w)
    assert (3, 4, 2, 4107) == (len(reading.boards), len(reading.fans), len(reading.pools), reading.accepted)
    assert 50000 == reading.uptime_s
    web.heard.clear()
    assert reading.document() == (await collect(target, FAMILY, timeout_s=5)).document()
    assert 3 == web.heard.count("POST /graphql")


async def test_one_partial_answer_is_still_a_reading(recordings, web_server):
    """Whatever is asked, the same part comes: what it has is given, the rest is absent."""
    web = await web_server(partial(recordings["braiins/s19-xp-graphql"], choose=lambda _: "system"))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port, "api": 1}), FAMILY, timeout_s=5)
    assert ("hashing", 3010.0, (), ()) == (reading.state, reading.power_w, reading.boards, reading.pools)


async def test_water_is_neither_board_nor_chip(recordings, web_server):
    """A hydro machine's inlet and outlet are its water's, though its boards tell their own ends as well."""
    recording = copy.deepcopy(recordings["braiins/s19-xp-graphql"])
    whole = next(one["reply"] for one in recording["requests"] if one["request"] == "POST /graphql")["data"]
    for solver in whole["bosminer"]["info"]["workSolver"]["childSolvers"]:
        water = [{"name": "WATER_INLET", "degreesC": 31.0}, {"name": "WATER_OUTLET", "degreesC": 91.0}]
        solver["temperatures"] += water
    web = await web_server(partial(recording, choose=lambda _: "boards"))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port, "api": 1}), FAMILY, timeout_s=5)
    assert (31.0, 91.0) == (reading.temperature_inlet_c, reading.temperature_outlet_c)
    assert [53.0, 54.0] == [board.board_temperature_c for board in reading.boards[:2]]


async def test_boards_alone_make_up_the_whole(recordings, web_server):
    """Where the total is not told, the boards' rates are added up."""
    web = await web_server(partial(recordings["braiins/s19-xp-graphql"], choose=lambda _: "boards"))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port, "api": 1}), FAMILY, timeout_s=5)
    assert ("hashing", 3, None) == (reading.state, len(reading.boards), reading.power_w)
    assert pytest.approx(1.395000005e14) == reading.hashrate_hs
    assert pytest.approx(1.395000005e14 * 1.02) == reading.hashrate_expected_hs


async def test_the_network_page_is_opened_with_lucis_cookie(recordings, web_server):
    """The hardware address of GraphQL versions stands on a page with a login of its own."""
    whole = next(
        one["reply"] for one in recordings["braiins/s19-xp-graphql"]["requests"] if one["request"] == "POST /graphql"
    )

    def answers(request, headers, body):
        if request == "POST /graphql":
            return 200, {}, whole
        if request == "POST /cgi-bin/luci":
            is_right = body == "luci_username=root&luci_password=a+b%26"
            return (302, {"Set-Cookie": "sysauth=abc; path=/cgi-bin/luci"}, "") if is_right else (403, {}, "")
        if request == "GET /cgi-bin/luci/admin/network/iface_status/lan":
            is_in = headers.get("cookie") == "sysauth=abc"
            return (200, {}, [{"macaddr": "02:aa:00:00:00:09"}]) if is_in else (403, {}, "")
        return 404, {}, "none"

    ports = {"http": (await web_server(answers)).port, "api": 1}
    target = Target("127.0.0.1", ports=ports, username="root", password="a b&")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("02:AA:00:00:00:09", ()) == (reading.mac, reading.warnings)
    shut = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert (None, ("the device wants credentials",)) == (shut.mac, shut.warnings)


async def test_pages_that_are_no_json_lead_on_to_the_older_interface(recordings, web_server, device):
    """A web server that answers everything with its front page has no REST and no GraphQL."""
    web = await web_server(lambda *_: (200, {}, "<html>Braiins OS</html>"))
    pretend = await device(recordings["braiins/s9-bosminer"]["requests"])
    ports = {"http": web.port, "api": pretend.ports[4028]}
    reading = await asyncio.wait_for(collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5), 10)
    assert 1.31e13 == reading.hashrate_hs


@pytest.mark.parametrize(
    ("numbers", "start"), [([6, 7, 8], 6), ([1, 2, 3], 1), ([0, 1], 0), ([8], 6), ([None], 1), ([], 1)]
)
def test_boards_are_counted_from_zero(numbers, start):
    """An S9 numbers its boards by connector, others from one."""
    assert start == first_index(numbers)


@pytest.mark.parametrize(
    ("rate", "chips", "is_enabled", "is_running", "state"),
    [
        (1.0, 63, True, True, "ok"),
        (0.0, 63, True, True, "fault"),
        (0.0, 63, True, False, "unknown"),
        (0.0, 63, False, False, "fault"),
        (0.0, 0, True, True, "missing"),
        (None, None, None, True, "unknown"),
    ],
)
def test_a_board_is_at_fault_only_when_it_should_hash(rate, chips, is_enabled, is_running, state):
    """Paused boards are no faults; disabled and silent ones are."""
    assert state == board_state(rate, chips=chips, is_enabled=is_enabled, is_running=is_running)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Antminer S19 XP", ("Antminer", "S19 XP")),
        ("S9", ("Antminer", "S9")),
        ("Braiins BMM 101", ("Braiins", "BMM 101")),
        ("Something", (None, "Something")),
        (None, (None, None)),
    ],
)
def test_make_and_model_are_told_apart(name, expected):
    """The make stands in front, or is known from the series."""
    assert expected == identity(name)
