"""Finding devices: who listens, who that is, and how many at once."""

import asyncio
import resource

import pytest

from collectors.discover import Bounds, addresses_of, discover, within_limits
from collectors.target import Target

VERSION = b'{"STATUS":[{"STATUS":"S","When":5}],"VERSION":[{"CompileTime":"x","Type":"Antminer S19"}]}'
SUMMARY = b'{"STATUS":[{"STATUS":"S","When":5}],"SUMMARY":[{"Elapsed":600,"GHS 5s":95000.0}]}'


@pytest.fixture
async def site():
    """Serve one kind of device on many loopback addresses at one port; gives the port and what is open at once."""
    servers = []
    state = {"now": 0, "most": 0}

    async def start(hosts, *, deed="answers"):
        async def handler(reader, writer):
            state["now"] += 1
            state["most"] = max(state["most"], state["now"])
            try:
                asked = await reader.read(1000)
                if deed == "hangs" and asked:
                    await reader.read()
                elif deed == "answers" and asked:
                    await asyncio.sleep(0.005)
                    writer.write(VERSION if b"version" in asked else SUMMARY)
                elif asked:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nprinter")
                await writer.drain()
            except ConnectionError:
                pass
            finally:
                state["now"] -= 1
                writer.close()

        port = state.get("port", 0)
        for host in hosts:
            servers.append(await asyncio.start_server(handler, host, port))
            port = state["port"] = servers[-1].sockets[0].getsockname()[1]
        return port, state

    yield start
    for server in servers:
        server.close()


def target_at(port):
    return lambda host: Target(host, ports={"api": port, "http": 1, "framed": 1, "apollo": 1})


async def test_three_outcomes_are_told_apart(site):
    """Identified, responsive but unknown, and silent: every address is one of them."""
    await site(["127.71.0.1", "127.71.0.2"])
    await site(["127.71.0.3"], deed="prints")
    port, _ = await site(["127.71.0.4"], deed="hangs")
    found = {}
    silent = await discover(
        addresses_of(["127.71.0.0/28"]),
        told=lambda one: found.update({one.address: one}),
        target=target_at(port),
        bounds=Bounds(timeout_s=1.0),
    )
    assert 14 - 4 == silent
    assert ["antminer", "antminer", None, None] == [found[f"127.71.0.{n}"].family for n in (1, 2, 3, 4)]
    assert "S19" == found["127.71.0.1"].reading.model
    assert ("unsupported", "timed_out") == (found["127.71.0.3"].reason, found["127.71.0.4"].reason)
    assert (port,) == found["127.71.0.1"].open_ports


async def test_no_more_devices_at_once_than_allowed(site):
    """The bound per subnet holds whatever the number of devices."""
    port, state = await site([f"127.72.0.{n}" for n in range(1, 41)])
    found = []
    await discover(
        [f"127.72.0.{n}" for n in range(1, 41)],
        told=found.append,
        target=target_at(port),
        bounds=Bounds(connections=8, devices=20, per_subnet=4, timeout_s=5),
    )
    assert 40 == len(found)
    assert all(one.reading for one in found)
    assert state["most"] <= 4 + 4 + 4  # asked, tried, and being closed


async def test_progress_reaches_the_end(site):
    """The counts end at the totals."""
    port, _ = await site(["127.73.0.1"])
    counts = []
    await discover(
        addresses_of(["127.73.0.0/29"]),
        told=lambda _: None,
        progress=lambda now: counts.append((now.scanned, now.listening, now.asked)),
        target=target_at(port),
    )
    assert (6, 1, 1) == counts[-1]


def test_networks_become_addresses():
    """Host addresses only, each once, and never more than can be asked."""
    assert ["10.0.0.1", "10.0.0.2"] == addresses_of(["10.0.0.0/30", "10.0.0.2"])
    assert ["10.0.0.7"] == addresses_of(["10.0.0.7"])
    with pytest.raises(ValueError, match="at most"):
        addresses_of(["10.0.0.0/8"])
    with pytest.raises(ValueError, match="not appear to be"):
        addresses_of(["hall 3"])


def test_descriptors_that_are_few_bound_what_is_open_at_once(monkeypatch):
    """What both stages may open together fits under the limit of the process; where there is room, nothing changes."""
    wanted = Bounds(connections=800, devices=128)
    for most, connections, devices in ((1024, 768, 128), (256, 96, 32), (64, 12, 4), (4096, 800, 128), (-1, 800, 128)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, most=most: (most, most))
        given = within_limits(wanted)
        assert (connections, devices) == (given.connections, given.devices)


async def test_a_site_is_found_whole_with_few_descriptors(site):
    """With a limit far below what would be open otherwise, no host passes for silent."""
    hosts = [f"127.76.0.{number}" for number in range(1, 61)]
    port, _ = await site(hosts)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (400, before[1]))
    try:
        assert 0 == await discover(hosts, told=found.append, target=target_at(port))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert sorted(hosts) == sorted(one.address for one in found if one.family is not None)
