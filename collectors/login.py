"""What opens a device: the operator's credentials or the vendor's, and when they are left alone.

Denied is denied: credentials that a device refused are not sent again for a while, and the vendor's own, tried only
where the operator allows it, not before the next day.
"""

import asyncio
from typing import TYPE_CHECKING

from collectors.digest import Challenge
from collectors.errors import Denied

if TYPE_CHECKING:
    from collectors.target import Target

_REFUSED_S = 600.0
_VENDOR_REFUSED_S = 86400.0


class Login:
    """The credentials of one poll; what came of them is kept in the target's memory."""

    __slots__ = ("_loop", "_target", "_vendor")

    def __init__(
        self, target: "Target", *, vendor: tuple[tuple[str, str], ...], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._target = target
        self._vendor = vendor
        self._loop = loop

    @property
    def is_own(self) -> bool:
        """The operator gave credentials for this device."""
        return self._target.username is not None or self._target.password is not None

    @property
    def is_vendors(self) -> bool:
        """The vendor's own credentials opened the device: anyone on its network can change it."""
        return bool(self._target.memory.get("vendor_login"))

    @property
    def denial(self) -> str:
        """Say why the device does not open."""
        return "the device refuses these credentials" if self.is_own else "the device wants credentials"

    def usable(self) -> tuple[str, str] | None:
        """Give user name and password; None when there are none, or they were refused a short while ago."""
        if self._is_refused:
            return None
        if self.is_own:
            usual = self._vendor[0][0] if self._vendor else ""
            return self._target.username or usual, self._target.password or ""
        return self._vendor[0] if self._target.try_defaults and self._vendor else None

    def required(self) -> tuple[str, str]:
        """Give user name and password; raise Denied where `usable` would give None."""
        self.raise_if_refused()
        found = self.usable()
        if found is None:
            raise Denied(self.denial)
        return found

    def raise_if_refused(self) -> None:
        """Raise Denied while credentials that the device refused are being left alone."""
        if self._is_refused:
            raise Denied(f"{self.denial}; it is asked again later")

    def note_refused(self) -> None:
        """Leave these credentials alone for a while."""
        wait_s = _REFUSED_S if self.is_own else _VENDOR_REFUSED_S if self._target.try_defaults else _REFUSED_S
        self._target.memory["refused_until"] = self._loop.time() + wait_s

    def note_accepted(self) -> None:
        """Remember whose credentials opened the device."""
        self._target.memory["vendor_login"] = not self.is_own

    def challenge(self, port: str) -> Challenge | None:
        """Give the digest challenge whose nonce may be sent ahead."""
        found: Challenge | None = self._target.memory.get("digest", {}).get(port)
        return found

    def keep(self, challenge: Challenge, *, port: str) -> None:
        """Keep a challenge for the next request."""
        self._target.memory.setdefault("digest", {})[port] = challenge

    @property
    def _is_refused(self) -> bool:
        until: float = self._target.memory.get("refused_until", 0.0)
        return self._loop.time() < until
