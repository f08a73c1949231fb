"""One probe of a pool, against pretend pools on real sockets."""

import hashlib

import pytest

from collectors.errors import Denied, Garbled, TimedOut, Unreachable
from collectors.pools.probe import attempt, probe
from collectors.pools.tls import TlsPolicy
from collectors.pools.url import BadUrl


@pytest.mark.parametrize("dialect", ["ckpool", "datum", "foundation", "public-pool"])
async def test_a_job_without_authorizing(pretend_pool, dialect):
    """Pools that give work after the subscription are read without authorizing."""
    pool = await pretend_pool(dialect)
    reading = await probe(pool.url, wait_s=5)
    assert ("sv1", None, "127.0.0.1") == (reading.protocol, reading.authenticated, reading.address)
    assert (42.0, "a1b2c3d4", 8, "1fffe000") == (
        reading.difficulty,
        reading.extranonce1,
        reading.extranonce2_size,
        reading.version_rolling_mask,
    )
    assert (None, None, None) == (reading.authorize_s, reading.authorized, reading.tls_handshake_s)
    assert reading.job is not None
    assert 905_400 == reading.job.height
    assert 0 < reading.tcp_connect_s < reading.first_job_s
    assert 0 < reading.subscribe_s


async def test_authorizing_where_the_job_comes_first(pretend_pool):
    """A solo pool sends job and difficulty before its answer to authorize; all three are read."""
    pool = await pretend_pool("ckpool-solo")
    reading = await probe(pool.url, user="account.watch", password="x", wait_s=5)
    assert (True, 1000.0) == (reading.authorized, reading.difficulty)
    assert reading.authorize_s > 0
    assert reading.job is not None


async def test_steps_are_timed_from_their_sending(pretend_pool):
    """A slow step is slow by itself: the ones before and after it are not charged."""
    pool = await pretend_pool("ckpool", delays={"mining.authorize": 0.2})
    reading = await probe(pool.url, user="u", wait_s=5)
    assert reading.authorize_s >= 0.2
    assert reading.subscribe_s < reading.authorize_s
    assert reading.first_job_s < reading.authorize_s


async def test_no_job_in_time(pretend_pool):
    """Without a user a solo pool gives no job: the reading is whole but for that."""
    pool = await pretend_pool("ckpool-solo")
    reading = await probe(pool.url, wait_s=0.2)
    assert (None, None) == (reading.job, reading.first_job_s)
    assert reading.subscribe_s > 0


async def test_silence_is_no_job(pretend_pool):
    """A server that says nothing at all leaves every step open."""
    pool = await pretend_pool("silent")
    reading = await probe(pool.url, wait_s=0.2)
    assert (None, None, None) == (reading.subscribe_s, reading.job, reading.extranonce1)


async def test_refused_user(pretend_pool):
    """A refused user is denied, with the pool's words."""
    pool = await pretend_pool("ckpool", refuse_authorize="Failed subscription")
    with pytest.raises(Denied, match="Failed subscription"):
        await probe(pool.url, user="nobody", wait_s=5)


async def test_a_failure_on_the_way_keeps_what_was_read(pretend_pool):
    """A refused user costs the probe, not the times of the steps before."""
    pool = await pretend_pool("ckpool", refuse_authorize="no")
    outcome = await attempt(pool.url, user="nobody", wait_s=5)
    assert isinstance(outcome.failure, Denied)
    assert (False, 905_400) == (outcome.reading.authorized, outcome.reading.job.height)
    assert outcome.reading.subscribe_s > 0
    await pool.stop()
    outcome = await attempt(pool.url, wait_s=5)
    assert (None, "unreachable") == (outcome.reading, outcome.failure.reason)


async def test_a_pool_that_closes_when_everything_has_come(pretend_pool):
    """A connection that ends after its job is read like any other."""
    pool = await pretend_pool("closes-after-job")
    reading = await probe(pool.url, wait_s=5)
    assert (905_400, None) == (reading.job.height, reading.difficulty)


async def test_refused_subscription(pretend_pool):
    """A subscription answered with words instead of facts is denied, with those words."""
    pool = await pretend_pool("ckpool", refuse_subscribe="Pool full of clients")
    with pytest.raises(Denied, match="Pool full of clients"):
        await probe(pool.url, wait_s=5)


async def test_a_pool_that_hangs_up_on_configure(pretend_pool):
    """It is asked again without, and gives its job."""
    pool = await pretend_pool("no-configure")
    reading = await probe(pool.url, wait_s=5)
    assert reading.job is not None
    assert (None, 2) == (reading.version_rolling_mask, pool.connected)


async def test_a_pool_that_ignores_configure(pretend_pool, monkeypatch):
    """It is subscribed to after a short wait."""
    monkeypatch.setattr("collectors.pools.connection.CONFIGURE_PATIENCE_S", 0.05)
    pool = await pretend_pool("dead-configure")
    reading = await probe(pool.url, wait_s=5)
    assert reading.job is not None
    assert 1 == pool.connected


@pytest.mark.parametrize(
    ("dialect", "words"), [("eof", "closed|reset"), ("reset", "reset|closed"), ("flood", "line of more")]
)
async def test_not_a_pool(pretend_pool, dialect, words):
    """A connection that ends, breaks or floods is garbled."""
    pool = await pretend_pool(dialect)
    with pytest.raises(Garbled, match=words):
        await probe(pool.url, wait_s=5)


async def test_another_protocol(pretend_pool):
    """A greeting of something else, and then silence, is garbled and quoted."""
    pool = await pretend_pool("banner")
    with pytest.raises(Garbled, match="SSH-2"):
        await probe(pool.url, wait_s=0.2)


async def test_unreadable_jobs(pretend_pool, notify):
    """A pool whose jobs are no Bitcoin jobs is garbled."""
    job = notify()
    job["notify"]["params"][1] = "00"
    pool = await pretend_pool("ckpool", job=job)
    with pytest.raises(Garbled, match="jobs cannot be read"):
        await probe(pool.url, wait_s=0.2)


async def test_nobody_there(pretend_pool):
    """A closed port is unreachable, and so is a name that does not exist."""
    pool = await pretend_pool("ckpool")
    await pool.stop()
    with pytest.raises(Unreachable, match="refused"):
        await probe(pool.url, wait_s=5)
    with pytest.raises(Unreachable, match="resolved"):
        await probe("stratum+tcp://no-such-host.invalid:3333", wait_s=5)


async def test_a_bad_url():
    """A URL of another kind is refused before anything is opened."""
    with pytest.raises(BadUrl):
        await probe("http://127.0.0.1:1")


async def test_verified_tls(pretend_pool, server_tls, trusted_authority):
    """A certificate of a trusted authority makes the pool authenticated."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    reading = await probe(pool.url, wait_s=5)
    assert True is reading.authenticated
    assert reading.tls_handshake_s > 0
    assert 64 == len(reading.certificate_sha256)
    assert reading.certificate_expires_at > 1_700_000_000


async def test_unverifiable_certificate(pretend_pool, server_tls):
    """A certificate that nobody vouches for is denied."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    with pytest.raises(Denied, match="cannot be verified"):
        await probe(pool.url, wait_s=5)


async def test_wrong_host_name(pretend_pool, authority, trusted_authority):
    """A trusted certificate for another name is denied."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("pool.example.org").configure_cert(context)
    pool = await pretend_pool("ckpool", tls=context)
    with pytest.raises(Denied, match="cannot be verified"):
        await probe(pool.url, wait_s=5)


async def test_insecure_tls(pretend_pool, server_tls):
    """Without verification the pool is read, and said to be unproved."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    reading = await probe(pool.url, wait_s=5, policy=TlsPolicy(mode="insecure"))
    assert False is reading.authenticated
    assert reading.job is not None


async def test_pinned_certificate(pretend_pool, server_tls):
    """A pinned fingerprint authenticates, another one is denied."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    seen = await probe(pool.url, wait_s=5, policy=TlsPolicy(mode="insecure"))
    pinned = TlsPolicy(mode="pin", sha256=seen.certificate_sha256)
    assert True is (await probe(pool.url, wait_s=5, policy=pinned)).authenticated
    other = TlsPolicy(mode="pin", sha256=hashlib.sha256(b"another").hexdigest())
    with pytest.raises(Denied, match="not the pinned one"):
        await probe(pool.url, wait_s=5, policy=other)


async def test_tls_to_a_plain_port(pretend_pool):
    """A TLS greeting to a plain pool is garbled, however the pool ends it."""
    pool = await pretend_pool("ckpool")
    with pytest.raises(Garbled):
        await probe(pool.url.replace("+tcp", "+tls"), wait_s=5)


async def test_plain_to_a_tls_port(pretend_pool, server_tls):
    """Plain Stratum to a TLS port is garbled."""
    pool = await pretend_pool("ckpool", tls=server_tls)
    with pytest.raises(Garbled):
        await probe(pool.url.replace("+ssl", "+tcp"), wait_s=5)


async def test_tls_to_a_mute_port(pretend_pool):
    """A port that never answers the TLS greeting times out."""
    pool = await pretend_pool("mute")
    with pytest.raises(TimedOut, match="TLS handshake"):
        await probe(pool.url.replace("+tcp", "+ssl"), wait_s=0.3, policy=TlsPolicy(mode="insecure"))


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_the_daemons_event_loop(pool_class, server_tls, secure):
    """Under uvloop, which the daemon runs on, a probe reads the same, with the kernel's times and options at hand."""
    uvloop = pytest.importorskip("uvloop")

    async def ask():
        pool = pool_class("ckpool-solo", **({"tls": server_tls} if secure else {}))
        await pool.start()
        try:
            return await probe(pool.url, user="u", wait_s=5, policy=TlsPolicy(mode="insecure"))
        finally:
            await pool.stop()

    reading = uvloop.run(ask())
    assert (905_400, True) == (reading.job.height, reading.authorized)
    assert (False if secure else None) is reading.authenticated
