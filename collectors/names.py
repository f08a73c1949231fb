"""Host names to addresses, so that a resolver which hangs costs its caller the deadline and nobody anything more.

The loop's own look-up runs in a pool that the end of the program waits for. These threads are waited for by nobody,
they are few, and what they find is kept for a minute: a device named in the inventory is not looked up at each poll.
"""

import asyncio
import ipaddress
import queue
import socket
import threading
from collections.abc import Callable

from collectors.errors import Unreachable

KEPT_S = 60.0
_THREADS = 8
_MOST_KEPT = 4096

_Answer = list[str] | OSError | UnicodeError


async def addresses(host: str) -> list[str]:
    """Give the addresses of a name, best first; an address is its own. Raises Unreachable for what has none."""
    if is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    kept = _kept.get(host)
    if kept is not None and loop.time() < kept[0]:
        return kept[1]
    answer: asyncio.Future[_Answer] = loop.create_future()

    def tell(found: _Answer) -> None:
        try:
            loop.call_soon_threadsafe(_settle, answer, found)
        except RuntimeError:
            return  # the loop has ended meanwhile, and with it the question

    _resolver.ask(host, tell)
    found = await answer
    if isinstance(found, UnicodeError):
        raise Unreachable(f"{host!r} is no host name") from found
    if isinstance(found, OSError):
        raise Unreachable(f"the name {host} cannot be resolved: {found.strerror or found}") from found
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[host] = (loop.time() + KEPT_S, found)
    return found


def is_address(host: str) -> bool:
    """Tell an IPv4 or IPv6 address from a name."""
    if not host or not (host[-1].isdigit() or ":" in host):
        return False
    if host.count(".") == 3 and host.replace(".", "").isdecimal():
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _settle(answer: "asyncio.Future[_Answer]", found: _Answer) -> None:
    if not answer.done():
        answer.set_result(found)


class _Resolver:
    """A few threads that look names up, started when they are first needed."""

    def __init__(self) -> None:
        self._questions: queue.SimpleQueue[tuple[str, Callable[[_Answer], None]]] = queue.SimpleQueue()
        self._started = 0
        self._idle = 0
        self._lock = threading.Lock()

    def ask(self, host: str, tell: Callable[[_Answer], None]) -> None:
        """Look one name up and tell what came of it, in another thread."""
        self._questions.put((host, tell))
        with self._lock:
            if self._idle > 0 or self._started >= _THREADS:
                return
            self._started += 1
        threading.Thread(target=self._work, name="headframe-names", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            host, tell = self._questions.get()
            with self._lock:
                self._idle -= 1
            tell(_look_up(host))


def _look_up(host: str) -> _Answer:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


_resolver = _Resolver()
_kept: dict[str, tuple[float, list[str]]] = {}
