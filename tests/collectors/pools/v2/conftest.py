"""The other side of Stratum V2: a responder to the handshake, and a mining pool with one channel."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any

import pytest
from btclib_secp256k1 import ellswift, ssa

from collectors.errors import Garbled
from collectors.pools.address import base58check
from collectors.pools.v2 import messages
from collectors.pools.v2.fields import number, text
from collectors.pools.v2.framing import Frame, FrameReader, seal
from collectors.pools.v2.noise import Symmetric
from tests.collectors.pools.listener import Listener

AUTHORITY_SECRET = bytes(range(1, 33))


def authority_of(secret: bytes) -> bytes:
    """Give the x-only public key of an authority."""
    public = ellswift.decode(ellswift.create(secret))
    return public[1:]


def certificate(static: bytes, *, secret: bytes, version: int, valid_from: int, valid_until: int) -> bytes:
    """Sign a server's static key as an authority."""
    head = number(version, 2) + number(valid_from, 4) + number(valid_until, 4)
    return head + ssa.sign(sha256(head + ellswift.decode(static)[1:]).digest(), secret)


class Responder:
    """The server's side of the handshake."""

    def __init__(self, **options: Any) -> None:
        now = int(time.time())
        self.options = {
            "secret": AUTHORITY_SECRET,
            "version": 0,
            "valid_from": now - 60,
            "valid_until": now + 3600,
            **options,
        }

    def answer(self, greeting: bytes) -> bytes:
        """Answer a greeting; `outward` and `inward` are the server's directions afterwards."""
        state = Symmetric()
        state.mix_hash(greeting)
        state.seal(b"")
        ephemeral_secret, static_secret = secrets.token_bytes(32), secrets.token_bytes(32)
        ephemeral, static = ellswift.create(ephemeral_secret), ellswift.create(static_secret)
        state.mix_hash(ephemeral)
        state.mix_key(ellswift.xdh(greeting, ephemeral, ephemeral_secret, 1))
        sealed_static = state.seal(static)
        state.mix_key(ellswift.xdh(greeting, static, static_secret, 1))
        sealed_certificate = state.seal(certificate(static, **self.options))
        self.static_key = ellswift.decode(static)[1:]
        self.inward, self.outward = state.split()
        return ephemeral + sealed_static + sealed_certificate


class PretendPool2(Listener):
    """A mining pool with one channel at a time; what it says about its channel can be changed by options."""

    breaks = (OSError, asyncio.IncompleteReadError, Garbled)

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options
        self.heard: list[Frame] = []
        self.channel, self.group = 7, 3
        self._say: Callable[[int, bytes], None] | None = None

    @property
    def url(self) -> str:
        key = base58check(b"\x01\x00" + authority_of(self.options.get("url_secret", AUTHORITY_SECRET)))
        return f"stratum2+tcp://127.0.0.1:{self.port}/{key}"

    @property
    def bare_url(self) -> str:
        return f"stratum2+tcp://127.0.0.1:{self.port}"

    def say(self, kind: int, payload: bytes) -> None:
        """Send a message to the newest client."""
        assert self._say is not None
        self._say(kind, payload)

    def say_job(self, recording: dict[str, Any], *, job: int, future: bool, channel: int | None = None) -> None:
        """Send an extended job made of a V1 recording."""
        params = recording["notify"]["params"]
        prefix, suffix = bytes.fromhex(params[2]), bytes.fromhex(params[3])
        payload = (
            number(self.group if channel is None else channel, 4)
            + number(job, 4)
            + (b"\x00" if future else b"\x01" + number(int(params[7], 16), 4))
            + number(int(params[5], 16), 4)
            + b"\x01"
            + bytes([len(params[4])])
            + b"".join(bytes.fromhex(branch) for branch in params[4])
            + number(len(prefix), 2)
            + prefix
            + number(len(suffix), 2)
            + suffix
        )
        self.say(messages.NEW_EXTENDED_JOB, payload)

    def say_block(self, recording: dict[str, Any], *, job: int) -> None:
        """Announce the block of a V1 recording and put the job to work."""
        params = recording["notify"]["params"]
        words = [params[1][start : start + 8] for start in range(0, 64, 8)]
        internal = bytes.fromhex("".join(reversed(words)))[::-1]
        payload = number(self.group, 4) + number(job, 4) + internal
        payload += number(int(params[7], 16), 4) + number(int(params[6], 16), 4)
        self.say(messages.SET_NEW_PREVIOUS_HASH, payload)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = await reader.readexactly(64)
        if self.options.get("answer"):
            writer.write(self.options["answer"])
        responder = Responder(**self.options.get("certificate", {}))
        writer.write(responder.answer(greeting))
        frames = FrameReader(responder.inward)

        def say(kind: int, payload: bytes) -> None:
            writer.write(
                seal(Frame(extension=0, kind=kind, payload=payload), cipher=responder.outward, for_channel=True)
            )

        self._say = say
        while data := await reader.read(4096):
            for frame in frames.receive(data):
                self.heard.append(frame)
                self._answer(frame)

    def _answer(self, frame: Frame) -> None:
        match frame.kind:
            case messages.SETUP_CONNECTION:
                refusal = self.options.get("refuse_setup")
                if refusal:
                    self.say(messages.SETUP_CONNECTION_ERROR, number(0, 4) + text(refusal))
                else:
                    self.say(messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
            case messages.OPEN_EXTENDED_CHANNEL if "refuse_channel" in self.options:
                self.say(messages.OPEN_CHANNEL_ERROR, frame.payload[:4] + text(self.options["refuse_channel"]))
            case messages.OPEN_EXTENDED_CHANNEL:
                recording = self.options["job"]
                prefix = bytes.fromhex(recording["extranonce1"])
                opened = frame.payload[:4] + number(self.channel, 4) + number(self.target, 32)
                opened += number(recording["extranonce2_size"], 2) + bytes([len(prefix)]) + prefix
                self.say(messages.OPEN_EXTENDED_CHANNEL_SUCCESS, opened + number(self.group, 4))
                if not self.options.get("jobless"):
                    self.say_job(recording, job=1, future=True)
                    self.say_block(recording, job=1)
            case messages.OPEN_STANDARD_CHANNEL:
                recording = self.options["job"]
                opened = frame.payload[:4] + number(self.channel, 4) + number(self.target, 32)
                self.say(
                    messages.OPEN_STANDARD_CHANNEL_SUCCESS, opened + b"\x04\xaa\xbb\xcc\xdd" + number(self.group, 4)
                )
                job = number(self.channel, 4) + number(1, 4) + b"\x00" + number(0x20000000, 4) + bytes(32)
                self.say(messages.NEW_STANDARD_JOB, job)
                self.say_block(recording, job=1)

    @property
    def target(self) -> int:
        """Give the target of difficulty 512."""
        return (0xFFFF << 208) // 512


@pytest.fixture
async def pretend_pool2(notify: Callable[..., dict[str, Any]]) -> AsyncIterator[Callable[..., Any]]:
    """Give the maker of pretend V2 pools; each is listening when it is given, and gone when the test ends."""
    pools: list[PretendPool2] = []

    async def start(**options: Any) -> PretendPool2:
        pool = PretendPool2(**{"job": notify(), **options})
        pools.append(pool)
        await pool.start()
        return pool

    yield start
    for pool in pools:
        await pool.stop()


@pytest.fixture(scope="session")
def responder() -> type[Responder]:
    """Give the server's side of the handshake."""
    return Responder


@pytest.fixture(scope="session")
def authority_key() -> bytes:
    """Give the key of the authority that signs by default."""
    return authority_of(AUTHORITY_SECRET)
