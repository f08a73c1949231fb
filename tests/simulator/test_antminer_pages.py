"""The web pages of pretend Antminers: digest as the RFC has it, and the pages behind it."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

Get = Callable[..., Awaitable[Any]]
Named = Callable[[str], Any]
Digest = Callable[..., str]

REALM = 'realm="antMiner Configuration"'


async def test_every_page_wants_digest_first(named: Named, get: Get) -> None:
    """Also the first page answers 401, with the realm by which these devices are known."""
    for path in ("/", "/cgi-bin/stats.cgi", "/cgi-bin/nonsense.cgi"):
        reply = await get(named("s19j-pro"), path)
        assert 401 == reply.status
        assert REALM in reply.headers["www-authenticate"]
        assert 'qop="auth"' in reply.headers["www-authenticate"]


@pytest.fixture
def logged_in(get: Get, digest: Digest) -> Get:
    """Fetch a page with the right answer to a fresh challenge."""

    async def logged_in(device: Any, path: str, **how: Any) -> Any:
        challenge = (await get(device, path)).headers["www-authenticate"]
        return await get(device, path, authorization=digest(challenge, path, **how))

    return logged_in


async def test_the_right_password_opens_the_pages(named: Named, logged_in: Get) -> None:
    """Stats have boards and fans as lists, the system page who it is, the configuration the work mode."""
    device = named("s21")
    stats = (await logged_in(device, "/cgi-bin/stats.cgi")).json()
    system = (await logged_in(device, "/cgi-bin/get_system_info.cgi")).json()
    setup = (await logged_in(device, "/cgi-bin/get_miner_conf.cgi")).json()
    assert ([0, 1, 2], "GH/s") == (
        [chain["index"] for chain in stats["STATS"][0]["chain"]],
        stats["STATS"][0]["rate_unit"],
    )
    assert (device.identity.mac, "Antminer S21", device.identity.serial) == (
        system["macaddr"], system["minertype"], system["serinum"],
    )  # fmt: skip
    assert "0" == setup["bitmain-work-mode"]


async def test_the_wrong_password_stays_outside(named: Named, logged_in: Get) -> None:
    """A wrong password gets another challenge, and one that is not called stale."""
    reply = await logged_in(named("s21"), "/cgi-bin/stats.cgi", password="admin")
    assert 401 == reply.status
    assert "stale=true" not in reply.headers["www-authenticate"]


async def test_a_nonce_serves_many_requests_while_its_count_rises(named: Named, get: Get, digest: Digest) -> None:
    """The same nonce works again with a higher count, and is stale with one that was used."""
    device, path = named("s21"), "/cgi-bin/summary.cgi"
    challenge = (await get(device, path)).headers["www-authenticate"]
    replies = [await get(device, path, authorization=digest(challenge, path, count=count)) for count in (1, 2, 2)]
    assert [200, 200, 401] == [reply.status for reply in replies]
    assert "stale=true" in replies[-1].headers["www-authenticate"]


async def test_an_old_nonce_is_stale(clock: Any, named: Named, get: Get, digest: Digest) -> None:
    """After its life the right answer to an old challenge gets a new one, marked as stale."""
    device, path = named("s21"), "/cgi-bin/summary.cgi"
    challenge = (await get(device, path)).headers["www-authenticate"]
    clock.pass_(601.0)
    reply = await get(device, path, authorization=digest(challenge, path))
    assert (401, True) == (reply.status, "stale=true" in reply.headers["www-authenticate"])


async def test_a_forged_nonce_is_stale(named: Named, get: Get, digest: Digest) -> None:
    """A nonce that the device never made is not taken, however well it is answered."""
    device, path = named("s21"), "/cgi-bin/summary.cgi"
    forged = f'Digest {REALM}, nonce="6a000000.1:{"0" * 32}", qop="auth"'
    assert 401 == (await get(device, path, authorization=digest(forged, path))).status


async def test_an_answer_for_one_page_does_not_open_another(named: Named, get: Get, digest: Digest) -> None:
    """The digest covers the path."""
    device = named("s21")
    challenge = (await get(device, "/")).headers["www-authenticate"]
    reply = await get(device, "/cgi-bin/stats.cgi", authorization=digest(challenge, "/"))
    assert 401 == reply.status


async def test_another_programs_digest_opens_it_too(site: Any, named: Named) -> None:
    """Aiohttp's own digest client gets in, over a connection that is kept."""
    device = named("s19j-pro")
    url = f"http://{device.identity.address}:{site.port(device.identity.id, 'http')}/cgi-bin/stats.cgi"
    async with (
        aiohttp.ClientSession(middlewares=(aiohttp.DigestAuthMiddleware("root", "root"),)) as session,
        session.get(url) as first,
        session.get(url) as second,
    ):
        assert (200, 200) == (first.status, second.status)
        assert "STATS" in await first.json(content_type=None)


async def test_old_and_new_firmware_have_pages_of_their_own(named: Named, logged_in: Get) -> None:
    """The S9 has `miner_stats` and no `stats`; only the newest tells its control board."""
    s9, s21, newest = (named(key) for key in ("s9", "s21", "s21-xp-hyd"))
    assert 200 == (await logged_in(s9, "/cgi-bin/miner_pools.cgi")).status
    assert [404, 404, 200] == [
        (await logged_in(device, path)).status
        for device, path in (
            (s9, "/cgi-bin/stats.cgi"), (s21, "/cgi-bin/miner_type.cgi"), (newest, "/cgi-bin/miner_type.cgi"),
        )
    ]  # fmt: skip
    assert "serial_no" in (await logged_in(newest, "/cgi-bin/get_system_info.cgi")).json()


async def test_faults_are_listed_on_the_summary_page(named: Named, logged_in: Get) -> None:
    """A hot device says so in its status list; the other lines are fine."""
    device = named("s19j-pro")
    device.misbehave("hot")
    status = (await logged_in(device, "/cgi-bin/summary.cgi")).json()["SUMMARY"][0]["status"]
    assert {"rate": "s", "network": "s", "fans": "s", "temp": "e"} == {one["type"]: one["status"] for one in status}


async def test_nothing_can_be_changed_and_the_attempt_is_kept(named: Named, get: Get, digest: Digest) -> None:
    """A page that would change the device is forbidden, even with the right password."""
    device, path = named("s21"), "/cgi-bin/reboot.cgi"
    challenge = (await get(device, path)).headers["www-authenticate"]
    reply = await get(device, path, authorization=digest(challenge, path))
    assert (403, ["reboot"]) == (reply.status, device.writes)


async def test_a_denied_client_is_sent_away_whatever_it_knows(named: Named, logged_in: Get) -> None:
    """With another password set, the right old one does not open."""
    device = named("s21")
    device.misbehave("denied")
    assert 401 == (await logged_in(device, "/cgi-bin/stats.cgi")).status


async def test_a_sleeping_device_says_so_in_its_work_mode(named: Named, logged_in: Get) -> None:
    """Asleep, it has mode 1 and no hashrate."""
    device = named("s21")
    device.misbehave("sleeping")
    setup = (await logged_in(device, "/cgi-bin/get_miner_conf.cgi")).json()
    assert ("1", 0.0) == (setup["bitmain-work-mode"], device.machine.hashrate_hs)
