"""The Stratum V2 session, without sockets and over real ones."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Denied, Garbled, Unsupported
from collectors.pools import events
from collectors.pools.observer import Observer
from collectors.pools.probe import probe
from collectors.pools.v2 import messages
from collectors.pools.v2.fields import number, text
from collectors.pools.v2.framing import Frame, FrameReader, seal
from collectors.pools.v2.session import Session


class Table:
    """A session on one side of a table and a responder on the other, with nothing between."""

    def __init__(self, responder, **options):
        self.server = responder()
        self.session = Session(host="pool.example", port=34254, now=time.time(), **{"authority": None, **options})
        (greeting,) = self.session.outgoing()
        self.found = self.session.receive(self.server.answer(greeting.data))
        self.frames = FrameReader(self.server.inward)
        self.said = self.sent()

    def sent(self):
        return [frame for message in self.session.outgoing() for frame in self.frames.receive(message.data)]

    def hear(self, kind, payload, extension=0):
        frame = Frame(extension=extension, kind=kind, payload=payload)
        return self.session.receive(seal(frame, cipher=self.server.outward, for_channel=True))

    def open(self, *, group=3, target=(0xFFFF << 208) // 64, prefix=b"\xa1\xb2\xc3\xd4"):
        self.hear(messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
        raw = number(1, 4) + number(7, 4) + number(target, 32) + number(8, 2) + bytes([len(prefix)]) + prefix
        return self.hear(messages.OPEN_EXTENDED_CHANNEL_SUCCESS, raw + (b"" if group is None else number(group, 4)))


def job_of(recording, *, job, future, channel):
    params = recording["notify"]["params"]
    prefix, suffix = bytes.fromhex(params[2]), bytes.fromhex(params[3])
    option = b"\x00" if future else b"\x01" + number(int(params[7], 16), 4)
    raw = number(channel, 4) + number(job, 4) + option + number(0x20000000, 4) + b"\x01"
    raw += bytes([len(params[4])]) + b"".join(map(bytes.fromhex, params[4]))
    return raw + number(len(prefix), 2) + prefix + number(len(suffix), 2) + suffix


def block_of(recording, *, job, channel, previous=bytes(range(32))):
    params = recording["notify"]["params"]
    return (
        number(channel, 4) + number(job, 4) + previous + number(int(params[7], 16), 4) + number(int(params[6], 16), 4)
    )


@pytest.fixture
def table(responder):
    return Table(responder, user="account.watch")


def test_the_usual_order(table, notify):
    """Handshake, set-up, channel, then a waiting job that its block puts to work."""
    (encrypted,) = table.found
    assert (False, table.server.static_key.hex()) == (encrypted.authenticated, encrypted.server_key)
    (setup,) = table.said
    assert messages.SETUP_CONNECTION == setup.kind
    assert "00" + "0200" + "0200" + "00000000" + text("pool.example").hex() == setup.payload.hex()[: 2 * 22]
    assert [events.Subscribed()] == table.hear(messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
    (channel,) = table.sent()
    assert messages.OPEN_EXTENDED_CHANNEL == channel.kind
    found = table.open()
    assert [
        events.ExtranonceSet(extranonce1="a1b2c3d4", extranonce2_size=8),
        events.Authorized(),
        events.DifficultySet(difficulty=64.0),
    ] == found[-3:]
    assert table.session.subscribed
    rolling = table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=1, future=True, channel=3))
    assert [events.VersionMaskSet(mask="1fffe000")] == rolling
    (received,) = table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(notify(), job=1, channel=3))
    job = received.job
    assert ("1", True, 905_400, "main", 316_000_000) == (job.id, job.clean, job.height, job.chain, job.reward_sats)
    assert bytes(range(32))[::-1].hex() == job.previous_block
    assert (12, "scriptsig", ()) == (job.extranonce_size, job.extranonce_location, job.anomalies)


def test_a_job_for_the_present_block(table, notify):
    """A job with a time of its own counts at once, and does not void older work."""
    table.open()
    table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=1, future=True, channel=7))
    table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(notify(), job=1, channel=7))
    (received,) = table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=2, future=False, channel=7))
    assert ("2", False) == (received.job.id, received.job.clean)


def test_a_job_before_any_block_waits(responder, notify):
    """Without a block there is nothing to work on; the block that names the job puts it to work, another does not."""
    for named, begins in ((99, 0), (1, 1)):
        table = Table(responder, user="account.watch")
        table.open()
        found = table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=1, future=False, channel=7))
        assert [events.VersionMaskSet(mask="1fffe000")] == found
        assert begins == len(table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(notify(), job=named, channel=7)))


def test_jobs_that_wait_are_bounded(table, notify):
    """A pool cannot make the session remember more and more jobs."""
    table.open()
    for job in range(100):
        table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=job, future=True, channel=7))
    assert len(table.session._jobs) <= 16


def test_messages_for_another_channel(table, notify):
    """What is addressed to a channel that is neither ours nor our group's is passed over."""
    table.open()
    assert [] == table.hear(messages.SET_TARGET, number(99, 4) + number(5, 32))
    assert [events.DifficultySet(difficulty=2.0)] == table.hear(
        messages.SET_TARGET, number(7, 4) + number((0xFFFF << 208) // 2, 32)
    )
    table.hear(messages.SET_GROUP_CHANNEL, number(99, 4) + number(1, 2) + number(7, 4))
    assert 1 == len(table.hear(messages.SET_TARGET, number(99, 4) + number(5, 32)))


def test_without_a_group_every_channel_is_ours(table):
    """Older pools tell no group and may still use one."""
    table.open(group=None)
    assert 1 == len(table.hear(messages.SET_TARGET, number(42, 4) + number(5, 32)))


def test_a_target_of_zero_is_no_difficulty(table):
    """A target that cannot be met says nothing."""
    table.open()
    assert [] == table.hear(messages.SET_TARGET, number(7, 4) + number(0, 32))


def test_a_new_extranonce_prefix(table, notify):
    """The prefix of later jobs may change."""
    table.open()
    found = table.hear(messages.SET_EXTRANONCE_PREFIX, number(7, 4) + b"\x04\x01\x02\x03\x04")
    assert [events.ExtranonceSet(extranonce1="01020304", extranonce2_size=8)] == found


def test_a_coinbase_with_its_witness(table, notify):
    """Pools that leave the witness in the coinbase are read all the same."""
    recording = notify()
    one, two = (bytes.fromhex(recording["notify"]["params"][place]) for place in (2, 3))
    recording["notify"]["params"][2] = (one[:4] + b"\x00\x01" + one[4:]).hex()
    recording["notify"]["params"][3] = (two[:-4] + b"\x01\x20" + bytes(32) + two[-4:]).hex()
    table.open()
    table.hear(messages.NEW_EXTENDED_JOB, job_of(recording, job=1, future=True, channel=7))
    (received,) = table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(recording, job=1, channel=7))
    assert (905_400, 316_000_000) == (received.job.height, received.job.reward_sats)


def test_an_unreadable_coinbase(table, notify):
    """A job whose coinbase cannot be read is told as such."""
    recording = notify()
    recording["notify"]["params"][3] = "00"
    table.open()
    table.hear(messages.NEW_EXTENDED_JOB, job_of(recording, job=1, future=True, channel=7))
    (received,) = table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(recording, job=1, channel=7))
    assert isinstance(received, events.JobGarbled)


def test_a_standard_channel_where_no_extended_one_is_given(table, notify):
    """It is asked for once; its jobs show block and difficulty, and honestly nothing of the money."""
    table.hear(messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
    table.sent()
    assert [] == table.hear(messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("extended-channels-not-supported"))
    (asked,) = table.sent()
    assert messages.OPEN_STANDARD_CHANNEL == asked.kind
    raw = number(1, 4) + number(7, 4) + number(5, 32) + b"\x04\xaa\xbb\xcc\xdd" + number(3, 4)
    table.hear(messages.OPEN_STANDARD_CHANNEL_SUCCESS, raw)
    table.hear(messages.NEW_STANDARD_JOB, number(7, 4) + number(1, 4) + b"\x00" + number(2, 4) + bytes(32))
    (received,) = table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(notify(), job=1, channel=3))
    job = received.job
    assert (None, None, None, None, None, "unknown", ()) == (
        job.height,
        job.reward_sats,
        job.fees_sats,
        job.empty,
        job.transactions_min,
        job.chain,
        job.outputs,
    )
    assert ("17023aa6", 126271255279306.98) == (job.nbits, pytest.approx(job.network_difficulty))
    refused = table.hear(messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("no"))
    assert [events.Refused(step="authorize", message="no")] == refused


def test_refusals(table):
    """A refused set-up and a refused user carry the pool's code."""
    assert [events.Refused(step="setup", message="unsupported-protocol")] == table.hear(
        messages.SETUP_CONNECTION_ERROR, number(0, 4) + text("unsupported-protocol")
    )
    assert [events.Refused(step="authorize", message="unknown-user")] == table.hear(
        messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("unknown-user")
    )


def test_a_channel_for_known_users_only(responder):
    """Without a user a pool that opens channels to its users only refuses the subscription, not an authorization."""
    table = Table(responder)
    table.hear(messages.SETUP_CONNECTION_SUCCESS, number(2, 2) + number(0, 4))
    (refused,) = table.hear(messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("unknown-user"))
    assert ("subscribe", True) == (refused.step, refused.message.startswith("unknown-user; "))


def test_a_pool_that_puts_everything_in_group_zero(table, notify):
    """Group zero, and a refreshed job that repeats the block: as a pool of one channel a client."""
    table.open(group=0)
    for job in (1, 2):
        table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=job, future=True, channel=7))
        (received,) = table.hear(messages.SET_NEW_PREVIOUS_HASH, block_of(notify(), job=job, channel=7))
        assert (str(job), True) == (received.job.id, received.job.clean)
    (received,) = table.hear(messages.NEW_EXTENDED_JOB, job_of(notify(), job=3, future=False, channel=7))
    assert ("3", False) == (received.job.id, received.job.clean)
    assert [events.DifficultySet(difficulty=4.0)] == table.hear(
        messages.SET_TARGET, number(7, 4) + number((0xFFFF << 208) // 4, 32)
    )


def test_reconnect_and_close(table):
    """A request to go elsewhere and the end of the channel are told."""
    table.open()
    assert [events.ReconnectAsked(host="b.pool.example", port=5, wait_s=0.0)] == table.hear(
        messages.RECONNECT, text("b.pool.example") + number(5, 2)
    )
    assert [events.ReconnectAsked(host=None, port=None, wait_s=0.0)] == table.hear(
        messages.RECONNECT, text("") + number(0, 2)
    )
    assert [events.Ended(reason="maintenance")] == table.hear(
        messages.CLOSE_CHANNEL, number(7, 4) + text("maintenance")
    )


def test_other_extensions_and_kinds_are_passed_over(table):
    """Messages of extensions, and kinds that a watcher need not know, are no events."""
    assert [] == table.hear(messages.SETUP_CONNECTION_SUCCESS, b"", extension=7)
    assert [] == table.hear(0x71, b"template")


def test_a_message_cut_short(table):
    """A message shorter than its fields is garbled."""
    with pytest.raises(Garbled):
        table.hear(messages.SET_TARGET, b"\x07")


def test_bytes_one_by_one(responder):
    """The handshake's answer and what follows may come in any pieces."""
    server = responder()
    session = Session(host="h", port=1, now=time.time(), authority=None)
    (greeting,) = session.outgoing()
    stream = server.answer(greeting.data)
    stream += seal(Frame(extension=0, kind=messages.SETUP_CONNECTION_SUCCESS, payload=bytes(6)), cipher=server.outward)
    found = [event for byte in stream for event in session.receive(bytes([byte]))]
    assert ["Encrypted", "Subscribed"] == [type(event).__name__ for event in found]


def test_a_session_has_no_ping():
    """There is no harmless question: the driver must do without."""
    session = Session(host="h", port=1, now=0.0, authority=None)
    session.hurry()
    session.forget_ping()
    assert (False, False) == (session.ping(), session.configuring)


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_any_bytes_are_events_or_garbled(chunks):
    """Whatever comes instead of the handshake raises nothing but Garbled."""
    session = Session(host="h", port=1, now=0.0, authority=None)
    with contextlib.suppress(Garbled):
        for chunk in chunks:
            assert [] == session.receive(chunk)


async def test_probe_of_a_pool(pretend_pool2):
    """A probe reads a V2 pool as it does a V1 pool, and the authority's key proves the pool."""
    pool = await pretend_pool2()
    reading = await probe(pool.url, user="account.watch", wait_s=5)
    assert ("sv2", True, True, 512.0) == (
        reading.protocol,
        reading.authenticated,
        reading.authorized,
        pytest.approx(reading.difficulty),
    )
    assert ("a1b2c3d4", 8, "1fffe000") == (
        reading.extranonce1,
        reading.extranonce2_size,
        reading.version_rolling_mask,
    )
    for seconds in (reading.noise_handshake_s, reading.subscribe_s, reading.authorize_s, reading.first_job_s):
        assert seconds > 0
    assert (905_400, "00000000" + "00112233" * 7) == (reading.job.height, reading.job.previous_block)


async def test_probe_without_user_and_key(pretend_pool2):
    """Without a user nothing is authorized, without a key nothing is proved."""
    pool = await pretend_pool2()
    reading = await probe(pool.bare_url, wait_s=5)
    assert (False, None, None) == (reading.authenticated, reading.authorized, reading.authorize_s)
    assert reading.job is not None


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"url_secret": bytes(range(3, 35))}, Denied, "not signed by this authority"),
        ({"certificate": {"valid_from": 1, "valid_until": 2}}, Denied, "not valid any more"),
        ({"refuse_setup": "unsupported-protocol"}, Unsupported, "unsupported-protocol"),
        ({"refuse_channel": "unknown-user"}, Denied, "unknown-user"),
        ({"answer": bytes(234)}, Garbled, "does not open"),
    ],
)
async def test_probe_refusals(pretend_pool2, options, error, words):
    """Wrong authority, expired certificate, refused set-up, refused user, no handshake."""
    pool = await pretend_pool2(**options)
    with pytest.raises(error, match=words):
        await probe(pool.url, user="nobody", wait_s=5)


async def test_probe_of_standard_channels(pretend_pool2):
    """Where jobs hide their coinbase, what cannot be seen is absent."""
    pool = await pretend_pool2(refuse_channel="extended-not-supported")
    reading = await probe(pool.url, user="u", wait_s=5)
    assert (None, "17023aa6") == (reading.job.height, reading.job.nbits)


async def test_probe_without_a_job(pretend_pool2):
    """A channel without work leaves the job open."""
    pool = await pretend_pool2(jobless=True)
    reading = await probe(pool.url, wait_s=0.3)
    assert (None, 512.0) == (reading.job, pytest.approx(reading.difficulty))


async def test_v1_to_a_v2_port_and_the_other_way_round(pretend_pool2, pretend_pool):
    """Either protocol at the other's port is no pool: garbled, or nothing at all."""
    second, first = await pretend_pool2(), await pretend_pool("ckpool")
    for url in (f"stratum+tcp://127.0.0.1:{second.port}", f"stratum2+tcp://127.0.0.1:{first.port}"):
        with contextlib.suppress(Garbled):
            reading = await probe(url, wait_s=0.3)
            assert (None, None, None) == (reading.job, reading.subscribe_s, reading.noise_handshake_s)


async def test_observing_a_v2_pool(pretend_pool2, notify):
    """The observer keeps a V2 pool's state as it does a V1 pool's."""
    import asyncio

    class Clock:
        now = staticmethod(time.time)
        monotonic = staticmethod(time.monotonic)

    pool = await pretend_pool2()
    observer = Observer("p2", pool.url, clock=Clock(), user="u")
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        task = group.create_task(observer.run())
        while not observer.state.up:
            await asyncio.sleep(0.002)
        state = observer.state
        assert (True, True, 905_400) == (state.authenticated, state.authorized, state.job.height)
        assert state.noise_s > 0
        assert 64 == len(state.server_key)
        new = notify(height=905_401, previous="11223344" * 7 + "00000000")
        pool.say_job(new, job=2, future=True)
        pool.say_block(new, job=2)
        pool.say(messages.CLOSE_CHANNEL, number(99, 4) + text("not ours"))
        while not state.blocks_total:
            await asyncio.sleep(0.002)
        assert 905_401 == state.job.height
        pool.say(messages.CLOSE_CHANNEL, number(7, 4) + text("maintenance"))
        while not state.reconnects:
            await asyncio.sleep(0.002)
        assert {"closed": 1} == state.reconnects
        assert "maintenance" in state.last_error
        task.cancel()


async def test_a_server_that_no_longer_proves_itself(pretend_pool2):
    """A pool whose certificate another authority signs is down, and that is recorded as a change of authority."""
    import asyncio

    class Clock:
        now = staticmethod(time.time)
        monotonic = staticmethod(time.monotonic)

    async def at_once(_delay):
        await asyncio.sleep(0.002)

    pool = await pretend_pool2()
    observer = Observer("p2", pool.url, clock=Clock(), sleep=at_once)
    state = observer.state
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        task = group.create_task(observer.run())
        while not state.up:
            await asyncio.sleep(0.002)
        await pool.stop()
        pool.options["certificate"] = {"secret": bytes(range(2, 34))}
        await pool.start()
        while not state.changes or state.reconnects.get("denied", 0) < 3:
            await asyncio.sleep(0.002)
        task.cancel()
    (change,) = state.changes
    assert ("authority", "proved") == (change.kind, change.before)
    assert "not signed by this authority" in change.after
