"""SIGHUP, and who sent it.

An event loop hears of a signal without its sender. So SIGHUP is kept from every thread but one that waits for it with
`sigwaitinfo`, which tells the sender's process and user. Where that cannot be had, the loop's own handler hears it, and
the sender is not known.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from daemon.audit import user_name

log = logging.getLogger(__name__)

UNKNOWN = "a process that sent SIGHUP"


@asynccontextmanager
async def hangups() -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Give what waits for the next SIGHUP and names its sender; those that come meanwhile are told together."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    senders: list[str] = []

    def heard(sender: str) -> None:
        senders.append(sender)
        asked.set()

    async def next_hangup() -> str:
        await asked.wait()
        asked.clear()
        names = " and ".join(dict.fromkeys(senders))
        senders.clear()
        return names

    loop.add_signal_handler(signal.SIGHUP, heard, UNKNOWN)
    ears = _Ears(lambda sender: loop.call_soon_threadsafe(heard, sender))
    try:
        yield next_hangup
    finally:
        await asyncio.to_thread(ears.close)
        signal.pthread_sigmask(signal.SIG_SETMASK, ears.mask)


class _Ears:
    """The thread that waits for the signal; `close` ends it by sending it one of its own."""

    def __init__(self, heard: Callable[[str], object]) -> None:
        self._heard = heard
        self._closing = False
        # Threads begin with the mask of the one that starts them, so this holds for all that come after.
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        self._thread = threading.Thread(target=self._listen, name="sighup", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for its end."""
        self._closing = True
        with contextlib.suppress(ProcessLookupError):
            signal.pthread_kill(self._thread.ident or 0, signal.SIGHUP)
        self._thread.join()

    def _listen(self) -> None:
        while True:
            told = signal.sigwaitinfo({signal.SIGHUP})
            if self._closing:
                return
            self._heard(sender_name(pid=told.si_pid, uid=told.si_uid))


def sender_name(*, pid: int, uid: int) -> str:
    """Name who sent a signal: the user, and the process while it is still there. Reads /proc."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        name = ""
    return f"{user_name(uid)} by {name or 'process'} {pid}"
