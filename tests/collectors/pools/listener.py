"""A server on loopback that can be stopped and started again on its port, as pools are."""

import asyncio
import ssl


class Listener:
    """Accepts connections and has `converse` talk to each; `connected` counts them.

    A client that breaks off is none of its trouble.
    """

    breaks: tuple[type[BaseException], ...] = (OSError,)

    def __init__(self) -> None:
        self.connected = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Give the context of the server's next start; None for plain TCP."""
        return None

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port or self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        while self._writers:
            await asyncio.sleep(0)
        self._server = None

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        self._writers.add(writer)
        try:
            await self.converse(reader, writer)
        except self.breaks:
            return
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
