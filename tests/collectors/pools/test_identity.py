"""What a pool is known by, over restarts, and by servers that nobody vouches for."""

from collections import deque

import msgspec
import pytest

from collectors.pools.identity import Identity, PoolMemory
from collectors.pools.state import PoolChange

URL = "stratum+tcp://pool.example:3333"


@pytest.fixture
def identity():
    return Identity(deque(maxlen=32))


def kept(identity):
    """Give an identity that was written down and read again, as another process does."""
    memory = PoolMemory(url=URL, known=identity.known, candidates=identity.candidates, changes=list(identity.changes))
    again = Identity(deque(maxlen=32))
    again.recall(msgspec.json.decode(msgspec.json.encode(memory), type=PoolMemory))
    return again


@pytest.mark.parametrize("kind", ["payout", "tag", "certificate", "authority", "chain", "address", "extranonce"])
def test_a_change_between_two_lives(identity, kind):
    """What was known before is held against what comes after; the same again is no change."""
    identity.compare(kind, "one", at=1.0)
    after = kept(identity)
    after.compare(kind, "one", at=2.0)
    assert [] == list(after.changes)
    after.compare(kind, "two", at=3.0)
    assert [PoolChange(kind=kind, before="one", after="two", at=3.0)] == list(after.changes)


def test_changes_themselves_are_kept(identity):
    """A change that was found goes on being known, with its time."""
    identity.compare("tag", "one", at=1.0)
    identity.compare("tag", "two", at=2.0)
    assert [2.0] == [change.at for change in kept(identity).changes]


def test_a_half_repeated_value_is_kept(identity):
    """A tag that came once before a restart and once after it has come twice."""
    for tag in ("one", "one", "two"):
        identity.compare_repeated("tag", tag, at=1.0)
    after = kept(identity)
    after.compare_repeated("tag", "two", at=2.0)
    assert ["tag"] == [change.kind for change in after.changes]


def test_keys_that_are_drawn_anew_each_time(identity):
    """A server with another key at every connection says nothing by it."""
    for turn in range(20):
        identity.compare_key(f"{turn:064x}", at=turn)
    assert [] == list(identity.changes)


def test_a_key_that_stayed_and_then_changed(identity):
    """A key that was the same before is known, and another one is a change at once, told once."""
    for key in ("a", "a", "a", "b", "c", "d"):
        identity.compare_key(key, at=5.0)
    assert [PoolChange(kind="authority", before="a", after="b", at=5.0)] == list(identity.changes)
    for key in ("e", "e", "f"):
        identity.compare_key(key, at=6.0)
    assert [("a", "b"), ("e", "f")] == [(change.before, change.after) for change in identity.changes]


def test_a_key_is_remembered_over_a_restart(identity):
    """A server's steady key is known in the next life as well."""
    for _ in range(2):
        identity.compare_key("a", at=1.0)
    after = kept(identity)
    after.compare_key("b", at=2.0)
    assert [("a", "b")] == [(change.before, change.after) for change in after.changes]


def test_proof_that_fails_after_it_held(identity):
    """Who proved itself before and does not now is told once, until it proves itself again."""
    identity.proved(by="certificate", value="aa", at=1.0)
    after = kept(identity)
    for _ in range(3):
        after.unproved("self-signed certificate", by="certificate", at=2.0)
    assert [PoolChange(kind="certificate", before="proved", after="self-signed certificate", at=2.0)] == list(
        after.changes
    )
    after.proved(by="certificate", value="aa", at=3.0)
    after.unproved("self-signed certificate", by="certificate", at=4.0)
    assert 2 == len(after.changes)


def test_proof_that_never_held(identity):
    """A pool whose certificate could never be verified has not changed by that."""
    identity.unproved("self-signed certificate", by="certificate", at=1.0)
    assert [] == list(identity.changes)
