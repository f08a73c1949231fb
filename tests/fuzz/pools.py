"""Fuzz targets of the pool protocols: any bytes end in events or in Garbled, and never in more memory than allowed.

Each target takes the bytes that a fuzzer made; an exception that leaves it is a defect.
"""

import contextlib
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import orjson
from btclib_secp256k1 import ellswift, ssa

from collectors.errors import Garbled
from collectors.pools import events
from collectors.pools.coinbase import locate
from collectors.pools.job import Header, assemble, decode_notify
from collectors.pools.recorded import decode_recording
from collectors.pools.v1 import MAX_LINE_BYTES
from collectors.pools.v1 import Session as PlainSession
from collectors.pools.v2.framing import MAX_PAYLOAD_BYTES, Frame, seal
from collectors.pools.v2.noise import ANSWER_BYTES, Cipher, Initiator, Symmetric
from collectors.pools.v2.session import Session as EncryptedSession

_SECRETS = [bytes([value]) * 32 for value in (0x41, 0x42, 0x43, 0x44)]
_ENCODINGS = [ellswift.create(secret, b"\x09" * 32) for secret in _SECRETS]
_MOST_ANSWERS = 1 << 20


def fuzz_v1_session(data: bytes) -> None:
    """Feed a Stratum V1 session in pieces whose sizes the data itself decides."""
    session = PlainSession(user="u", password="x", configure=bool(data[:1] and data[0] & 1))
    try:
        for piece in _pieces(data[1:]):
            for event in session.receive(piece):
                _is_sound(event)
            assert len(session._line) <= MAX_LINE_BYTES
            assert sum(len(message.data) for message in session.outgoing()) <= _MOST_ANSWERS
            if data[0] & 2:
                session.hurry()
            if data[0] & 4:
                session.ping()
    except Garbled:
        return


def fuzz_v2_frames(data: bytes) -> None:
    """Feed a Stratum V2 session: the bytes as they are in place of a handshake, and as sealed messages after one."""
    raw = EncryptedSession(host="h", port=1, authority=None, now=0.0)
    try:
        for piece in _pieces(data):
            raw.receive(piece)
            assert len(raw._answer) < ANSWER_BYTES
    except Garbled:
        pass
    session, outward = _after_handshake()
    try:
        for frame in _frames(data):
            for event in session.receive(seal(frame, cipher=outward)):
                _is_sound(event)
            session.outgoing()
            assert len(session._jobs) <= 16
        session.receive(data)
        assert session._reader is not None
        assert len(session._reader._buffer) <= MAX_PAYLOAD_BYTES + len(data)
    except Garbled:
        return


def fuzz_job(data: bytes) -> None:
    """Decode a job from JSON, from a coinbase in two pieces, and from a recording."""
    with contextlib.suppress(Garbled):
        decode_recording(data)
    with contextlib.suppress(Garbled, orjson.JSONDecodeError):
        job = decode_notify(orjson.loads(data), extranonce1="aabbccdd", extranonce2_size=8)
        _is_sound(events.JobReceived(job=job))
    if len(data) < 12:
        return
    cut = data[0] * len(data) // 256
    nbits, ntime = int.from_bytes(data[1:5], "little"), int.from_bytes(data[5:9], "little")
    header = Header(id="x", previous_block="00" * 32, clean=True, version=1, ntime=ntime, nbits=nbits)
    try:
        located = locate(
            data[12:cut], data[max(cut, 12) :], extranonce1=b"\xaa" * (data[9] % 8), extranonce2_size=data[10]
        )
    except Garbled:
        return
    _is_sound(events.JobReceived(job=assemble(header, located=located, branches=data[11] % 20)))


TARGETS = (fuzz_v1_session, fuzz_v2_frames, fuzz_job)


def _pieces(data: bytes) -> list[bytes]:
    """Cut the data where it says itself: each piece's size follows from the byte before it."""
    pieces, at = [], 0
    while at < len(data):
        size = data[at] or 256
        pieces.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    return pieces


def _frames(data: bytes) -> list[Frame]:
    """Make messages of the data: a kind, a length of two bytes, the payload."""
    frames, at = [], 0
    while at + 3 <= len(data) and len(frames) < 64:
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        frames.append(Frame(extension=0, kind=data[at], payload=data[at + 3 : at + 3 + size]))
        at += 3 + size
    return frames


def _is_sound(event: events.Event) -> None:
    """Whatever was understood must be plain and finite JSON."""
    if isinstance(event, events.JobReceived):
        orjson.dumps(event.job.document())
        for number in (event.job.network_difficulty, event.job.hashprice_sats_per_ph_day):
            assert number is None or abs(number) < float("inf")
    if isinstance(event, events.DifficultySet):
        assert 0 < event.difficulty < float("inf")


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


def _after_handshake() -> tuple[EncryptedSession, Cipher]:
    """Give a session that has shaken hands, and the cipher of what its server says."""
    initiator = Initiator(secret=_SECRETS[0], encoding=_ENCODINGS[0])
    session = EncryptedSession(host="h", port=1, authority=None, now=0.0, user="u", initiator=initiator)
    session.receive(_ANSWER)
    return session, Cipher(_OUTWARD_KEY)
