"""Fuzz targets of what comes over the wire from others than pools: HTTP answers, challenges, signals; and redaction.

Each target takes the bytes that a fuzzer made; an exception that leaves it is a defect.
"""

import contextlib
import gzip
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import families
import orjson
from structure import Mutator, by_parts

from collectors import digest
from collectors.errors import CollectError, Garbled
from collectors.redact import Redaction
from collectors.registry import TABLE
from collectors.signals import number, promql
from collectors.web import HttpEnding
from config.inventory_file import listed

_MOST_BYTES = 1 << 16
_POINTERS = (None, "", "/a", "/0", "/a/0/~1b", "/data/result/0/value/1")


def fuzz_http(data: bytes) -> None:
    """Let an HTTP answer arrive in pieces whose size the first byte says: an answer within bounds, or Garbled."""
    step = (data[0] if data else 0) + 1
    ending = HttpEnding(max_bytes=_MOST_BYTES)
    received = bytearray()
    with contextlib.suppress(Garbled):
        for at in range(1, len(data), step):
            received += data[at : at + step]
            size = ending.complete(received, fresh=len(received) - len(data[at : at + step]))
            if size is not None:
                assert 0 < size <= len(received)
                break
        else:
            if not ending.may_stop_at(received):
                return
            size = len(received)
        answer = ending.answer(bytes(received[:size]))
        assert len(answer.body) <= max(_MOST_BYTES, len(received))
        answer.text()
        with contextlib.suppress(Garbled):
            answer.json()


def fuzz_challenge(data: bytes) -> None:
    """Answer whatever a device puts in its challenge: a header of one line, or none."""
    header = data.decode("latin-1").replace("\r", "").replace("\n", "")
    found = digest.challenge(header)
    digest.realm(header)
    if found is not None:
        for path in ("/", "/cgi-bin/stats.cgi?a=b"):
            said = found.authorization("GET", path, username='a"b', password="p")
            assert "\n" not in said


def fuzz_signal(data: bytes) -> None:
    """Find the number in what a signal's source gave: digits that are a finite number, or words why not."""
    for pointer in _POINTERS:
        with contextlib.suppress(Garbled, number.NotANumber):
            float(number.digits(data, pointer=pointer))
    with contextlib.suppress(CollectError, number.NotANumber, orjson.JSONDecodeError):
        document = orjson.loads(data)
        data_part = document.get("data") if isinstance(document, dict) else None
        if isinstance(data_part, dict) and isinstance(data_part.get("result"), list):
            float(promql._sample(data_part).digits)


def fuzz_inventory(data: bytes) -> None:
    """Read an inventory: devices, and every problem with its place."""
    problems = []
    devices = list(listed(data, file="fuzz.csv", report=problems.append))
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    assert all(one.device is not None or problems for one in devices)


def fuzz_redaction(data: bytes) -> None:
    """Take what is private out of an answer; what was found stands in it no more."""
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError:
        answer = data.decode("latin-1")
    redaction = Redaction()
    redaction.add("secret", "s3cret-word")
    redaction.learn(answer)
    cleaned = redaction.clean(answer)
    assert type(answer) is type(cleaned)
    assert b"s3cret-word" not in orjson.dumps(cleaned)


TARGETS = (fuzz_http, fuzz_challenge, fuzz_signal, fuzz_inventory, fuzz_redaction)
_ANSWERS = tuple(seed for name in TABLE for seed in families.SEEDS[f"fuzz_{name}"][:1])
SEEDS: dict[str, tuple[bytes, ...]] = {
    "fuzz_http": (
        b"\x07HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: x\r\n\r\n{}",
        b"\xffHTTP/1.0 200 OK\n\n[1]",
        (
            b"\x02HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;x=y\r\n{}\n\r\n0\r\n\r\n"
        ),
        b"\xffHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b'{"a": 1}', mtime=0),
        (
            b"\x09HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Digest nonce=1\r\n"
            b"Content-Length: 0\r\n\r\n"
        ),
    ),
    "fuzz_challenge": (
        b'Digest realm="antMiner Configuration", nonce="abc", qop="auth", algorithm=MD5',
        (
            b'Basic realm="x", Digest realm="y\\"z", nonce=1, algorithm=SHA-256-sess, opaque="o", '
            b'stale=TRUE, qop="auth,auth-int"'
        ),
    ),
    "fuzz_signal": (
        b"41.5\n",
        b'"0.06"',
        b'{"a": [{"/b": "1e3"}], "0": -1}',
        json.dumps({"data": {"resultType": "vector", "result": [{"value": [1.5, "2"]}]}}).encode(),
        json.dumps({"data": {"resultType": "scalar", "result": [1, "NaN"]}}).encode(),
    ),
    "fuzz_inventory": (
        b"id,host,family,model,serial,mac\na,10.0.0.1,antminer,S19,,02:00:00:00:00:01\n",
        b'\xef\xbb\xbfid,host,tags\r\n"a ""b""",10.0.0.1,"x,\ny"\r\n',
        b"id;host\n",
    ),
    "fuzz_redaction": (*_ANSWERS, b"pass=s3cret-word user=a.b 10.0.0.1 02:00:00:00:00:01", b'{"sn": 123456789}'),
}
MUTATORS: dict[str, Mutator] = {"fuzz_signal": by_parts, "fuzz_redaction": by_parts}
