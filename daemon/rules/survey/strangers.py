"""What is seen on the network or at a pool, held against the inventory; what is in none, since when. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import ip_address, ip_network

import msgspec

from collectors.value import mac as mac_of
from daemon.rules.snapshot import Unlisted

# An entry of a table comes and goes while the machine stays; who was away for a week begins anew.
PRESENT_S = 3600.0
REMEMBERED_S = 7 * 86_400.0
# How long a worker's name counts as a listed device's after it was last seen on one: it may be in repair.
NAMES_S = 30 * 86_400.0
MOST = 4096

_LOCAL = 0x02  # the bit of a MAC address that somebody made up


class Sighting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address or worker that something saw. `where` is what saw it; a worker has no MAC."""

    name: str
    where: str
    mac: str | None = None
    hostname: str | None = None


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What is known: hosts and MACs of listed devices, their ids, and the names that they mine as."""

    hosts: frozenset[str] = frozenset()
    macs: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    workers: frozenset[str] = frozenset()

    @property
    def makers(self) -> frozenset[str]:
        """Give the begins of MAC addresses that makers were given, as the listed devices show them."""
        return frozenset(mac[:8] for mac in self.macs if not int(mac[:2], 16) & _LOCAL)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What counts: everything inside `networks`, and MAC addresses that begin so; never what matches `expected`."""

    networks: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


class StrangersMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept over a restart: first and last sight of every stranger, and of the names of listed devices."""

    strangers: dict[str, tuple[float, float]] = {}
    names: dict[str, float] = {}


class Strangers:
    """Remembers since when each is there; `memory` is what a former one gave."""

    def __init__(self, memory: StrangersMemory | None = None) -> None:
        memory = memory or StrangersMemory()
        self._seen: dict[str, tuple[float, float]] = dict(memory.strangers)
        self._names: dict[str, float] = dict(memory.names)
        self._last: dict[str, Sighting] = {}

    def memory(self) -> StrangersMemory:
        """Give what is worth keeping."""
        return StrangersMemory(strangers=self._seen, names=self._names)

    def look(
        self, sightings: Iterable[Sighting], *, inventory: Inventory, search: Search, now: float
    ) -> tuple[Unlisted, ...]:
        """Take what is seen now, and give what is in no inventory, the longest there first."""
        # Made anew and put in place at the end: it may be done beside the event loop, which writes down what is known.
        names = self._names | dict.fromkeys(inventory.workers, now)
        self._names = {name: at for name, at in names.items() if now - at <= NAMES_S}
        seen, last = dict(self._seen), dict(self._last)
        makers = tuple(inventory.makers | frozenset(search.makers))
        for one in sightings:
            key = one.mac or f"worker {one.name}"
            if self._is_known(one, inventory, search) or not self._counts(one, search, makers):
                seen.pop(key, None)
                last.pop(key, None)
            elif key in seen or len(seen) < MOST:
                seen[key] = (seen.get(key, (now, now))[0], now)
                last[key] = one
        self._seen = {key: span for key, span in seen.items() if now - span[1] <= REMEMBERED_S}
        self._last = {key: one for key, one in last.items() if key in self._seen}
        found = [
            Unlisted(name=one.name, where=one.where, since=seen[key][0], mac=one.mac, hostname=one.hostname)
            for key, one in self._last.items()
            if now - seen[key][1] <= PRESENT_S and not self._is_known(one, inventory, search)
        ]
        return tuple(sorted(found, key=lambda one: (one.since, one.name)))

    def _is_known(self, one: Sighting, inventory: Inventory, search: Search) -> bool:
        names = [name.lower() for name in (one.name, one.mac, one.hostname) if name]
        if any(fnmatchcase(name, pattern) for name in names for pattern in search.expected):
            return True
        if one.mac is None:
            return names[0] in self._names or names[0] in inventory.ids
        return one.mac in inventory.macs or not inventory.hosts.isdisjoint(names)

    @staticmethod
    def _counts(one: Sighting, search: Search, makers: tuple[str, ...]) -> bool:
        if one.mac is None:
            return True
        return one.mac.startswith(makers) or any(_lies_in(one.name, network) for network in search.networks)


def worker_of(user: str, *, account: str) -> str:
    """Cut a pool user to its worker, in small letters: of `acct`, `acct.Rig7` is `rig7`, and so is `Rig7`."""
    lower, prefix = user.strip().lower(), account.strip().lower()
    return lower.removeprefix(f"{prefix}.") if prefix else lower


def macs_of(marks: Iterable[str]) -> frozenset[str]:
    """Give the MAC addresses among the marks that devices are known by."""
    found = (mac_of(mark.partition(" ")[2]) for mark in marks if mark.startswith("mac "))
    return frozenset(mac for mac in found if mac)


@lru_cache(maxsize=65_536)
def _lies_in(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False
