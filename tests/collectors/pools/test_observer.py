"""Observers against pretend pools on real sockets."""

import asyncio
import ssl
import time

import msgspec
import pytest
import trustme

from collectors.pools import events
from collectors.pools.observer import BlockSeen, Observer, WentDown, WentUp
from collectors.pools.patience import Patience
from collectors.pools.race import BlockRace
from collectors.pools.tls import TlsPolicy
from collectors.pools.url import BadUrl

QUICK = Patience(connect_s=2, first_job_s=2, renew_least_s=0, retry_renewal_s=0.05)


class Clock:
    def now(self):
        return time.time()

    def monotonic(self):
        return time.monotonic()


async def at_once(_delay):
    await asyncio.sleep(0.002)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.fixture
async def observe():
    """Start observers that do not wait between tries; they end with the test."""
    async with asyncio.TaskGroup() as group:
        tasks = []

        def start(pool, **options):
            seen = []
            options = {"patience": QUICK, "sleep": at_once, "seed": 1, **options}
            url = options.pop("url", None) or pool.url
            observer = Observer(
                options.pop("pool_id", "p1"),
                url,
                clock=Clock(),
                on_event=lambda _, event: seen.append(event),
                **options,
            )
            observer.seen = seen
            tasks.append(group.create_task(observer.run()))
            return observer

        yield start
        for task in tasks:
            task.cancel()


def kinds(observer):
    return [type(event).__name__ for event in observer.seen]


async def test_the_state_of_a_pool_that_gives_work(pretend_pool, observe):
    """After the first job the state tells everything about pool and connection."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, user="account.watch", password="x")
    await until(lambda: observer.state.up and observer.state.authorized)
    state = observer.state
    assert (True, "127.0.0.1", None, 42.0) == (state.connected, state.address, state.authenticated, state.difficulty)
    assert (905_400, 1, 4, 8) == (state.job.height, state.jobs_total, state.extranonce1_size, state.extranonce2_size)
    for seconds in (state.connect_s, state.subscribe_s, state.authorize_s, state.first_job_s, state.rtt_s):
        assert seconds > 0
    assert abs(state.last_job_at - time.time()) < 60
    assert state.ntime_offset_s == pytest.approx(state.job.ntime - state.last_job_at)
    assert [42.0] == [difficulty for _, difficulty in state.difficulties]
    assert 1 == len([event for event in observer.seen if isinstance(event, WentUp)])
    document = state.document(now=state.last_job_at + 7)
    assert (7.0, None, 905_400) == (document["job_age_s"], document["reason"], document["job"]["height"])


async def test_new_blocks_by_their_predecessor(pretend_pool, observe, notify):
    """A new block is a new predecessor; a job that voids older work on the same one is none."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    pool.broadcast(notify(job_id="again", clean=True))
    pool.broadcast(notify(height=905_401, previous="11223344" * 7 + "00000000", clean=False))
    await until(lambda: observer.state.jobs_total == 3)
    assert 1 == observer.state.blocks_total
    (block,) = [event for event in observer.seen if isinstance(event, BlockSeen)]
    assert (905_401, None) == (block.height, block.lag_s)
    assert observer.state.job_interval_s >= 0


async def test_lag_behind_the_earliest_pool(pretend_pool, observe, notify):
    """Of two pools in one race the later one at a block has the lag."""
    race = BlockRace()
    first, second = await pretend_pool("ckpool"), await pretend_pool("ckpool")
    early, late = observe(first, race=race, pool_id="a"), observe(second, race=race, pool_id="b")
    await until(lambda: early.state.up and late.state.up)
    block = notify(height=905_401, previous="11223344" * 7 + "00000000")
    first.broadcast(block)
    await until(lambda: early.state.blocks_total == 1)
    assert late.behind_s() > 0
    await asyncio.sleep(0.05)
    second.broadcast(block)
    await until(lambda: late.state.blocks_total == 1)
    assert 0.0 == early.state.new_block_lag_s
    assert late.state.new_block_lag_s >= 0.05
    assert 0.0 == late.behind_s()


async def test_time_on_an_empty_job(pretend_pool, observe, notify):
    """The time between an empty job and the full one after it is counted."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    pool.broadcast(notify(branches=0, outputs=[(312_500_000, b"\x51")]))
    await until(lambda: observer.state.empty_jobs_total == 1)
    await asyncio.sleep(0.03)
    pool.broadcast(notify())
    await until(lambda: observer.state.empty_to_full_s is not None)
    assert observer.state.empty_to_full_s >= 0.03
    assert observer.state.empty_seconds == pytest.approx(observer.state.empty_to_full_s, abs=0.001)


async def test_the_application_round_trip(pretend_pool, observe):
    """The harmless question is asked again and again, and timed; so is the kernel's own round trip."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(ping_every_s=0.02))
    await until(lambda: any(isinstance(event, events.Echoed) for event in observer.seen))
    assert observer.state.rtt_s > 0
    assert observer.state.tcp_rtt_s is None or observer.state.tcp_rtt_s > 0
    assert pool.clients[0].methods.count("mining.configure") >= 2
    assert {"mining.configure", "mining.subscribe"} == set(pool.clients[0].methods)


async def test_a_pool_that_leaves_the_question_open(pretend_pool, observe):
    """A question without an answer is given up, and the pool stays up."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(ping_every_s=0.02, echo_s=0.02))
    await until(lambda: observer.state.up)
    pool.dialect = "dead-configure"
    asked = len(pool.clients[0].asked)
    await until(lambda: len(pool.clients[0].asked) > asked)
    await asyncio.sleep(0.1)
    assert len(pool.clients[0].asked) <= asked + 2
    assert observer.state.up


async def test_renewal_before_the_idle_limit(pretend_pool, observe):
    """A second connection has its job before the first one goes; no outage is counted."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(renew_after_s=0.1, renew_least_s=0))
    await until(lambda: observer.state.reconnects.get("renewal", 0) >= 2)
    assert 2 == pool.most_at_once
    assert observer.state.up
    assert 0 == observer.state.outages_total
    assert not [event for event in observer.seen if isinstance(event, WentDown)]
    await until(lambda: len(pool.clients) <= 2)


async def test_a_failed_renewal_keeps_the_old_connection(pretend_pool, observe, notify):
    """When the new connection gets no work, the old one stays, and it is tried again later."""
    pool = await pretend_pool("ckpool")
    patience = Patience(renew_after_s=0.05, first_job_s=0.1, retry_renewal_s=0.05)
    observer = observe(pool, patience=patience)
    await until(lambda: observer.state.up)
    pool.options["jobless"] = True
    await until(lambda: pool.connected >= 4)
    pool.clients[0].send(notify(job_id="still here")["notify"])
    await until(lambda: observer.state.job.id == "still here")
    assert {} == observer.state.reconnects
    assert observer.state.connected


async def test_an_outage_and_its_end(pretend_pool, observe):
    """A pool that goes away is down with a reason, and up again when it is back."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    await pool.stop()
    await until(lambda: observer.state.reconnects.get("unreachable", 0) >= 3)
    state = observer.state
    assert (False, False, 1, "unreachable") == (state.up, state.connected, state.outages_total, state.last_error_reason)
    assert "unreachable" == state.document(now=time.time())["reason"]
    assert state.next_try_s >= 1
    await pool.start()
    await until(lambda: observer.state.up)
    assert ["WentUp", "WentDown", "WentUp"] == [kind for kind in kinds(observer) if kind.startswith("Went")]
    assert 1 == observer.state.outages_total


async def test_an_idle_limit_is_no_outage(pretend_pool, observe):
    """A pool that ends idle connections is reconnected at once, and renewed earlier after the second time."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(idle_limit_s=0.02, renew_least_s=0))
    for count in (1, 2):
        await until(lambda: observer.state.up and pool.clients and observer.state.connected)
        await asyncio.sleep(0.05)
        pool.clients[0].writer.close()
        await until(lambda count=count: observer.state.reconnects.get("idle_limit", 0) == count)
    await until(lambda: observer.state.reconnects.get("renewal", 0) >= 1)
    assert 0 == observer.state.outages_total
    assert not [event for event in observer.seen if isinstance(event, WentDown)]


async def test_a_silent_pool_is_reconnected(pretend_pool, observe):
    """A connection on which nothing comes any more is opened again, once a second one has brought nothing either."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(silent_s=1.0, first_job_s=0.5))
    await until(lambda: observer.state.up)
    pool.options["jobless"] = True
    await until(lambda: observer.state.reconnects.get("silent", 0) >= 1)
    assert 1 == observer.state.outages_total
    assert pool.connected >= 2


async def test_a_pool_without_news_is_no_outage(pretend_pool, observe):
    """A pool that has no new job for long gives the present one to a second connection, and stays up all the while."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(silent_s=1.0))
    await until(lambda: observer.state.reconnects.get("renewal", 0) >= 2)
    assert (True, 0, None) == (observer.state.up, observer.state.outages_total, observer.state.last_error)


async def test_no_work(pretend_pool, observe):
    """A pool that is connected and gives no work is not up, and it is said why."""
    pool = await pretend_pool("ckpool", jobless=True)
    observer = observe(pool, patience=Patience(first_job_s=0.05))
    await until(lambda: observer.state.last_error is not None)
    assert (False, True, "timed_out") == (observer.state.up, observer.state.connected, observer.state.last_error_reason)


@pytest.mark.parametrize(
    ("dialect", "options", "reason"),
    [
        ("eof", {}, ("closed", "reset")),
        ("silent", {}, ("timed_out",)),
        ("flood", {}, ("garbled",)),
        ("ckpool", {"refuse_authorize": "no"}, ("denied",)),
        ("ckpool", {"refuse_subscribe": "Pool full of clients"}, ("denied",)),
    ],
)
async def test_reasons_are_bounded(pretend_pool, observe, dialect, options, reason):
    """Every kind of failure has its own reason."""
    pool = await pretend_pool(dialect, **options)
    observer = observe(pool, user="u", patience=Patience(connect_s=0.1))
    await until(lambda: sum(observer.state.reconnects.values()) >= 2)
    assert observer.state.last_error_reason in reason
    assert set(observer.state.reconnects) <= set(reason)


async def test_a_redirect_within_the_domain_is_followed(pretend_pool, observe):
    """A reconnect to the same host and another port opens the new connection there."""
    pool, other = await pretend_pool("ckpool"), await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    pool.clients[0].send({"id": None, "method": "client.reconnect", "params": ["127.0.0.1", str(other.port), 0]})
    await until(lambda: observer.state.reconnects.get("redirect", 0) == 1)
    assert 1 == other.connected
    assert observer.state.up
    assert [] == list(observer.state.changes)


async def test_a_bare_reconnect_is_a_renewal(pretend_pool, observe):
    """A reconnect without a host comes back to the pool."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    pool.clients[0].send({"id": None, "method": "client.reconnect", "params": []})
    await until(lambda: pool.connected == 2 and observer.state.reconnects.get("redirect", 0) == 1)
    assert 0 == observer.state.outages_total


async def test_a_redirect_to_another_owner_is_recorded_and_not_followed(pretend_pool, observe, notify):
    """Nothing makes the observer connect to a host of another owner."""
    pool, other = await pretend_pool("ckpool"), await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    pool.clients[0].send({"id": None, "method": "client.reconnect", "params": ["127.0.0.2", other.port, 0]})
    await until(lambda: observer.state.changes)
    (change,) = observer.state.changes
    assert ("redirect", "127.0.0.1", f"127.0.0.2:{other.port}") == (change.kind, change.before, change.after)
    pool.broadcast(notify(job_id="still here"))
    await until(lambda: observer.state.job.id == "still here")
    assert (1, 0) == (pool.connected, other.connected)


async def test_reconnects_without_end_are_held_back(pretend_pool, observe):
    """A pool that asks for a reconnect with every job gets one after the least time, not a storm."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool, patience=Patience(renew_least_s=30))
    await until(lambda: observer.state.up)
    for _ in range(20):
        pool.clients[0].send({"id": None, "method": "client.reconnect", "params": []})
    await asyncio.sleep(0.1)
    assert 1 == pool.connected


async def test_what_a_pool_says_in_words(pretend_pool, observe):
    """Messages, questions, junk and unreadable jobs are counted and survived."""
    pool = await pretend_pool("ckpool")
    observer = observe(pool)
    await until(lambda: observer.state.up)
    client = pool.clients[0]
    client.send({"id": None, "method": "client.show_message", "params": ["maintenance at noon"]})
    client.send({"id": 7, "method": "client.get_version", "params": []})
    client.send({"id": None, "method": "mining.notify", "params": ["x"]})
    client.raw(b"junk\n")
    await until(lambda: observer.state.junk_total == 1)
    state = observer.state
    assert ("maintenance at noon", 1, 1) == (state.message, state.questions_total, state.unreadable_jobs_total)
    await until(lambda: "answer" in client.methods)
    assert 7 == client.asked[-1]["id"]
    assert 0 < state.bytes_out < state.bytes_in


async def test_a_certificate_that_changes(pretend_pool, observe, server_tls, authority):
    """Another certificate after a reconnect is a change, with both fingerprints."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    observer = observe(pool, policy=TlsPolicy(mode="insecure"))
    await until(lambda: observer.state.up)
    assert (False, 64) == (observer.state.authenticated, len(observer.state.tls_sha256))
    await pool.stop()
    pool.options["tls"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(pool.options["tls"])
    await pool.start()
    await until(lambda: any(change.kind == "certificate" for change in observer.state.changes))
    assert observer.state.tls_sha256 == observer.state.changes[-1].after


async def test_a_certificate_that_cannot_be_verified_any_more(pretend_pool, observe, server_tls, trusted_authority):
    """Where the proof held before, a stranger at the pool's address is a change and not a mere outage."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    observer = observe(pool)
    await until(lambda: observer.state.up)
    await pool.stop()
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(stranger)
    pool.options["tls"] = stranger
    await pool.start()
    await until(lambda: observer.state.reconnects.get("denied", 0) > 2)
    (change,) = observer.state.changes
    assert ("certificate", "proved") == (change.kind, change.before)
    assert "cannot be verified" in change.after


async def test_what_a_former_observer_knew(pretend_pool, observe, notify):
    """An observer that is given another's memory finds what changed between the two."""
    pool = await pretend_pool("ckpool")
    first = observe(pool)
    await until(lambda: first.state.up)
    pool.job = notify(outputs=[(316_000_000, b"\x00\x14" + b"\x07" * 20)])
    second = observe(pool, memory=first.memory())
    stranger = observe(pool, memory=msgspec.structs.replace(first.memory(), url="stratum+tcp://other.example:1"))
    await until(lambda: second.state.up and stranger.state.up)
    assert ["payout"] == [change.kind for change in second.state.changes]
    assert [] == list(stranger.state.changes)


async def test_a_bad_url_is_refused_at_once():
    """A URL that is no pool's raises when the observer is made."""
    with pytest.raises(BadUrl):
        Observer("p", "http://127.0.0.1:1", clock=Clock())


async def test_leaving_is_clean(pretend_pool, observe):
    """A cancelled observer is down and its connections are gone."""
    pool = await pretend_pool("ckpool")
    async with asyncio.TaskGroup() as group:
        observer = Observer("p1", pool.url, clock=Clock(), patience=Patience(renew_after_s=0.05))
        task = group.create_task(observer.run())
        await until(lambda: observer.state.up)
        task.cancel()
    assert (False, False) == (observer.state.up, observer.state.connected)
    await until(lambda: not pool.clients)
