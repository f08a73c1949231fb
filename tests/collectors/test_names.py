"""Host names: found, kept, and never waited for longer than the caller wants."""

import asyncio
import socket
import subprocess
import sys
import time

import pytest

from collectors import names
from collectors.errors import TimedOut, Unreachable
from collectors.wire import exchange


@pytest.fixture
def look_ups(monkeypatch):
    """Count look-ups and answer them from a table; a name that is not in it hangs a while."""
    asked = []
    table = {"miner.test": ["127.0.0.1"], "two.test": ["127.0.0.9", "127.0.0.1"]}

    def getaddrinfo(host, port, **_):
        asked.append(host)
        if host not in table:
            time.sleep(0.2)
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in table[host]]

    monkeypatch.setattr(names.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(names, "_kept", {})
    return asked


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("miner-7", False),
        ("m.example.org", False),
        ("1.2.3", False),
        ("", False),
    ],
)
def test_addresses_are_told_from_names(host, expected):
    """An address is never looked up."""
    assert expected == names.is_address(host)


async def test_a_name_is_looked_up_once_a_while(look_ups):
    """What was found is kept, so that a poll does not wait for a resolver."""
    for _ in range(3):
        assert ["127.0.0.1"] == await names.addresses("miner.test")
    assert ["miner.test"] == look_ups


async def test_a_hanging_resolver_costs_the_deadline_only(look_ups):
    """The exchange ends at its deadline though the resolver has not answered."""
    with pytest.raises(TimedOut):
        await exchange("hangs.test", port=1, request=b"x", timeout_s=0.05)


async def test_a_name_without_address_is_unreachable(look_ups):
    """The resolver's words are told."""
    with pytest.raises(Unreachable, match="cannot be resolved"):
        await names.addresses("hangs.test")


async def test_every_address_of_a_name_is_tried(look_ups, listen):
    """A first address where nobody listens does not hide the second."""

    async def handler(reader, writer):
        await reader.read(10)
        writer.write(b"{}")

    assert b"{}" == await exchange("two.test", port=await listen(handler), request=b"x", timeout_s=5)


async def test_many_look_ups_need_few_threads(look_ups):
    """A crowd of names does not become a crowd of threads."""
    results = await asyncio.gather(*(names.addresses(f"n{n}.test") for n in range(12)), return_exceptions=True)
    assert all(isinstance(result, Unreachable) for result in results)
    assert names._resolver._started <= 8


def test_a_program_does_not_wait_for_a_hanging_resolver():
    """`probe` ends at its --timeout though a look-up is still under way."""
    program = (
        "import socket, sys, time\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(60)\n"
        "from daemon.cli import main\n"
        "sys.exit(main(['probe', 'miner.test', '--timeout', '0.3', '--json']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=50)
    assert 4 == done.returncode, done.stderr
    assert '"timed_out"' in done.stdout
