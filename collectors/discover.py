"""Find the devices of a network in two stages: who listens, at high concurrency; then who that is, politely.

The first stage only opens and drops connections. The second identifies and reads whoever had a port open, a bounded
number at a time and fewer per subnet, so that no access switch and no control board is flooded.
"""

import asyncio
import ipaddress
import resource
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from collectors.errors import CollectError
from collectors.identify import PORTS, identify
from collectors.poll import collect
from collectors.reading import Reading
from collectors.target import Target

# a lost SYN is sent again after one second, and the answer to that one should still be heard
CONNECT_S = 1.5
# what a process has open besides, and what an aborted connection holds until the loop's next turn
_SPARE, _LEAST = 128, 16
_FIRST, _SECOND = ("api", "http"), tuple(name for name in PORTS if name not in ("api", "http"))


class Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address with a port open: `family` when it was identified, `reading` when it could be read too.

    `reason` and `message` tell what went wrong, None when nothing did.
    """

    address: str
    open_ports: tuple[int, ...]
    family: str | None = None
    reading: Reading | None = None
    reason: str | None = None
    message: str | None = None


class Bounds(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much may be under way at once: descriptors of the first stage, devices of the second, those of one /24."""

    connections: int = 800
    devices: int = 128
    per_subnet: int = 64
    timeout_s: float = 10.0


class Progress(msgspec.Struct, kw_only=True):
    """Counts while a discovery runs."""

    total: int
    scanned: int = 0
    listening: int = 0
    asked: int = 0


async def discover(
    addresses: Sequence[str],
    *,
    told: Callable[[Found], None],
    progress: Callable[[Progress], None] = lambda _: None,
    target: Callable[[str], Target] = Target,
    bounds: Bounds | None = None,
) -> int:
    """Ask every address; `told` hears of each that listens as soon as it is known. Gives how many were silent.

    `target` makes the target of an address, with the credentials that belong to it.
    """
    bounds = within_limits(bounds or Bounds())
    counts = Progress(total=len(addresses))
    listening: asyncio.Queue[tuple[str, dict[str, int]] | None] = asyncio.Queue()
    waiting = iter(_interleaved(addresses))
    subnets: dict[Any, asyncio.Semaphore] = {}

    async def scan() -> None:
        for address in waiting:
            ports = await _open_ports(address, ports={**PORTS, **target(address).ports})
            counts.scanned += 1
            if ports:
                counts.listening += 1
                listening.put_nowait((address, ports))
            progress(counts)

    async def ask() -> None:
        while (one := await listening.get()) is not None:
            address, ports = one
            async with subnets.setdefault(_subnet(address), asyncio.Semaphore(bounds.per_subnet)):
                found = await _ask(target(address), open_ports=ports, timeout_s=bounds.timeout_s)
            counts.asked += 1
            told(found)
            progress(counts)
        listening.put_nowait(None)

    async with asyncio.TaskGroup() as asking:
        for _ in range(min(bounds.devices, len(addresses))):
            asking.create_task(ask())
        async with asyncio.TaskGroup() as scanning:
            for _ in range(max(1, min(bounds.connections // len(_FIRST), len(addresses)))):
                scanning.create_task(scan())
        listening.put_nowait(None)
    return counts.total - counts.listening


def within_limits(bounds: Bounds) -> Bounds:
    """Give bounds that leave this process descriptors to spare: for want of one, a host would pass for silent."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most - _SPARE >= bounds.connections + bounds.devices:
        return bounds
    room = max(most - _SPARE, _LEAST)
    devices = max(1, min(bounds.devices, room // 4))
    return msgspec.structs.replace(bounds, devices=devices, connections=room - devices)


def addresses_of(networks: Iterable[str], *, most: int = 1 << 17) -> list[str]:
    """Give every host address of networks such as `10.0.0.0/22` and of single addresses, each once.

    Raises ValueError for what is no network, and for more addresses than `most`.
    """
    found: dict[str, None] = {}
    for text in networks:
        network = ipaddress.ip_network(text, strict=False)
        if network.num_addresses + len(found) > most:
            raise ValueError(f"{text} has {network.num_addresses:,} addresses; at most {most:,} are asked at once")
        found.update(dict.fromkeys(map(str, network.hosts())))
    return list(found)


async def _ask(target: Target, *, open_ports: dict[str, int], timeout_s: float) -> Found:
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    family = None
    try:
        identity = await identify(target, timeout_s=timeout_s, among=frozenset(open_ports))
        family = identity.family
        reading = await collect(target, family, timeout_s=max(1.0, until - loop.time()))
    except CollectError as error:
        return Found(
            address=target.host,
            open_ports=tuple(open_ports.values()),
            family=family.name if family else None,
            reason=error.reason,
            message=str(error),
        )
    return Found(address=target.host, open_ports=tuple(open_ports.values()), family=family.name, reading=reading)


async def _open_ports(address: str, *, ports: dict[str, int]) -> dict[str, int]:
    """Give the open ports by name. A host that says nothing at all on the usual ones is not asked for the rest."""
    answers = await _connected(address, ports={name: ports[name] for name in _FIRST})
    if any(answer is not None for answer in answers.values()):
        answers |= await _connected(address, ports={name: ports[name] for name in _SECOND})
    return {name: ports[name] for name, is_open in answers.items() if is_open}


async def _connected(address: str, *, ports: dict[str, int]) -> dict[str, bool | None]:
    """Tell of each port whether it is open (True), refused (False), or silent (None)."""
    states = await asyncio.gather(*(_connect(address, port) for port in ports.values()))
    return dict(zip(ports, states, strict=True))


async def _connect(address: str, port: int) -> bool | None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            transport, _ = await loop.create_connection(asyncio.Protocol, address, port)
    except ConnectionRefusedError:
        return False
    except (OSError, TimeoutError):
        return None
    transport.abort()
    return True


def _interleaved(addresses: Sequence[str]) -> list[str]:
    """Order addresses so that neighbours are of different subnets: the bound per subnet then seldom holds one up."""
    nets: dict[Any, list[str]] = {}
    for address in addresses:
        nets.setdefault(_subnet(address), []).append(address)
    longest = max(map(len, nets.values()), default=0)
    return [net[at] for at in range(longest) for net in nets.values() if at < len(net)]


def _subnet(address: str) -> str:
    return address.rpartition(".")[0] or address.rpartition(":")[0]
