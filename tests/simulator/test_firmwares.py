"""Pretend devices with other makers' firmware and other vendors' forms, asked with raw bytes: quirks and logins."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from tests.simulator.conftest import WebReply

Rpc = Callable[..., Awaitable[dict[str, Any]]]
Exchange = Callable[..., Awaitable[bytes]]
Named = Callable[[str], Any]
Post = Callable[..., Awaitable[WebReply]]


@pytest.fixture
def post(exchange: Exchange) -> Post:
    """Send one POST by hand: JSON or a form, with headers as given."""

    async def post(device: Any, path: str, body: bytes = b"", **headers: str) -> WebReply:
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nHost: it\r\n{extra}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return WebReply(await exchange(device, "http", head.encode() + body))

    return post


async def test_a_web_server_refuses_another_protocol_with_its_first_byte(named: Named, exchange: Exchange) -> None:
    """Where HTTP is spoken on port 4028, a command is refused at once, and nobody waits for a head that never ends."""
    answer = await exchange(named("epic-s19-xp"), "api", b'{"command":"version"}')
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_luxos_changes_nothing_without_a_session(named: Named, rpc: Rpc) -> None:
    """Reading is free; a wish to curtail, and one to take the session, are refused and remembered."""
    device = named("luxos-s21")
    assert "POWER" in await rpc(device, command="power")
    for command in ("logon", "curtail"):
        assert 402 == (await rpc(device, command=command))["STATUS"][0]["Code"]
    assert ["logon", "curtail"] == device.writes


@pytest.mark.parametrize(("key", "answers"), [("braiins-s19j-pro", False), ("braiins-s19-xp", True)])
async def test_graphql_refuses_a_whole_query_for_one_field(named: Named, post: Post, key: str, answers: bool) -> None:
    """The older version does not know the boards' serial numbers, and gives nothing at all when asked for them."""
    query = "{bos{hostname} bosminer{info{workSolver{childSolvers{name hwDetails{hbSerialNumber}}}}}}"
    reply = await post(named(key), "/graphql", orjson.dumps({"query": query}))
    assert (200, answers) == (reply.status, reply.json()["data"] is not None)
    plain = await post(named(key), "/graphql", orjson.dumps({"query": "{bos{hostname}}"}))
    assert {"data": {"bos": {"hostname": named(key).identity.id}}} == plain.json()


async def test_a_mutation_is_remembered(named: Named, post: Post) -> None:
    """A wish to change something by GraphQL is refused and kept."""
    device = named("braiins-s19-xp")
    reply = await post(device, "/graphql", orjson.dumps({"query": "mutation{bosminer{stop}}"}))
    assert reply.json()["data"] is None
    assert 1 == len(device.writes)


async def test_braiins_wants_a_token_that_runs_out(clock: Any, named: Named, post: Post, get: Any) -> None:
    """Nothing without a token, none for a wrong password; the right one serves for an hour, bare in its header."""
    device, page = named("braiins-s21"), "/api/v1/miner/details"
    assert 401 == (await get(device, page)).status
    wrong = await post(device, "/api/v1/auth/login", b'{"username":"root","password":"no"}')
    right = await post(device, "/api/v1/auth/login", b'{"username":"root","password":"root"}')
    token = right.json()["token"]
    assert (401, 200, 401) == (
        wrong.status,
        right.status,
        (await get(device, page, authorization=f"Bearer {token}")).status,
    )
    assert 200 == (await get(device, page, authorization=token)).status
    clock.pass_(3601.0)
    assert 401 == (await get(device, page, authorization=token)).status


async def test_vnish_is_unlocked_by_a_password_alone(named: Named, post: Post, get: Any) -> None:
    """Figures are open; settings want the token; nothing can be changed with it either."""
    device = named("vnish-s19j-pro")
    assert [200, 401] == [(await get(device, f"/api/v1/{page}")).status for page in ("summary", "settings")]
    assert 401 == (await post(device, "/api/v1/unlock", b'{"pw":"no"}')).status
    token = (await post(device, "/api/v1/unlock", b'{"pw":"admin"}')).json()["token"]
    assert 200 == (await get(device, "/api/v1/settings", authorization=f"Bearer {token}")).status
    assert 403 == (await post(device, "/api/v1/mining/stop", Authorization=f"Bearer {token}")).status
    assert ["POST /mining/stop"] == device.writes


async def test_vnish_knows_no_version(named: Named, rpc: Rpc) -> None:
    """Port 4028 refuses `version`, and names the firmware in `stats`."""
    device = named("vnish-s19-pro+-hyd")
    assert "E" == (await rpc(device, command="version"))["STATUS"][0]["STATUS"]
    assert "Antminer S19 Pro+ Hyd (Vnish 1.3.1)" == (await rpc(device, command="stats"))["STATS"][0]["Type"]


async def test_a_login_form_gives_a_cookie(named: Named, post: Post) -> None:
    """Mskminer's and Ebang's pages are for who has the cookie, which a wrong password does not bring."""
    msk, ebang = named("mskminer-s19"), named("ebit-e12+")
    assert 401 == (await post(msk, "/api/info_v1")).status
    assert "/user/login" == (await post(ebang, "/Cgminer/CgminerStatus")).headers["location"]
    for device, path, right, wrong, page in (
        (msk, "/admin/login", b"username=root&password=root", b"username=root&password=x", "/api/info_v1"),
        (ebang, "/user/login", b"username=admin&word=admin", b"username=admin&word=x", "/Cgminer/CgminerStatus"),
    ):
        assert "set-cookie" not in (await post(device, path, wrong)).headers
        cookie = (await post(device, path, right)).headers["set-cookie"].partition(";")[0]
        assert 200 == (await post(device, page, Cookie=cookie)).status


async def test_innosilicon_gives_a_web_token(named: Named, post: Post) -> None:
    """The newer one refuses with 401, the DragonMint with 200 and success that is none; both take the token."""
    for key, status in (("innosilicon-t3", 401), ("dragonmint-t1", 200)):
        device = named(key)
        refused = await post(device, "/api/getAll")
        assert (status, False) == (refused.status, refused.json()["success"])
        assert not (await post(device, "/api/auth", b"username=admin&password=x")).json()["success"]
        token = (await post(device, "/api/auth", b"username=admin&password=admin")).json()["jwt"]
        assert 3 == len(token.split("."))
        assert (await post(device, "/api/getAll", Authorization=f"Bearer {token}")).json()["success"]


async def test_avalon_writes_its_figures_into_one_text(named: Named, rpc: Rpc) -> None:
    """Those of the hall have no short answer; a device without a clock counts from its boot."""
    hall, home = named("avalon-a15"), named("avalon-q")
    assert 14 == (await rpc(hall, command="litestats"))["STATUS"][0]["Code"]
    estats = await rpc(hall, command="estats")
    assert "] WALLPOWER[" in estats["STATS"][0]["MM ID0"]
    assert estats["STATUS"][0]["When"] < 1e8
    assert "HBinfo" not in (await rpc(home, command="litestats"))["STATS"][0]
    assert "'HB0':{PVT_T0[" in (await rpc(home, command="stats"))["STATS"][0]["HBinfo"]


async def test_hammer_forgets_a_comma_and_volcminer_adds_remarks(
    named: Named, exchange: Exchange, get: Any, digest: Any
) -> None:
    """The one's `stats` and the other's page are no JSON as they stand."""
    hammer, volcminer = named("hammer-d10"), named("volcminer-d1-pro")
    assert b"}{" in await exchange(hammer, "api", b'{"command":"stats"}')
    page = "/cgi-bin/get_miner_status.cgi"
    challenge = (await get(volcminer, page)).headers["www-authenticate"]
    assert 'realm="blackMiner Configuration"' in challenge
    assert 401 == (await get(volcminer, page, authorization=digest(challenge, page))).status
    reply = await get(volcminer, page, authorization=digest(challenge, page, password="ltc@dog"))
    assert (200, True) == (reply.status, b"\n// " in reply.body)
