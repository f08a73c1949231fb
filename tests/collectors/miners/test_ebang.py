"""Ebang: behind its login form, over TLS where the plain port is shut."""

import pytest

from collectors.errors import Denied, Unreachable
from collectors.miners.ebang import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_nothing_is_read_without_a_password(recordings, device):
    """Every page wants the session: without credentials the device is Denied, and no login is sent."""
    pretend = await device(recordings["ebang/e12"]["requests"])
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert "POST /user/login" not in pretend.heard


async def test_a_redirect_to_tls_is_followed_and_remembered(recordings, device):
    """A plain port that only sends one to TLS is not asked for figures."""
    login = {"transport": "http", "port": 80, "request": "GET /user/login", "raw": "", "status": 302}
    pretend = await device([{**login, "headers": {"Location": "https://127.0.0.1/user/login"}}])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY), username="admin", password="own")
    with pytest.raises(Unreachable):
        await collect(target, FAMILY, timeout_s=5)
    assert (["GET /user/login"], "https") == (pretend.heard, target.memory["web_port"])


async def test_a_second_poll_needs_no_second_login(recordings, device):
    """The session is kept, and pools and MAC are asked seldom."""
    pretend = await device(recordings["ebang/e12"]["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY), username="admin", password="own")
    await collect(target, FAMILY, timeout_s=5)
    pretend.heard.clear()
    await collect(target, FAMILY, timeout_s=5)
    assert ["POST /Cgminer/CgminerStatus", "POST /Status/getsystemstatus", "POST /alarm/GetAlarmLoop"] == pretend.heard
