"""Prices that are broken in every way, over every kind of source: a named state each time, and never a verdict."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running

GOOD, POOR = "60", "13"
"""At 50 USD/MWh an S21 earns with the first hashprice and loses with the second."""
SILENCE = "silence"
BROKEN = ["nan", "-60", "0", "soon", "", "null", "true", "1e999", "Infinity", "[60]", "60000", "0.06"]
METER: dict[str, Any] = {"meter_f1": {"static": "3.6 kW"}}
Say = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def by_file(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Say]]:
    """A file that is written anew."""
    path = tmp_path / "hashprice"

    async def say(text: str) -> None:
        path.write_text(text)

    yield {"file": {"path": str(path), "interval": "50ms"}}, say


@asynccontextmanager
async def by_http(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Say]]:
    """A number in quotes inside a JSON document behind an address; to say nothing is to fail."""
    del tmp_path
    said = [GOOD]

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"usd": said[0]}) if said[0] != SILENCE else web.Response(status=503)

    async def say(text: str) -> None:
        said[0] = text

    async with _served(answer, "/price") as url:
        yield {"http": {"url": url, "pointer": "/usd", "interval": "50ms"}}, say


@asynccontextmanager
async def by_promql(tmp_path: Path) -> AsyncIterator[tuple[dict[str, Any], Say]]:
    """The answer of a server that speaks the query API."""
    del tmp_path
    said = [GOOD]

    async def answer(_: web.Request) -> web.Response:
        result = [{"metric": {}, "value": [time.time(), said[0]]}]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    async def say(text: str) -> None:
        said[0] = text

    async with _served(answer, "/api/v1/query") as url:
        yield {"promql": {"url": url.removesuffix("/api/v1/query"), "query": "price", "interval": "50ms"}}, say


@asynccontextmanager
async def _served(answer: Callable[[web.Request], Awaitable[web.Response]], path: str) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get(path, answer)
    app.router.add_post(path, answer)
    async with TestServer(app) as server:
        yield str(server.make_url(path))


async def verdict(daemon: Running) -> tuple[str, str]:
    """Give the only device's verdict and its reason."""
    money = (await daemon.json("/api/v1/devices/m1"))["money"]
    return ("none yet", "") if money is None else (money["verdict"], money["verdict_reason"])


async def until(daemon: Running, wanted: str) -> str:
    """Wait for a verdict; gives its reason."""

    async def holds() -> str | None:
        word, reason = await verdict(daemon)
        return f"{reason}." if word == wanted else None

    return str(await daemon.until(holds, of=wanted))


@pytest.mark.parametrize("source", [by_file, by_http, by_promql], ids=["file", "http", "promql"])
async def test_a_broken_price_gives_no_verdict(source: Any, tmp_path: Path) -> None:
    """Whatever nonsense comes, the verdict is unknown and says why; the next good price gives one again."""
    async with source(tmp_path) as (where, say), Site([MODELS["s21"]]) as site:
        await say(GOOD)
        hashprice = {**where, "unit": "USD/PH/day"}
        sections = {"signals": METER | {"hashprice": hashprice}, "tariff": {"price": "50 USD/MWh"}, "pools": []}
        async with running(site, tmp_path, sections=sections) as daemon:
            await until(daemon, "profitable")
            for broken in BROKEN:
                await say(broken)
                assert "hashprice is not known" in await until(daemon, "unknown"), broken
                assert await daemon.value("headframe_device_margin_per_day") is None, broken
                assert await daemon.value("headframe_device_revenue_per_day") is None, broken
                await say(GOOD)
                await until(daemon, "profitable")
            await say(POOR)
            await until(daemon, "unprofitable")


async def test_a_broken_price_by_mqtt_gives_no_verdict(mosquitto: Any, tmp_path: Path) -> None:
    """The same over a real broker, retained messages among them."""
    broker = mosquitto()
    sections = {
        "signals": METER | {"hashprice": {"mqtt": {"topic": "hashprice"}, "unit": "USD/PH/day"}},
        "mqtt": {"host": "127.0.0.1", "port": broker.port, "tls": False},
        "tariff": {"price": "50 USD/MWh"},
        "pools": [],
    }
    async with (
        aiomqtt.Client("127.0.0.1", broker.port) as client,
        Site([MODELS["s21"]]) as site,
        running(site, tmp_path, sections=sections) as daemon,
    ):
        for broken in BROKEN:
            await client.publish("hashprice", GOOD, retain=True)
            await until(daemon, "profitable")
            await client.publish("hashprice", broken, retain=broken != "")
            assert "hashprice is not known" in await until(daemon, "unknown"), broken


async def test_a_price_that_comes_no_more_grows_stale(tmp_path: Path) -> None:
    """A source that falls silent is believed for its age and no longer, and then there is no verdict."""
    async with by_http(tmp_path) as (where, say), Site([MODELS["s21"]]) as site:
        hashprice = {**where, "unit": "USD/PH/day", "max_age": "1s"}
        sections = {"signals": METER | {"hashprice": hashprice}, "tariff": {"price": "50 USD/MWh"}, "pools": []}
        async with running(site, tmp_path, sections=sections) as daemon:
            await until(daemon, "profitable")
            await say(SILENCE)
            assert "s old" in await until(daemon, "unknown")
            await say(GOOD)
            await until(daemon, "profitable")


async def test_a_price_that_is_stuck_is_not_believed(tmp_path: Path) -> None:
    """A source that repeats itself for longer than is believed gives no verdict until it moves."""
    async with by_http(tmp_path) as (where, say), Site([MODELS["s21"]]) as site:
        hashprice = {**where, "unit": "USD/PH/day", "stuck_after": "1s"}
        sections = {"signals": METER | {"hashprice": hashprice}, "tariff": {"price": "50 USD/MWh"}, "pools": []}
        async with running(site, tmp_path, sections=sections) as daemon:
            await until(daemon, "profitable")
            assert "it has been" in await until(daemon, "unknown")
            await say("61")
            await until(daemon, "profitable")


async def test_a_hashprice_that_the_jobs_contradict_freezes(tmp_path: Path) -> None:
    """A price that no limit catches is caught by the pools' jobs: no verdict while the two disagree."""
    async with by_http(tmp_path) as (where, say), Site([MODELS["s21"]]) as site:
        signals = METER | {"hashprice": {**where, "unit": "USD/PH/day"}, "btc_price": {"static": "90000 USD/BTC"}}
        sections = {"signals": signals, "tariff": {"price": "50 USD/MWh"}}
        async with running(site, tmp_path, sections=sections) as daemon:

            async def computed() -> float | None:
                return daemon.app.site.market.prices.computed_per_ph_day

            right = await daemon.until(computed, of="a hashprice from the jobs")
            await say(f"{right:.4f}")
            await until(daemon, "profitable")
            await say(f"{right * 2:.4f}")
            assert "apart" in await until(daemon, "unknown")
            await say(f"{right:.4f}")
            await until(daemon, "profitable")


async def test_a_power_price_that_is_missing_gives_no_verdict(tmp_path: Path) -> None:
    """Without hours of its own a tariff is its signal; where that breaks the verdict is unknown, and named."""
    async with by_file(tmp_path) as (where, say), Site([MODELS["s21"]]) as site:
        signals = METER | {"hashprice": {"static": "60 USD/PH/day"}, "spot": {**where, "unit": "USD/MWh"}}
        sections = {"signals": signals, "tariff": {"signal": "spot"}, "pools": []}
        async with running(site, tmp_path, sections=sections) as daemon:
            assert "signal 'spot' is missing or stale" in await until(daemon, "unknown")
            await say("50")
            await until(daemon, "profitable")
            await say("-20")
            await until(daemon, "profitable")
            for broken in ("nan", "soon", "1e999"):
                await say(broken)
                assert "spot" in await until(daemon, "unknown")
                await say("50")
                await until(daemon, "profitable")
            await say("900")
            await until(daemon, "unprofitable")
            await asyncio.to_thread((tmp_path / "hashprice").unlink)
