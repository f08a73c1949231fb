"""The HTTP side of a site, on loopback: meters, prices, the webhook sink, and the controls."""

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import orjson
from aiohttp import web

if TYPE_CHECKING:
    from simulator.site import Site

Thing = TypeVar("Thing")

_MOST_BODY = 1024 * 1024
_HANG_S = 3600.0


class Services:
    """One small web server; `open` and `close` bracket its life."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._runner: web.AppRunner | None = None
        self.address = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Begin to serve. OSError when the port is taken."""
        application = web.Application(client_max_size=_MOST_BODY)
        application.add_routes(
            [
                web.get("/price", self._price),
                web.get("/meter/{feeder}", self._meter),
                web.post("/hook", self._hook),
                web.post("/hook/{path:.*}", self._hook),
                web.get("/hooks", self._hooks),
                web.get("/state", self._state),
                web.get("/configuration", self._configuration),
                web.post("/devices/{id}/misbehave", self._misbehave),
                web.post("/devices/{id}/reboot", self._reboot),
                web.post("/pools/{id}/misbehave", self._misbehave_pool),
                web.post("/meter/{feeder}/misbehave", self._misbehave_meter),
                web.post("/price/misbehave", self._misbehave_price),
                web.post("/hooks/fail", self._fail_hooks),
                web.post("/chain/block", self._block),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.address = self._runner.addresses[0][:2]

    async def close(self) -> None:
        """Stop serving."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{self.address[0]}:{self.address[1]}"

    async def _price(self, _: web.Request) -> web.Response:
        market = self._site.market
        if market.kind == "garbage":
            return web.Response(body=b"<html>come back later")
        return await _answer(market.kind, market.prices(), numbers=("btc_price", "hashprice", "power_price"))

    async def _meter(self, request: web.Request) -> web.Response:
        meter = _found(self._site.meters, request.match_info["feeder"])
        return await _answer(meter.kind, meter.reading(), numbers=("kw",))

    async def _hook(self, request: web.Request) -> web.Response:
        delivery = self._site.sink.take(request.path, request.headers, await request.read())
        return web.Response(status=delivery.answered)

    async def _hooks(self, _: web.Request) -> web.Response:
        sink = self._site.sink
        return _json({"count": sink.count, "deliveries": [msgspec.to_builtins(one) for one in sink.deliveries]})

    async def _fail_hooks(self, request: web.Request) -> web.Response:
        wish = await _wish(request)
        self._site.sink.fail(int(wish.get("times", 1)), status=int(wish.get("status", 503)))
        return _json({"done": True})

    async def _state(self, _: web.Request) -> web.Response:
        return _json(self._site.state())

    async def _configuration(self, _: web.Request) -> web.Response:
        return web.Response(text=self._site.configuration_yaml(), content_type="application/yaml")

    async def _misbehave(self, request: web.Request) -> web.Response:
        device = _found(self._site.devices, request.match_info["id"])
        kind = await _kind(request)
        with _Refusing():
            self._site.misbehave(device.identity.id, kind)
        return _json({"id": device.identity.id, "kind": kind})

    async def _reboot(self, request: web.Request) -> web.Response:
        device = _found(self._site.devices, request.match_info["id"])
        device.reboot()
        return _json({"id": device.identity.id, "boots": device.machine.boots})

    async def _misbehave_pool(self, request: web.Request) -> web.Response:
        pool = _found(self._site.pools, request.match_info["id"])
        with _Refusing():
            pool.misbehave(await _kind(request))
        return _json({"id": pool.plan.id, "kind": pool.kind})

    async def _misbehave_meter(self, request: web.Request) -> web.Response:
        meter = _found(self._site.meters, request.match_info["feeder"])
        with _Refusing():
            meter.misbehave(await _kind(request))
        return _json({"id": meter.feeder.id, "kind": meter.kind})

    async def _misbehave_price(self, request: web.Request) -> web.Response:
        with _Refusing():
            self._site.market.misbehave(await _kind(request))
        return _json({"kind": self._site.market.kind})

    async def _block(self, _: web.Request) -> web.Response:
        self._site.find_block()
        return _json({"height": self._site.chain.tip.height})


class _Refusing:
    """Turn a wish that makes no sense into HTTP 400."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ValueError):
            raise web.HTTPBadRequest(text=str(error)) from error


async def _answer(kind: str | None, document: dict[str, Any], *, numbers: tuple[str, ...]) -> web.Response:
    match kind:
        case "silent":
            await asyncio.sleep(_HANG_S)
        case "error":
            return web.Response(status=500, text="out of order")
        case "missing":
            return web.Response(status=404, text="no such meter")
        case "nan":
            spoilt = orjson.dumps({**document, **dict.fromkeys(numbers, "@")}).replace(b'"@"', b"NaN")
            return web.Response(body=spoilt, content_type="application/json")
    return _json(document)


def _json(document: Any) -> web.Response:
    return web.Response(body=orjson.dumps(document), content_type="application/json")


def _found(things: dict[str, Thing], name: str) -> Thing:
    thing = things.get(name)
    if thing is None:
        raise web.HTTPNotFound(text=f"there is no {name}")
    return thing


async def _kind(request: web.Request) -> str | None:
    kind = (await _wish(request)).get("kind")
    if kind is not None and not isinstance(kind, str):
        raise web.HTTPBadRequest(text="`kind` is a word, or null to be well again")
    return kind


async def _wish(request: web.Request) -> dict[str, Any]:
    try:
        wish = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(text="expected a JSON object") from error
    if not isinstance(wish, dict):
        raise web.HTTPBadRequest(text="expected a JSON object")
    return wish
