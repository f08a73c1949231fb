"""Webhooks follow the Standard Webhooks specification, told by its own verifier."""

import asyncio
import base64
import ssl
import time
from datetime import UTC, datetime

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from daemon.hooks.hook import DeliveryFailed, Gone, Notice, Rejected
from daemon.hooks.post import retry_after_s
from daemon.hooks.signature import keys
from daemon.hooks.webhook import Webhook

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(100, 124))).decode()


@pytest.fixture
def notice(finding) -> Notice:
    return Notice(id="H-06-000001-opened", kind="opened", at=1790000301.0, finding=finding(), site="north")


async def test_verifier_accepts(receiver, notice) -> None:
    """What arrives passes the specification's verifier and says what happened."""
    await Webhook("ops", url=receiver.url, signing_keys=keys(SECRET)).send([notice])
    request = receiver.requests[0]
    told = Verifier(SECRET).verify(request.body, request.headers)
    assert ("POST", "application/json", "H-06-000001-opened") == (
        request.method,
        request.headers["content-type"],
        request.headers["webhook-id"],
    )
    assert ("finding.opened", "2026-09-21T14:18:20.000Z") == (told["type"], told["timestamp"])
    assert datetime.fromtimestamp(1790000300.0, UTC) == datetime.fromisoformat(told["timestamp"])
    data = told["data"]
    assert ("H-06-000001", "m1", "r1", "4", "f1", "north", 2.0, "open") == tuple(
        data[key] for key in ("id", "subject", "rack", "slot", "feeder", "site", "value", "state")
    )


async def test_rotation(receiver, notice) -> None:
    """While a secret is changed, receivers with the old and with the new one both accept, and a stranger does not."""
    await Webhook("ops", url=receiver.url, signing_keys=keys(f"{SECRET}\n{OTHER}\n")).send([notice])
    request = receiver.requests[0]
    for secret in (SECRET, OTHER):
        Verifier(secret).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + base64.b64encode(bytes(24)).decode()).verify(request.body, request.headers)


async def test_retry_keeps_id_and_body(receiver, notice) -> None:
    """A retry differs in its time and signature only, so that a receiver can drop what it has seen."""
    moments = iter([1790000400.0, 1790000460.0])
    hook = Webhook("ops", url=receiver.url, signing_keys=keys(SECRET), now=lambda: next(moments))
    receiver.answers = [500]
    with pytest.raises(DeliveryFailed):
        await hook.send([notice])
    await hook.send([notice])
    first, second = receiver.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert ("1790000400", "1790000460") == (first.headers["webhook-timestamp"], second.headers["webhook-timestamp"])
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_unsigned(receiver, notice) -> None:
    """Without a secret there is an id and a time, and no signature that means nothing."""
    await Webhook("ops", url=receiver.url).send([notice])
    assert "webhook-signature" not in receiver.requests[0].headers
    assert "webhook-id" in receiver.requests[0].headers


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (301, DeliveryFailed, "redirected"),
        (307, DeliveryFailed, "redirected"),
        (400, Rejected, "rejected"),
        (401, DeliveryFailed, "denied"),
        (403, DeliveryFailed, "denied"),
        (404, DeliveryFailed, "rejected"),
        (410, Gone, "gone"),
        (413, Rejected, "rejected"),
        (422, Rejected, "rejected"),
        (429, DeliveryFailed, "throttled"),
        (500, DeliveryFailed, "server_error"),
        (502, DeliveryFailed, "throttled"),
        (503, DeliveryFailed, "throttled"),
    ],
)
async def test_status_decides(status, kind, reason, receiver, notice) -> None:
    """Each status means what the specification says; only 2xx is a delivery."""
    receiver.answers = [web.Response(status=status, headers={"Location": receiver.url + "elsewhere"})]
    with pytest.raises(DeliveryFailed) as caught:
        await Webhook("ops", url=receiver.url).send([notice])
    assert (kind, reason) == (type(caught.value), caught.value.reason)
    assert ["/"] == [request.path for request in receiver.requests]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("120", 120.0, 120.0), ("999999999999", 6 * 3600.0, 6 * 3600.0), ("Wed, 01 Jan 2020 00:00:00 GMT", 0.0, 0.0)],
)
async def test_retry_after(value, low, high, receiver, notice) -> None:
    """Seconds and dates are understood, and nobody can put us off for a day."""
    receiver.answers = [web.Response(status=429, headers={"Retry-After": value})]
    with pytest.raises(DeliveryFailed) as caught:
        await Webhook("ops", url=receiver.url).send([notice])
    assert caught.value.retry_after_s is not None
    assert low <= caught.value.retry_after_s <= high


@pytest.mark.parametrize("value", ["soon", "-5", "12.5", "٣", "Wed, 01 Jan 2020 00:00:00 -0000"])
async def test_senseless_retry_after(value) -> None:
    """What makes no sense is as if it were not there."""
    assert retry_after_s(value, now=time.time()) is None


async def test_silence(receiver, notice) -> None:
    """A receiver that does not answer costs the hook's own deadline."""
    stop = asyncio.Event()

    async def hang() -> web.Response:
        await stop.wait()
        return web.Response()

    receiver.answers = [hang]
    with pytest.raises(DeliveryFailed) as caught:
        await Webhook("ops", url=receiver.url, timeout_s=0.05).send([notice])
    stop.set()
    assert "timed_out" == caught.value.reason


async def test_nobody_there(notice, unused_port) -> None:
    """A port without a listener is unreachable, not an accident."""
    with pytest.raises(DeliveryFailed) as caught:
        await Webhook("ops", url=f"http://127.0.0.1:{unused_port}/").send([notice])
    assert "unreachable" == caught.value.reason


async def test_certificate_is_verified(notice) -> None:
    """A receiver whose certificate nobody vouches for is not told anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    heard: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_post("/", handle)
    server = TestServer(app, host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)
    try:
        with pytest.raises(DeliveryFailed) as caught:
            await Webhook("ops", url=str(server.make_url("/"))).send([notice])
    finally:
        await server.close()
    assert ("untrusted", []) == (caught.value.reason, heard)


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ("sesame-open", "begins with whsec_"),
        ("whsec_!!!", "not base64"),
        ("whsec_c2hvcnQ=", "24 to 64 bytes, not 5"),
        (SECRET + " whsec_" + base64.b64encode(bytes(65)).decode(), "not 65"),
    ],
)
def test_bad_secret(secrets, message) -> None:
    """A secret that is none is refused, and never repeated."""
    with pytest.raises(ValueError, match=message) as caught:
        keys(secrets)
    assert secrets.split()[-1].removeprefix("whsec_") not in str(caught.value)
