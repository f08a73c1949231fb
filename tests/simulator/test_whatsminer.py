"""Pretend Whatsminers: API 1 and 2 on port 4028, API 3 in frames on port 4433."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

Rpc = Callable[..., Awaitable[dict[str, Any]]]
Framed = Callable[..., Awaitable[dict[str, Any]]]
Exchange = Callable[..., Awaitable[bytes]]
Get = Callable[..., Awaitable[Any]]
Named = Callable[[str], Any]


async def test_devdetails_names_the_model_with_its_bin(named: Named, rpc: Rpc) -> None:
    """The driver is bitmicro and the model has the hashboard's bin behind an underscore."""
    row = (await rpc(named("m50s"), command="devdetails"))["DEVDETAILS"][0]
    assert ("bitmicro", "M50S_VH50") == (row["Driver"], row["Model"])


async def test_the_oldest_api_does_not_know_the_newer_spelling(named: Named, rpc: Rpc) -> None:
    """API 1 misses its `command` where API 2 understands `cmd`."""
    old, new = await rpc(named("m20s"), cmd="summary"), await rpc(named("m50s"), cmd="summary")
    assert (24, "Missing JSON 'command'") == (old["STATUS"][0]["Code"], old["STATUS"][0]["Msg"])
    assert new["SUMMARY"][0]["Factory GHS"] == 126000


async def test_summaries_join_and_get_commands_do_not(named: Named, rpc: Rpc) -> None:
    """The reading commands join; a `get_` among them is refused alone."""
    answer = await rpc(named("m50s"), command="summary+devs+pools+get_psu")
    assert (3, 2) == (len(answer["devs"][0]["DEVS"]), len(answer["pools"][0]["POOLS"]))
    assert ("E", 14, "invalid cmd") == tuple(answer["get_psu"][0][key] for key in ("STATUS", "Code", "Msg"))


async def test_some_firmware_puts_the_summary_under_msg(named: Named, rpc: Rpc) -> None:
    """The status is then a plain letter, and the body is `Msg` itself."""
    answer = await rpc(named("m30s++"), command="summary")
    assert ("S", 131, False) == (answer["STATUS"], answer["Code"], "SUMMARY" in answer)
    assert answer["Msg"]["Power"] > 3000


async def test_firmware_2_0_4_mislabels_its_rates_and_garbles_its_errors(named: Named, exchange: Exchange) -> None:
    """What says MH/s counts TH/s, the board's factory rate does not, and a list of codes is written like an object."""
    device = named("m50")
    device.misbehave("hot")
    summary = orjson.loads((await exchange(device, "api", b'{"cmd":"summary"}', stop=b"\0"))[:-1])["Msg"]
    raw = await exchange(device, "api", b'{"cmd":"get_error_code"}', stop=b"\0")
    assert (118000, True) == (summary["Factory GHS"], 100 < summary["MHS 1m"] < 130)
    assert b'"error_code":["350":"' in raw
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(raw[:-1])


async def test_rates_come_in_megahashes_and_add_up(named: Named, rpc: Rpc) -> None:
    """The boards' rates are the device's, and near what the factory promises."""
    device = named("m50s")
    answer = await rpc(device, command="summary+devs")
    summary, boards = answer["summary"][0]["SUMMARY"][0], answer["devs"][0]["DEVS"]
    assert pytest.approx(summary["HS RT"], rel=1e-6) == sum(board["HS RT"] for board in boards)
    assert pytest.approx(summary["Factory GHS"] * 1000, rel=0.1) == summary["HS RT"]


@pytest.mark.parametrize(
    ("command", "field"),
    [("get_version", "fw_ver"), ("get_psu", "pin"), ("status", "mineroff"), ("get_miner_info", "mac")],
)
async def test_the_own_commands_answer_in_msg(named: Named, rpc: Rpc, command: str, field: str) -> None:
    """API 2 answers its own commands with code 131 and the body under `Msg`."""
    answer = await rpc(named("m50s"), command=command)
    assert ("S", 131, True) == (answer["STATUS"], answer["Code"], field in answer["Msg"])


async def test_faults_have_codes(named: Named, rpc: Rpc) -> None:
    """A missing board is a code with a time in API 2, a numbered key in API 1, and an entry in API 3."""
    new, old, frames = named("m50s"), named("m20s"), named("m63s")
    for device in (new, old, frames):
        device.misbehave("missing-board")
    codes = (await rpc(new, command="get_error_code"))["Msg"]["error_code"]
    summary = (await rpc(old, command="summary"))["SUMMARY"][0]
    info = orjson.loads(frames.answer_frame(b'{"cmd":"get.device.info"}'))["msg"]
    assert [["532"]] == [list(code) for code in codes]
    assert (1, 532) == (summary["Error Code Count"], summary["Error Code 0"])
    assert "533" in info["error-code"][0]


async def test_asleep_it_says_that_it_is_off(named: Named, rpc: Rpc) -> None:
    """The status is `mineroff` in API 2 and `btmineroff` in API 1."""
    new, old = named("m50s"), named("m20s")
    for device in (new, old):
        device.misbehave("sleeping")
    assert "true" == (await rpc(new, command="status"))["Msg"]["mineroff"]
    assert "true" == (await rpc(old, command="status"))["Msg"]["btmineroff"]


async def test_newer_firmware_keeps_the_socket_open_after_its_nul(site: Any, named: Named) -> None:
    """The whole answer is there, and the end is not: a reader must stop at the NUL."""
    device = named("m50s")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "api"))
    writer.write(b'{"command":"summary"}')
    async with asyncio.timeout(20):
        await reader.readuntil(b"\0")
    assert not reader.at_eof()
    assert 1 == site.connections()
    writer.transport.abort()


async def test_changing_commands_are_refused_and_kept(named: Named, rpc: Rpc) -> None:
    """Power-off is not obeyed without a token; that somebody tried is on record."""
    device = named("m50s")
    assert "permission denied" == (await rpc(device, cmd="power_off"))["Msg"]
    assert ["power_off"] == device.writes


async def test_the_web_page_is_elsewhere(named: Named, get: Get) -> None:
    """A plain request is sent to the encrypted page."""
    device = named("m50s")
    reply = await get(device, "/")
    assert (307, f"https://{device.identity.address}/") == (reply.status, reply.headers["location"])


async def test_frames_tell_the_device_and_its_status(named: Named, framed: Framed) -> None:
    """API 3 has rates in TH/s, texts for truth values, and no share counts."""
    device = named("m63s")
    info = (await framed(device, cmd="get.device.info"))["msg"]
    summary = (await framed(device, cmd="get.miner.status", param="summary"))["msg"]["summary"]
    boards = (await framed(device, cmd="get.miner.status", param="edevs"))["msg"]["edevs"]
    pools = (await framed(device, cmd="get.miner.status", param="pools"))["msg"]["pools"]
    assert ("M63S_VK40", "true", device.identity.mac) == (
        info["miner"]["type"], info["miner"]["working"], info["network"]["mac"],
    )  # fmt: skip
    assert (390.0, 0, 4) == (summary["factory-hash"], summary["fan-speed-in"], len(boards))
    assert {"id", "url", "account", "status", "stratum-active", "pool-priority"} == set(pools[0])


async def test_frames_refuse_what_they_do_not_know(named: Named, framed: Framed) -> None:
    """Unknown commands, parameters and wishes to change something come back with a code below zero."""
    device = named("m63s")
    for request in (
        {"cmd": "get.nonsense"},
        {"cmd": "get.miner.status", "param": "x"},
        {"cmd": "set.system.reboot"},
        {},
    ):
        assert (await framed(device, **request))["code"] < 0
    assert ["set.system.reboot"] == device.writes


async def test_several_frames_go_over_one_connection(site: Any, named: Named) -> None:
    """Two requests sent at once, the second in two pieces, get two answers."""
    device = named("m63s")
    body = b'{"cmd":"get.device.info"}'
    frame = len(body).to_bytes(4, "little") + body
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "framed"))
    writer.write(frame + frame[:9])
    async with asyncio.timeout(20):
        first = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "little"))
        writer.write(frame[9:])
        second = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "little"))
    writer.transport.abort()
    assert orjson.loads(first)["msg"] == orjson.loads(second)["msg"]


async def test_a_frame_out_of_proportion_ends_the_connection(named: Named, exchange: Exchange) -> None:
    """A length of four gigabytes is not waited for."""
    with pytest.raises(ConnectionResetError):
        await exchange(named("m63s"), "framed", b"\xff\xff\xff\xff{}")


async def test_an_api_3_device_may_still_answer_the_older_port(named: Named, rpc: Rpc, framed: Framed) -> None:
    """The M60S speaks on both ports, the liquid-cooled ones in frames only."""
    device = named("m60s")
    assert "Msg" in await rpc(device, cmd="get_version")
    assert 0 == (await framed(device, cmd="get.device.info"))["code"]
    assert "api" not in named("m66s").wires
