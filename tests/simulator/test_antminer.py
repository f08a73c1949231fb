"""Pretend Antminers on port 4028, asked with raw bytes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulator.misbehaviour import KINDS

Rpc = Callable[..., Awaitable[dict[str, Any]]]
Exchange = Callable[..., Awaitable[bytes]]
Named = Callable[[str], Any]

AIR = ("s9", "s19-pro", "s19j-pro", "s19-xp", "t21", "s21")


@pytest.mark.parametrize("key", [*AIR, "s21-xp-hyd"])
async def test_version_names_the_model(named: Named, rpc: Rpc, key: str) -> None:
    """`version` gives the model after the maker's name, and a build date."""
    device = named(key)
    about = (await rpc(device, command="version"))["VERSION"][0]
    assert f"Antminer {device.identity.model.name}" == about["Type"]
    assert device.identity.model.firmware == about["CompileTime"]


async def test_the_answer_ends_in_nul_and_the_device_closes(named: Named, exchange: Exchange) -> None:
    """One question a connection: after the NUL there is only the end."""
    received = await exchange(named("s21"), "api", b'{"command":"summary"}')
    assert (1, b"\0") == (received.count(b"\0"), received[-1:])


async def test_commands_join_where_the_firmware_joins(named: Named, rpc: Rpc) -> None:
    """A joined command gives each part's whole answer in a list under its name, and an id."""
    answer = await rpc(named("s19j-pro"), command="summary+stats+nonsense+pools")
    assert ["summary", "stats", "nonsense", "pools", "id"] == list(answer)
    assert "Elapsed" in answer["summary"][0]["SUMMARY"][0]
    assert ("E", 14) == tuple(answer["nonsense"][0]["STATUS"][0][key] for key in ("STATUS", "Code"))


async def test_some_firmware_does_not_join(named: Named, rpc: Rpc) -> None:
    """A stock S19 XP takes a joined command for one that it does not know."""
    answer = await rpc(named("s19-xp"), command="summary+stats+pools")
    assert ["STATUS", "id"] == list(answer)
    assert 14 == answer["STATUS"][0]["Code"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b'{"command":"frobnicate"}', 14),
        (b'{"command":', 23),
        (b'{"parameter":"0"}', 24),
        (b'{"command":"restart"}', 45),
    ],
)
async def test_what_is_wrong_with_a_command_has_a_number(
    named: Named, exchange: Exchange, request_: bytes, code: int
) -> None:
    """Unknown, unreadable, missing and privileged commands are refused with cgminer's codes."""
    received = await exchange(named("s21"), "api", request_)
    assert b'"Code":%d' % code in received
    assert b'"STATUS":"E"' in received


async def test_a_wish_to_change_something_is_remembered(named: Named, rpc: Rpc) -> None:
    """A watcher that tried to restart a device is caught in the act."""
    device = named("s21")
    await rpc(device, command="summary")
    assert [] == device.writes
    await rpc(device, command="restart")
    assert ["restart"] == device.writes


async def test_a_bare_word_gets_the_old_text_form(named: Named, exchange: Exchange) -> None:
    """Programs that send a word instead of JSON read pairs between bars."""
    received = await exchange(named("s9"), "api", b"summary\n")
    assert received.startswith(b"STATUS=S,When=")
    assert b"|SUMMARY,Elapsed=" in received
    assert received.endswith(b"|\0")


async def test_the_s9_forgets_a_comma(named: Named, exchange: Exchange) -> None:
    """Its `stats` is no valid JSON: two objects stand side by side."""
    received = await exchange(named("s9"), "api", b'{"command":"stats"}')
    assert 1 == received.count(b"}{")


async def test_the_s9_counts_its_boards_from_six_and_hides_its_fans(named: Named, rpc: Rpc) -> None:
    """Boards 6 to 8 have one temperature each, and the fans are the third and the sixth of eight."""
    stats = (await rpc(named("s9"), command="stats"))["STATS"][1]
    assert (63, "") == (stats["chain_acn8"], stats.get("chain_acs9", ""))
    assert (0, True, True) == (stats["fan1"], stats["fan3"] > 1000, stats["fan6"] > 1000)
    assert stats["temp2_6"] > stats["temp6"] > 20


@pytest.mark.parametrize("key", ["s19-pro", "s19j-pro", "s19-xp", "t21", "s21"])
async def test_stats_have_a_place_for_a_fourth_board_that_is_not_there(named: Named, rpc: Rpc, key: str) -> None:
    """Three boards report four sensors each; the empty place has no rate, and zeros for temperatures."""
    device = named(key)
    stats = (await rpc(device, command="stats"))["STATS"][1]
    assert (3, "", "0-0-0-0") == (stats["miner_count"], stats["chain_rate4"], stats["temp_pcb4"])
    assert device.identity.model.chips == stats["chain_acs1"].count("o") == stats["chain_acn1"]
    assert all(20 < int(part) < 95 for part in stats["temp_chip2"].split("-"))
    rates = sum(float(stats[f"chain_rate{number}"]) for number in (1, 2, 3))
    assert pytest.approx(device.machine.hashrate_hs / 1e9, rel=1e-3) == rates
    assert "watt" not in stats


async def test_newer_firmware_gives_the_web_pages_shape_without_a_password(named: Named, rpc: Rpc) -> None:
    """With `new_api` at the top, `stats` comes with lists of boards and fans; older firmware does not listen."""
    new = await rpc(named("s21"), command="stats", new_api=True)
    old = await rpc(named("s19j-pro"), command="stats", new_api=True)
    assert (3, 4) == (len(new["STATS"][0]["chain"]), len(new["STATS"][0]["fan"]))
    assert new["STATS"][0]["watt"] > 3000
    assert "chain_acn1" in old["STATS"][1]


async def test_a_hydro_model_has_fans_that_stand_still(named: Named, rpc: Rpc) -> None:
    """Cooled by water, it still lists four fans at nought, and a power reading that is always nought."""
    body = (await rpc(named("s21-xp-hyd"), command="stats", new_api=True))["STATS"][0]
    assert ([0, 0, 0, 0], 0) == (body["fan"], body["watt"])
    assert body["chain"][0]["temp_in"] < body["chain"][0]["temp_out"]


async def test_pools_name_the_worker_and_write_the_difficulty_short(site: Any, named: Named, rpc: Rpc) -> None:
    """The first pool is active and has the shares; times of shares are written as clock time ago."""
    device = named("s21")
    first, second = (await rpc(device, command="pools"))["POOLS"]
    assert (site.pools["p1"].url, f"pretend.{device.identity.id}", True) == (
        first["URL"], first["User"], first["Stratum Active"],
    )  # fmt: skip
    assert ("262K", device.machine.accepted, 0) == (first["Diff"], first["Accepted"], second["Accepted"])
    assert 3 == len(first["Last Share Time"].split(":"))


async def test_readings_move_with_time(clock: Any, named: Named, rpc: Rpc) -> None:
    """Later there are more shares, more uptime and another hashrate; within the same second nothing changes."""
    device = named("s19j-pro")
    first = (await rpc(device, command="summary"))["SUMMARY"][0]
    again = (await rpc(device, command="summary"))["SUMMARY"][0]
    clock.pass_(60.0)
    later = (await rpc(device, command="summary"))["SUMMARY"][0]
    assert first == again
    assert first["Elapsed"] + 60 == later["Elapsed"]
    assert later["Accepted"] > first["Accepted"]
    assert later["GHS 5s"] != first["GHS 5s"]


async def test_a_missing_board_is_missing_everywhere(named: Named, rpc: Rpc) -> None:
    """The device counts two boards, and the third has no chips and no rate."""
    device = named("s21")
    device.misbehave("missing-board")
    stats = (await rpc(device, command="stats"))["STATS"][1]
    new = (await rpc(device, command="stats", new_api=True))["STATS"][0]
    assert (2, 0, "") == (stats["miner_count"], stats["chain_acn3"], stats["chain_rate3"])
    assert 2 == len(new["chain"]) == new["chain_num"]


async def test_a_denied_client_learns_nothing(named: Named, rpc: Rpc) -> None:
    """Every command is refused when the device wants other credentials."""
    device = named("s21")
    device.misbehave("denied")
    answer = await rpc(device, command="summary")
    assert (45, False) == (answer["STATUS"][0]["Code"], "SUMMARY" in answer)


@pytest.mark.parametrize("kind", [*KINDS, None])
async def test_every_misbehaviour_can_be_rendered_by_every_model(site: Any, kind: str | None) -> None:
    """Whatever is wrong with it, a device has an answer ready, and a machine that is in its right mind."""
    for device in site.devices.values():
        device.misbehave(kind)
        device.settle()
        for role, wire in device.wires.items():
            if device.speech[wire] == "line":
                assert device.answer_line(b'{"command":"summary"}').endswith(b"\0"), role
                assert device.answer_line(b'{"command":"summary+devs+pools"}')
        assert 0.0 <= device.machine.power_w < 1.5 * device.identity.model.power_w
