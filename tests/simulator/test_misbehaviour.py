"""Devices that go wrong on the wire, each in the way that was asked for, and well again afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulator import misbehaviour
from simulator.site import Site
from simulator.wire import mischief

Exchange = Callable[..., Awaitable[bytes]]
Named = Callable[[str], Any]
REQUEST = b'{"command":"summary"}'


async def test_garbage_is_of_no_protocol(named: Named, exchange: Exchange) -> None:
    """What comes cannot be decoded as text, let alone as JSON."""
    device = named("s21")
    device.misbehave("garbage")
    received = await exchange(device, "api", REQUEST)
    assert 701 == len(received)
    with pytest.raises(UnicodeDecodeError):
        received.decode()


@pytest.mark.parametrize("role", ["api", "http"])
async def test_an_oversized_answer_begins_well_and_never_ends(site: Site, named: Named, role: str) -> None:
    """Megabytes later there is still no end, and the beginning was that of a true answer."""
    device = named("s21")
    device.misbehave("oversized")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, role))
    writer.write(REQUEST if role == "api" else b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(20):
        received = await reader.readexactly(3_000_000)
    assert received.startswith(b'{"STATUS"' if role == "api" else b"HTTP/1.1 401")
    writer.transport.abort()


async def test_a_drip_comes_byte_by_byte(named: Named, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are the right ones, each on its own."""
    monkeypatch.setattr(mischief, "DRIP_S", 0.0)
    device = named("bitaxe-gamma")
    device.misbehave("drip")
    received = await exchange(device, "http", b"GET /nowhere HTTP/1.1\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 302")
    assert received.endswith(b"page")


async def test_a_drip_is_slow(site: Site, named: Named) -> None:
    """After the first byte the next one is a second away."""
    device = named("s21")
    device.misbehave("drip")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "api"))
    writer.write(REQUEST)
    async with asyncio.timeout(20):
        assert b"{" == await reader.read(65536)
    writer.transport.abort()


async def test_silence_keeps_the_connection(site: Site, named: Named) -> None:
    """The request is taken, nothing comes, and the connection stays until the client has enough."""
    device = named("m50s")
    device.misbehave("silent")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "api"))
    writer.write(REQUEST)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.read(1)
    assert 1 == site.connections()
    writer.transport.abort()


async def test_half_open_sends_half_and_stays(site: Site, named: Named, exchange: Exchange) -> None:
    """The first half of the answer comes, and no end."""
    device = named("s19j-pro")
    whole = await exchange(device, "api", REQUEST)
    device.misbehave("half-open")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "api"))
    writer.write(REQUEST)
    async with asyncio.timeout(20):
        received = await reader.readexactly(len(whole) // 2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.read(1)
    assert whole.startswith(received)
    writer.transport.abort()


async def test_cut_sends_half_and_closes(named: Named, exchange: Exchange) -> None:
    """The first half of the answer comes, then the end."""
    device = named("s19j-pro")
    whole = await exchange(device, "api", REQUEST)
    device.misbehave("cut")
    assert whole[: len(whole) // 2] == await exchange(device, "api", REQUEST)


async def test_a_shut_port_refuses_and_opens_again(site: Site, named: Named, exchange: Exchange) -> None:
    """With a socket of its own the device truly refuses, on every port, and answers again when it is well."""
    device = named("s21")
    for _ in range(2):
        site.misbehave(device.identity.id, "refuses")
        for role in ("api", "http"):
            with pytest.raises(ConnectionRefusedError):
                await exchange(device, role, REQUEST)
        site.misbehave(device.identity.id, None)
        await site.settled()
        assert (await exchange(device, "api", REQUEST)).endswith(b"\0")


async def test_shutting_ends_what_was_connected(site: Site, named: Named) -> None:
    """Open connections are reset together with the port."""
    device = named("bitaxe-gamma")
    reader, writer = await asyncio.open_connection(device.identity.address, site.port(device.identity.id, "http"))
    writer.write(b"GET /nowhere HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"page")
    site.misbehave(device.identity.id, "refuses")
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    writer.transport.abort()


async def test_flapping_turns_with_the_clock(clock: Any, site: Site, named: Named) -> None:
    """Shut for a while, well for a while, and so on, from the moment that it was asked for."""
    device = named("s21")
    site.misbehave(device.identity.id, "flapping")
    phases = []
    for _ in range(4):
        phases.append(device.shut())
        clock.pass_(misbehaviour.FLAPPING_S)
    assert [True, False, True, False] == phases


async def test_a_flapping_port_opens_by_itself(
    clock: Any, site: Site, named: Named, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its time comes the port opens again without anybody's doing."""
    monkeypatch.setattr(misbehaviour, "FLAPPING_S", 0.02)
    device = named("s21")
    site.misbehave(device.identity.id, "flapping")
    with pytest.raises(ConnectionRefusedError):
        await exchange(device, "api", REQUEST)
    clock.pass_(0.03)
    async with asyncio.timeout(20):
        while True:
            try:
                received = await exchange(device, "api", REQUEST)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                break
    assert received.endswith(b"\0")


async def test_frozen_numbers_stay_while_the_time_moves(clock: Any, named: Named) -> None:
    """Stuck, a device answers with the time of day and yesterday's numbers."""
    device = named("s21")
    device.misbehave("stuck")
    first = device.answer_line(b'{"command":"summary"}')
    clock.pass_(100.0)
    second = device.answer_line(b'{"command":"summary"}')
    when = b'"When":%d'
    assert first != second
    assert first.replace(when % int(clock.at_s - 100), b"") == second.replace(when % int(clock.at_s), b"").replace(
        b'"Last getwork":%d' % int(clock.at_s), b'"Last getwork":%d' % int(clock.at_s - 100)
    )


async def test_a_hijacked_device_names_a_foreign_pool(named: Named, site: Site) -> None:
    """Its first pool and worker are not the site's; afterwards they are again."""
    device = named("s21")
    device.misbehave("wrong-pool")
    assert site.world.foreign == device.accounts()[0]
    device.misbehave(None)
    assert site.pools["p1"].url == device.accounts()[0].url


async def test_a_hot_device_gets_hot_and_cools_down(clock: Any, named: Named) -> None:
    """With its intake blocked it passes 95 °C within minutes; unblocked, it comes back."""
    device = named("s19j-pro")
    device.misbehave("hot")
    for _ in range(20):
        clock.pass_(30.0)
        device.refresh()
    hottest = device.machine.thermals.chip_c
    device.misbehave(None)
    for _ in range(20):
        clock.pass_(30.0)
        device.refresh()
    assert hottest > 95.0 > 80.0 > device.machine.thermals.chip_c


async def test_unknown_wishes_are_refused(site: Site) -> None:
    """Unknown kinds and ids are errors that name what there is."""
    with pytest.raises(ValueError, match="there are: silent, drip"):
        site.misbehave("m1", "sulking")
    with pytest.raises(ValueError, match="there are: silent, stale"):
        site.misbehave("p1", "sulking")
    with pytest.raises(KeyError):
        site.misbehave("m999", "hot")
