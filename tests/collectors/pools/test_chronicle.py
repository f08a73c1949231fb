"""How events become a pool's state: changes of what identifies it, blocks, sums."""

import pytest

from collectors.pools import events
from collectors.pools.chronicle import Chronicle
from collectors.pools.job import decode_notify
from collectors.pools.race import BlockRace
from collectors.pools.state import RECONNECT_REASONS, PoolState


class Plug:
    """Just enough of a connection to be read from."""

    def __init__(self, address="192.0.2.1"):
        self.transport = self
        self.certificate = None
        self.encrypted = None
        self.address = address
        self.authenticated = None
        self.connect_s, self.tls_s = 0.01, None
        self.step_s = {}
        self.authorized = self.first_job_s = self.version_mask = self.rtt_s = self.extranonce1 = None


class Story:
    """A chronicle fed with one job after the other, a second apart."""

    def __init__(self, notify):
        self.state = PoolState(id="p", url="stratum+tcp://pool.example:1", protocol="sv1")
        self.chronicle = Chronicle(self.state, BlockRace())
        self.plug = Plug()
        self.notify = notify
        self.at = 1000.0

    def job(self, **facts):
        recording = self.notify(**facts)
        job = decode_notify(
            recording["notify"]["params"],
            extranonce1=recording["extranonce1"],
            extranonce2_size=recording["extranonce2_size"],
        )
        self.at += 1
        return self.chronicle.take(events.JobReceived(job=job), connection=self.plug, at=self.at, now=self.at)

    def kinds(self):
        return [change.kind for change in self.state.changes]


@pytest.fixture
def story(notify):
    return Story(notify)


def paying(script, value=316_000_000):
    return [(value, script), (0, bytes.fromhex("6a24aa21a9ed") + bytes(32))]


def test_the_first_job_changes_nothing(story):
    """What is seen first is what the pool is."""
    assert not story.job()
    assert [] == story.kinds()


def test_another_payout_script(story):
    """A payout that was never seen is a change; going back to a known one is none."""
    story.job(outputs=paying(b"\x00\x14" + b"\x01" * 20))
    story.job(outputs=paying(b"\x00\x14" + b"\x02" * 20))
    story.job(outputs=paying(b"\x00\x14" + b"\x01" * 20))
    (change,) = story.state.changes
    assert "payout" == change.kind
    assert change.before.startswith("bc1q")
    assert change.before != change.after


def test_many_payouts_are_no_single_one(story):
    """A pool that pays its miners in the coinbase has no payout script of its own to compare."""
    for turn in range(3):
        story.job(outputs=[(80_000_000, bytes([0, 20, turn, place]) + bytes(18)) for place in range(4)])
    assert [] == story.kinds()


def test_rotating_payouts_are_no_news_for_long(story):
    """A pool with a new script for every block is reported a few times, not for ever."""
    for turn in range(20):
        story.job(outputs=paying(b"\x00\x14" + bytes([turn]) * 20))
    assert 3 == len(story.kinds())


def test_a_tag_counts_once_it_is_repeated(story):
    """Noise in one job is no tag; the same other tag twice is a change."""
    for tag in (b"/one/", b"/one/", b"/noise/", b"/one/", b"/two/", b"/two/"):
        story.job(tag=tag)
    assert [("tag", "/one/", "/two/")] == [(change.kind, change.before, change.after) for change in story.state.changes]


def test_another_chain(story):
    """A pool that leaves its chain has changed; one whose chain becomes known has not."""
    story.job(height=None)
    story.job()
    assert [] == story.kinds()
    story.job(nbits="207fffff", height=120)
    assert "chain" in story.kinds()


def test_another_extranonce_size(story):
    """The extranonce's whole size is part of what a pool is."""
    story.job()
    story.job(extranonce2_size=4)
    assert ["extranonce"] == story.kinds()


def test_another_address(story):
    """A connection to an address not seen before is a change."""
    for address in ("192.0.2.1", "192.0.2.1", "198.51.100.7", "192.0.2.1"):
        story.chronicle.adopt(Plug(address), at=story.at)
    (change,) = story.state.changes
    assert ("address", "192.0.2.1", "198.51.100.7") == (change.kind, change.before, change.after)


def test_a_block_that_comes_back_is_not_new(story):
    """Two tips in turn are one new block, not many."""
    other = "11223344" * 7 + "00000000"
    assert [False, True, False, False] == [
        story.job(),
        story.job(previous=other, height=905_401),
        story.job(),
        story.job(previous=other, height=905_401),
    ]
    assert 1 == story.state.blocks_total


def test_empty_time_is_summed_while_it_lasts(story):
    """The sum grows with every tick, and stops when the pool does."""
    story.job(branches=0, outputs=[(312_500_000, b"\x51")])
    story.chronicle.tick(now=story.at + 5)
    assert 5.0 == story.state.empty_seconds
    story.chronicle.pause(now=story.at + 8)
    story.chronicle.tick(now=story.at + 100)
    assert 8.0 == story.state.empty_seconds


def test_difficulties_are_remembered(story):
    """The history holds the newest values with their times, and no more than 64."""
    for value in range(1, 101):
        story.chronicle.take(events.DifficultySet(difficulty=float(value)), connection=story.plug, at=value, now=value)
    assert (100.0, 64, (100, 100.0)) == (
        story.state.difficulty,
        len(story.state.difficulties),
        story.state.difficulties[-1],
    )


def test_the_document_is_plain(story):
    """The JSON object of a fresh and of a told state has every field."""
    story.job()
    document = story.state.document(now=story.at + 2)
    assert (2.0, None, [], "p") == (document["job_age_s"], document["reason"], document["changes"], document["id"])
    assert 12 == len(RECONNECT_REASONS)
