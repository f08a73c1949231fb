"""Meters, prices, the webhook sink and the controls, over HTTP."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from standardwebhooks import Webhook

from simulator.pool.chain import Chain
from simulator.services import market, meter
from simulator.services.market import Market
from simulator.services.sink import Sink
from simulator.site import Site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(site.services.url, timeout=aiohttp.ClientTimeout(20)) as client:
        yield client


async def test_a_meter_reads_its_feeders_devices_and_more(site: Site, client: aiohttp.ClientSession) -> None:
    """It shows kW: the devices at the wall, losses, and what else hangs on the feeder."""
    document = await (await client.get("/meter/f1")).json()
    devices = [device for device in site.devices.values() if device.identity.feeder == "f1"]
    expected_w = sum(device.machine.power_w for device in devices) * 1.01 + site.plan.feeders[0].auxiliary_w
    assert pytest.approx(expected_w / 1000, rel=0.01) == document["kw"]
    assert 404 == (await client.get("/meter/f99")).status


async def test_energy_is_power_over_time(clock: Any, site: Site) -> None:
    """An hour later the meter has counted an hour's worth."""
    subject = site.meters["f1"]
    subject.reading()
    clock.pass_(3600.0)
    reading = subject.reading()
    assert pytest.approx(subject.power_w() / 1000, rel=0.01) == reading["kwh"]


async def test_meters_follow_devices_that_nobody_asks(clock: Any, site: Site) -> None:
    """A device that went to sleep is off the meter, although it was never polled."""
    before_w = site.power_w()
    for name in site.devices:
        site.misbehave(name, "sleeping")
    clock.pass_(60.0)
    for _ in range(40):
        site._breathe()
    assert site.power_w() < 0.2 * before_w


@pytest.mark.parametrize("kind", [kind for kind in meter.KINDS if kind != "silent"])
async def test_a_meter_goes_wrong_as_asked(clock: Any, site: Site, client: aiohttp.ClientSession, kind: str) -> None:
    """Every kind shows in the answer, and none brings the server down."""
    well = await (await client.get("/meter/f1")).json()
    await client.post("/meter/f1/misbehave", json={"kind": kind})
    clock.pass_(5.0)
    response = await client.get("/meter/f1")
    body = await response.read()
    if kind in {"missing", "error"}:
        assert {"missing": 404, "error": 500}[kind] == response.status
    elif kind == "nan":
        assert b'"kw":NaN' in body
    else:
        shown = orjson.loads(body)
        assert {
            "stuck": shown["at"] == well["at"],
            "negative": isinstance(shown["kw"], float) and shown["kw"] < 0,
            "zero": shown["kw"] == 0,
            "text": shown["kw"] == "overload",
            "unexplained": isinstance(shown["kw"], float) and shown["kw"] > 1.1 * well["kw"],
        }[kind]


async def test_a_silent_feed_hangs_and_does_not_hold_up_the_end(site: Site, client: aiohttp.ClientSession) -> None:
    """The request is taken and not answered; closing the site does not wait for it."""
    await client.post("/price/misbehave", json={"kind": "silent"})
    with pytest.raises(TimeoutError):
        await client.get("/price", timeout=aiohttp.ClientTimeout(0.05))


@pytest.mark.parametrize("kind", [kind for kind in market.KINDS if kind != "silent"])
async def test_prices_go_wrong_as_asked(clock: Any, client: aiohttp.ClientSession, kind: str) -> None:
    """Every kind shows in the answer."""
    well = await (await client.get("/price")).json()
    await client.post("/price/misbehave", json={"kind": kind})
    clock.pass_(7200.0)
    response = await client.get("/price")
    body = await response.read()
    if kind in {"error", "garbage", "nan"}:
        assert {"error": 500, "garbage": 200, "nan": 200}[kind] == response.status
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(body)
    else:
        shown = orjson.loads(body)
        assert {
            "stuck": shown == well,
            "negative": isinstance(shown["btc_price"], float) and shown["btc_price"] < 0,
            "zero": shown["hashprice"] == 0,
            "jump": isinstance(shown["btc_price"], float) and shown["btc_price"] > 5 * well["btc_price"],
            "text": shown["power_price"] == "soon",
        }[kind]


def test_prices_stay_near_what_was_asked_for_and_follow_the_hours() -> None:
    """Bitcoin wanders by a few per cent; power is dearest in the early evening; hashprice follows the chain."""
    at = 0.0
    subject = Market(Chain(seed=1, at_s=0.0), now=lambda: at, seed=1, btc_price=90_000.0, power_price_per_mwh=50.0)
    by_hour = {}
    for hour in range(24):
        at = 3600.0 * hour
        prices = subject.prices()
        assert pytest.approx(90_000.0, rel=0.02) == prices["btc_price"]
        assert pytest.approx(prices["btc_price"] * 4.24e-4, rel=0.01) == prices["hashprice"]
        by_hour[hour] = prices["power_price"]
    assert max(by_hour, key=lambda hour: by_hour[hour]) in {18, 19}
    assert all(20.0 < price < 80.0 for price in by_hour.values())


def signed(body: bytes, *, identity: str = "msg_1", at_s: float, secret: str) -> dict[str, str]:
    """Sign as the reference library of Standard Webhooks does."""
    moment = dt.datetime.fromtimestamp(at_s, dt.UTC)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at_s)),
        "webhook-signature": Webhook(secret).sign(identity, moment, body.decode()),
    }


async def test_a_delivery_signed_by_the_reference_library_is_right(
    clock: Any, site: Site, client: aiohttp.ClientSession
) -> None:
    """It is taken with 200, kept with its body, and counted."""
    body = b'{"type": "finding.opened"}'
    heads = signed(body, at_s=clock.at_s, secret=site.sink.secret)
    response = await client.post("/hook/any/path", data=body, headers=heads)
    kept = (await (await client.get("/hooks")).json())["deliveries"][0]
    assert (200, 1, True) == (response.status, site.sink.count, kept["signed"])
    assert ("/hook/any/path", "msg_1", {"type": "finding.opened"}) == (kept["path"], kept["id"], kept["body"])


async def test_a_wrong_signature_is_not_taken(clock: Any, site: Site, client: aiohttp.ClientSession) -> None:
    """Another body, another time or another key: 401, and kept as wrong. Without a signature it is taken as it is."""
    body = b"{}"
    heads = signed(body, at_s=clock.at_s, secret=site.sink.secret)
    old = signed(body, at_s=clock.at_s - 1000.0, secret=site.sink.secret)
    other = signed(body, at_s=clock.at_s, secret="whsec_b3RoZXIgc2VjcmV0")
    for data, given in ((b"[]", heads), (body, old), (body, other)):
        assert 401 == (await client.post("/hook", data=data, headers=given)).status
    assert 200 == (await client.post("/hook", data=b"not json")).status
    assert [False, False, False, None] == [one.signed for one in site.sink.deliveries]


async def test_deliveries_can_be_made_to_fail(site: Site, client: aiohttp.ClientSession) -> None:
    """The next ones get an error, and then it is well again; all of them are kept and told."""
    told = []
    site.sink.tell = told.append
    await client.post("/hooks/fail", json={"times": 2, "status": 502})
    assert [502, 502, 200] == [(await client.post("/hook", data=b"{}")).status for _ in range(3)]
    assert list(site.sink.deliveries) == told


def test_the_sink_forgets_before_it_fills_memory() -> None:
    """Only the newest deliveries are kept; the count goes on."""
    sink = Sink(now=lambda: 0.0)
    for _ in range(10_050):
        sink.take("/hook", {}, b"{}")
    assert (10_000, 10_050) == (len(sink.deliveries), sink.count)


async def test_devices_and_pools_take_wishes(site: Site, client: aiohttp.ClientSession) -> None:
    """Over HTTP devices and pools go wrong and well again, reboot, and a block is found."""
    height = site.chain.tip.height
    await client.post("/devices/m3/misbehave", json={"kind": "hot"})
    await client.post("/pools/p1/misbehave", json={"kind": "stale"})
    await client.post("/devices/m4/reboot")
    found = await (await client.post("/chain/block")).json()
    assert ("hot", "stale", 1, height + 1) == (
        site.devices["m3"].kind, site.pools["p1"].kind, site.devices["m4"].machine.boots, found["height"],
    )  # fmt: skip
    await client.post("/devices/m3/misbehave", json={"kind": None})
    assert site.devices["m3"].kind is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/devices/m3/misbehave", {"kind": "sulking"}, 400),
        ("/devices/m3/misbehave", {"kind": 5}, 400),
        ("/devices/m999/misbehave", {"kind": "hot"}, 404),
        ("/pools/p9/misbehave", {"kind": "stale"}, 404),
        ("/price/misbehave", {"kind": "hot"}, 400),
        ("/meter/f1/misbehave", ["zero"], 400),
    ],
)
async def test_senseless_wishes_are_refused(client: aiohttp.ClientSession, path: str, body: Any, status: int) -> None:
    """Unknown ids are not found, unknown kinds and shapes are bad requests."""
    assert status == (await client.post(path, json=body)).status


async def test_the_state_tells_the_truth(site: Site, client: aiohttp.ClientSession) -> None:
    """The state has what is true of every device, for a watcher's findings to be held against."""
    site.misbehave("m2", "missing-board")
    state = await (await client.get("/state")).json()
    assert ("missing-board", "S19 Pro") == (state["devices"]["m2"]["kind"], state["devices"]["m2"]["model"])
    assert set(site.devices) == set(state["devices"])
    assert pytest.approx(site.power_w(), rel=1e-6) == state["power_w"]


async def test_the_configuration_is_served_too(site: Site, client: aiohttp.ClientSession) -> None:
    """What `headframe run` needs can be fetched."""
    assert site.configuration_yaml() == await (await client.get("/configuration")).text()


async def test_blocks_come_by_themselves(clock: Any) -> None:
    """With a short interval, heights rise while nobody does anything."""
    async with Site(1, now=clock, block_interval_s=0.02) as site:
        start = site.chain.tip.height
        async with asyncio.timeout(20):
            while site.chain.tip.height < start + 3:
                await asyncio.sleep(0.005)


async def test_later_comes_later(clock: Any) -> None:
    """A misbehaviour that was put off is not there at first, and comes by itself."""
    async with Site(1, now=clock, later=[(0.02, "m1", "silent")]) as site:
        assert site.devices["m1"].kind is None
        async with asyncio.timeout(20):
            while site.devices["m1"].kind is None:
                await asyncio.sleep(0.005)
        assert "silent" == site.devices["m1"].kind
