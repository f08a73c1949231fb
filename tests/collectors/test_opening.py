"""Pages that are open, pages that want a login, and how often a device is bothered about it."""

import pytest

from collectors.errors import CollectError, Denied, Garbled
from collectors.opening import asked, got, got_seldom
from collectors.target import Ask, Target

REQUESTS = frozenset({"GET /open", "GET /shut", "POST /shut", "GET /none", "GET /broken", "POST /login"})


def answers(request, headers, _body):
    is_in = headers.get("x-key") == "k"
    if request == "GET /open":
        return 200, {}, {"is_in": is_in}
    if request in ("GET /shut", "POST /shut"):
        return (200, {}, {"is_in": True}) if is_in else (401, {}, "")
    if request == "GET /broken":
        return 500, {}, ""
    return 404, {}, ""


async def log_in(ask):
    ask.credentials()
    return {"X-Key": "k"}


def asking(target):
    return Ask(target, ports={"http": 80}, requests=REQUESTS, timeout_s=5)


async def test_an_open_page_needs_no_login(web_server):
    """No credentials are used for what is shown to anyone; a missing page is None and a broken one Garbled."""
    web = await web_server(answers)
    ask = asking(Target("127.0.0.1", ports={"http": web.port}))
    assert {"is_in": False} == await got(ask, "/open", login=log_in)
    assert (await got(ask, "/none", login=log_in)) is None
    with pytest.raises(Garbled):
        await got(ask, "/broken", login=log_in)


async def test_a_shut_page_is_asked_openly_once(web_server):
    """After a refusal the page is left alone while there are no credentials, and other pages stay open."""
    web = await web_server(answers)
    target = Target("127.0.0.1", ports={"http": web.port})
    for _ in range(3):
        with pytest.raises(Denied):
            await got(asking(target), "/shut", login=log_in)
    assert ["GET /shut"] == web.heard
    assert {"is_in": False} == await got(asking(target), "/open", login=log_in)


async def test_one_login_serves_every_page(web_server):
    """A session, once there, goes with every request, whatever its method."""
    web = await web_server(answers)
    target = Target("127.0.0.1", ports={"http": web.port}, username="u", password="p")
    assert {"is_in": True} == await got(asking(target), "/shut", login=log_in)
    assert {"is_in": True} == await asked(asking(target), "POST", "/shut", login=log_in, form={})
    assert {"is_in": True} == await got(asking(target), "/open", login=log_in)
    assert ["GET /shut", "GET /shut", "POST /shut", "GET /open"] == web.heard


async def test_the_slow_lane_notes_what_stays_shut(web_server):
    """An optional page that wants a login costs nothing but a warning."""
    web = await web_server(answers)
    target = Target("127.0.0.1", ports={"http": web.port})
    ask = asking(target)
    assert (await got_seldom(ask, "/shut", login=log_in)) is None
    assert ("the device wants credentials",) == ask.warnings
    assert (await got_seldom(ask, "/open", login=log_in)) == {"is_in": False}


async def test_only_listed_requests_are_sent(web_server):
    """The list of reading requests holds here as everywhere."""
    web = await web_server(answers)
    with pytest.raises(RuntimeError) as raised:
        await got(asking(Target("127.0.0.1", ports={"http": web.port})), "/other", login=log_in)
    assert not isinstance(raised.value, CollectError)
    assert [] == web.heard
