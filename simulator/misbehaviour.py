"""Every way in which a pretend device can go wrong, by the word that the operator asks for it with."""

from types import MappingProxyType

from simulator.physics.machine import HEALTHY, Conditions

ON_THE_WIRE = MappingProxyType(
    {
        "silent": "accepts and never answers",
        "drip": "answers one byte a second",
        "garbage": "answers with bytes of no protocol",
        "oversized": "answers without end",
        "refuses": "port shut: connections are refused, or reset where one socket stands for all devices",
        "flapping": "shut for 20 s, well for 20 s, and so on",
        "half-open": "sends half of the answer, then nothing, and keeps the connection",
        "cut": "sends half of the answer, then closes",
        "denied": "wants other credentials, whatever is sent",
    }
)
IN_THE_ANSWER = MappingProxyType(
    {
        "nan": "NaN and Infinity where numbers belong",
        "deep": "60,000 brackets deep",
        "not-utf8": "bytes that are no UTF-8 inside a text",
        "text-number": "words where numbers belong",
        "negative": "absurd negative numbers",
    }
)
IN_THE_MACHINE = MappingProxyType(
    {
        "wrong-pool": "mines for somebody else at a foreign pool",
        "hot": "intake blocked: chips far above their limit",
        "missing-board": "one hashboard is gone",
        "low-hashrate": "hashes a third less than it should",
        "sleeping": "put to sleep: no hashing, no heat",
        "stuck": "answers, but its numbers are frozen",
    }
)
KINDS = MappingProxyType({**ON_THE_WIRE, **IN_THE_ANSWER, **IN_THE_MACHINE})

CONDITIONS: dict[str, Conditions] = {
    "hot": Conditions(airflow=0.38),
    "missing-board": Conditions(boards_missing=1),
    "low-hashrate": Conditions(hash_factor=0.66),
    "sleeping": Conditions(asleep=True),
}

FLAPPING_S = 20.0


def conditions(kind: str | None) -> Conditions:
    """Give what a misbehaviour does to the machine itself: nothing for those of the wire."""
    return CONDITIONS.get(kind or "", HEALTHY)


def known(kind: str) -> str:
    """Give a kind back when there is such a one; ValueError, naming all, when there is not."""
    if kind not in KINDS:
        raise ValueError(f"unknown misbehaviour {kind!r}; there are: {', '.join(KINDS)}")
    return kind
