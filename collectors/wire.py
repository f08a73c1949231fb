"""One bounded exchange over TCP: connect, send, read until the answer is whole, gone.

A device that is silent, drips, floods or never closes costs its deadline and `MAX_BYTES`, nothing more.
"""

import asyncio
import errno
import ssl
from types import TracebackType
from typing import Protocol, cast

import orjson

from collectors.errors import CollectError, Denied, Garbled, TimedOut, Unreachable
from collectors.names import addresses, is_address

MAX_BYTES = 1 << 20  # the largest honest answer seen is 31 kB; anything past this is no miner's
_WHITESPACE = b" \t\r\n"
_LENGTH_PREFIX = 4


class Ending(Protocol):
    """Knows when an answer is whole."""

    def complete(self, received: bytes | bytearray, *, fresh: int) -> int | None:
        """Give the answer's length once it is whole; bytes from `fresh` on are new. None asks for more."""
        ...

    def may_stop_at(self, received: bytes | bytearray) -> bool:
        """Tell whether the far side's closing can be the regular end of what was received."""
        ...


class JsonEnding:
    """Ends at NUL, at a whole JSON value, or when the far side closes.

    Whatsminers send NUL and keep the socket open, others close without NUL, a few do neither. The value is only
    tried when the newest bytes end like one, and never again before the text has grown by a quarter: a device that
    sends one `}` a packet must not buy a decode with each.
    """

    __slots__ = ("_retry_at",)

    def __init__(self) -> None:
        self._retry_at = 0

    def complete(self, received: bytes | bytearray, *, fresh: int) -> int | None:
        """Give the length up to NUL or of the whole value."""
        end = received.find(0, fresh)
        if end >= 0:
            # some send a stray NUL before they say anything
            return end if end > 0 else None
        size = len(received)
        if size < self._retry_at or not received[-3:].rstrip(_WHITESPACE).endswith((b"}", b"]")):
            return None
        try:
            orjson.loads(received)
        except orjson.JSONDecodeError:
            self._retry_at = size + (size >> 2)
            return None
        return size

    def may_stop_at(self, received: bytes | bytearray) -> bool:
        """Anything may be cut here; the decoder tells whether it was whole."""
        return bool(received)


class FrameEnding:
    """Ends after a body whose length stands before it in four little-endian bytes (Whatsminer, port 4433)."""

    __slots__ = ("_max_bytes",)

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes

    def complete(self, received: bytes | bytearray, *, fresh: int) -> int | None:  # noqa: ARG002
        """Give the length of prefix and body."""
        if len(received) < _LENGTH_PREFIX:
            return None
        size = int.from_bytes(received[:_LENGTH_PREFIX], "little")
        if size > self._max_bytes:
            raise Garbled(f"a frame of {size} bytes is announced")
        whole = size + _LENGTH_PREFIX
        return whole if len(received) >= whole else None

    def may_stop_at(self, received: bytes | bytearray) -> bool:  # noqa: ARG002
        """A frame that ends early is a cut one."""
        return False


async def exchange(
    host: str,
    *,
    port: int,
    request: bytes,
    timeout_s: float,
    ending: Ending | None = None,
    max_bytes: int = MAX_BYTES,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """Send one request on a new connection and give the whole answer, as JSON text unless `ending` says otherwise.

    `timeout_s` bounds name look-up, connecting, sending and reading together. Raises Unreachable, TimedOut, Garbled
    (reset, cut off, oversize), Denied (certificate refused).
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    conversation = _Conversation(request, answer=answer, ending=ending or JsonEnding(), max_bytes=max_bytes)
    try:
        with _Deadline(loop, timeout_s):
            if is_address(host):
                await loop.create_connection(
                    lambda: conversation, host, port, ssl=tls, server_hostname=None if tls is None else host
                )
            else:
                await _connect_by_name(loop, conversation, host, port=port, tls=tls)
            return await answer
    except TimeoutError as error:
        received = len(conversation.received)
        heard = f"{received} bytes of an answer" if received else "no answer"
        raise TimedOut(f"{heard} from port {port} within {timeout_s:.3g} s") from error
    except OSError as error:
        raise _connect_failure(error, port=port) from error
    finally:
        conversation.end()


class _Deadline:
    """Does what `asyncio.timeout` does, without two coroutines and a reschedule for every poll of every device."""

    __slots__ = ("_cancelling", "_is_over", "_task", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_s: float) -> None:
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline needs a task to end")
        self._task = task
        self._cancelling = task.cancelling()
        self._is_over = False
        self._timer = loop.call_later(timeout_s, self._end)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # another's cancelling, which may have come at the same time, goes before ours
        if self._is_over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _end(self) -> None:
        self._is_over = True
        self._task.cancel()


async def _connect(
    loop: asyncio.AbstractEventLoop,
    conversation: "_Conversation",
    address: str,
    *,
    port: int,
    tls: ssl.SSLContext | None,
    name: str,
) -> None:
    try:
        await loop.create_connection(
            lambda: conversation, address, port, ssl=tls, server_hostname=name if tls is not None else None
        )
    except OSError as error:
        raise _connect_failure(error, port=port) from error


async def _connect_by_name(
    loop: asyncio.AbstractEventLoop,
    conversation: "_Conversation",
    name: str,
    *,
    port: int,
    tls: ssl.SSLContext | None,
) -> None:
    """Try the addresses of a name one after the other; the last one's failure is the name's."""
    *others, last = await addresses(name)
    for address in others:
        try:
            return await _connect(loop, conversation, address, port=port, tls=tls, name=name)
        except Unreachable:
            continue
    return await _connect(loop, conversation, last, port=port, tls=tls, name=name)


def _connect_failure(error: OSError, *, port: int) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Denied(f"the certificate of port {port} cannot be verified: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return Garbled(f"no TLS on port {port}: {error.reason or error}")
    if isinstance(error, TimeoutError):
        return error
    if error.errno in (errno.EMFILE, errno.ENFILE):
        # our own shortage, so it must not count against the device
        return CollectError("out of file descriptors: raise the limit of open files")
    reason = "connection refused" if isinstance(error, ConnectionRefusedError) else (error.strerror or str(error))
    return Unreachable(f"port {port}: {reason.lower()}")


class _Conversation(asyncio.Protocol):
    """Gathers one answer."""

    __slots__ = ("_answer", "_ending", "_max_bytes", "_request", "_transport", "received")

    def __init__(self, request: bytes, *, answer: asyncio.Future[bytes], ending: Ending, max_bytes: int) -> None:
        self._request = request
        self._answer = answer
        self._ending = ending
        self._max_bytes = max_bytes
        self._transport: asyncio.Transport | None = None
        self.received: bytes | bytearray = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._answer.done():
            self._transport.abort()
        else:
            self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._answer.done():
            return
        received = self.received
        fresh = len(received)
        if fresh:
            received += data
        else:
            # most answers come in one piece, of which no copy is needed
            received = self.received = data
        try:
            size = self._ending.complete(received, fresh=fresh)
        except Garbled as error:
            self._answer.set_exception(error)
            return
        if size is not None and size <= self._max_bytes:
            self._answer.set_result(bytes(received[:size]))
        elif len(received) > self._max_bytes:
            self._answer.set_exception(Garbled(f"the answer is larger than {self._max_bytes} bytes"))
        elif not fresh:
            self.received = bytearray(data)

    def eof_received(self) -> bool:
        self._closed(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(exc)

    def _closed(self, error: Exception | None) -> None:
        if self._answer.done():
            return
        # a reset right after the answer is how some close: they leave our newline unread
        if self._ending.may_stop_at(self.received):
            self._answer.set_result(bytes(self.received))
        elif self.received:
            self._answer.set_exception(Garbled(f"the answer was cut off after {len(self.received)} bytes"))
        else:
            how = "reset" if error else "closed"
            self._answer.set_exception(Garbled(f"the connection was {how} without an answer"))

    def end(self) -> None:
        """Let go of the socket at once, whatever is still under way."""
        if self._answer.done():
            if not self._answer.cancelled():
                self._answer.exception()
        else:
            self._answer.cancel()
        if self._transport is not None:
            self._transport.abort()
