"""Connecting to names with several addresses."""

import asyncio
import socket
from time import monotonic

import pytest

from collectors.errors import Unreachable
from collectors.pools import dial as module
from collectors.pools.dial import dial, in_turn
from collectors.pools.url import parse

NAME = "pool.example"


@pytest.fixture
def port():
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        plug.listen()
        yield plug.getsockname()[1]


@pytest.fixture
def named(monkeypatch):
    """Have a name lead to the given addresses, in their order."""

    def name(*hosts):
        async def look_up(_self, _host, port, **_options):
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in host], socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)

    return name


async def opened(port):
    plug, seconds = await dial(parse(f"stratum+tcp://{NAME}:{port}"), monotonic=monotonic)
    with plug:
        return plug.getpeername()[0], seconds


async def test_the_next_address_after_a_refusal(named, port):
    """An address that refuses is no reason to give up."""
    named("127.0.0.2", "127.0.0.1")
    assert "127.0.0.1" == (await opened(port))[0]


async def test_a_dead_address_costs_a_moment(named, port, monkeypatch):
    """An address that never answers is left behind by the next one, whose own connect alone is timed."""
    monkeypatch.setattr(module, "STAGGER_S", 0.05)
    connect = asyncio.get_running_loop().sock_connect

    async def hang(plug, where):
        if where[0] == "127.0.0.9":
            await asyncio.Event().wait()
        await connect(plug, where)

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", hang)
    named("127.0.0.9", "127.0.0.1")
    address, seconds = await opened(port)
    assert "127.0.0.1" == address
    assert 0 < seconds < 0.05


async def test_every_address_refuses(named, port):
    """When none answers, the failure is told with name and port."""
    named("127.0.0.2", "127.0.0.3", "127.0.0.4")
    with pytest.raises(Unreachable, match=f"{NAME} port {port}: connection refused"):
        await opened(port)


async def test_a_name_without_addresses(named, port):
    """A name that leads nowhere is unreachable."""
    named()
    with pytest.raises(Unreachable, match="no address"):
        await opened(port)


async def test_a_cancelled_dial_leaves_no_socket(named, port, monkeypatch):
    """Whoever loses patience leaves nothing behind; an unclosed socket would be a warning, and warnings are errors."""

    async def hang(_plug, _where):
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", hang)
    monkeypatch.setattr(module, "STAGGER_S", 0.01)
    named("127.0.0.2", "127.0.0.3")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await opened(port)


def test_families_take_turns():
    """The family that the system puts first stays first, and the other is tried in between."""
    six, four = socket.AF_INET6, socket.AF_INET
    found = [(six, "a"), (six, "b"), (four, "c"), (four, "d"), (four, "e")]
    assert ["a", "c", "b", "d", "e"] == [where for _, where in in_turn(found)]
    assert [] == in_turn([])
