"""What came of vendors' logins on each device, kept over restarts, so that a restart is no new day."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from collectors.login import DAY_S, Attempt
from collectors.target import Target

_KEEP_S = 1.0


class Guesses:
    """The attempts of every device by id; `take` and `export_state` bracket a run."""

    def __init__(self) -> None:
        self._attempts: dict[str, dict[str, Attempt]] = {}
        self._is_fresh = False

    def adopt(self, device_id: str, target: Target) -> None:
        """Let a target go on from what was tried on its device before."""
        target.attempts = self._attempts.setdefault(device_id, {})
        target.attempted = self._note

    async def run(self, keep: Callable[[], Awaitable[None]]) -> None:
        """Have every attempt written down within a second; goes on until cancelled."""
        while True:
            await asyncio.sleep(_KEEP_S)
            if self._is_fresh:
                self._is_fresh = False
                await keep()

    def export_state(self) -> bytes:
        """Write down what still counts: logins that opened, and guesses of the last day."""
        now = time.time()
        counting = {
            device_id: {mark: one for mark, one in attempts.items() if one.opened or now - one.at < DAY_S}
            for device_id, attempts in self._attempts.items()
        }
        return msgspec.json.encode({device_id: attempts for device_id, attempts in counting.items() if attempts})

    def restore_state(self, written: bytes) -> None:
        """Take up what was written down; raises ValueError for what is no such thing."""
        self._attempts = msgspec.json.decode(written, type=dict[str, dict[str, Attempt]])

    def _note(self, _: Target) -> None:
        self._is_fresh = True
