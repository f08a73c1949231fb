"""The fuzz targets of the pool protocols, with bytes of hypothesis' own and with seeds that reach deep."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

_SPEC = importlib.util.spec_from_file_location("fuzz_pools", Path(__file__).with_name("pools.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
pools = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(pools)

SEEDS = [
    b"",
    b"\x07",
    b"\x01\x00" + b'{"id":1,"result":[[],"aabbccdd",8],"error":null}\n',
    b"\x00\xff" + json.dumps({"id": None, "method": "mining.notify", "params": [["x"] * 9]}).encode() + b"\n",
    b"\x01\x06\x00" + bytes(6),
    b"\x14\x3a\x00" + b"\x01\x00\x00\x00" + bytes(54),
    json.dumps(["j", "00" * 32, "00", "00", [], "1", "2", "3", True]).encode(),
]


@pytest.mark.parametrize("target", pools.TARGETS, ids=lambda target: target.__name__)
def test_seeds(target):
    """Every seed runs through every target."""
    for seed in SEEDS:
        target(seed)


@pytest.mark.parametrize("target", pools.TARGETS, ids=lambda target: target.__name__)
@given(data=st.binary(max_size=400))
def test_any_bytes(target, data):
    """No bytes let anything out of a target."""
    target(data)


def test_hostile_sizes():
    """A megabyte of one line, and of announced lengths, stays within bounds."""
    pools.fuzz_v1_session(b"\x01" + b"\xff" + b"x" * (1 << 20))
    pools.fuzz_v2_frames(b"\xff" * (1 << 16))
    pools.fuzz_job(b"\x80" + b"\xff" * (1 << 16))
