"""The conversation of one poll: joining, credentials, the slow lane, and what may be sent at all."""

import asyncio

import pytest

from collectors.errors import Denied, Garbled, TimedOut, Unreachable
from collectors.jsontext import decode_object
from collectors.slow_lane import DUE
from collectors.target import Ask, Target

REALM = "antMiner Configuration"
SUMMARY = {"STATUS": [{"STATUS": "S", "When": 5}], "SUMMARY": [{"Elapsed": 1}], "id": 1}
RPC = [{"transport": "rpc", "port": 4028, "request": name, "reply": SUMMARY} for name in ("summary", "stats", "pools")]
PAGE = [{"transport": "http", "port": 80, "request": f"GET /{name}", "reply": {"page": name}} for name in "ab"]
REQUESTS = frozenset(
    {"rpc summary", "rpc stats", "rpc pools", "rpc other", "GET /a", "GET /b", "GET /none", "POST /login", "GET /c"}
)


def ask_of(target, *, timeout_s=2.0, credentials=()):
    return Ask(target, ports={"api": 1, "http": 1}, requests=REQUESTS, timeout_s=timeout_s, credentials=credentials)


def target_of(device, **more):
    return Target("127.0.0.1", ports={"api": device.ports.get(4028, 1), "http": device.ports.get(80, 1)}, **more)


async def test_a_request_outside_the_list_never_leaves(device):
    """What stands in no family's list is refused before it reaches the network, whatever its kind."""
    pretend = await device(RPC + PAGE)
    ask = ask_of(target_of(pretend))
    for request in (
        ask.rpc("restart"),
        ask.rpc("summary+restart"),
        ask.fetch("POST", "/a"),
        ask.get("/z"),
        ask.framed("x"),
    ):
        with pytest.raises(RuntimeError, match="not among the reading requests"):
            await request
    assert [] == pretend.heard


async def test_commands_are_joined_where_the_device_can(device):
    """One request brings every answer; a command that the device does not know is left out and not asked again."""
    pretend = await device(RPC)
    target = target_of(pretend)
    for _ in range(2):
        answers = await ask_of(target).commands(("summary", "stats", "pools", "other"))
        assert {"summary", "stats", "pools"} == answers.keys()
    assert ["rpc summary+stats+pools+other", "rpc summary+stats+pools"] == pretend.heard


async def test_a_device_that_cannot_join_is_asked_once_about_it(device):
    """After one refusal commands go one by one, for good."""
    pretend = await device(RPC, joins=False)
    target = target_of(pretend)
    for _ in range(2):
        assert {"summary", "pools"} == (await ask_of(target).commands(("summary", "pools"))).keys()
    assert ["rpc summary+pools", "rpc summary", "rpc pools", "rpc summary", "rpc pools"] == pretend.heard


@pytest.mark.parametrize("deed", ["hangs up", "hangs"])
async def test_a_device_that_chokes_on_joining_is_still_read(listen, deed):
    """Firmware that hangs up or hangs at a joined command gives its answers one by one."""

    async def handler(reader, writer):
        if b"+" in await reader.read(100):
            if deed == "hangs":
                await reader.read()
            return
        writer.write(b'{"STATUS":"S","SUMMARY":[{}]}\0')

    target = Target("127.0.0.1", ports={"api": await listen(handler)})
    assert {"summary", "pools"} == (await ask_of(target, timeout_s=0.6).commands(("summary", "pools"))).keys()


async def test_one_garbled_answer_costs_only_itself(device):
    """An unreadable part is named, the rest is read; when all are unreadable that is an error."""
    broken = {"transport": "rpc", "port": 4028, "request": "stats", "raw": '{"STATS":[{"a":'}
    pretend = await device([RPC[0], broken], joins=False)
    ask = ask_of(target_of(pretend))
    assert {"summary"} == (await ask.commands(("summary", "stats"))).keys()
    assert ("stats",) == ask.fields.unread
    with pytest.raises(Garbled):
        await ask_of(target_of(await device([broken], joins=False))).commands(("stats",))


async def test_a_nonce_is_sent_ahead(device):
    """The first page costs two requests, every further one a single request, over polls too."""
    pretend = await device(PAGE, digest=("root", "secret", REALM))
    target = target_of(pretend, username="root", password="secret")
    for _ in range(3):
        assert {"page": "a"} == await ask_of(target).get("/a", auth="digest")
    assert ["GET /a"] * 4 == pretend.heard
    pretend.nonce = "nonce-2"
    assert {"page": "b"} == await ask_of(target).get("/b", auth="digest")
    assert ["GET /b"] * 2 == pretend.heard[4:]


async def test_a_wrong_password_is_tried_once(device):
    """Denied is denied: after two requests the device is left alone."""
    pretend = await device(PAGE, digest=("root", "secret", REALM))
    target = target_of(pretend, username="root", password="wrong")
    for _ in range(5):
        with pytest.raises(Denied):
            await ask_of(target).get("/a", auth="digest")
    assert ["GET /a"] * 2 == pretend.heard


async def test_no_password_is_asked_for_only_once(device):
    """Without credentials one request learns that some are wanted."""
    pretend = await device(PAGE, digest=("root", "secret", REALM))
    target = target_of(pretend)
    for _ in range(3):
        with pytest.raises(Denied, match="credentials"):
            await ask_of(target).get("/a", auth="digest")
    assert ["GET /a"] == pretend.heard


async def test_vendor_defaults_are_used_only_when_allowed(device):
    """The vendor's credentials open a page only when the operator allows to try them."""
    pretend = await device(PAGE, digest=("root", "root", REALM))
    defaults = (("root", "root"),)
    with pytest.raises(Denied):
        await ask_of(target_of(pretend), credentials=defaults).get("/a", auth="digest")
    allowed = target_of(pretend, try_defaults=True)
    ask = ask_of(allowed, credentials=defaults)
    assert {"page": "a"} == await ask.get("/a", auth="digest")
    assert ask.has_vendor_login


@pytest.mark.parametrize("refusal", ["401 X", "403 X", "302 X\r\nLocation: /user/login"])
async def test_a_session_is_kept_and_renewed_once(listen, refusal):
    """A token is fetched once, kept over polls, fetched anew when it has expired, and given up when that fails."""
    heard, good = [], {"token-1"}

    async def handler(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(head.split("\r\n")[0].rpartition(" ")[0])
        is_good = any(f"Bearer {token}\r\n" in head for token in good)
        status = "200 X" if heard[-1].startswith("POST") or is_good else refusal
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode())

    tokens = iter(("token-1", "token-2", "token-3", "token-4"))

    async def log_in(ask):
        await ask.fetch("POST", "/login", json={"username": "u", "password": "p"})
        return {"Authorization": f"Bearer {next(tokens)}"}

    target = Target("127.0.0.1", ports={"http": await listen(handler)}, username="u", password="p")
    for _ in range(2):
        assert {} == await ask_of(target).authorised("GET", "/a", login=log_in)
    assert ["POST /login", "GET /a", "GET /a"] == heard
    good.clear()
    good.add("token-2")
    assert {} == await ask_of(target).authorised("GET", "/a", login=log_in)
    assert ["GET /a", "POST /login", "GET /a"] == heard[3:]
    good.clear()
    for _ in range(3):
        with pytest.raises(Denied):
            await ask_of(target).authorised("GET", "/a", login=log_in)
    assert ["GET /a", "POST /login", "GET /a"] == heard[6:]


async def test_a_missing_page_is_none_and_a_failing_one_garbled(device):
    """404 says that there is no such page; 500 is no answer."""
    pretend = await device([*PAGE, {"transport": "http", "port": 80, "request": "GET /c", "status": 500, "raw": ""}])
    ask = ask_of(target_of(pretend))
    assert await ask.get("/none") is None
    with pytest.raises(Garbled, match="500"):
        await ask.get("/c")


async def test_the_slow_lane_asks_seldom_and_never_costs_the_poll(device):
    """A slow answer is kept; a failure keeps the old one, is told, and is not repeated at once."""
    pretend = await device(PAGE)
    target = target_of(pretend)
    for _ in range(3):
        assert {"page": "a"} == await ask_of(target).seldom_get("/a")
    assert ["GET /a"] == pretend.heard
    ask = ask_of(Target("127.0.0.1"))
    assert await ask.seldom_get("/a") is None
    assert await ask.seldom_get("/b") is None
    assert 1 == len(ask.warnings)


async def test_the_slow_lane_takes_at_most_half_of_the_time(listen):
    """A page that hangs leaves time for the rest of the poll."""

    async def handler(reader, writer):
        await reader.read()

    ask = ask_of(Target("127.0.0.1", ports={"http": await listen(handler)}), timeout_s=1.0)
    assert await ask.seldom_get("/a") is None
    assert ask.remaining_s > 0


async def test_what_a_shut_port_leaves_unasked_is_taken_once():
    """Nothing is made of nothing again at each poll, and the page is asked for as soon as the port may be again."""
    target = Target("127.0.0.1")
    taken = []

    def take(_, answer):
        taken.append(answer)
        return "nothing"

    assert await ask_of(target).seldom_get("/a") is None
    assert ["nothing"] * 3 == [ask_of(target).kept_taken("GET /b", take) for _ in range(3)]
    assert [None] == taken
    del target.memory["aside"]
    assert ask_of(target).kept_taken("GET /b", take) is DUE


async def test_devices_share_equal_texts():
    """Of what is kept of thousands of alike devices, equal texts are one."""
    words = []
    for host in ("127.0.0.1", "127.0.0.2"):
        ask = ask_of(Target(host))
        ask.remember("rpc version", decode_object(b'{"VERSION": [{"Type": "S19j Pro of 2021"}], "id": 1}'))
        reply = await ask.seldom_rpc("version")
        assert 1 == reply["id"]
        words.append(reply["VERSION"][0]["Type"])
    assert "S19j Pro of 2021" == words[0]
    assert words[0] is words[1]


async def test_what_is_made_of_a_kept_answer_is_made_once(device):
    """An answer is taken when it comes; what could not be read in it is unread at every poll from then on."""
    pretend = await device(PAGE)
    target = target_of(pretend)
    takings = []

    def take(fields, page):
        takings.append(page)
        fields.missed("page")
        return page and page["page"]

    for _ in range(3):
        ask = ask_of(target)
        assert "a" == await ask.seldom_taken("GET /a", lambda ask=ask: ask.get("/a"), take)
        assert ("page",) == ask.fields.unread
        assert "a" == ask.kept_taken("GET /a", take)
    assert [{"page": "a"}] == takings
    for path, expected in (("/none", None), ("/b", "b")):
        ask = ask_of(target)
        assert ask.kept_taken(path, take) is DUE
        assert expected == await ask.seldom_taken(path, lambda ask=ask, path=path: ask.get(path), take, every_s=0.0)
    target.ports["http"] = 1
    ask = ask_of(target)
    assert "b" == await ask.seldom_taken("/b", lambda: ask.get("/b"), take, every_s=0.0)
    assert 1 == len(ask.warnings)
    assert [{"page": "a"}, None, {"page": "b"}] == takings


async def test_what_was_learnt_can_be_handed_on(device):
    """An answer from identification is not asked for again."""
    pretend = await device(RPC)
    ask = ask_of(target_of(pretend))
    ask.remember("rpc summary", SUMMARY)
    assert SUMMARY == await ask.seldom_rpc("summary")
    assert [] == pretend.heard


async def test_no_answer_and_no_device_are_told_apart(listen):
    """Silence is a timeout, a closed port is unreachable."""

    async def handler(reader, writer):
        await reader.read(100)
        await asyncio.sleep(5)

    silent = Target("127.0.0.1", ports={"api": await listen(handler)})
    with pytest.raises(TimedOut):
        await ask_of(silent, timeout_s=0.2).commands(("summary", "pools"))
    with pytest.raises(Unreachable):
        await ask_of(Target("127.0.0.1"), timeout_s=0.2).commands(("summary", "pools"))
