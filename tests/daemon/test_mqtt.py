"""States reach a real broker: retained, newest wins, everything again after a break, and nobody waits for it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiomqtt
import pytest
import trustme

from collectors.broker import Broker
from collectors.reading import Board, Fan, PoolSlot, Reading
from config.load import load, load_text
from config.model import Mqtt
from daemon import mqtt as mqtt_module
from daemon.economics.money import Money
from daemon.findings import Finding
from daemon.fleet import DeviceEntry, DeviceState
from daemon.mqtt import Publisher
from daemon.mqtt_feed import MqttFeed
from daemon.mqtt_topics import part
from daemon.start import StartError
from daemon.tasks import Tasks
from tests.servers.process import Server

pytestmark = pytest.mark.server

StartFeed = Callable[..., Awaitable[MqttFeed]]


class Listener:
    """Hears everything, and keeps the newest payload a topic; what was taken away is None."""

    def __init__(self) -> None:
        self.states: dict[str, bytes | None] = {}
        self.heard: list[tuple[str, bytes]] = []

    async def until(self, topic: str, payload: bytes | Callable[[Any], bool] | None) -> None:
        """Wait until a topic has a payload, or one whose JSON document satisfies a condition."""
        while True:
            newest = self.states.get(topic)
            if callable(payload):
                if newest and payload(json.loads(newest)):
                    return
            elif topic in self.states and newest == payload:
                return
            await asyncio.sleep(0.01)

    def document(self, topic: str) -> Any:
        return json.loads(self.states[topic] or b"null")


@contextlib.asynccontextmanager
async def listening(server: Server) -> AsyncIterator[Listener]:
    """Listen to all topics until the block ends; a broker that goes away ends the listening quietly."""
    listener = Listener()

    async def listen(ready: asyncio.Event) -> None:
        with contextlib.suppress(aiomqtt.MqttError):
            async with aiomqtt.Client(server.host, server.port) as client:
                await client.subscribe("#", qos=1)
                ready.set()
                async for message in client.messages:
                    listener.states[message.topic.value] = message.payload or None
                    listener.heard.append((message.topic.value, message.payload))

    async with asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        task = group.create_task(listen(ready))
        await ready.wait()
        yield listener
        task.cancel()


@contextlib.asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[Publisher]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(publisher.run())
        yield publisher
        task.cancel()


def _publisher(server: Server, **settings: Any) -> Publisher:
    settings = {"identifier": "test", "bridge_topic": "h/bridge/state", "first_retry_s": 0.05, **settings}
    return Publisher(Broker(host=server.host, port=server.port), **settings)


@pytest.fixture
async def server(mosquitto) -> Server:
    return await asyncio.to_thread(mosquitto)


async def test_states_are_retained(server) -> None:
    """Whoever comes later finds the newest states, and that somebody is there."""
    async with running(_publisher(server)) as publisher:
        for number in range(5):
            publisher.put(f"h/{number}", lambda number=number: b"%d" % number)
        while publisher.waiting or not publisher.published:
            await asyncio.sleep(0.01)
        async with listening(server) as late:
            await late.until("h/4", b"4")
            await late.until("h/bridge/state", b"online")


async def test_clean_end_and_sudden_end(server) -> None:
    """A clean end is said by the publisher, a sudden one by the broker."""
    async with listening(server) as listener:
        async with running(_publisher(server)):
            await listener.until("h/bridge/state", b"online")
        await listener.until("h/bridge/state", b"offline")
        async with running(_publisher(server)) as publisher:
            await listener.until("h/bridge/state", b"online")
            # Another client of the same name is how a broker throws us out.
            async with aiomqtt.Client(server.host, server.port, identifier="test"):
                await listener.until("h/bridge/state", b"offline")
            await listener.until("h/bridge/state", b"online")
            assert publisher.is_connected


async def test_everything_again_after_a_break(server, caplog) -> None:
    """A broker that lost its memory gets every state again, as it is by then."""
    states = {"h/a": b"1", "h/b": b"1"}
    async with running(_publisher(server)) as publisher:
        for topic in states:
            publisher.put(topic, lambda topic=topic: states[topic])
        async with listening(server) as listener:
            await listener.until("h/b", b"1")
        await asyncio.to_thread(server.kill)
        while publisher.is_connected:
            await asyncio.sleep(0.01)
        states["h/a"] = b"2"
        publisher.put("h/c", lambda: b"new")
        publisher.clear("h/b")
        await asyncio.to_thread(server.start)
        async with listening(server) as listener:
            await listener.until("h/c", b"new")
            await listener.until("h/a", b"2")
        assert listener.states.get("h/b") is None
    said = [record.getMessage() for record in caplog.records if record.name == "daemon.mqtt"]
    assert 1 == sum("no connection" in line for line in said)
    assert 1 == sum("is back after" in line for line in said)


async def test_broker_that_is_not_there(unused_port) -> None:
    """Without a broker states are noted and the newest kept; nobody waits and nothing piles up."""
    publisher = Publisher(
        Broker(host="127.0.0.1", port=unused_port), identifier="x", bridge_topic="b", first_retry_s=0.01
    )
    async with running(publisher):
        for _ in range(100):
            for number in range(10):
                publisher.put(f"h/{number}", lambda: b"")
            await asyncio.sleep(0)
        assert (10, 990) == (publisher.waiting, publisher.dropped["superseded"])
        assert not publisher.is_connected
        while not publisher.trouble:
            await asyncio.sleep(0.01)


async def test_bounded(server, monkeypatch) -> None:
    """There are only so many topics; what is too much is counted."""
    monkeypatch.setattr(mqtt_module, "MOST_TOPICS", 3)
    publisher = _publisher(server)
    for number in range(5):
        publisher.put(f"h/{number}", lambda: b"")
    assert (3, 2) == (publisher.waiting, publisher.dropped["too_many_topics"])


async def test_least_interval(server) -> None:
    """A topic that changes all the time is published once in its interval, and ends with its newest state."""
    value = 0

    def newest() -> bytes:
        return b"%d" % value

    async with running(_publisher(server)) as publisher, listening(server) as listener:
        while value < 40:
            value += 1
            publisher.put("h/busy", newest, least_s=0.2)
            publisher.put("h/urgent", newest)
            await asyncio.sleep(0.005)
        await listener.until("h/busy", b"40")
        await listener.until("h/urgent", b"40")
    counts = [sum(topic == wanted for topic, _ in listener.heard) for wanted in ("h/busy", "h/urgent")]
    assert counts[0] < counts[1] / 2


async def test_state_without_a_document(server) -> None:
    """A state that turns out to be nothing when its turn comes publishes nothing."""
    async with running(_publisher(server)) as publisher, listening(server) as listener:
        publisher.put("h/nothing", lambda: None)
        publisher.put("h/thing", lambda: b"x")
        await listener.until("h/thing", b"x")
    assert "h/nothing" not in listener.states


async def test_state_that_cannot_be_written(server) -> None:
    """A state that breaks when its turn comes is counted, and costs the others nothing."""

    def broken() -> bytes:
        raise ZeroDivisionError

    async with running(_publisher(server)) as publisher, listening(server) as listener:
        publisher.put("h/broken", broken)
        publisher.put("h/thing", lambda: b"x")
        await listener.until("h/thing", b"x")
    assert {"unwritable": 1} == dict(publisher.dropped)


READING = Reading(
    family="antminer",
    make="Antminer",
    model="S19j Pro",
    firmware_version="2024.1",
    mac="AA:BB:CC:00:11:22",
    state="hashing",
    hashrate_hs=1.04e14,
    power_w=3068.0,
    power_grade="reported",
    uptime_s=3600.0,
    boards=(Board(index=0, chip_temperature_c=71.0), Board(index=1, chip_temperature_c=74.5), Board(index=2)),
    fans=(Fan(index=0, rpm=4200.0), Fan(index=1, rpm=0.0)),
    pools=(
        PoolSlot(index=0, url="stratum+tcp://a", active=False),
        PoolSlot(index=1, url="stratum+tcp://b", active=True),
    ),
)


def _device(device_id: str = "m1", *, index: int = 0) -> DeviceState:
    state = DeviceState(DeviceEntry(id=device_id, host="10.0.0.1", rack="r1", slot="4", feeder="f1"), index=index)
    state.reading = READING
    state.reading_at = 1790000000.0
    state.stale = False
    state.power_w = 3068.0
    state.power_grade = "metered"
    state.energy_j = {"metered": 7.2e6}
    state.money = Money(currency="USD", margin_per_day=-0.13, verdict="undecided")
    return state


def _finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {"id": "H-06-aa", "rule": "H-06", "subject": "m1", "severity": "high", "state": "open"}
    values |= {"message": "board 2 is missing", "since": 1.0, "opened_at": 2.0, "updated_at": 2.0}
    return Finding(**(values | changes))


@pytest.fixture
async def start(server) -> AsyncIterator[StartFeed]:
    async with Tasks() as tasks:

        async def begin(site: str = "north", **settings: Any) -> MqttFeed:
            wanted = {"interval": "50ms", **settings, "host": server.host, "port": server.port}
            text = json.dumps({"version": 1, "site": {"id": site}, "mqtt": wanted})
            loaded = load_text(text, file="site.yaml")
            feed = await MqttFeed.start(loaded, tasks=tasks)
            assert feed.fits(loaded, await asyncio.to_thread(MqttFeed.prepare, loaded))
            return feed

        yield begin


async def test_device_and_site(start, server) -> None:
    """A device's state stands under its id, with what it said in base units, and whether it answers."""
    feed = await start()
    async with listening(server) as listener:
        state = _device()
        feed.device(state)
        feed.site({"up": 1, "devices": 1})
        await listener.until("headframe/device/m1/state", lambda document: document["id"] == "m1")
        await listener.until("headframe/device/m1/availability", b"online")
        await listener.until("headframe/site/state", lambda document: document == {"up": 1, "devices": 1})
        await listener.until("headframe/bridge/state", b"online")
        document = listener.document("headframe/device/m1/state")
        expected = {
            "site": "north",
            "feeder": "f1",
            "rack": "r1",
            "slot": "4",
            "at": 1790000000.0,
            "state": "hashing",
            "make": "Antminer",
            "model": "S19j Pro",
            "hashrate_hs": 1.04e14,
            "power_w": 3068.0,
            "power_grade": "metered",
            "energy_j": 7.2e6,
            "chip_temperature_c": 74.5,
            "fan_rpm": 0.0,
            "uptime_s": 3600.0,
            "pool": "stratum+tcp://b",
            "margin_per_day": -0.13,
            "currency": "USD",
            "verdict": "undecided",
        }
        assert expected == {key: document[key] for key in expected}
        state.stale = True
        feed.device(state)
        await listener.until("headframe/device/m1/availability", b"offline")
        await listener.until("headframe/device/m1/state", lambda document: document["hashrate_hs"] is None)
        document = listener.document("headframe/device/m1/state")
        assert ("unknown", None, "unknown", "unknown") == tuple(
            document[key] for key in ("state", "power_w", "power_grade", "verdict")
        )
        await feed.stop()
        await listener.until("headframe/bridge/state", b"offline")


async def test_findings(start, server) -> None:
    """A finding is there while it is open, and gone when it is closed; pending ones are nobody's business."""
    feed = await start(base_topic="mine/north")
    topic = "mine/north/finding/H-06-aa"
    async with listening(server) as listener:
        feed.finding(_finding(id="P-01-bb", state="pending"))
        feed.finding(_finding())
        await listener.until(topic, lambda document: (document["subject"], document["site"]) == ("m1", "north"))
        feed.finding(_finding(severity="crit"))
        await listener.until(topic, lambda document: document["severity"] == "crit")
        feed.finding(_finding(state="closed"))
        await listener.until(topic, None)
    assert not any("P-01-bb" in each for each in listener.states)


async def test_what_nobody_stands_for_is_taken_away(start, server) -> None:
    """What an earlier run left retained and is no longer so is cleared; what belongs to others is left alone."""
    first, other = await start(discovery=True), await start(site="south", client_id="other")
    async with listening(server) as listener:
        for device_id in ("m1", "m2"):
            first.device(_device(device_id))
        for finding_id in ("H-06-aa", "H-06-bb"):
            first.finding(_finding(id=finding_id))
        other.finding(_finding(id="H-06-cc"))
        await listener.until("headframe/finding/H-06-bb", bool)
        await listener.until("headframe/finding/H-06-cc", bool)
        await listener.until("headframe/device/m2/state", bool)
        await listener.until("homeassistant/device/headframe_north_m2/config", bool)
    await first.stop()
    async with aiomqtt.Client(server.host, server.port) as client:
        await client.publish("headframe/finding/odd", b"not ours", retain=True)
        await client.publish("headframe/finding/elsewhere", b'{"site": "north", "id": "x"}', retain=True)
    second = await start(discovery=True)
    async with listening(server) as listener:
        second.keep(devices=["m1"], findings=[_finding(severity="warn")])
        for gone in ("finding/H-06-bb", "device/m2/state", "device/m2/availability"):
            await listener.until(f"headframe/{gone}", None)
        await listener.until("homeassistant/device/headframe_north_m2/config", None)
        await listener.until("headframe/finding/H-06-aa", lambda document: document["severity"] == "warn")
        for kept in ("finding/H-06-cc", "finding/odd", "finding/elsewhere", "device/m1/state"):
            assert listener.states[f"headframe/{kept}"], kept
        second.device(_device("m1"))
        await listener.until("headframe/device/m1/availability", b"online")
        second.keep(devices=[], findings=[])
        await listener.until("headframe/device/m1/state", None)


async def test_retained_found_before_anything_is_known(start, server, monkeypatch) -> None:
    """What the broker had from before waits until the daemon knows what it watches."""
    async with aiomqtt.Client(server.host, server.port) as client:
        for topic, document in (
            ("headframe/finding/H-06-old", {"site": "north", "id": "H-06-old"}),
            ("headframe/device/m1/state", {"site": "north", "id": "m1"}),
            ("headframe/device/m9/state", {"site": "north", "id": "m9"}),
        ):
            await client.publish(topic, json.dumps(document), qos=1, retain=True)
    feed = await start()
    while len(feed._retained) < 3:
        await asyncio.sleep(0.01)
    async with listening(server) as listener:
        await listener.until("headframe/device/m9/state", bool)
        feed.keep(devices=["m1"], findings=[])
        await listener.until("headframe/finding/H-06-old", None)
        await listener.until("headframe/device/m9/state", None)
        assert listener.states["headframe/device/m1/state"]


async def test_home_assistant(start, server) -> None:
    """A device is announced with its sensors, anew when it says more of itself, and again when asked to."""
    feed = await start(discovery=True, discovery_prefix="ha")
    topic = "ha/device/headframe_north_m1/config"
    async with listening(server) as listener:
        state = _device()
        state.reading = None
        feed.device(state)
        await listener.until(topic, lambda document: "manufacturer" not in document["device"])
        state.reading = READING
        feed.device(state)
        await listener.until(topic, lambda document: document["device"].get("model") == "S19j Pro")
        document = listener.document(topic)
        assert {
            "identifiers": ["headframe_north_m1"],
            "name": "m1",
            "suggested_area": "north",
            "manufacturer": "Antminer",
            "model": "S19j Pro",
            "sw_version": "2024.1",
            "connections": [["mac", "aa:bb:cc:00:11:22"]],
        } == document["device"]
        assert "Headframe" == document["origin"]["name"]
        assert "headframe/device/m1/state" == document["state_topic"]
        assert ["headframe/bridge/state", "headframe/device/m1/availability"] == [
            each["topic"] for each in document["availability"]
        ]
        identities = [sensor["unique_id"] for sensor in document["components"].values()]
        assert len(set(identities)) == len(identities)
        assert {"sensor"} == {sensor["platform"] for sensor in document["components"].values()}
        assert ("power", "W", "{{ value_json.power_w }}") == tuple(
            document["components"]["power"][key] for key in ("device_class", "unit_of_measurement", "value_template")
        )
        listener.states.clear()
        async with aiomqtt.Client(server.host, server.port) as client:
            await client.publish("ha/status", b"online")
        await listener.until(topic, bool)


async def test_reload(start) -> None:
    """A feed knows whether a configuration wants it as it is."""
    feed = await start()
    for changed in ({"site": {"id": "south"}}, {"mqtt": {"host": "elsewhere"}}):
        text = json.dumps({"version": 1, "site": {"id": "north"}, "mqtt": {"host": "127.0.0.1"}} | changed)
        loaded = load_text(text, file="site.yaml")
        assert not feed.fits(loaded, await asyncio.to_thread(MqttFeed.prepare, loaded))
    assert not feed.fits(load_text("version: 1\nsite: {id: north}\n", file="site.yaml"), None)


async def test_a_changed_password_or_certificate_is_a_change(tmp_path) -> None:
    """A secret that was written anew under its name makes another connection; one that was not, does not."""
    (tmp_path / "secret").write_text("first")
    (tmp_path / "secret").chmod(0o600)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    mqtt = {"host": "127.0.0.1", "port": 1, "username": "u", "password": "file:secret", "tls": {"ca": "ca.pem"}}
    path = tmp_path / "site.yaml"
    path.write_text(json.dumps({"version": 1, "site": {"id": "north"}, "mqtt": mqtt}))
    loaded = await asyncio.to_thread(load, path)
    async with Tasks() as tasks:
        feed = await MqttFeed.start(loaded, tasks=tasks)
        assert feed.fits(loaded, await asyncio.to_thread(MqttFeed.prepare, loaded))
        (tmp_path / "secret").write_text("second")
        assert not feed.fits(loaded, await asyncio.to_thread(MqttFeed.prepare, loaded))
        (tmp_path / "secret").write_text("first")
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        assert not feed.fits(loaded, await asyncio.to_thread(MqttFeed.prepare, loaded))


async def test_missing_certificate() -> None:
    """A certificate that is not there is said before anything starts."""
    text = "version: 1\nsite: {id: n}\nmqtt: {host: 127.0.0.1, tls: {ca: missing.pem}}\n"
    async with Tasks() as tasks:
        with pytest.raises(StartError, match="TLS files"):
            await MqttFeed.start(load_text(text, file="site.yaml"), tasks=tasks)


def test_ids_become_topics() -> None:
    """An id that a topic cannot hold is changed, and two that differ stay apart."""
    assert ["m1", "m-1_a"] == [part("m1"), part("m-1_a")]
    odd = [part(name) for name in ("a.b", "a:b", "a/b", "a+b", "ä", "\ud800")]
    assert len(odd) == len(set(odd))
    assert all(name.replace("-", "").replace("_", "").isalnum() and name.isascii() for name in odd)


def test_defaults_of_the_configuration() -> None:
    """Nothing is announced to Home Assistant unless that is wanted."""
    assert not Mqtt.model_validate({"host": "127.0.0.1"}).discovery


async def test_capacity_offers(start, server) -> None:
    """The last word about a feeder's offer stays under the feeder's name, a withdrawal included."""
    feed = await start()
    async with listening(server) as listener:
        topic = f"headframe/capacity/{part('hall 1')}/offer"
        feed.offer({"id": "o1", "feeder": "hall 1", "withdrawn": False, "kw_offered": 230.1})
        await listener.until(topic, lambda document: document["kw_offered"] == 230.1)
        feed.offer({"id": "o1", "feeder": "hall 1", "withdrawn": True, "kw_offered": 0.0})
        await listener.until(topic, lambda document: document["withdrawn"])
        assert {"id": "o1", "feeder": "hall 1", "withdrawn": True, "kw_offered": 0.0} == listener.document(topic)
