"""Every fuzz target, with its seeds, with bytes of hypothesis' own, and with what fuzzing has found before."""

import base64
import json
import random

import families
import pools
import pytest
import structure
import texts
import wires
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.recording import read_again

MODULES = (families, pools, texts, wires)
TARGETS = [(module, target) for module in MODULES for target in module.TARGETS]
NAMES = [target.__name__ for _, target in TARGETS]
every_target = pytest.mark.parametrize(("module", "target"), TARGETS, ids=NAMES)
# inputs that broke something once, by target
FOUND = {
    # a coinbase whose outputs come to more than 64 bits
    "fuzz_coinbase": "8QoAoOIBFwQFBgcICQoLAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/////FgPYJQEAAAAAAAAeDgQaP1Vp"
    "CAMvYi//////A4Cy5g4ASUlJSUlJSUlJSUlJTUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSQQCDKDiARf8PhVpNAABAAAAAQAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/////ycD2B4OZiBvSUlJSUkAAAB1cnMv/xY=",
    # a password glued to another word
    "fuzz_redaction": "ZmFuczVzM2NyZXQtd29yZCB1c2VyPWEuYiAxMC4wLjAuMSAwMjowMDowMDowMDowMDowMQ==",
    # a status in digits that are none in ASCII
    "fuzz_http": base64.b64encode(b"\xffHTTP/1.1 \xb200 OK\r\n\r\n").decode(),
}


@every_target
def test_seeds(module, target):
    """Every seed runs through its target, and there is at least one."""
    seeds = module.SEEDS[target.__name__]
    assert seeds
    for seed in seeds:
        target(seed)


@every_target
@given(data=st.binary(max_size=400))
@settings(max_examples=40)
def test_any_bytes(module, target, data):
    """No bytes let anything out of a target."""
    del module
    target(data)


@every_target
def test_inputs_changed_in_form(module, target):
    """What a mutator makes of a seed runs through the target too, and is never larger than it may be."""
    dice = random.Random(target.__name__)

    def bytewise(data, size):
        return structure.spliced(data, size, dice=dice)

    mutator = module.MUTATORS.get(target.__name__, structure.by_parts)
    for turn in range(40):
        data = dice.choice(module.SEEDS[target.__name__])
        changed = mutator(data, len(data) + 100, turn, bytewise=bytewise)
        assert len(changed) <= len(data) + 100
        target(changed)


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_before(name):
    """Inputs that broke something once do so no more."""
    next(target for _, target in TARGETS if target.__name__ == name)(base64.b64decode(FOUND[name]))


def test_every_family_is_a_target():
    """No family of the registry goes without, and no two targets share a name."""
    assert {f"fuzz_{name}" for name in registry.TABLE} <= set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", registry.TABLE)
async def test_a_seed_is_read_as_the_recording_that_it_is_made_of(name):
    """The form of the inputs loses nothing: a family's first seed gives the reading of its first recording."""
    recording = families.recordings(name)[0]
    known = {families._question(one): families._rest(one) for one in recording["requests"]}
    again = {**recording, "requests": families.answers(families.as_input(recording), known)}
    family = registry.family(name)
    wanted, found = await read_again(recording, family=family), await read_again(again, family=family)
    for document in (expected := wanted.document(), got := found.document()):
        for pool in document["pools"]:
            pool["last_share_age_s"] = None
    assert json.dumps(expected) == json.dumps(got)


def test_hostile_sizes():
    """A megabyte of one line, and of announced lengths, stays within bounds."""
    pools.fuzz_v1_session(b"\x01\x10" + b"x" * (1 << 20))
    pools.fuzz_v2_session(b"\xff" * (1 << 16))
    pools.fuzz_v2_handshake(b"\xff" * (1 << 16))
    pools.fuzz_coinbase(b"\x80" + b"\xff" * (1 << 16))
