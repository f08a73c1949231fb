"""Who is watched: brings fleet, watch and schedule in line with an inventory, keeping what stays."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

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
    """The devices under watch; without a scheduler they are only asked by hand, as `once` does."""

    def __init__(self, *, site: Site, watch: Watch, scheduler: Scheduler | None = None) -> None:
        self._site = site
        self._watch = watch
        self._scheduler = scheduler
        self._listed: dict[str, Listed] = {}

    @property
    def ids(self) -> Sequence[str]:
        """Every device, in the order of the inventory."""
        return tuple(self._listed)

    def take(self, listed: Iterable[Listed]) -> Change:
        """Make the devices under watch those of the inventory; a device that stays keeps its state and its past."""
        *_, change = self.taking(listed)
        return change

    def taking(self, listed: Iterable[Listed]) -> Iterator[Change]:
        """Take an inventory a portion at a time, between which others may work; what it gives last is the whole.

        Until then `ids` are those of before.
        """
        wanted = {one.entry.id: one for one in listed}
        removed = added = changed = 0
        for number, key in enumerate([key for key in self._listed if key not in wanted]):
            self._drop(key)
            removed += 1
            if number % PORTION == PORTION - 1:
                yield Change(removed=removed)
        for number, (key, one) in enumerate(wanted.items()):
            before = self._listed.get(key)
            if before is None:
                self._add(one)
                added += 1
            elif self._differs(before, one):
                self._change(before, one)
                changed += 1
            if number % PORTION == PORTION - 1:
                yield Change(added=added, removed=removed, changed=changed)
        self._listed = wanted
        yield Change(added=added, removed=removed, changed=changed)

    def _add(self, one: Listed) -> None:
        entry = one.entry
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


def _same_target(before: Listed, after: Listed) -> bool:
    one, other = before.target, after.target
    return (
        before.entry.family == after.entry.family
        and before.stale_after_s == after.stale_after_s
        and (one.host, one.ports, one.username, one.password, one.try_defaults)
        == (other.host, other.ports, other.username, other.password, other.try_defaults)
    )
