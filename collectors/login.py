"""What opens a device: the operator's credentials or the vendor's, and when they are left alone.

Denied is denied: credentials that a device refused are not sent again for ten minutes, then for twice as long each
time up to six hours, so that no account is locked by us. The vendor's own are tried only
where the operator allows it, one after the other until one opens, each at most once a day whatever came of it; one
that opened the device is no guess any more, and goes on being used.
"""

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING

import msgspec

from collectors.digest import Challenge
from collectors.errors import Denied

if TYPE_CHECKING:
    from collectors.target import Target

_REFUSED_S, _LONGEST_S = 600.0, 21600.0
DAY_S = 86400.0


class KnownLogin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A login that several devices share; `family` None is for all, `is_vendors` marks one that is only a guess.

    A vendor's without username and password stands for whatever the family is delivered with.
    """

    family: str | None = None
    username: str | None = None
    password: str | None = None
    is_vendors: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A guess that was sent: when (epoch seconds), and whether it opened the device."""

    at: float
    opened: bool = False


class _Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    username: str
    password: str
    mark: str | None = None  # of a guess; None for the operator's own


class Login:
    """The credentials of one poll; what came of them is kept with the target."""

    __slots__ = ("_candidates", "_loop", "_sent", "_target")

    def __init__(
        self,
        target: "Target",
        *,
        vendor: tuple[tuple[str, str], ...],
        loop: asyncio.AbstractEventLoop,
        family: str | None = None,
    ) -> None:
        self._target = target
        self._loop = loop
        self._candidates = _candidates(target, vendor=vendor, family=family)
        self._sent: _Candidate | None = None

    @property
    def is_own(self) -> bool:
        """The operator gave credentials for this device, no guesses."""
        return bool(self._candidates) and self._candidates[0].mark is None

    @property
    def denial(self) -> str:
        """Say why the device does not open."""
        return "the device refuses these credentials" if self.is_own else "the device wants credentials"

    def usable(self) -> tuple[str, str] | None:
        """Give user name and password without sending them yet; None when there are none, or all are left alone."""
        found = self._next()
        return None if found is None else (found.username, found.password)

    def required(self) -> tuple[str, str]:
        """Give user name and password to be sent now; raise Denied where `usable` would give None."""
        self.raise_if_refused()
        found = self.usable()
        if found is None:
            raise Denied(self.denial)
        self.note_sent()
        return found

    def raise_if_refused(self) -> None:
        """Raise Denied while the device is being left alone."""
        until: float = self._target.memory.get("refused_until", 0.0)
        if self._loop.time() < until:
            raise Denied(f"{self.denial}; it is asked again later")

    def note_sent(self) -> None:
        """Write down that what `usable` gives is being sent: from here on it has been tried."""
        self._sent = found = self._next()
        if found is not None and found.mark is not None and not _has_opened(self._target, found.mark):
            self._note(found.mark, Attempt(at=time.time()))

    def note_refused(self) -> bool:
        """Leave what was sent alone for a while; gives whether there is something else to try, now or at the next poll.

        When there is not, the whole device is left alone.
        """
        sent, self._sent = self._sent, None
        if sent is not None and sent.mark is not None:
            self._note(sent.mark, Attempt(at=time.time()))
        elif sent is not None:
            self._target.own_refused_at = self._loop.time()
            self._target.own_refusals += 1
        if sent is not None and self._next() is not None:
            return True
        self._target.memory["refused_until"] = self._loop.time() + _REFUSED_S
        return False

    def note_accepted(self) -> None:
        """Remember that what was sent opened the device."""
        if self._sent is None:
            return
        if self._sent.mark is None:
            self._target.own_refused_at = None
            self._target.own_refusals = 0
            for mark in [mark for mark, tried in self._target.attempts.items() if tried.opened]:
                self._note(mark, msgspec.structs.replace(self._target.attempts[mark], opened=False))
        elif not _has_opened(self._target, self._sent.mark):
            self._note(self._sent.mark, Attempt(at=time.time(), opened=True))

    def challenge(self, port: str) -> Challenge | None:
        """Give the digest challenge whose nonce may be sent ahead; None while the port has set none."""
        found: Challenge | None = self._target.memory.get("digest", {}).get(port)
        return found

    def keep(self, challenge: Challenge, *, port: str) -> None:
        """Keep a challenge for the next request."""
        self._target.memory.setdefault("digest", {})[port] = challenge

    def _next(self) -> _Candidate | None:
        """Give what was sent last in this poll, else the first that is not left alone."""
        return self._sent or next((one for one in self._candidates if not self._rests(one)), None)

    def _rests(self, candidate: _Candidate) -> bool:
        if candidate.mark is None:
            at, times = self._target.own_refused_at, self._target.own_refusals
            return at is not None and self._loop.time() - at < min(_REFUSED_S * 2.0 ** min(times - 1, 16), _LONGEST_S)
        tried = self._target.attempts.get(candidate.mark)
        return tried is not None and not tried.opened and 0 <= time.time() - tried.at < DAY_S

    def _note(self, mark: str, attempt: Attempt) -> None:
        self._target.attempts[mark] = attempt
        if self._target.attempted is not None:
            self._target.attempted(self._target)


def _candidates(target: "Target", *, vendor: tuple[tuple[str, str], ...], family: str | None) -> list[_Candidate]:
    """List what may be sent: the device's own, else the first shared login that fits; then the guesses."""
    usual = vendor[0][0] if vendor else ""
    fitting = [login for login in target.logins if login.family is None or login.family == family]
    own = KnownLogin(username=target.username, password=target.password)
    if own.username is None and own.password is None:
        own = next((login for login in fitting if not login.is_vendors), own)
    found = []
    if own.username is not None or own.password is not None:
        found.append(_Candidate(username=own.username or usual, password=own.password or ""))
    guesses = list(vendor) if target.try_defaults else []
    for login in fitting:
        if login.is_vendors and login.username is None and login.password is None:
            guesses += vendor
        elif login.is_vendors:
            guesses.append((login.username or usual, login.password or ""))
    known = {(one.username, one.password) for one in found}
    for username, password in dict.fromkeys(guesses):
        if (username, password) not in known:
            found.append(_Candidate(username=username, password=password, mark=_mark(username, password)))
    return sorted(found, key=lambda one: one.mark is not None and not _has_opened(target, one.mark))


def _has_opened(target: "Target", mark: str) -> bool:
    tried = target.attempts.get(mark)
    return tried is not None and tried.opened


def _mark(username: str, password: str) -> str:
    """Name a guess so that it can be written down without spelling it out."""
    return hashlib.blake2b(f"{username}\0{password}".encode(), digest_size=6).hexdigest()
