"""Sockets of a pretend site: loopback only, shared when there are many devices, and gone without a trace."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from simulator.models import MODELS
from simulator.plan import addresses
from simulator.site import Site
from simulator.wire.listening import require_loopback

MODEL_LIST = [MODELS[key] for key in ("s21", "m50s", "m63s", "bitaxe-gamma")]
ANY_PORTS: dict[Any, int] = {"line": 0, "frame": 0, "http": 0}
REQUEST = b'{"command":"version"}'


async def ask(address: str, port: int) -> bytes:
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(address, port)
        try:
            writer.write(REQUEST)
            return await reader.readuntil(b"\0")
        finally:
            writer.transport.abort()


async def test_each_device_has_its_own_address_and_only_there(clock: Any) -> None:
    """A device answers where it is; at the address beside it, connections are refused."""
    async with Site(MODEL_LIST, now=clock) as site:
        first = site.devices["m1"].identity.address
        beyond = first.rpartition(".")[0] + ".200"
        assert b"Antminer S21" in await ask(first, site.port("m1", "api"))
        with pytest.raises(ConnectionRefusedError):
            await ask(beyond, site.port("m1", "api"))


async def test_one_socket_can_stand_for_all_devices(clock: Any) -> None:
    """Shared, each address still answers as its own device, with the wires that it has."""
    async with Site(MODEL_LIST, now=clock, shared=True, base="127.33.0.0", ports=ANY_PORTS) as site:
        line = site.port("m1", "api")
        assert b"Antminer S21" in await ask("127.33.0.1", line)
        assert b"Code" in await ask("127.33.0.2", line)
        for address in ("127.33.0.3", "127.33.0.4", "127.33.0.77", "127.0.0.1"):
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await ask(address, line)


async def test_a_shared_socket_resets_for_a_shut_device(clock: Any) -> None:
    """Where one socket stands for all, a shut port shows as a reset, and opens at once."""
    async with Site(MODEL_LIST, now=clock, shared=True, base="127.33.0.0", ports=ANY_PORTS) as site:
        site.misbehave("m1", "refuses")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await ask("127.33.0.1", site.port("m1", "api"))
        site.misbehave("m1", None)
        assert b"Antminer S21" in await ask("127.33.0.1", site.port("m1", "api"))


async def test_a_shared_socket_does_not_answer_outside_loopback(clock: Any) -> None:
    """Asked for at another address of this machine, it is refused or reset."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        try:
            looking.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        outside = looking.getsockname()[0]
    async with Site(MODEL_LIST, now=clock, shared=True, base="127.33.0.0", ports=ANY_PORTS) as site:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await ask(outside, site.port("m1", "api"))


async def test_many_devices_share_by_themselves(clock: Any, open_files: Callable[[], int]) -> None:
    """Above a thousand devices, the site has a handful of sockets."""
    before = open_files()
    async with Site(1100, now=clock, base="127.34.0.0", ports=ANY_PORTS) as site:
        assert 1100 == len(site.devices)
        assert open_files() - before < 20


@pytest.mark.parametrize("shared", [False, True])
async def test_nothing_is_left_behind(clock: Any, open_files: Callable[[], int], shared: bool) -> None:
    """After its end a site has no socket, no task and no timer, whatever was connected and however it misbehaved."""
    before, tasks = open_files(), asyncio.all_tasks()
    base = "127.35.0.0" if shared else None
    async with Site(MODEL_LIST, now=clock, shared=shared, base=base, ports=ANY_PORTS if shared else None) as site:
        for name, kind in (("m1", "drip"), ("m2", "oversized"), ("m4", "flapping")):
            site.misbehave(name, kind)
        await site.settled()
        writers = []
        for name, role in (("m1", "api"), ("m2", "api"), ("m3", "http"), ("m1", "http")):
            address = site.devices[name].identity.address
            _, writer = await asyncio.open_connection(address, site.port(name, role))
            writer.write(REQUEST)
            writers.append(writer)
        _, writer = await asyncio.open_connection(*site.pools["p1"].address)
        writers.append(writer)
        _, writer = await asyncio.open_connection(*site.services.address)
        writers.append(writer)
    for writer in writers:
        writer.transport.abort()
    await asyncio.sleep(0)
    assert before == open_files()
    assert tasks == asyncio.all_tasks()


async def test_a_site_that_ends_while_ports_open_leaves_nothing(clock: Any, open_files: Callable[[], int]) -> None:
    """Ports that were about to open again stay shut when the site ends first."""
    before = open_files()
    async with Site(MODEL_LIST, now=clock) as site:
        for kind in ("refuses", None, "flapping", None):
            for name in site.devices:
                site.misbehave(name, kind)
    assert before == open_files()


async def test_a_site_that_cannot_listen_leaves_nothing(clock: Any, open_files: Callable[[], int]) -> None:
    """When one port is taken, the error names it and all the others are closed again."""
    before = open_files()
    with socket.create_server(("127.36.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        ports: dict[Any, int] = {"line": port}
        with pytest.raises(OSError, match=rf"cannot listen on 127\.36\.0\.2 port {port}"):
            async with Site(MODEL_LIST, now=clock, base="127.36.0.0", ports=ports):
                pass
    await asyncio.sleep(0)
    assert before == open_files()


async def test_a_port_that_was_taken_meanwhile_stays_shut(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The site says so and lives on; once the port is free the device can have it again."""
    async with Site(MODEL_LIST, now=clock) as site:
        address, port = site.devices["m1"].identity.address, site.port("m1", "api")
        site.misbehave("m1", "refuses")
        await asyncio.sleep(0)
        with socket.create_server((address, port)):
            site.misbehave("m1", None)
            async with asyncio.timeout(20):
                while "m1 stays shut" not in caplog.text:
                    await asyncio.sleep(0)
            with pytest.raises(OSError, match="cannot listen on"):
                await site.settled()
        await site.settled()
        assert b"Antminer S21" in await ask(address, port)


async def test_sites_stand_side_by_side(clock: Any) -> None:
    """Two sites at once take addresses of their own."""
    async with Site(2, now=clock) as one, Site(2, now=clock) as other:
        taken = {device.identity.address for site in (one, other) for device in site.devices.values()}
        assert 4 == len(taken)


@pytest.mark.parametrize("address", ["10.0.0.1", "0.0.0.0", "128.0.0.1", "192.168.1.1"])
def test_other_addresses_than_loopback_are_refused(address: str) -> None:
    """The simulator serves 127.0.0.0/8, and says so to whoever wants something else."""
    with pytest.raises(ValueError, match="serves loopback only"):
        require_loopback(address)
    with pytest.raises(ValueError, match="serves loopback only"):
        next(addresses(address))


def test_addresses_leave_out_the_ends_of_each_block() -> None:
    """No device stands at .0 or .255, and beyond the last address of loopback there is an error, not another net."""
    walk = addresses("127.16.0.254")
    assert ["127.16.0.254", "127.16.1.1"] == [next(walk), next(walk)]
    last = addresses("127.255.255.254")
    assert "127.255.255.254" == next(last)
    with pytest.raises(ValueError, match="serves loopback only"):
        next(last)
