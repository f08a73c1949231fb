"""Changes to inputs that keep their form, so that a fuzzer gets past the first brace: JSON by its parts, frames whole.

A mutator takes an input, the greatest size of a new one and a seed, as libFuzzer has it, and gives the new input. What
has lost its form, and every fourth input, is changed by bytes.
"""

import random
import re
from collections.abc import Callable
from typing import Any

import orjson

Mutator = Callable[..., bytes]
Bytewise = Callable[[bytes, int], bytes]

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    255,
    65536,
    2**31,
    -(2**63),
    2**64 - 1,
    1e308,
    -1e-308,
    0.1,
    "",
    "nan",
    "inf",
    "-1",
    "0",
    "1e999",
    "9" * 400,
    "0:00:27",
    "524K",
    "Alive",
    "0-0-0-0",
    "73-45-64-65",
    "104 TH/s",
    "é\x00\n",
    "ff" * 32,
    "stratum+tcp://p.example:3333",
    [],
    {},
    [[]],
    [{}],
    {"a": {"b": []}},
    [None, 1, "x"],
)
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_HEX_LENGTH = 8
_SPLICES = (b"nan", b"-inf", b",,", b"}{", b"\x00", b"1.2.3", b"\xff", b'"', b"[", b"]", b"}", b":", b"1e999", b"\\u")


def by_parts(data: bytes, max_size: int, seed: int, *, bytewise: Bytewise) -> bytes:
    """Change one to four parts of a JSON document."""
    dice = random.Random(seed)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return bytewise(data, max_size)
    if not dice.randrange(4) or not isinstance(document, dict | list) or not document:
        return bytewise(data, max_size)
    for _ in range(dice.randint(1, 4)):
        _change(document, dice)
    made = _dumped(document)
    return made if len(made) <= max_size else bytewise(data, max_size)


def by_answers(data: bytes, max_size: int, seed: int, *, bytewise: Bytewise) -> bytes:
    """Change answers by question: parts of one, or now and then the bytes of one, which is a text from then on."""
    dice = random.Random(seed)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or not document:
        return bytewise(data, max_size)
    if not dice.randrange(4):
        question = dice.choice(list(document))
        answer = document[question]
        raw = answer.encode("latin-1", "replace") if isinstance(answer, str) else orjson.dumps(answer)
        document[question] = bytewise(raw or b"\0", len(raw) + 64).decode("latin-1")
    else:
        for _ in range(dice.randint(1, 4)):
            _change(document, dice)
    made = _dumped(document)
    return made if len(made) <= max_size else data


def by_lines(data: bytes, max_size: int, seed: int, *, bytewise: Bytewise) -> bytes:
    """Change one of the JSON lines behind a head of two bytes, or send one twice, or leave one out."""
    dice = random.Random(seed)
    head, lines = data[:2], data[2:].split(b"\n")
    at = dice.randrange(len(lines))
    match dice.randrange(6):
        case 0:
            lines.insert(dice.randrange(len(lines) + 1), lines[at])
        case 1:
            del lines[at]
        case 2:
            head = dice.randbytes(2)
        case _:
            lines[at] = by_parts(lines[at], max(1, max_size - len(data)) + len(lines[at]), seed, bytewise=bytewise)
    return (head + b"\n".join(lines))[:max_size]


def by_frames(data: bytes, max_size: int, seed: int, *, bytewise: Bytewise) -> bytes:
    """Change one message (kind, size of two bytes, payload), or send one twice, or leave one out."""
    dice = random.Random(seed)
    found, at = [], 0
    while at + 3 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        found.append((data[at], data[at + 3 : at + 3 + size]))
        at += 3 + size
    if not found:
        return bytewise(data, max_size)
    at = dice.randrange(len(found))
    kind, payload = found[at]
    match dice.randrange(8):
        case 0:
            found.insert(dice.randrange(len(found) + 1), found[at])
        case 1:
            del found[at]
        case 2:
            found[at] = (dice.choice(found)[0], payload)
        case 3:
            found[at] = (kind, payload[: dice.randrange(len(payload) + 1)])
        case _:
            found[at] = (kind, bytewise(payload or b"\0", len(payload) + 8))
    made = b"".join(bytes([kind]) + len(one).to_bytes(2, "little") + one for kind, one in found)
    return made[:max_size]


def spliced(data: bytes, max_size: int, *, dice: random.Random) -> bytes:
    """Put something that breaks JSON in the middle of bytes, or cut them short: a mutator where there is no fuzzer."""
    at = dice.randrange(len(data) + 1)
    end = at + dice.randrange(4)
    made = data[:at] + dice.choice(_SPLICES) + data[end:] if dice.randrange(5) else data[:at]
    return made[:max_size]


def _change(document: Any, dice: random.Random) -> None:
    holder, key = _place(document, dice)
    if key is None:
        return
    value = holder[key]
    match dice.randrange(7):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, value)
        case 2:
            holder[key] = dice.choice(([value], {"value": value}, str(value)))
        case 3 if isinstance(value, int | float) and not isinstance(value, bool):
            holder[key] = dice.choice((-value, value * 1000, value / 1000, str(value), f"{value} W", 0))
        case 4 if isinstance(value, str) and len(value) >= _HEX_LENGTH and _HEX.fullmatch(value):
            raw = bytearray.fromhex(value)
            for _ in range(dice.randint(1, 3)):
                at = dice.randrange(len(raw))
                raw[at : at + dice.randrange(3)] = dice.choice((bytes([dice.randrange(256)]), b"", b"\xff", b"\0" * 8))
                raw = raw or bytearray(1)
            holder[key] = raw.hex()
        case 4 if isinstance(value, str) and value:
            cut = dice.randrange(len(value))
            holder[key] = dice.choice((value[:cut], value[cut:], value * 2, value[:cut] + "é" + value[cut + 1 :]))
        case 5:
            other, which = _place(document, dice)
            if which is not None:
                holder[key] = orjson.loads(_dumped(other[which]))
        case _:
            holder[key] = orjson.loads(_dumped(dice.choice(_ODD)))


def _place(document: Any, dice: random.Random) -> tuple[Any, Any]:
    """Go down at random; gives a container and a key in it, no key for an empty one."""
    holder, key = document, None
    while isinstance(holder, dict | list) and holder:
        key = dice.choice(list(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
        if not isinstance(holder[key], dict | list) or not holder[key] or not dice.randrange(5):
            return holder, key
        holder = holder[key]
    return holder, key


def _dumped(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # a number beyond 64 bits, of which JSON proper has no notion here
        return b"0"
