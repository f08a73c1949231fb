"""Answers of real devices with web interfaces, kept beside the checkout, replayed and held against what is in them."""

import json

import pytest

from collectors.identify import identify
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target


def page_names(prefix, *names, **others):
    """Map file names to GET requests under a prefix, with the exceptions."""
    return {name: f"GET {prefix}{name}" for name in names} | others


PAGES = {
    "braiins/braiins-25.11": page_names(
        "/api/v1/",
        "pools",
        "network",
        miner_details="GET /api/v1/miner/details",
        miner_stats="GET /api/v1/miner/stats",
        miner_hw_hashboards="GET /api/v1/miner/hw/hashboards",
        miner_errors="GET /api/v1/miner/errors",
        cooling_state="GET /api/v1/cooling/state",
        performance_tuner_state="GET /api/v1/performance/tuner-state",
        configuration_miner="GET /api/v1/configuration/miner",
        version="GET /api/v1/version/",
    ),
    "vnish/s21pro-vnish-1.2.7": {
        f"web__{name}": f"GET /api/v1/{name}" for name in ("summary", "info", "settings", "perf-summary")
    }
    | {f"rpc__{name}": name for name in ("stats", "summary", "pools", "version", "devdetails")},
    "epic/epic-s19xp": {
        "summary": "GET /summary",
        "capabilities": "GET /capabilities",
        "network": "GET /network",
        "chip_hashrates": "GET /hashrate",
    },
    "marathon/marafw-3.14-ks5pro-degraded": page_names("/kaonsu/v1/", "brief", "fans", "hashboards", "overview"),
    "proto-rig/proto-v1": page_names(
        "/api/v1/",
        "cooling",
        "errors",
        "hardware",
        "mining",
        "network",
        "pools",
        "system",
        telemetry_full="GET /api/v1/telemetry",
    ),
    "iceriver/al3-10306-live": {"userpanel": "POST /user/userpanel?post=4"},
}
FRONT = {"iceriver/al3-10306-live": "<title>用户界面</title>"}


async def read(name, shared, device, *, family, port=80):
    """Serve a case as the real device would, identify it, and give its reading as a document."""
    requests = []
    for file, request in PAGES[name].items():
        text = (shared / "payloads" / name / f"{file}.json").read_text(encoding="utf-8")
        transport = "http" if " " in request else "rpc"
        one = {"transport": transport, "port": port if transport == "http" else 4028, "request": request, "raw": text}
        requests.append(one)
    if name in FRONT:
        requests.append({"transport": "http", "port": 80, "request": "GET /", "raw": FRONT[name]})
    pretend = await device(requests)
    found = family_named(family)
    ports = {"api": 1, "http": 1, "framed": 1, **pretend.ports_of(found)}
    assert family == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), found, timeout_s=5)
    return reading.document()


@pytest.mark.shared
async def test_braiins_rest(shared, device):
    """An S19 XP scaled down from its target: what the tuner aims at now is the limit."""
    got = await read("braiins/braiins-25.11", shared, device, family="braiins")
    assert ("Antminer", "S19 XP", "hashing") == (got["make"], got["model"], got["state"])
    assert ("90:34:86:54:14:C0", "YNAHEAUBCJCBA03GL") == (got["mac"], got["serial"])
    assert (2472.0, "estimated", 2431.0, 20359) == (
        got["power_w"],
        got["power_grade"],
        got["power_limit_w"],
        got["uptime_s"],
    )
    assert (1.41e14, 3, 4, 2) == (
        got["hashrate_expected_hs"],
        len(got["boards"]),
        len(got["fans"]),
        len(got["pools"]),
    )
    assert [110] * 3 == [board["chips"] for board in got["boards"]]
    assert ((), 0) == (got["errors"], got["unread_fields"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "boards", "fans", "pools", "watts", "limit", "serial"),
    [
        ("braiins-21.09", 3, 2, 2, 735.0, 900.0, None),
        ("braiins-24.09", 3, 4, 2, 3572.0, 3500.0, None),
        ("braiins-25.05", 3, 4, 3, 3698.0, 3878.0, "NGSBYT0BEJCJD074A"),
    ],
)
async def test_braiins_graphql(shared, web_server, device, name, boards, fans, pools, watts, limit, serial):
    """The recorded parts, served by what a query asks for, make one reading with the address of LuCI's page."""
    folder = shared / "payloads/braiins" / name
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}

    def answers(request, _headers, body):
        if request == "GET /cgi-bin/luci/admin/network/iface_status/lan":
            return 200, {}, files["web_net_conf"]
        if request != "POST /graphql":
            return 404, {}, "none"
        query = json.loads(body)["query"]
        marks = (("events", "gql_events"), ("childSolvers", "gql_boards"), ("poolGroups", "gql_pools"))
        part = next((part for mark, part in marks if mark in query), "gql_system")
        return 200, {}, files.get(part, {"errors": [{"message": "unknown field"}]})

    web = await web_server(answers)
    version = {"transport": "rpc", "port": 4028, "request": "version", "reply": files["version"]}
    ports = {"http": web.port, "api": (await device([version])).ports[4028], "framed": 1}
    family = family_named("braiins")
    assert family is (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family
    reading = await collect(Target("127.0.0.1", ports=ports), family, timeout_s=5)
    solver = files["gql_system"]["data"]["bosminer"]["info"]["workSolver"]
    assert (boards, fans, pools) == (len(reading.boards), len(reading.fans), len(reading.pools))
    assert (watts, "estimated", limit) == (reading.power_w, reading.power_grade, reading.power_limit_w)
    assert pytest.approx(solver["realHashrate"]["mhs5S"] * 1e6) == reading.hashrate_hs
    assert pytest.approx(solver["nominalMhs"] * 1e6) == reading.hashrate_expected_hs
    assert files["web_net_conf"][0]["macaddr"].upper() == reading.mac
    assert files["gql_system"]["data"]["bos"]["info"]["version"]["full"] == reading.firmware_version
    assert serial == reading.boards[0].serial


@pytest.mark.shared
async def test_vnish(shared, device):
    """An S21 Pro under automatic tuning: the preset in force is the limit, and the fee pool is left out."""
    got = await read("vnish/s21pro-vnish-1.2.7", shared, device, family="vnish")
    assert ("S21 Pro", "1.2.7", "hashing") == (got["model"], got["firmware_version"], got["state"])
    assert (2583.0, "reported", 2800.0) == (got["power_w"], got["power_grade"], got["power_limit_w"])
    assert (2, 1599, 9) == (len(got["pools"]), got["accepted"], got["rejected"])
    assert [65] * 3 == [board["chips"] for board in got["boards"]]
    assert 0 == got["unread_fields"]


@pytest.mark.shared
async def test_epic(shared, device):
    """An S19 XP with its first board switched off."""
    got = await read("epic/epic-s19xp", shared, device, family="epic", port=4028)
    assert ("S19 XP", 23170, 2166.6174, 3000.0) == (
        got["model"],
        got["uptime_s"],
        got["power_w"],
        got["power_limit_w"],
    )
    assert ["fault", "ok", "ok"] == [board["state"] for board in got["boards"]]
    assert [0, 110, 110] == [board["chips"] for board in got["boards"]]
    assert [5971, 0, 5942, 5745] == [fan["rpm"] for fan in got["fans"]]
    assert ("002000353232510933363631", "E6:D4:41:51:64:28") == (got["serial"], got["mac"])
    assert 0 == got["unread_fields"]


@pytest.mark.shared
async def test_marafw(shared, device):
    """A KS5 Pro that counts in GH/s, with a board lost and watts from its power supply."""
    got = await read("marathon/marafw-3.14-ks5pro-degraded", shared, device, family="marafw")
    assert ("KS5 Pro", 1.2724099e13, 661101, 1946.0, "reported") == (
        got["model"],
        got["hashrate_hs"],
        got["uptime_s"],
        got["power_w"],
        got["power_grade"],
    )
    assert [(0, "missing"), (92, "ok"), (92, "ok")] == [(board["chips"], board["state"]) for board in got["boards"]]
    assert (70.511185, 75.511185, 6.294704e12) == (
        got["boards"][2]["board_temperature_c"],
        got["boards"][2]["chip_temperature_c"],
        got["boards"][2]["hashrate_hs"],
    )
    assert "Hash board error" == got["errors"][0]["message"]


@pytest.mark.shared
async def test_proto(shared, device):
    """A rig with four boards and two pools, both of which say that they are active."""
    got = await read("proto-rig/proto-v1", shared, device, family="proto")
    assert ("Rig", "1.8.0", "02:00:00:AD:66:39", "PROTO-SIM-b6bdaf86") == (
        got["model"],
        got["firmware_version"],
        got["mac"],
        got["serial"],
    )
    assert (1.45e14, 3400.0, 28.0) == (got["hashrate_expected_hs"], got["power_limit_w"], got["uptime_s"])
    assert [(120, "ok")] * 4 == [(board["chips"], board["state"]) for board in got["boards"]]
    assert [True, False] == [pool["active"] for pool in got["pools"]]


@pytest.mark.shared
async def test_iceriver(shared, device):
    """Counts that come as floats, and rates with their letter."""
    got = await read("iceriver/al3-10306-live", shared, device, family="iceriver")
    assert (1.4762e13, 1.4888e13, 245241.0) == (
        got["hashrate_hs"],
        got["hashrate_averages_hs"]["lifetime"],
        got["uptime_s"],
    )
    assert [(0, 18, 65.0), (1, 18, 64.0), (2, 18, 69.0)] == [
        (board["index"], board["chips"], board["board_temperature_c"]) for board in got["boards"]
    ]
    assert (4, 0) == (len(got["fans"]), got["unread_fields"])
