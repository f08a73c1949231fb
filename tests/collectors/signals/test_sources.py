"""Files, HTTP servers, a real Prometheus and a real VictoriaMetrics as sources of numbers."""

import asyncio
import os
import time
import urllib.request

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.errors import CollectError, Denied, Garbled, Unreachable, Unsupported
from collectors.signals.file import LARGEST, FileSource
from collectors.signals.http import HttpSource
from collectors.signals.number import NotANumber
from collectors.signals.promql import PromqlSource


def _file(path, **settings):
    return FileSource(path, **{"pointer": None, "interval_s": 1.0, **settings})


async def test_file(tmp_path) -> None:
    """A file's number holds for the time of its last change, which never lies ahead."""
    path = tmp_path / "price.json"
    path.write_text('{"now": {"price": "45.20"}}')
    os.utime(path, (1000.0, 1000.0))
    sample = await _file(path, pointer="/now/price").read()
    assert ("45.20", 1000.0) == (sample.digits, sample.at)
    os.utime(path, (4e9, 4e9))
    assert (await _file(path, pointer="/now/price").read()).at <= time.time()


async def test_file_troubles(tmp_path) -> None:
    """What is missing, no file, too large or no number is told apart."""
    with pytest.raises(Unreachable, match="No such file"):
        await _file(tmp_path / "missing").read()
    with pytest.raises(Unreachable, match="Is a directory"):
        await _file(tmp_path).read()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Garbled, match="not a plain file"):
        await _file(tmp_path / "pipe").read()
    (tmp_path / "large").write_bytes(b"1" * (LARGEST + 1))
    with pytest.raises(Garbled, match="larger"):
        await _file(tmp_path / "large").read()
    (tmp_path / "text").write_text("soon")
    with pytest.raises(NotANumber):
        await _file(tmp_path / "text").read()


async def test_half_written_file(tmp_path) -> None:
    """A file that is being written is looked at once more before it is called nonsense."""
    path = tmp_path / "price"
    path.write_text("")
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_file(path).read())
        await asyncio.sleep(0.05)
        path.write_text("45.2")
    assert "45.2" == reading.result().digits


@pytest.fixture
async def serve():
    """Serve one answer on a path; gives the address and what was asked."""
    servers = []

    async def start(answer) -> tuple[str, list[web.Request]]:
        asked: list[web.Request] = []

        async def handle(request: web.Request) -> web.Response:
            asked.append(request)
            return answer if isinstance(answer, web.Response) else await answer(request)

        app = web.Application()
        app.router.add_get("/{tail:.*}", handle)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        servers.append(server)
        return str(server.make_url("/")), asked

    yield start
    for server in servers:
        await server.close()


def _http(url, **settings):
    return HttpSource(url, **{"pointer": "/usd", "interval_s": 1.0, "timeout_s": 2.0, **settings})


async def test_http(serve) -> None:
    """A number is fetched with the configured headers, and holds for now."""
    url, asked = await serve(web.json_response({"usd": 90123.45}))
    before = time.time()
    sample = await _http(f"{url}v1/price?c=usd", headers={"X-Key": "swordfish"}).read()
    assert "90123.45" == sample.digits
    assert before <= sample.at <= time.time()
    assert ("/v1/price?c=usd", "swordfish") == (asked[0].path_qs, asked[0].headers["X-Key"])


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, Denied, "check the `headers`"),
        (302, Unsupported, "redirects"),
        (404, Garbled, "404"),
        (500, Garbled, "500"),
    ],
)
async def test_http_refusals(status, kind, said, serve) -> None:
    """A status other than 2xx is a failure with a name, and a redirect leads nowhere."""
    url, asked = await serve(web.Response(status=status, headers={"Location": "/elsewhere"}, text='{"usd": 1}'))
    with pytest.raises(kind, match=said):
        await _http(url).read()
    assert 1 == len(asked)


@pytest.mark.parametrize("text", ['{"error": "rate limited"}', "<html>503</html>", ""])
async def test_answer_without_the_number(text, serve) -> None:
    """An error page that calls itself fine says nothing, so the last value grows old."""
    url, _ = await serve(web.Response(text=text))
    with pytest.raises(Garbled):
        await _http(url).read()


async def test_null_is_a_word_of_its_own(serve) -> None:
    """A place that holds null does say something: that there is no number."""
    url, _ = await serve(web.json_response({"usd": None}))
    with pytest.raises(NotANumber, match="null"):
        await _http(url).read()


def _promql(server_url, query, **settings):
    return PromqlSource(server_url, query=query, **{"interval_s": 1.0, "timeout_s": 5.0, **settings})


@pytest.mark.server
async def test_prometheus(prometheus_server) -> None:
    """A real Prometheus gives one number, and each way of not giving one has its own name."""
    server = await asyncio.to_thread(prometheus_server)
    for query in ("vector(45.25)", "scalar(vector(45.25))", "45.25"):
        sample = await _promql(server.url + "/", query).read()
        assert ("45.25", True) == (sample.digits, abs(sample.at - time.time()) < 60)
    with pytest.raises(CollectError, match="gives nothing now") as caught:
        await _promql(server.url, "no_such_metric").read()
    assert "failed" == caught.value.reason
    with pytest.raises(NotANumber, match="gives 2 values; make one of them"):
        await _promql(server.url, 'vector(1) or label_replace(vector(2), "a", "b", "", "")').read()
    for query, said in (("vector(0)/0", "NaN"), ("vector(1)/0", "Inf")):
        with pytest.raises(NotANumber, match=said):
            await _promql(server.url, query).read()
    with pytest.raises(Garbled, match="parse error"):
        await _promql(server.url, "sum((").read()
    with pytest.raises(Garbled, match="'string', not the numbers"):
        await _promql(server.url, '"text"').read()
    with pytest.raises(Garbled, match="'matrix', not the numbers"):
        await _promql(server.url, "up[5m]").read()


@pytest.mark.server
async def test_victoria_metrics(victoria_metrics) -> None:
    """A real VictoriaMetrics gives the number that was put into it."""
    server = await asyncio.to_thread(victoria_metrics)

    def put() -> None:
        line = b"meter_watts,feeder=f1 value=512250\n"
        urllib.request.urlopen(urllib.request.Request(server.url + "/write", data=line), timeout=5).close()
        server.get("/internal/force_flush")

    await asyncio.to_thread(put)
    source = _promql(server.url, 'sum(meter_watts_value{feeder="f1"})')
    while True:
        try:
            sample = await source.read()
        except CollectError:
            await asyncio.sleep(0.1)
        else:
            break
    assert "512250" == sample.digits


@pytest.mark.parametrize(
    "text", ["[]", '{"data": 1}', '{"data": {"result": [1]}}', '{"data": {"result": [{"value": [1]}]}}']
)
async def test_something_else_than_prometheus(text, serve) -> None:
    """An answer of another program is told from a query without result."""
    url, _ = await serve(web.Response(text=text))
    with pytest.raises(Garbled):
        await _promql(url, "up").read()
