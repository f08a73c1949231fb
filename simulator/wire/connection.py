"""One connection to a device: what came in is asked of the device, what it answers goes out as its mood allows."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from simulator.misbehaviour import ON_THE_WIRE
from simulator.wire import http, mischief

if TYPE_CHECKING:
    from simulator.devices.device import Device, Speech, Wire
    from simulator.wire.listening import Listening

_MOST_FRAME = 64 * 1024
_LINGER_NOT = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """What all wires share: refusing while shut, sending, and going away without a trace."""

    __slots__ = ("_listening", "_timer", "device", "transport")

    def __init__(self, listening: "Listening", device: "Device") -> None:
        self._listening = listening
        self._timer: asyncio.TimerHandle | None = None
        self.device = device
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or reset it where the device is shut."""
        self.transport = cast("asyncio.Transport", transport)
        device = self.device
        if device.shut():
            self.drop()
            return
        self._listening.connections.add(self)
        most = device.most_sockets
        if most is not None:
            device.connections.append(self)
            if len(device.connections) > most:
                device.connections[0].drop()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self in self._listening.connections:
            self._listening.connections.discard(self)
            if self in self.device.connections:
                self.device.connections.remove(self)

    def eof_received(self) -> bool:
        """Keep our half open while an answer still drips; a client that has gone quiet otherwise ends it."""
        return self.device.kind in mischief.PATIENT

    def drop(self) -> None:
        """Reset the connection at once, so that the client sees a reset and not an end."""
        reset(self.transport)

    def later(self, seconds: float, call: Any, *rest: Any) -> None:
        """Do something after a while, unless the connection is gone by then; only the newest such wish counts."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, call, *rest)

    def send(self, answer: bytes, *, lingers_s: float | None = 0.0) -> None:
        """Send an answer, then close after `lingers_s`; None leaves closing to the client."""
        kind = self.device.kind
        if kind is not None and kind in ON_THE_WIRE and mischief.send(self, answer, kind=kind):
            return
        self.transport.write(answer)
        if lingers_s is None:
            return
        if lingers_s > 0.0:
            self.later(lingers_s, self.transport.close)
        else:
            self.transport.close()


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a reset."""
    if not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


class LineConnection(Connection):
    """Port 4028: what arrives first is the request, whole or not, as cgminer's single read has it."""

    __slots__ = ("_asked",)

    def __init__(self, listening: "Listening", device: "Device") -> None:
        super().__init__(listening, device)
        self._asked = False

    def data_received(self, data: bytes) -> None:
        """Answer once."""
        if not self._asked:
            self._asked = True
            self.send(self.device.answer_line(data), lingers_s=self.device.lingers_s)


class FrameConnection(Connection):
    """Port 4433: a little-endian length of four bytes, then JSON, both ways, as often as the client likes."""

    __slots__ = ("_received",)

    def __init__(self, listening: "Listening", device: "Device") -> None:
        super().__init__(listening, device)
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer every whole frame."""
        received = self._received
        received += data
        while len(received) >= 4:
            length = int.from_bytes(received[:4], "little")
            if length > _MOST_FRAME:
                self.drop()
                return
            if len(received) < 4 + length:
                return
            body = bytes(received[4 : 4 + length])
            del received[: 4 + length]
            answer = self.device.answer_frame(body)
            self.send(len(answer).to_bytes(4, "little") + answer, lingers_s=10.0)


class HttpConnection(Connection):
    """Plain HTTP/1.1, kept open unless either side says otherwise."""

    __slots__ = ("_received",)

    def __init__(self, listening: "Listening", device: "Device") -> None:
        super().__init__(listening, device)
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._received += data
        while not self.transport.is_closing():
            try:
                request = http.take_request(self._received)
            except http.BadRequest:
                self.send(http.WebAnswer(status=400, kind="text/html", body=b"Bad Request", close=True).render())
                return
            if request is None:
                return
            answer = self.device.answer_http(request)
            close = answer.close or request.headers.get("connection", "").lower() == "close"
            self.send(answer.render(), lingers_s=0.0 if close else None)


SPEAKERS: Mapping["Speech", type[Connection]] = MappingProxyType(
    {"line": LineConnection, "frame": FrameConnection, "http": HttpConnection}
)


class Reception(asyncio.Protocol):
    """One socket for all devices: hands each connection to the device whose address was asked for, or resets it."""

    __slots__ = ("_listening", "_wire")

    def __init__(self, listening: "Listening", wire: "Wire") -> None:
        self._listening = listening
        self._wire: Wire = wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find the device."""
        stream = cast("asyncio.Transport", transport)
        device = self._listening.find(stream, wire=self._wire)
        if device is None:
            reset(stream)
            return
        connection = SPEAKERS[device.speech[self._wire]](self._listening, device)
        stream.set_protocol(connection)
        connection.connection_made(stream)
