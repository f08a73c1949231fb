"""A pool that talks for ever costs no more memory than one that talked for a while."""

import gc
import json
import tracemalloc

import pool_seeds
import pools

from collectors.pools.v1 import Session
from collectors.pools.v2 import messages
from collectors.pools.v2.framing import Frame, seal

LEAST_ROUNDS, ROUNDS = 300, 3000
ALLOWED_BYTES = 20_000  # a job more or less at the moment of the measurement


def grown(talk):
    """Give by how many bytes a conversation grew between its first rounds and many more."""
    tracemalloc.start()
    try:
        for turn in range(LEAST_ROUNDS):
            talk(turn)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for turn in range(LEAST_ROUNDS, LEAST_ROUNDS + ROUNDS):
            talk(turn)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_stratum_v1():
    """New ids, methods, extranonces, difficulties and jobs at every message leave nothing behind."""
    session = Session(user="u", password="x")
    params = json.loads(pool_seeds.jobs()[2])

    def talk(turn):
        told = (
            {"id": 1000 + turn, "method": "client.get_version"},
            {"id": f"x{turn}", "method": f"unheard_of_{turn}"},
            {"id": turn, "result": True, "error": None},
            {"method": "mining.set_difficulty", "params": [turn + 1]},
            {"method": "mining.set_extranonce", "params": ["aabbccdd", 8]},
            {"method": "mining.notify", "params": [f"job{turn}", *params[1:]]},
            {"method": "mining.notify", "params": [turn]},
        )
        for message in told:
            assert isinstance(session.receive(json.dumps(message).encode() + b"\n"), list)
        session.ping()
        session.outgoing()

    assert grown(talk) < ALLOWED_BYTES


def test_stratum_v2():
    """New jobs that wait for a block that never comes, and other people's channels, leave nothing behind."""
    session, outward = pools._after_handshake()
    ready, opened, future, *_ = pools._frames(pool_seeds.v2_sessions()[0])
    for frame in (ready, opened):
        session.receive(seal(frame, cipher=outward))

    def talk(turn):
        job = future.payload[:4] + turn.to_bytes(4, "little") + future.payload[8:]
        other = (100 + turn).to_bytes(4, "little") + job[4:]
        for payload in (job, other):
            session.receive(seal(Frame(extension=0, kind=messages.NEW_EXTENDED_JOB, payload=payload), cipher=outward))
        session.outgoing()

    assert grown(talk) < ALLOWED_BYTES
    assert len(session._jobs) <= 16
