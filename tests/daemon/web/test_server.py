"""The HTTP side over real sockets: answers, access, hostile clients."""

import asyncio
import base64
import re
from collections.abc import Generator
from typing import Any

import orjson
import pytest

from daemon.metrics.text import OPENMETRICS, TEXT
from daemon.web import server as server_module
from daemon.web.access import is_loopback, may_enter


async def test_the_page_shows_totals_findings_and_devices_worst_first(serve: Any) -> None:
    """The page reads without scripts, and the worst device stands first."""
    async with serve() as site:
        status, text = await site.get("/")
    assert 200 == status
    assert text.index("/devices/m3") < text.rindex("/devices/m&lt;1&gt;")
    assert "the disk is full" in text
    assert "−1.50 USD" in text
    assert "r1 / 4" in text


async def test_the_page_shows_the_network(serve: Any) -> None:
    """Height, difficulty, the period's progress and estimated end, hashprice, fees, and who says otherwise."""
    async with serve() as site:
        _, text = await site.get("/fragment")
    network = text[text.index("<h2>Network") :]
    for shown in (
        "925,000",
        "150.00 T",
        "25.0 % done",
        "-2.1 % in 1,512 blocks, about 2023-11-14 22:13 UTC",
        "0.00045000 BTC, 41.22 USD",
        "0.0300 BTC, mean of 144 heights",
        "p1, p2 (majority)",
        "&lt;p3&gt;",
    ):
        assert shown in network
    assert "on another chain" not in network


async def test_accounts_are_listed_with_both_hashrates(serve: Any) -> None:
    """What devices report and shares prove is summed up by pool account."""
    async with serve() as site:
        status, text = await site.get("/api/v1/truth")
    assert (200, "acct") == (status, orjson.loads(text)[0]["account"])


async def test_texts_from_devices_are_escaped(serve: Any) -> None:
    """A model, a message or an id that holds markup is shown as text."""
    async with serve() as site:
        for path in ("/", "/fragment", "/devices/m<1>"):
            _, text = await site.get(path)
            assert "<script>alert" not in text
            assert "<b>money" not in text
            assert "<within>" not in text


async def test_pages_forbid_foreign_content(serve: Any) -> None:
    """Every answer carries the content policy."""
    async with serve() as site, site.session.get("/") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")


async def test_what_the_page_links_to_is_there(serve: Any) -> None:
    """Style, script and icon are served as what they are, so that a browser has nothing to complain of."""
    async with serve() as site:
        _, page = await site.get("/")
        links = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
        kinds = []
        for link in links:
            async with site.session.get(link) as answer:
                kinds.append((answer.status, answer.content_type))
    assert [(200, "text/css"), (200, "image/svg+xml"), (200, "text/javascript")] == kinds


async def test_lists_are_whole_and_can_be_paged(serve: Any) -> None:
    """`/api/v1/devices` is one JSON list, in full or in pages."""
    async with serve() as site:
        assert ["m<1>", "m3"] == [device["id"] for device in orjson.loads((await site.get("/api/v1/devices"))[1])]
        _, page = await site.get("/api/v1/devices", params={"sort": "worst", "limit": "1"})
        assert ["m3"] == [device["id"] for device in orjson.loads(page)]
        assert "[]" == (await site.get("/api/v1/devices", params={"offset": "9"}))[1]
        assert 400 == (await site.get("/api/v1/devices", params={"limit": "many"}))[0]


async def test_unknown_things_are_named(serve: Any) -> None:
    """A device or finding that is not there is a 404 that says so."""
    async with serve() as site:
        assert (404, '{"error":"no device is called m9"}') == await site.get("/api/v1/devices/m9")
        assert 404 == (await site.post("/api/v1/findings/f-9/acknowledge", json={"by": "eve"}))[0]


async def test_metrics_follow_the_accept_header(serve: Any) -> None:
    """OpenMetrics is given to who asks for it, Prometheus text to all others."""
    async with serve() as site:
        async with site.session.get("/metrics") as answer:
            assert (TEXT, False) == (answer.headers["Content-Type"], "EOF" in await answer.text())
        async with site.session.get("/metrics", headers={"Accept": "application/openmetrics-text"}) as answer:
            assert (OPENMETRICS, True) == (answer.headers["Content-Type"], "EOF" in await answer.text())


async def test_a_token_is_asked_for_everything_but_health(serve: Any) -> None:
    """With a token only the two health paths are open; a browser is asked by Basic."""
    async with serve(token="s3cret") as site:
        assert 200 == (await site.get("/-/healthy"))[0]
        for path in ("/", "/metrics", "/api/v1/site", "/fragment", "/assets/page.js"):
            assert 401 == (await site.get(path))[0]
            assert 401 == (await site.get(path, headers={"Authorization": "Bearer wrong"}))[0]
        bearer = {"Authorization": "Bearer s3cret"}
        basic = {"Authorization": "Basic " + base64.b64encode(b"any:s3cret").decode()}
        assert 200 == (await site.get("/api/v1/site", headers=bearer))[0]
        assert 200 == (await site.get("/", headers=basic))[0]


async def test_another_sites_page_cannot_write(serve: Any) -> None:
    """A POST that a foreign page made a browser send is refused."""
    async with serve() as site:
        foreign = {"Origin": "https://evil.example"}
        assert 403 == (await site.post("/api/v1/findings/f-1/acknowledge", headers=foreign))[0]
        own = {"Origin": f"http://127.0.0.1:{site.port}"}
        assert 200 == (await site.post("/api/v1/findings/f-1/acknowledge", headers=own, json={"by": "ann"}))[0]
        assert [("f-1", "ann")] == site.source.acknowledged


async def test_a_foreign_name_for_this_machine_is_refused(serve: Any) -> None:
    """Without a token a page whose name was made to lead here gets nothing; addresses and listed names do."""
    async with serve(hosts=("North.example",)) as site:
        for name, status in (
            ("evil.example", 421),
            (f"evil.example:{site.port}", 421),
            ("127.0.0.1.evil.example", 421),
            (f"localhost:{site.port}", 200),
            ("[::1]:9840", 200),
            ("10.0.0.5", 200),
            ("north.example:80", 200),
        ):
            assert status == (await site.get("/api/v1/site", headers={"Host": name}))[0], name
        same = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert 421 == (await site.post("/api/v1/findings/f-1/acknowledge", headers=same))[0]
    async with serve(token="s3cret") as site:
        bearer = {"Authorization": "Bearer s3cret", "Host": "north.example"}
        assert 200 == (await site.get("/api/v1/site", headers=bearer))[0]


async def test_odd_numbers_and_tokens_are_the_clients_fault(serve: Any) -> None:
    """Numbers without end are refused, and so are tokens that are no text."""
    async with serve() as site:
        assert 400 == (await site.get("/api/v1/devices", params={"limit": "9" * 5000}))[0]
    async with serve(token="s3cret") as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert b"HTTP/1.1 401 " == answer[:13]


async def test_reload_is_off_by_default_and_reports_problems(serve: Any) -> None:
    """Reloading over HTTP has to be switched on, and an invalid configuration is a 400 with every problem."""
    actors: list[str] = []

    async def broken(*, actor: str) -> list[str]:
        actors.append(actor)
        return ["site.yaml:3:1: sight: unknown key"]

    async with serve() as site:
        assert 403 == (await site.post("/-/reload"))[0]
    async with serve(reload=broken) as site:
        status, text = await site.post("/-/reload")
        await site.post("/-/reload", json={"by": "ann"})
        assert 400 == (await site.post("/-/reload", data=b"{"))[0]
    assert (400, ["site.yaml:3:1: sight: unknown key"]) == (status, orjson.loads(text)["problems"])
    assert ["a caller from 127.0.0.1", "ann from 127.0.0.1"] == actors


async def test_not_ready_before_the_first_round(serve: Any) -> None:
    """`/-/ready` is 503 until a round of polls is through."""
    async with serve() as site:
        site.source.ready = False
        assert 503 == (await site.get("/-/ready"))[0]
        site.source.ready = True
        assert 200 == (await site.get("/-/ready"))[0]


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"for_s": -1}', b'{"for_s": "2h"}', b"{}"])
async def test_bad_bodies_are_refused(serve: Any, body: bytes) -> None:
    """What is not a JSON object with sensible seconds silences nothing."""
    async with serve() as site:
        assert 400 == (await site.post("/api/v1/findings/f-1/silence", data=body))[0]


async def test_events_reach_a_reader(serve: Any) -> None:
    """An event published while a reader listens arrives as a frame."""
    async with serve() as site, site.session.get("/api/v1/events") as answer:
        assert "text/event-stream" == answer.headers["Content-Type"]
        await answer.content.readuntil(b"\n\n")
        site.events.publish("survey", {"up": 3})
        assert b'event: survey\ndata: {"up":3}\n\n' == await answer.content.readuntil(b"\n\n")


async def test_idle_and_dripping_clients_are_let_go(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that never finishes its request is closed, and the server answers others meanwhile."""
    monkeypatch.setattr(server_module, "IDLE_S", 0.3)
    async with serve() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET / HTTP/1.1\r\nHos")
        await writer.drain()
        assert 200 == (await site.get("/-/healthy"))[0]
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


async def test_a_huge_body_is_refused(serve: Any) -> None:
    """A body beyond the cap is 413, whatever it holds."""
    async with serve() as site:
        assert 413 == (await site.post("/api/v1/findings/f-1/acknowledge", data=b"x" * 200_000))[0]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("10.0.0.5", False), ("mine.example", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_rest(host: str, expected: bool) -> None:
    """Only addresses of this machine alone count as loopback."""
    assert expected == is_loopback(host)


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Basic !!!", "Basic " + "A" * 7, "Digest s3cret", "s3cret", "Bearer \udcff", "Basic \udcff",
     "Basic é", "Bearer s3crét"],
)  # fmt: skip
def test_malformed_authorization_is_no_entry(header: str | None) -> None:
    """No odd header opens the door or raises."""
    assert not may_enter(header, token="s3cret")


async def test_a_reader_who_leaves_early_is_no_error(
    serve: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A scraper that breaks off in the middle of a large page ends that page, and nothing is logged as our fault."""
    ended = asyncio.Event()

    def endless(*, openmetrics: bool) -> Generator[bytes, None, None]:
        try:
            while not openmetrics:
                yield bytes(1 << 20)
        finally:
            ended.set()

    async with serve() as site:
        monkeypatch.setattr(site.source, "metrics", endless)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read(1000)
        writer.transport.abort()
        async with asyncio.timeout(10):
            await ended.wait()
    assert [] == [record.message for record in caplog.records if record.levelname == "ERROR"]
