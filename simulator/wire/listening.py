"""The listening sockets of a site: one a device and port, or one a port for all devices together.

A socket of its own lets a device truly refuse connections, but costs a file; so a large site has one socket a port,
bound to every address and to the loopback interface, and looks at the address that a client asked for. What does not
ask for an address in 127.0.0.0/8, or for one where no device is, is reset.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Mapping
from functools import partial

from simulator.devices.device import Device, Wire
from simulator.wire.connection import SPEAKERS, Connection, Reception

_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
_BACKLOG = 4096
_BACKLOG_EACH = 64


class Listening:
    """All listening sockets and open connections of a site's devices.

    `ports` numbers the wires. `shared` chooses one socket a port over one a device. OSError when a port is taken.
    """

    def __init__(self, devices: Mapping[str, Device], *, ports: Mapping[Wire, int], shared: bool) -> None:
        self.connections: set[Connection] = set()
        self.ports = dict(ports)
        self.shared = shared
        self._devices = devices
        self._servers: dict[tuple[str, Wire], asyncio.Server] = {}
        self._following = asyncio.Lock()
        self._closed = False

    async def open(self) -> None:
        """Begin to listen; when one port cannot be had, none stays open."""
        try:
            if self.shared:
                spoken: set[Wire] = {wire for device in self._devices.values() for wire in device.wires.values()}
                for wire in spoken:
                    self._servers["", wire] = await self._serve("", wire, partial(Reception, self, wire))
            else:
                for device in self._devices.values():
                    await self.follow(device)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Stop listening, for good, and reset every connection; the loop forgets them within its next turns."""
        self._closed = True
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        for connection in list(self.connections):
            connection.drop()

    async def follow(self, device: Device) -> None:
        """Open or shut a device's own sockets as it wants them now; nothing to do where sockets are shared."""
        self.shut(device)
        if self.shared:
            return
        async with self._following:
            for wire in dict.fromkeys(device.wires.values()):
                key = (device.identity.address, wire)
                if key not in self._servers and not device.shut() and not self._closed:
                    speaker = SPEAKERS[device.speech[wire]]
                    self._servers[key] = await self._serve(*key, partial(speaker, self, device))
            self.shut(device)
            if self._closed:
                self.close()

    def shut(self, device: Device) -> None:
        """Shut a device's own sockets and reset its connections, if it wants that now."""
        if device.shut():
            for wire in device.wires.values():
                server = self._servers.pop((device.identity.address, wire), None)
                if server is not None:
                    server.close()
            for connection in [one for one in self.connections if one.device is device]:
                connection.drop()

    def find(self, transport: asyncio.Transport, *, wire: Wire) -> Device | None:
        """Find the device that a client of a shared socket asked for; None outside loopback and where there is none."""
        address: str = transport.get_extra_info("sockname")[0]
        device = self._devices.get(address)
        return device if device is not None and wire in device.wires.values() else None

    async def _serve(self, address: str, wire: Wire, factory: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        listener = _listener(address, self.ports[wire])
        self.ports[wire] = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        return await loop.create_server(factory, sock=listener, backlog=_BACKLOG_EACH if address else _BACKLOG)


def require_loopback(address: str) -> str:
    """Give an address back when it is in 127.0.0.0/8; ValueError when it is not."""
    if ipaddress.ip_address(address) not in _LOOPBACK:
        raise ValueError(f"{address} is not in 127.0.0.0/8: the simulator serves loopback only")
    return address


def _listener(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not address:
            _keep_on_loopback(listener)
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {address or 'loopback'} port {port}: {error.strerror}") from error
    return listener


def _keep_on_loopback(listener: socket.socket) -> None:
    """Let the kernel turn away all that comes over a wire; where it may not, `find` still does."""
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if option is not None:
        try:
            listener.setsockopt(socket.SOL_SOCKET, option, b"lo\0")
        except PermissionError:
            return
