"""Pretend Bitaxes and their relative: small JSON over HTTP, few sockets, a page that comes compressed."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Get = Callable[..., Awaitable[Any]]
Named = Callable[[str], Any]


async def test_the_newer_one_tells_windows_and_what_to_expect(named: Named, get: Get) -> None:
    """Rates come in GH/s by window, with what frequency and cores make likely, and numbers for difficulties."""
    device = named("bitaxe-gamma")
    info = (await get(device, "/api/system/info")).json()
    assert pytest.approx(1071.0, abs=0.5) == info["expectedHashrate"]
    assert pytest.approx(1200.0, rel=0.15) == info["hashRate_10m"]
    assert (device.identity.mac, "BM1370", "v2.10.1") == (info["macAddr"], info["ASICModel"], info["version"])
    assert isinstance(info["bestDiff"], int)


async def test_the_older_one_writes_its_best_share_as_text(named: Named, get: Get) -> None:
    """Old firmware has no windows, no `asic` page, and a short text for the best difficulty."""
    device = named("bitaxe-supra")
    info = (await get(device, "/api/system/info")).json()
    assert (False, 1) == ("hashRate_1m" in info, info["asicCount"])
    assert info["bestDiff"][-1] in "KMGT"
    assert 404 == (await get(device, "/api/system/asic")).status


async def test_the_count_of_chips_moved_to_a_page_of_its_own(named: Named, get: Get) -> None:
    """Newer firmware counts chips and names the model under `asic`; the relative does both in `info`."""
    gamma, nerd = named("bitaxe-gamma"), named("nerdqaxe++")
    asic = (await get(gamma, "/api/system/asic")).json()
    info = (await get(nerd, "/api/system/info")).json()
    assert ("Gamma", 1) == (asic["deviceModel"], asic["asicCount"])
    assert "asicCount" not in (await get(gamma, "/api/system/info")).json()
    assert ("NerdQAxe++", 4, 4) == (info["deviceModel"], info["asicCount"], len(info["asicTemps"]))


@pytest.mark.parametrize(("key", "title"), [("bitaxe-gamma", b"AxeOS"), ("nerdqaxe++", b"NerdQAxe++")])
async def test_the_first_page_comes_compressed_in_chunks(named: Named, get: Get, key: str, title: bytes) -> None:
    """The page lies compressed in flash and goes out so, although nobody said that they can read it."""
    reply = await get(named(key), "/")
    assert ("gzip", "chunked") == (reply.headers["content-encoding"], reply.headers["transfer-encoding"])
    length, _, rest = reply.body.partition(b"\r\n")
    assert b"<title>" + title in gzip.decompress(rest[: int(length, 16)])


async def test_unknown_addresses_lead_to_the_first_page(named: Named, get: Get) -> None:
    """What is not of the API is sent to the page; what is, and unknown, does not exist."""
    device = named("bitaxe-gamma")
    assert [302, 404] == [(await get(device, path)).status for path in ("/nowhere", "/api/nothing")]


async def test_nothing_can_be_changed(named: Named, get: Get) -> None:
    """A wish to restart is refused and kept."""
    device = named("bitaxe-gamma")
    assert 405 == (await get(device, "/api/system/restart", method="POST")).status
    assert ["POST /api/system/restart"] == device.writes


async def test_a_small_computer_has_few_sockets(site: Any, named: Named) -> None:
    """One connection more than it can hold, and the oldest is dropped."""
    device = named("bitaxe-supra")
    connections = [
        await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "http")) for _ in range(9)
    ]
    async with asyncio.timeout(20):
        for reader, _ in connections[:2]:
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        last_reader, last_writer = connections[-1]
        last_writer.write(b"GET /api/system/info HTTP/1.1\r\nHost: it\r\n\r\n")
        assert b"HTTP/1.1 200 OK\r\n" == await last_reader.readline()
    assert 7 == len(device.connections)
    for _, writer in connections:
        writer.transport.abort()


async def test_a_denied_client_learns_nothing(named: Named, get: Get) -> None:
    """With a lock in front of it, the API answers 401."""
    device = named("bitaxe-gamma")
    device.misbehave("denied")
    assert 401 == (await get(device, "/api/system/info")).status


async def test_a_paused_board_says_so(named: Named, get: Get) -> None:
    """Asleep, it is paused and hashes nothing."""
    device = named("bitaxe-gamma")
    device.misbehave("sleeping")
    info = (await get(device, "/api/system/info")).json()
    assert (True, True) == (info["miningPaused"], info["power"] < 2.0)
