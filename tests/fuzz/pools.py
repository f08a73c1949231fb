"""Fuzz targets of the pool protocols: any bytes end in events or in Garbled, and never in more memory than allowed.

Each target takes the bytes that a fuzzer made; an exception that leaves it is a defect.
"""

import contextlib
import math
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec
import orjson
import pool_seeds
from btclib_secp256k1 import ellswift, ssa
from structure import Mutator, by_frames, by_lines, by_parts

from collectors.errors import Denied, Garbled
from collectors.pools import events
from collectors.pools.coinbase import locate
from collectors.pools.job import Header, assemble, decode_notify
from collectors.pools.recorded import decode_recording
from collectors.pools.v1 import MAX_LINE_BYTES
from collectors.pools.v1 import Session as PlainSession
from collectors.pools.v2.framing import MAX_PAYLOAD_BYTES, Frame, seal
from collectors.pools.v2.noise import ANSWER_BYTES, Cipher, Initiator, Symmetric
from collectors.pools.v2.session import Session as EncryptedSession
from tests.documents import numbers

_SECRETS = [bytes([value]) * 32 for value in (0x41, 0x42, 0x43, 0x44)]
_ENCODINGS = [ellswift.create(secret, b"\x09" * 32) for secret in _SECRETS]
_MOST_ANSWERS = 1 << 20
_MOST_PENDING = 4
_MOST_PERIODS = 4
COINBASE_HEAD_BYTES = 13


def fuzz_v1_session(data: bytes) -> None:
    """Feed a Stratum V1 session: a byte of choices, a byte for the size of pieces, then what the pool sends."""
    if len(data) < 2:
        return
    choices, size = data[0], data[1] * data[1] + 1
    learned: dict[int, int] = {}
    session = PlainSession(user="u", password="x", configure=bool(choices & 1), learned=learned)
    try:
        for at in range(2, len(data), size):
            for event in session.receive(data[at : at + size]):
                _is_sound(event)
            assert len(session._line) <= MAX_LINE_BYTES
            assert len(session._pending) <= _MOST_PENDING
            assert len(learned) <= _MOST_PERIODS
            assert sum(len(message.data) for message in session.outgoing()) <= _MOST_ANSWERS
            if choices & 2:
                session.hurry()
            if choices & 4:
                session.ping()
    except Garbled:
        return


def fuzz_v2_handshake(data: bytes) -> None:
    """Feed a Stratum V2 session anything in place of the server's half of the handshake."""
    session = EncryptedSession(host="h", port=1, authority=bytes(32), now=0.0, initiator=_initiator())
    size = data[0] + 1 if data else 1
    with contextlib.suppress(Garbled, Denied):
        for at in range(1, len(data), size):
            session.receive(data[at : at + size])
            assert len(session._answer) < ANSWER_BYTES


def fuzz_v2_session(data: bytes) -> None:
    """Feed a Stratum V2 session messages as a pool seals them after the handshake, then bytes that nobody sealed."""
    session, outward = _after_handshake()
    try:
        for frame in _frames(data):
            for event in session.receive(seal(frame, cipher=outward)):
                _is_sound(event)
            assert sum(len(message.data) for message in session.outgoing()) <= _MOST_ANSWERS
            assert len(session._jobs) <= 16
            assert len(session._learned) <= _MOST_PERIODS
        session.receive(data)
        assert session._reader is not None
        assert len(session._reader._buffer) <= MAX_PAYLOAD_BYTES + len(data)
    except Garbled:
        return


def fuzz_job(data: bytes) -> None:
    """Decode a recording of a job, and its bare parameters."""
    with contextlib.suppress(Garbled):
        _is_sound(events.JobReceived(job=decode_recording(data)))
    with contextlib.suppress(Garbled, orjson.JSONDecodeError):
        job = decode_notify(orjson.loads(data), extranonce1="aabbccdd", extranonce2_size=8)
        _is_sound(events.JobReceived(job=job))


def fuzz_coinbase(data: bytes) -> None:
    """Decode a coinbase in two pieces: sizes of the hole, branches, compact target, time, where to cut, the bytes."""
    if len(data) < COINBASE_HEAD_BYTES:
        return
    told, size, branches = data[0] % 16, data[1], data[2] % 33
    nbits, ntime = int.from_bytes(data[3:7], "little"), int.from_bytes(data[7:11], "little")
    header = Header(id="x", previous_block="00" * 32, clean=True, version=1, ntime=ntime, nbits=nbits)
    cut = COINBASE_HEAD_BYTES + int.from_bytes(data[11:13], "little")
    try:
        located = locate(
            data[COINBASE_HEAD_BYTES:cut],
            data[cut:],
            extranonce1=None if told == 15 else b"\xaa" * told,
            extranonce2_size=None if size == 255 else size,
        )
    except Garbled:
        return
    _is_sound(events.JobReceived(job=assemble(header, located=located, branches=branches)))


TARGETS = (fuzz_v1_session, fuzz_v2_handshake, fuzz_v2_session, fuzz_job, fuzz_coinbase)
SEEDS = {
    "fuzz_v1_session": pool_seeds.v1_sessions(),
    "fuzz_v2_handshake": (b"", b"\xff", b"\x10" + bytes(ANSWER_BYTES)),
    "fuzz_v2_session": pool_seeds.v2_sessions(),
    "fuzz_job": pool_seeds.jobs(),
    "fuzz_coinbase": pool_seeds.coinbases(),
}
MUTATORS: dict[str, Mutator] = {
    "fuzz_v1_session": by_lines,
    "fuzz_v2_session": by_frames,
    "fuzz_job": by_parts,
}


def _frames(data: bytes) -> list[Frame]:
    """Make messages of the data: a kind, a size of two bytes, the payload."""
    frames, at = [], 0
    while at + 3 <= len(data) and len(frames) < 64:
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        frames.append(Frame(extension=0, kind=data[at], payload=data[at + 3 : at + 3 + size]))
        at += 3 + size
    return frames


def _is_sound(event: events.Event) -> None:
    """Whatever was understood must be plain and finite JSON."""
    orjson.dumps(msgspec.to_builtins(event))
    for number in numbers(msgspec.to_builtins(event)):
        assert math.isfinite(number)
    if isinstance(event, events.DifficultySet):
        assert event.difficulty > 0


def _answer() -> tuple[bytes, bytes]:
    """Answer a fixed greeting once; give the answer and the key of the server's direction."""
    greeting, ephemeral, static = _ENCODINGS[:3]
    head = bytes(10)
    state = Symmetric()
    state.mix_hash(greeting)
    state.seal(b"")
    state.mix_hash(ephemeral)
    state.mix_key(ellswift.xdh(greeting, ephemeral, _SECRETS[1], 1))
    sealed_static = state.seal(static)
    state.mix_key(ellswift.xdh(greeting, static, _SECRETS[2], 1))
    signature = ssa.sign(sha256(head + ellswift.decode(static)[1:]).digest(), _SECRETS[3])
    sealed_certificate = state.seal(head + signature)
    _, outward = state.split()
    return ephemeral + sealed_static + sealed_certificate, outward.key


_ANSWER, _OUTWARD_KEY = _answer()


def _initiator() -> Initiator:
    return Initiator(secret=_SECRETS[0], encoding=_ENCODINGS[0])


def _after_handshake() -> tuple[EncryptedSession, Cipher]:
    """Give a session that has shaken hands, and the cipher of what its server says."""
    session = EncryptedSession(host="h", port=1, authority=None, now=0.0, user="u", initiator=_initiator())
    session.receive(_ANSWER)
    return session, Cipher(_OUTWARD_KEY)
