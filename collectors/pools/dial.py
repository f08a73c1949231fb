"""Opens a TCP connection to whichever address of a name answers first.

A name with several addresses, of which one is dead, must not cost the whole patience: the next address is tried
beside it after a moment (RFC 8305), IPv6 and IPv4 in turn.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from itertools import chain, zip_longest
from typing import Any

from collectors.errors import CollectError, Unreachable
from collectors.pools.url import Endpoint

STAGGER_S = 0.25
_MOST_ADDRESSES = 8
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))

Address = tuple[int, Any]
Plugged = tuple[socket.socket, float] | OSError


async def dial(endpoint: Endpoint, *, monotonic: Callable[[], float]) -> tuple[socket.socket, float]:
    """Give a connected socket and how long its own connect took, in seconds; Unreachable when no address answers."""
    waiting = (await _addresses(endpoint))[:_MOST_ADDRESSES]
    one = len(waiting) == 1
    outcome = await (_plug(waiting[0], monotonic=monotonic) if one else _race(waiting, monotonic=monotonic))
    if not isinstance(outcome, OSError):
        return outcome
    refused = outcome.errno == errno.ECONNREFUSED
    why = "connection refused" if refused else (outcome.strerror or str(outcome)).lower()
    raise Unreachable(f"{endpoint.host} port {endpoint.port}: {why}")


async def _race(waiting: list[Address], *, monotonic: Callable[[], float]) -> Plugged:
    """Try the addresses one beside the other; give the first that opens, else the newest failure."""
    tried: list[asyncio.Task[Plugged]] = []
    winner: Plugged | None = None
    failure = OSError("the name has no address")
    try:
        async with asyncio.TaskGroup() as group:
            left = iter(waiting)
            address = next(left, None)
            while winner is None and (address is not None or not all(task.done() for task in tried)):
                if address is not None:
                    tried.append(group.create_task(_plug(address, monotonic=monotonic)))
                    address = next(left, None)
                running = [task for task in tried if not task.done()] or tried[-1:]
                done, _ = await asyncio.wait(
                    running,
                    timeout=None if address is None else STAGGER_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    outcome = task.result()
                    if isinstance(outcome, OSError):
                        failure = outcome
                    elif winner is None:
                        winner = outcome
            for task in tried:
                task.cancel()
    finally:
        for task in tried:
            if task.done() and not task.cancelled() and task.exception() is None:
                outcome = task.result()
                if isinstance(outcome, tuple) and outcome is not winner:
                    outcome[0].close()
    return winner or failure


async def _plug(address: Address, *, monotonic: Callable[[], float]) -> Plugged:
    """Connect to one address; the error is given, not raised, for others are still to be tried."""
    family, where = address
    try:
        plug = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            raise CollectError("out of file descriptors: raise the limit of open files") from error
        return error
    try:
        _tune(plug)
        begun = monotonic()
        await asyncio.get_running_loop().sock_connect(plug, where)
    except OSError as error:
        plug.close()
        return error
    except BaseException:
        plug.close()
        raise
    return plug, monotonic() - begun


async def _addresses(endpoint: Endpoint) -> list[Address]:
    """Look the name up; an address is taken as it is, without the thread that a look-up needs."""
    try:
        address = ipaddress.ip_address(endpoint.host)
    except ValueError:
        pass
    else:
        if not getattr(address, "scope_id", None):
            return [(socket.AF_INET if address.version == 4 else socket.AF_INET6, (endpoint.host, endpoint.port))]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(f"the name {endpoint.host} cannot be resolved") from error
    return in_turn([(family, where) for family, _, _, _, where in found])


def in_turn(found: list[Address]) -> list[Address]:
    """Put addresses of the two families in turn, the family of the first in front, each in its given order."""
    first = [address for address in found if address[0] == found[0][0]]
    other = [address for address in found if address[0] != found[0][0]]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]


def _tune(plug: socket.socket) -> None:
    """Send small messages at once, and notice a dead peer within 90 s."""
    plug.settimeout(0)
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            plug.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
