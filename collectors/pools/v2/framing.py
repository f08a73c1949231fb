"""Frames of Stratum V2, encrypted: a sealed header of 22 bytes, then the payload in sealed blocks."""

import msgspec

from collectors.errors import Garbled
from collectors.pools.v2.noise import TAG_BYTES, Cipher

HEADER_BYTES = 6
SEALED_HEADER_BYTES = HEADER_BYTES + TAG_BYTES
BLOCK_BYTES = 65519  # plain bytes of a full block; with its seal a Noise message of 65535
# A job's two coinbase parts and its merkle path come to less than this; the format itself would allow 16 MiB.
MAX_PAYLOAD_BYTES = 256 << 10
_CHANNEL_MESSAGE = 0x8000


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message: the extension it belongs to without the channel bit, its type and its payload."""

    extension: int
    kind: int
    payload: bytes


def encode(frame: Frame, *, for_channel: bool = False) -> tuple[bytes, bytes]:
    """Give header and payload, plain."""
    extension = frame.extension | (_CHANNEL_MESSAGE if for_channel else 0)
    header = extension.to_bytes(2, "little") + bytes([frame.kind]) + len(frame.payload).to_bytes(3, "little")
    return header, frame.payload


def seal(frame: Frame, *, cipher: Cipher, for_channel: bool = False) -> bytes:
    """Encrypt a frame for sending."""
    header, payload = encode(frame, for_channel=for_channel)
    blocks = [payload[start : start + BLOCK_BYTES] for start in range(0, len(payload), BLOCK_BYTES)]
    return b"".join([cipher.encrypt(header), *(cipher.encrypt(block) for block in blocks)])


class FrameReader:
    """Puts frames together from bytes as they come; never holds more than one frame and what came with it."""

    __slots__ = ("_buffer", "_cipher", "_header")

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._buffer = bytearray()
        self._header: tuple[int, int, int] | None = None

    def receive(self, data: bytes) -> list[Frame]:
        """Give the frames that are whole now; Garbled when a seal is broken or a payload too long."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if self._header is None:
            sealed = self._take(SEALED_HEADER_BYTES)
            if sealed is None:
                return None
            self._header = _parse(self._cipher.decrypt(sealed))
        extension, kind, size = self._header
        blocks = -(-size // BLOCK_BYTES)
        sealed = self._take(size + blocks * TAG_BYTES)
        if sealed is None:
            return None
        self._header = None
        step = BLOCK_BYTES + TAG_BYTES
        payload = b"".join(self._cipher.decrypt(sealed[at : at + step]) for at in range(0, len(sealed), step))
        return Frame(extension=extension, kind=kind, payload=payload)

    def _take(self, size: int) -> bytes | None:
        if len(self._buffer) < size:
            return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _parse(header: bytes) -> tuple[int, int, int]:
    """Give extension, type and payload size of a plain header."""
    size = int.from_bytes(header[3:6], "little")
    if size > MAX_PAYLOAD_BYTES:
        raise Garbled(f"a message of {size} bytes is announced")
    return int.from_bytes(header[0:2], "little") & ~_CHANNEL_MESSAGE, header[2], size
