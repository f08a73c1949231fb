"""Who is who by serial number and MAC, whatever the address. Pure.

Every device under watch is asked at an address. What answers there says who it is, and three things can be wrong: it
is a device that is known under another id and has moved here; it is one that nobody knows, in place of the one that
was; or two answer with one identity. None is decided by a single answer: the poll at the address where that identity
is expected decides it.
"""

from collections.abc import Iterable, Mapping

import msgspec

from daemon.rules.snapshot import Duplicate

Marks = frozenset[str]

# A move is believed once the device was missed so often where it was expected.
MISSES = 2
# How many times as long as with a stranger one waits with the poll that has to decide about a known device.
PATIENT = 3
# How long a claim on an identity counts that was not made again.
CLAIM_S = 900.0
# Serials that firmware makes up where it has none.
_LEAST_SERIAL = 4
_NOBODYS = frozenset(("UNKNOWN", "NONE", "NULL", "N/A", "DEFAULT", "TBD", "SERIAL", "000000000000", "FFFFFFFFFFFF"))
_NOTHING: Marks = frozenset()


class Own(msgspec.Struct, frozen=True):
    """The device is who it was taken for."""


class Wait(msgspec.Struct, frozen=True):
    """Somebody else answers, and it is not yet decided whether that one moved; the answer belongs to nobody."""


class Moved(msgspec.Struct, frozen=True):
    """The device of the id `known_as` answers here, and no more where it was."""

    known_as: str


Verdict = Own | Wait | Moved
OWN, WAIT = Own(), Wait()


class _Known:
    __slots__ = ("claimed", "configured", "guests", "heard_at", "marks", "misses", "said", "since", "waits_for")

    def __init__(self, configured: Marks) -> None:
        self.configured = configured
        self.marks = configured
        # of one that answers here for want of a better place, and is not who the inventory says
        self.guests = _NOTHING
        self.said: tuple[str | None, str | None] | None = None
        self.heard_at: float | None = None
        self.misses = 0
        # whose identity answers here ('' for a stranger's), by which marks, since when
        self.waits_for: str | None = None
        self.claimed = _NOTHING
        self.since = 0.0

    def is_away(self, marks: Marks) -> bool:
        """Who has these marks does not answer where it is expected."""
        if self.misses >= MISSES:
            return True
        return self.said is not None and not marks & marks_of(*self.said)


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard at a device's address: who that says it is, when, and how long a stranger there is waited with."""

    device_id: str
    at: _Known
    said: tuple[str | None, str | None]
    marks: Marks
    now: float
    patience_s: float


def marks_of(mac: str | None, serial: str | None) -> Marks:
    """Give what a device is known by at any address; nothing of what firmware makes up."""
    found = set()
    if mac and len(set(mac.replace(":", ""))) > 1:
        found.add(f"mac {mac.upper()}")
    if serial and len(serial) >= _LEAST_SERIAL and len(set(serial)) > 1 and serial.upper() not in _NOBODYS:
        found.add(f"serial {serial.upper()}")
    return frozenset(found)


class Identities:
    """Holds what answers against what is known of each id. `take` says which ids are under watch."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._owners: dict[str, str] = {}
        self._waiting: set[str] = set()
        self._shared: dict[str, dict[str, float]] = {}
        self._kept: Mapping[str, Iterable[str]] = {}

    def take(self, configured: Mapping[str, Marks]) -> None:
        """Hold on to the devices under watch, with the marks that the inventory gives; forget all others."""
        known = {}
        for device_id, marks in configured.items():
            before = self._known.get(device_id)
            if before is None or before.configured != marks:
                before = _Known(marks)
                before.marks = marks or frozenset(self._kept.get(device_id, ()))
            known[device_id] = before
        self._known = known
        self._waiting &= known.keys()
        self._owners = {}
        for device_id, one in known.items():
            for mark in one.marks:
                self._owners.setdefault(mark, device_id)
        for device_id, one in known.items():  # what the inventory says beats what was heard
            self._owners.update(dict.fromkeys(one.configured, device_id))

    def hear(
        self, device_id: str, *, mac: str | None, serial: str | None, now: float, patience_s: float = 60.0
    ) -> Verdict:
        """Take who answered at a device's address; `patience_s` is how long a stranger is waited with."""
        one = self._known.get(device_id)
        if one is None:
            return OWN
        said = (mac, serial)
        if said == one.said and not self._waiting and not self._shared:
            one.heard_at, one.misses = now, 0
            return OWN
        marks = marks_of(mac, serial)
        answer = _Answer(device_id=device_id, at=one, said=said, marks=marks, now=now, patience_s=patience_s)
        if not marks or marks & (one.marks | one.guests) or not _contradicts(marks, one.marks):
            return self._own(answer)
        return self._other(answer)

    def lost(self, device_id: str) -> None:
        """Take a poll that nobody answered."""
        one = self._known.get(device_id)
        if one is not None:
            one.misses += 1

    def moved(self, device_id: str, other: str) -> None:
        """Take that two devices have exchanged their addresses: what was counted at each is no longer theirs."""
        for name in (device_id, other):
            one = self._known.get(name)
            if one is not None:
                one.misses, one.said, one.guests = 0, None, _NOTHING
                self._forget_waiting(name)

    def duplicates(self, now: float) -> tuple[Duplicate, ...]:
        """Give the identities that several devices claim at present."""
        found: dict[tuple[str, ...], list[str]] = {}
        for mark, claims in list(self._shared.items()):
            fresh = {name: at for name, at in claims.items() if now - at <= CLAIM_S and name in self._known}
            if len(fresh) < 2:
                del self._shared[mark]
                for name in claims.keys() & self._known.keys():  # should one claim it again, that is to be noticed
                    self._known[name].said = None
                continue
            self._shared[mark] = fresh
            found.setdefault(tuple(sorted(fresh)), []).append(mark)
        return tuple(Duplicate(identity=", ".join(sorted(marks)), devices=names) for names, marks in found.items())

    @property
    def marks(self) -> Iterable[str]:
        """Give everything that devices under watch are known by."""
        return self._owners.keys()

    def export_state(self) -> bytes:
        """Write down who everybody is."""
        return msgspec.json.encode({name: sorted(one.marks) for name, one in self._known.items() if one.marks})

    def restore_state(self, written: bytes) -> None:
        """Take up what was written down, for the next `take`; raises ValueError for what is no such thing."""
        self._kept = msgspec.json.decode(written, type=dict[str, list[str]])

    def _own(self, answer: _Answer) -> Verdict:
        """Take an answer of the device itself, or of one that does not say who it is."""
        device_id, one, marks, now = answer.device_id, answer.at, answer.marks, answer.now
        claimed = [(mark, self._owners.get(mark, device_id)) for mark in marks]
        elsewhere = {owner for _, owner in claimed if owner != device_id}
        if elsewhere and not (one.marks | one.guests) & marks:
            # it had no such mark before, and somebody has: that is as if somebody else answered
            return self._other(answer)
        for name in list(self._waiting):
            other = self._known[name]
            if other.waits_for == device_id and marks & other.claimed:
                self._share(marks & other.claimed, (name, device_id), now=now)
                self._forget_waiting(name)
        for mark, owner in claimed:
            there = self._known.get(owner)
            if owner != device_id and there is not None and there.heard_at is not None and not there.misses:
                self._share((mark,), (owner, device_id), now=now)
            if mark in self._shared:
                self._shared[mark][device_id] = now
        self._settle(answer)
        return OWN

    def _other(self, answer: _Answer) -> Verdict:
        """Take an answer of somebody else than the device."""
        device_id, one, marks, now = answer.device_id, answer.at, answer.marks, answer.now
        one.misses += 1
        owners = [self._owners[mark] for mark in sorted(marks) if mark in self._owners]
        owner = next((name for name in owners if name != device_id), "")
        shared = [mark for mark in marks if mark in self._shared]
        if shared:
            for mark in shared:
                self._shared[mark][device_id] = now
            self._settle(answer)
            return OWN
        if owner and self._known[owner].is_away(marks):
            return Moved(owner)
        if one.waits_for != owner:
            one.waits_for, one.since = owner, now
            self._waiting.add(device_id)
        one.claimed = marks
        if now - one.since < (answer.patience_s if not owner else PATIENT * answer.patience_s):
            return WAIT
        self._settle(answer, anew=True)
        return OWN

    def _settle(self, answer: _Answer, *, anew: bool = False) -> None:
        """Keep who answers at the device's address as the device."""
        device_id, one, marks = answer.device_id, answer.at, answer.marks
        self._forget_waiting(device_id)
        one.said, one.heard_at, one.misses = answer.said, answer.now, 0
        if not marks or marks <= one.marks:
            return
        if one.configured and anew:
            one.guests = marks
            return
        kept = _NOTHING if anew else frozenset(mark for mark in one.marks if not _replaced(mark, marks))
        for mark in one.marks - kept:
            if self._owners.get(mark) == device_id:
                del self._owners[mark]
        one.marks = kept | marks
        for mark in one.marks:
            self._owners.setdefault(mark, device_id)

    def _share(self, marks: Iterable[str], names: tuple[str, ...], *, now: float) -> None:
        for mark in marks:
            self._shared.setdefault(mark, {}).update(dict.fromkeys(names, now))

    def _forget_waiting(self, device_id: str) -> None:
        self._waiting.discard(device_id)
        self._known[device_id].waits_for = None


def _contradicts(marks: Marks, known: Marks) -> bool:
    """Marks of one kind that differ are two devices'; of different kinds they say nothing about each other."""
    return bool({_kind(mark) for mark in marks} & {_kind(mark) for mark in known})


def _replaced(mark: str, marks: Marks) -> bool:
    return _kind(mark) in {_kind(one) for one in marks}


def _kind(mark: str) -> str:
    return mark.partition(" ")[0]
