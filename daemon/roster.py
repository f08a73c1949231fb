"""Who is watched: brings fleet, watch and schedule in line with an inventory, keeping what stays."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from collectors.target import Target
from daemon.guesses import Guesses
from daemon.inventory import Listed, subnet
from daemon.schedule import Scheduler
from daemon.site import Site
from daemon.watch import Watch, Watched

PORTION = 100


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How many devices came, left, or are asked in another way now."""

    added: int = 0
    removed: int = 0
    changed: int = 0


class Roster:
    """The devices under watch; without a scheduler they are only asked by hand, as `once` does.

    A device that answers at another device's address is asked there from then on, and the other one at the address
    that it left: ids and all that is kept under them follow the devices, until the inventory changes the addresses.
    """

    def __init__(
        self, *, site: Site, watch: Watch, scheduler: Scheduler | None = None, guesses: Guesses | None = None
    ) -> None:
        self._site = site
        self._watch = watch
        self._scheduler = scheduler
        self._guesses = guesses or Guesses()
        self._listed: dict[str, Listed] = {}
        self._configured: dict[str, Listed] = {}
        # whose address a device is asked at, where that is not its own
        self._moved: dict[str, str] = {}
        watch.exchange = self.exchange

    @property
    def ids(self) -> Sequence[str]:
        """Every device, in the order of the inventory."""
        return tuple(self._listed)

    def take(self, listed: Iterable[Listed]) -> Change:
        """Make the devices under watch those of the inventory; a device that stays keeps its state and its past."""
        *_, change = self.taking(listed)
        return change

    def taking(self, listed: Iterable[Listed]) -> Iterator[Change]:
        """Take an inventory a portion at a time, between which others may work; what it gives last is the whole."""
        configured = {one.entry.id: one for one in listed}
        if any(_address(configured.get(key)) != _address(self._configured[key]) for key in self._moved):
            self._moved = {}  # who is where will be found out anew
        self._configured = configured
        self._watch.identities.take({key: one.marks for key, one in configured.items()})
        removed = added = changed = 0
        for number, key in enumerate([key for key in self._listed if key not in configured]):
            self._drop(key)
            del self._listed[key]
            removed += 1
            if number % PORTION == PORTION - 1:
                yield Change(removed=removed)
        for number, key in enumerate(configured):
            one = self._placed(configured[key])
            before = self._listed.get(key)
            if before is None:
                self._add(one)
                added += 1
            elif self._differs(before, one):
                self._change(before, one)
                changed += 1
            self._listed[key] = one
            if number % PORTION == PORTION - 1:
                yield Change(added=added, removed=removed, changed=changed)
        self._listed = {key: self._listed[key] for key in configured}
        yield Change(added=added, removed=removed, changed=changed)

    def exchange(self, one: str, other: str) -> None:
        """Ask each of two devices where the other was asked so far; nothing while one of them is coming or going."""
        if not all(key in self._listed and key in self._configured for key in (one, other)):
            return
        moved = self._moved
        moved[one], moved[other] = moved.get(other, other), moved.get(one, one)
        for key in (one, other):
            before, after = self._listed[key], self._placed(self._configured[key])
            if moved[key] == key:
                del moved[key]
            self._listed[key] = after
            self._change(before, after)

    def _placed(self, one: Listed) -> Listed:
        """Lay the address that a device is asked at over what the inventory says of it."""
        where = self._moved.get(one.entry.id, one.entry.id)
        return one if where == one.entry.id else _at(one, place=self._configured[where])

    def _add(self, one: Listed) -> None:
        entry = one.entry
        self._guesses.adopt(entry.id, one.target)
        state = self._site.fleet.add(entry)
        watched = Watched(state, target=one.target, stale_after_s=one.stale_after_s)
        slot = None
        if self._scheduler is not None:
            slot = self._scheduler.add(entry.id, interval_s=entry.interval_s, group=subnet(entry.host))
        self._watch.add(watched, slot=slot)
        self._site.add(state)

    def _drop(self, key: str) -> None:
        if self._scheduler is not None:
            self._scheduler.remove(key)
        self._watch.remove(key)
        self._site.remove(key)

    def _change(self, before: Listed, one: Listed) -> None:
        """Lay a changed entry over the device; one that lives elsewhere now is identified anew."""
        key, entry = one.entry.id, one.entry
        watched = self._watch.get(key)
        if watched is None:
            return
        state = watched.state
        state.entry = entry
        if not _same_target(before, one):
            self._guesses.adopt(key, one.target)
            fresh = Watched(state, target=one.target, stale_after_s=one.stale_after_s)
            self._watch.add(fresh, slot=self._scheduler.slot(key) if self._scheduler else None)
        if self._scheduler is not None and (before.entry.interval_s, before.entry.host) != (
            entry.interval_s,
            entry.host,
        ):
            self._scheduler.remove(key)
            slot = self._scheduler.add(key, interval_s=entry.interval_s, group=subnet(entry.host))
            current = self._watch.get(key)
            if current is not None:
                self._watch.add(current, slot=slot)
        self._site.add(state)

    @staticmethod
    def _differs(before: Listed, after: Listed) -> bool:
        return before.entry != after.entry or not _same_target(before, after)


def _address(one: Listed | None) -> tuple[str, dict[str, int]] | None:
    return None if one is None else (one.entry.host, one.entry.ports)


def _at(one: Listed, *, place: Listed) -> Listed:
    """Give a device as it is asked at another's address.

    A device without a name of its own, one of a network, takes on whatever was said of the address; a named one
    takes its rack, power and login along, and only what is shared by network comes with the address.
    """
    is_named = one.entry.id != one.entry.host
    if is_named or place.entry.id != place.entry.host:
        entry = msgspec.structs.replace(one.entry, host=place.entry.host, ports=place.entry.ports)
        own = one.target
    else:
        entry = msgspec.structs.replace(place.entry, id=one.entry.id)
        own = place.target
    target = Target(
        entry.host, ports=entry.ports, username=own.username, password=own.password, logins=place.target.logins
    )
    return Listed(entry=entry, target=target, stale_after_s=one.stale_after_s, marks=one.marks)


def _same_target(before: Listed, after: Listed) -> bool:
    one, other = before.target, after.target
    return (
        before.entry.family == after.entry.family
        and before.stale_after_s == after.stale_after_s
        and (one.host, one.ports, one.username, one.password, one.logins)
        == (other.host, other.ports, other.username, other.password, other.logins)
    )
