"""The HTTP server: routes, their answers, and how the server starts and stops.

Bodies are capped and idle connections closed after some seconds, so that a hostile client holds nothing but its
own socket. Long lists are written in pieces, so that a large fleet does not hold the event loop.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Generator, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import islice
from typing import Any, Protocol

import orjson
from aiohttp import web

from daemon.metrics.text import OPENMETRICS, TEXT
from daemon.web import render
from daemon.web.access import SECURITY_HEADERS, guard
from daemon.web.events import Events
from daemon.web.stream import list_pieces, stream

IDLE_S = 15.0
BODY_LIMIT = 64 * 1024
BODY_TIMEOUT_S = 5.0
MOST_DIGITS = 9
JSON = "application/json"


class Source(Protocol):
    """What the server shows; documents are what `orjson` can write."""

    def metrics(self, *, openmetrics: bool) -> Generator[bytes, None, None]:
        """Give the metrics page in slices."""
        ...

    def site_document(self) -> dict[str, Any]:
        """Give the totals."""
        ...

    def device_ids(self, *, worst_first: bool) -> list[str]:
        """List the devices."""
        ...

    def device_document(self, device_id: str) -> dict[str, Any] | None:
        """Give one device; None when there is no such id."""
        ...

    def setting_documents(self, device_id: str) -> list[dict[str, Any]] | None:
        """List the power settings that are known of a device; None when there is no such id."""
        ...

    def finding_documents(self) -> Iterable[dict[str, Any]]:
        """Give open and then pending findings, worst first, each made when its turn comes."""
        ...

    def finding_counts(self) -> dict[str, int]:
        """Count the findings that are `open` and `pending`."""
        ...

    def pool_documents(self) -> list[dict[str, Any]]:
        """List the pools."""
        ...

    def network_document(self) -> dict[str, Any]:
        """Give the network's state."""
        ...

    def capacity_documents(self) -> list[dict[str, Any]]:
        """List the feeders' capacity."""
        ...

    def offer_documents(self) -> list[dict[str, Any]]:
        """List the last word about each feeder's capacity offer."""
        ...

    async def tiers_document(self) -> dict[str, Any]:
        """Give the fleet's tiers by J/TH, with the cut-off and hold or sell."""
        ...

    def payout_documents(self) -> list[dict[str, Any]]:
        """List what each pool is expected to pay, with the spread of luck."""
        ...

    def change_documents(self) -> list[dict[str, Any]]:
        """List the configurations that came into force, newest first."""
        ...

    async def stress_document(self) -> dict[str, Any]:
        """Give what worse markets would do to the site as it stands."""
        ...

    async def truth_documents(self) -> list[dict[str, Any]]:
        """List what is reported, proved and credited, by pool account."""
        ...

    def explanation(self, device_id: str) -> str:
        """Explain one device's money in words."""
        ...

    def failures(self, device_id: str) -> list[dict[str, Any]]:
        """List a device's last lost polls."""
        ...

    def is_ready(self) -> bool:
        """Tell whether a first round of polls is through."""
        ...

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        """Mark a finding as seen; False when there is no such finding."""
        ...

    async def silence(self, finding_id: str, *, seconds: float, by: str) -> bool:
        """Keep a finding from notifying for some time; False when there is no such finding."""
        ...


class Reload(Protocol):
    """Takes the configuration file as it is, at somebody's word."""

    def __call__(self, *, actor: str) -> Awaitable[list[str]]:
        """Give every problem."""
        ...


class Server:
    """Answers requests from a `Source`; `reload` is None where reloading over HTTP is switched off."""

    def __init__(
        self,
        *,
        source: Source,
        events: Events,
        token: str | None = None,
        reload: Reload | None = None,
        hosts: Collection[str] = (),
    ) -> None:
        self._source = source
        self._events = events
        self._token = token
        self._reload = reload
        self._hosts = hosts

    def configure(
        self, *, token: str | None, reload: Callable[..., Awaitable[list[str]]] | None, hosts: Collection[str]
    ) -> None:
        """Ask for this token from the next request on, allow reloads or not, and know these names."""
        self._token, self._reload, self._hosts = token, reload, hosts

    def application(self) -> web.Application:
        """Build the aiohttp application."""
        access = guard(lambda: self._token, hosts=lambda: self._hosts)
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[access])
        app.on_response_prepare.append(_secure)
        get = app.router.add_get
        get("/", self._page)
        get("/fragment", self._fragment)
        get("/devices/{id}", self._device_page)
        get("/assets/{name}", _asset)
        get("/metrics", self._metrics)
        get("/-/healthy", _healthy)
        get("/-/ready", self._ready)
        get("/api/v1/site", self._answer(self._source.site_document))
        get("/api/v1/findings", self._findings)
        get("/api/v1/pools", self._answer(self._source.pool_documents))
        get("/api/v1/payouts", self._answer(self._source.payout_documents))
        get("/api/v1/network", self._answer(self._source.network_document))
        get("/api/v1/capacity", self._answer(self._source.capacity_documents))
        get("/api/v1/offers", self._answer(self._source.offer_documents))
        get("/api/v1/changes", self._answer(self._source.change_documents))
        get("/api/v1/tiers", self._tiers)
        get("/api/v1/stress", self._stress)
        get("/api/v1/truth", self._truth)
        get("/api/v1/devices", self._devices)
        get("/api/v1/devices/{id}", self._device)
        get("/api/v1/devices/{id}/settings", self._settings)
        get("/api/v1/events", self._events.stream)
        app.router.add_post("/-/reload", self._reload_now)
        app.router.add_post("/api/v1/findings/{id}/acknowledge", self._acknowledge)
        app.router.add_post("/api/v1/findings/{id}/silence", self._silence)
        return app

    @asynccontextmanager
    async def serve(self, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        """Listen until the block ends; gives the port (a free one was chosen when `port` is 0).

        Raises OSError when the address cannot be had.
        """
        runner = web.AppRunner(
            self.application(), access_log=None, keepalive_timeout=IDLE_S, shutdown_timeout=1.0, handle_signals=False
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, ssl_context=tls)
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _view(self, request: web.Request) -> render.View:
        source = self._source
        ids = source.device_ids(worst_first=True)
        is_whole = "all" in request.query
        shown = ids if is_whole else ids[: render.SHOWN]
        return render.View(
            site=source.site_document(),
            devices=[document for key in shown if (document := source.device_document(key)) is not None],
            devices_total=len(ids),
            findings=list(islice(source.finding_documents(), None if is_whole else render.SHOWN)),
            finding_counts=source.finding_counts(),
            pools=source.pool_documents(),
            capacity=source.capacity_documents(),
            offers=source.offer_documents(),
            tiers=await source.tiers_document(),
            stress=await source.stress_document(),
            network=source.network_document(),
        )

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=render.page(await self._view(request)), content_type="text/html")

    async def _fragment(self, request: web.Request) -> web.Response:
        return web.Response(text=render.fragment(await self._view(request)), content_type="text/html")

    async def _device_page(self, request: web.Request) -> web.Response:
        key = request.match_info["id"]
        document = self._known(key)
        text = render.device_page(
            document, explanation=self._source.explanation(key), failures=self._source.failures(key)
        )
        return web.Response(text=text, content_type="text/html")

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        openmetrics = "application/openmetrics-text" in request.headers.get("Accept", "")
        kind = OPENMETRICS if openmetrics else TEXT
        return await stream(request, self._source.metrics(openmetrics=openmetrics), kind=kind)

    async def _ready(self, _: web.Request) -> web.Response:
        if self._source.is_ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="the first round of polls is under way\n")

    async def _devices(self, request: web.Request) -> web.StreamResponse:
        ids = self._source.device_ids(worst_first=request.query.get("sort") == "worst")
        start, count = _number(request, "offset", 0), _number(request, "limit", len(ids))
        pieces = list_pieces(self._source.device_document(key) for key in ids[start : start + count])
        return await stream(request, pieces, kind=JSON)

    async def _stress(self, _: web.Request) -> web.Response:
        return _json(await self._source.stress_document())

    async def _findings(self, request: web.Request) -> web.StreamResponse:
        return await stream(request, list_pieces(self._source.finding_documents()), kind=JSON)

    async def _tiers(self, _: web.Request) -> web.Response:
        return _json(await self._source.tiers_document())

    async def _truth(self, _: web.Request) -> web.Response:
        return _json(await self._source.truth_documents())

    async def _device(self, request: web.Request) -> web.Response:
        key = request.match_info["id"]
        return _json({**self._known(key), "failures": self._source.failures(key)})

    async def _acknowledge(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if not await self._source.acknowledge(request.match_info["id"], by=str(body.get("by") or "operator")[:80]):
            raise _no_such("finding", request.match_info["id"])
        return _json({"acknowledged": True})

    async def _silence(self, request: web.Request) -> web.Response:
        body = await _body(request)
        seconds = body.get("for_s")
        if not isinstance(seconds, int | float) or not 0 < seconds <= 366 * 86_400:
            raise web.HTTPBadRequest(text='{"error": "for_s: seconds, above 0, at most a year"}\n', content_type=JSON)
        by = str(body.get("by") or "operator")[:80]
        if not await self._source.silence(request.match_info["id"], seconds=float(seconds), by=by):
            raise _no_such("finding", request.match_info["id"])
        return _json({"silenced": True})

    async def _reload_now(self, request: web.Request) -> web.Response:
        if self._reload is None:
            raise web.HTTPForbidden(text="reloading over HTTP is off; set `web: {reload: true}` or send SIGHUP\n")
        problems = await self._reload(actor=await self._caller(request))
        if problems:
            return _json({"reloaded": False, "problems": problems}, status=400)
        return _json({"reloaded": True})

    async def _settings(self, request: web.Request) -> web.Response:
        key = request.match_info["id"]
        found = self._source.setting_documents(key)
        if found is None:
            raise _no_such("device", key)
        return _json(found)

    async def _caller(self, request: web.Request) -> str:
        """Name who asks: by his own word, whether he had the token, and from where."""
        by = (await _body(request)).get("by") if request.can_read_body else None
        named = str(by)[:80] if by else "a caller"
        return f"{named} {'with the token ' if self._token else ''}from {request.remote or 'nowhere'}"

    def _known(self, key: str) -> dict[str, Any]:
        document = self._source.device_document(key)
        if document is None:
            raise _no_such("device", key)
        return document

    @staticmethod
    def _answer(document: Callable[[], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(_: web.Request) -> web.Response:
            return _json(document())

        return handler


def tls_context(*, certificate: str, key: str) -> ssl.SSLContext:
    """Load a server certificate; raises OSError or ssl.SSLError when it cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="healthy\n")


_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise web.HTTPNotFound
    body = await asyncio.to_thread(files("daemon.web").joinpath("assets", name).read_text)
    return web.Response(text=body, content_type=_ASSETS[name])


def _json(document: object, *, status: int = 200) -> web.Response:
    body = orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
    return web.Response(status=status, body=body, content_type=JSON, headers={"Cache-Control": "no-store"})


def _no_such(kind: str, key: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(text=orjson.dumps({"error": f"no {kind} is called {key}"}).decode(), content_type=JSON)


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise web.HTTPBadRequest(text=f"{name}: a whole number, not {text[:40]!r}\n")
    return int(text)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            raw = await request.read()
        document = orjson.loads(raw) if raw else {}
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except orjson.JSONDecodeError:
        raise web.HTTPBadRequest(text='{"error": "the body is not JSON"}\n', content_type=JSON) from None
    if not isinstance(document, dict):
        raise web.HTTPBadRequest(text='{"error": "the body is not a JSON object"}\n', content_type=JSON)
    return document
