"""Signals as a site has them: asked from their sources, given out with their fallbacks."""

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.signals import source as source_module
from collectors.signals.signals import Signals
from config.secret import SecretError
from tests.servers.process import Server, find_binary


@contextlib.asynccontextmanager
async def _running(signals: Signals) -> AsyncIterator[Signals]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(signals.run())
        yield signals
        task.cancel()


async def _until(signals: Signals, name: str, state: str, value: float | None = None) -> None:
    while True:
        reading = signals.get(name)
        assert reading is not None
        if reading.state == state and (value is None or reading.value == value):
            return
        await asyncio.sleep(0.01)


def test_static(make_signals) -> None:
    """A fixed value is there at once, in its base unit."""
    signals = make_signals({"hashprice": {"static": "41220 USD/EH/day"}, "room": {"static": "95 F"}})
    assert signals.have_answered
    reading = signals.get("hashprice")
    assert ("hashprice", 41.22, "USD/PH/day", "USD", "ok", True, {}) == (
        reading.name,
        reading.value,
        reading.unit,
        reading.currency,
        reading.state,
        reading.is_fixed,
        reading.sources,
    )
    assert ("°C", 35.0) == (signals.get("room").unit, round(signals.get("room").value, 9))
    assert signals.get("nothing") is None


async def test_prices_have_limits_of_their_own(make_signals, tmp_path) -> None:
    """Without any limit configured a price that cannot be, or that looks like another unit, is not believed."""
    path = tmp_path / "price"
    path.write_text("90000")
    file = {"file": {"path": str(path), "interval": "10ms"}}
    async with _running(make_signals({"btc_price": {**file, "unit": "USD/BTC"}})) as signals:
        for text, state in (
            ("0.5", "out_of_bounds"),
            ("9000000", "suspect"),
            ("900", "suspect"),
            ("-90000", "out_of_bounds"),
        ):
            await _until(signals, "btc_price", "ok", 90000.0)
            path.write_text(text)
            await _until(signals, "btc_price", state)
            path.write_text("90000")
        await _until(signals, "btc_price", "ok", 90000.0)
    path.write_text("0.9")
    async with _running(make_signals({"eur_usd": {**file, "unit": "USD"}})) as signals:
        await _until(signals, "eur_usd", "ok", 0.9)
    path.write_text("45")
    async with _running(make_signals({"spot": {**file, "unit": "USD/MWh"}})) as signals:
        for text in ("45", "9000", "-20"):
            path.write_text(text)
            await _until(signals, "spot", "ok", float(text) / 1000.0)


def test_a_bitcoin_price_that_never_moves_is_stuck(make_signals, tmp_path) -> None:
    """Half a day of the very same price is a feed that hangs, unless its age allows for more, or the operator does."""
    settings = {"file": {"path": str(tmp_path / "price")}, "unit": "USD/BTC"}
    states = []
    for more in ({}, {"max_age": "1 d"}, {"stuck_after": "30 d"}):
        signals = make_signals({"btc_price": settings | {"max_age": "2 h"} | more})
        guard = next(iter(signals._guards.values()))
        for hour in range(14):
            guard.offer("90000", at=hour * 3600.0)
        states.append(signals.get("btc_price", now=13.5 * 3600.0).state)
    assert ["stuck", "ok", "ok"] == states


async def test_file_signal(make_signals, tmp_path) -> None:
    """A file is followed as it changes, and its name is taken from the configuration's folder."""
    (tmp_path / "price.txt").write_text("45")
    signals = make_signals({"power_price": {"file": {"path": "price.txt", "interval": "20ms"}, "unit": "USD/MWh"}})
    assert not signals.have_answered
    async with _running(signals):
        await _until(signals, "power_price", "ok", 0.045)
        assert signals.have_answered
        (tmp_path / "price.txt").write_text("46")
        await _until(signals, "power_price", "ok", 0.046)
        (tmp_path / "price.txt").write_text("closed")
        await _until(signals, "power_price", "not_a_number")


async def test_fallback_and_second_opinions(make_signals, tmp_path) -> None:
    """While a signal cannot be believed the next good one stands in, and says so; measured values are all listed."""
    for name, text in (("a", "90000"), ("b", "90900")):
        (tmp_path / name).write_text(text)
    file = {"unit": "USD/BTC", "max": 1_000_000}
    signals = make_signals(
        {
            "btc_price": {"file": {"path": "a", "interval": "20ms"}, **file, "fallback": ["second", "fixed"]},
            "second": {"file": {"path": "b", "interval": "20ms"}, **file},
            "fixed": {"static": "80000 USD/BTC"},
        }
    )
    async with _running(signals):
        await _until(signals, "btc_price", "ok", 90000.0)
        await _until(signals, "second", "ok")
        reading = signals.get("btc_price")
        assert ("btc_price", {"btc_price": 90000.0, "second": 90900.0}) == (reading.source, reading.sources)
        (tmp_path / "a").write_text("90000000")
        await _until(signals, "btc_price", "ok", 90900.0)
        reading = signals.get("btc_price")
        assert ("second", {"second": 90900.0}) == (reading.source, reading.sources)
        assert "btc_price is out of bounds (9e+07 USD/BTC is above 1e+06); this is second" == reading.reason
        (tmp_path / "b").write_text("-")
        await _until(signals, "btc_price", "ok", 80000.0)
        assert ("fixed", True, {}) == tuple(
            getattr(signals.get("btc_price"), name) for name in ("source", "is_fixed", "sources")
        )


async def test_nothing_to_fall_back_on(make_signals, tmp_path) -> None:
    """When no source is good the signal's own reason stands."""
    file = {"file": {"path": "missing", "interval": "20ms"}, "unit": "USD/BTC"}
    signals = make_signals({"btc_price": {**file, "fallback": ["second"]}, "second": file})
    async with _running(signals):
        while not signals.have_answered:
            await asyncio.sleep(0.01)
        reading = signals.get("btc_price")
    assert ("missing", None, "btc_price") == (reading.state, reading.value, reading.source)
    assert "No such file" in reading.reason
    assert ["btc_price", "second"] == list(signals.all())


async def test_first_failure_is_loud(make_signals, tmp_path, caplog, monkeypatch) -> None:
    """A source that fails is said once, quietly while it lasts, and loudly when it is well again."""
    monkeypatch.setattr(source_module, "FIRST_RETRY_S", 0.01)
    caplog.set_level(logging.DEBUG)
    signals = make_signals({"carbon_intensity": {"file": {"path": "g", "interval": "30ms"}, "unit": "g/kWh"}})
    async with _running(signals):
        while sum("No such file" in record.getMessage() for record in caplog.records) < 3:
            await asyncio.sleep(0.01)
        (tmp_path / "g").write_text("370")
        await _until(signals, "carbon_intensity", "ok", 370.0)
    ours = [record for record in caplog.records if record.name == "collectors.signals.source"]
    assert [logging.WARNING, logging.DEBUG, logging.DEBUG] == [record.levelno for record in ours[:3]]
    assert logging.WARNING == ours[-1].levelno
    assert "signal carbon_intensity is well again" in ours[-1].getMessage()


async def test_secret_header(make_signals, tmp_path, caplog) -> None:
    """A header's secret is read from its reference, sent, and never logged."""
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(status=401)

    app = web.Application()
    app.router.add_get("/", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    (tmp_path / "key").write_text("Bearer swordfish\n")
    url = str(server.make_url("/"))
    http = {"url": url, "headers": {"Authorization": "file:key"}}
    signals = await asyncio.to_thread(make_signals, {"btc_price": {"http": http, "unit": "USD/BTC"}})
    async with _running(signals):
        while not signals.have_answered:
            await asyncio.sleep(0.01)
    await server.close()
    assert ["Bearer swordfish"] == seen
    assert "check the `headers`" in signals.get("btc_price").reason
    assert "swordfish" not in caplog.text
    (tmp_path / "key").unlink()
    with pytest.raises(SecretError):
        await asyncio.to_thread(make_signals, {"btc_price": {"http": http, "unit": "USD/BTC"}})


def test_reload_keeps_what_is_known(make_signals, tmp_path) -> None:
    """After a reload a signal with the same settings goes on with what it had; a changed one begins anew."""
    same = {"file": {"path": "a"}, "unit": "kW"}
    before = make_signals({"meter": same, "other": same})
    for name in ("meter", "other"):
        guard = before.guard(name, before._settings[name])
        assert guard is not None
        guard.offer("512.25", at=1e10)
    after = make_signals({"meter": same, "other": {**same, "max": "1 MW"}}, previous=before)
    assert (512250.0, None) == (after.get("meter").value, after.get("other").value)
    assert not after.have_answered


async def _publish(server: Server, topic: str, payload: str, *options: str) -> None:
    command = [find_binary("mosquitto_pub"), "-h", server.host, "-p", str(server.port), "-q", "1"]
    await asyncio.to_thread(subprocess.run, [*command, "-t", topic, "-m", payload, *options], check=True)


@pytest.mark.server
async def test_mqtt(make_signals, mosquitto) -> None:
    """Topics are followed over one connection: retained payloads at once, published ones as they come."""
    server = await asyncio.to_thread(mosquitto)
    await _publish(server, "site/meters/f1", '{"power": 512.25}', "-r")
    signals = make_signals(
        {
            "f1_meter": {"mqtt": {"topic": "site/meters/f1", "pointer": "/power"}, "unit": "kW"},
            "f1_again": {"mqtt": {"topic": "site/meters/f1", "pointer": "/power"}, "unit": "W"},
            "room": {"mqtt": {"topic": "room"}, "unit": "C"},
        },
        more=f"mqtt: {{host: 127.0.0.1, port: {server.port}}}",
    )
    async with _running(signals):
        await _until(signals, "f1_meter", "ok", 512250.0)
        await _until(signals, "f1_again", "ok", 512.25)
        assert "missing" == signals.get("room").state
        await _publish(server, "room", "24.5")
        await _until(signals, "room", "ok", 24.5)
        await _publish(server, "room", "unavailable")
        await _until(signals, "room", "not_a_number")
        await _publish(server, "site/meters/f1", '{"voltage": 1}')
        await _publish(server, "room", "25")
        await _until(signals, "room", "ok", 25.0)
        assert 512250.0 == signals.get("f1_meter").value


@pytest.mark.server
async def test_broker_comes_and_goes(make_signals, mosquitto) -> None:
    """A broker that is away is said, and when it is back the topics are followed again."""
    server = await asyncio.to_thread(mosquitto)
    signals = make_signals(
        {"room": {"mqtt": {"topic": "room"}, "unit": "C", "max_age": "300ms"}},
        more=f"mqtt: {{host: 127.0.0.1, port: {server.port}}}",
        first_retry_s=0.05,
    )
    async with _running(signals):
        while "ok" != signals.get("room").state:
            await _publish(server, "room", "24.5")
        await asyncio.to_thread(server.kill)
        await _until(signals, "room", "stale")
        while "no connection to the MQTT broker" not in signals.get("room").reason:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(server.start)
        while "ok" != signals.get("room").state:
            await _publish(server, "room", "25")
    assert signals.have_answered


@pytest.mark.server
async def test_broker_that_denies(make_signals, mosquitto) -> None:
    """A broker that does not know us is a failure with its own words."""
    server = await asyncio.to_thread(lambda: mosquitto(anonymous="false"))
    signals = make_signals(
        {"room": {"mqtt": {"topic": "room"}, "unit": "C"}}, more=f"mqtt: {{host: 127.0.0.1, port: {server.port}}}"
    )
    async with _running(signals):
        while not signals.have_answered:
            await asyncio.sleep(0.01)
    assert "Not authorized" in signals.get("room").reason
