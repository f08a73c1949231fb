"""What fuzzing the pool protocols starts from: conversations and jobs as a sound pool would send them."""

import json
from typing import Any

from collectors.pools.v2 import messages
from collectors.pools.v2.fields import number, text
from simulator.pool.chain import Chain
from simulator.pool.job import Coinbase, Payout, notify, witness_key_script

_PAYOUT = Payout(script=witness_key_script(bytes(range(20))))
_TIME = 1_763_000_000


def v1_sessions() -> tuple[bytes, ...]:
    """Give conversations behind a head of two bytes: choices, and the size of pieces."""
    params = _jobs()
    answers: list[dict[str, Any]] = [
        {"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}, "error": None},
        {"id": 2, "result": [[["mining.set_difficulty", "1"], ["mining.notify", "1"]], "aabbccdd", 8], "error": None},
        {"id": None, "method": "mining.set_difficulty", "params": [65536]},
        {"id": None, "method": "mining.notify", "params": params[0]},
        {"id": 3, "result": True, "error": None},
        {"id": None, "method": "mining.notify", "params": params[1]},
    ]
    odd: list[dict[str, Any]] = [
        {"id": "1", "error": [21, "Job not found", None]},
        {"id": 1, "result": [[], "08000002", "4"], "error": "plain words"},
        {"method": "mining.set_extranonce", "params": ["aabb", 6]},
        {"method": "mining.set_version_mask", "params": ["00ffe000"]},
        {"id": 7, "method": "client.get_version", "params": []},
        {"id": 8, "method": "mining.ping"},
        {"id": 9, "method": "client.unheard_of", "params": {}},
        {"method": "client.reconnect", "params": ["pool.example", "3333", "5"]},
        {"method": "client.show_message", "params": ["words"]},
        {"method": "mining.set_difficulty", "params": ["1e3"]},
        {"id": None, "method": "mining.notify", "params": [*params[2][:8], "tenth", True]},
    ]
    return tuple(
        head + b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"
        for head in (b"\x07\xff", b"\x00\x06", b"\x01\x0f")
        for lines in (answers, odd, [*answers, *odd])
    )


def v2_sessions() -> tuple[bytes, ...]:
    """Give messages after the handshake: a kind, a size of two bytes, the payload."""
    ready = (messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
    target = b"\xff" * 26 + bytes(6)
    opened = (
        messages.OPEN_EXTENDED_CHANNEL_SUCCESS,
        number(1, 4) + number(7, 4) + target + number(8, 2) + b"\x04\xaa\xbb\xcc\xdd" + number(3, 4),
    )
    standard = (
        messages.OPEN_STANDARD_CHANNEL_SUCCESS,
        number(1, 4) + number(7, 4) + target + b"\x04\xaa\xbb\xcc\xdd" + number(3, 4),
    )
    params = _jobs()[0]
    pieces = [bytes.fromhex(params[2]), bytes.fromhex(params[3])]
    future, running = (
        (
            messages.NEW_EXTENDED_JOB,
            number(7, 4)
            + number(11, 4)
            + when
            + number(0x20000000, 4)
            + b"\x01"
            + bytes([len(params[4])])
            + b"".join(map(bytes.fromhex, params[4]))
            + b"".join(number(len(piece), 2) + piece for piece in pieces),
        )
        for when in (b"\x00", b"\x01" + number(_TIME, 4))
    )
    hidden = (
        messages.NEW_STANDARD_JOB,
        number(7, 4) + number(12, 4) + b"\x00" + number(0x20000000, 4) + bytes(32),
    )
    block = (
        messages.SET_NEW_PREVIOUS_HASH,
        number(3, 4) + number(11, 4) + bytes(range(32)) + number(_TIME, 4) + number(int(params[6], 16), 4),
    )
    rest = (
        (messages.SET_TARGET, number(7, 4) + target),
        (messages.SET_EXTRANONCE_PREFIX, number(7, 4) + b"\x02\x01\x02"),
        (messages.SET_GROUP_CHANNEL, number(5, 4) + number(1, 2) + number(7, 4)),
        (messages.RECONNECT, text("pool.example") + number(3336, 2)),
        (messages.CLOSE_CHANNEL, number(7, 4) + text("bye")),
        (messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("no-such-thing")),
        (messages.SETUP_CONNECTION_ERROR, number(0, 4) + text("unsupported-protocol")),
    )
    told = ([ready, opened, future, block, running, *rest], [ready, *rest[5:6], standard, hidden, block, *rest[:3]])
    return tuple(_framed(some) for some in (*told, told[0][:4], told[0][2:]))


def jobs() -> tuple[bytes, ...]:
    """Give recordings of jobs, with and without what the subscription told, and bare parameters."""
    made = []
    for params in _jobs():
        recording = {"notify": {"method": "mining.notify", "params": params}}
        made += [recording | {"extranonce1": "aabbccdd", "extranonce2_size": 8}, recording, params]
    return tuple(json.dumps(one).encode() for one in made)


def coinbases() -> tuple[bytes, ...]:
    """Give coinbases in two pieces behind their head of thirteen bytes."""
    made = []
    for params in _jobs():
        one, two = bytes.fromhex(params[2]), bytes.fromhex(params[3])
        nbits = number(int(params[6], 16), 4) + number(int(params[7], 16), 4)
        for told in (b"\x04\x08", b"\x0f\xff", b"\x04\x02"):
            made.append(told + bytes([len(params[4])]) + nbits + number(len(one), 2) + one + two)
    return tuple(made)


def _jobs() -> list[list[Any]]:
    chain = Chain(seed="fuzz", at_s=_TIME)
    coinbase = Coinbase(tag="/a pool of ours/", payouts=(_PAYOUT,))
    tithe = Payout(script=_PAYOUT.script, share=0.1)
    several = Coinbase(tag="/b/", payouts=(_PAYOUT, tithe, tithe), extranonce2_size=4)
    old = Chain(seed="old", at_s=_TIME, height=200_000)
    return [
        notify(chain.template(_TIME + 60), coinbase, job_id="j1", clean=True),
        notify(chain.empty(_TIME + 90), several, job_id="j2", clean=False),
        notify(old.template(_TIME + 60), several, job_id="j3", clean=True),
    ]


def _framed(told: Any) -> bytes:
    return b"".join(bytes([kind]) + number(len(payload), 2) + payload for kind, payload in told)
