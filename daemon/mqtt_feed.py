"""What the daemon tells the MQTT broker: the site, its devices, its findings, and whether anybody is watching."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any, Self

import orjson

from collectors.broker import Broker, broker
from config.load import Loaded
from config.model import Mqtt
from config.secret import SecretError
from daemon.findings import Finding
from daemon.fleet import DeviceState
from daemon.mqtt import FIRST_RETRY_S, OFFLINE, ONLINE, Publisher
from daemon.mqtt_discovery import EXPIRES_INTERVALS, announcement, announcement_topic
from daemon.mqtt_topics import Topics, device_document, finding_document
from daemon.start import StartError
from daemon.tasks import Tasks

Identity = tuple[str | None, ...]


class MqttFeed:
    """Publishes for one site; every call only notes what changed, and never waits.

    Retained topics of this site that nothing stands for any more (a finding that closed while nobody watched, a device
    that left) are taken away once `keep` has said what there is.
    """

    def __init__(
        self,
        settings: Mqtt,
        *,
        reached: Broker,
        site: str,
        currency: str,
        release: str,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._settings = settings
        self._reached = reached
        self._site = site
        self._currency = currency
        self._release = release
        self._topics = Topics(base=settings.base_topic)
        self._greeting = f"{settings.discovery_prefix}/status"
        self._known: dict[str, Identity] = {}
        self._online: dict[str, bytes] = {}
        self._wanted: frozenset[str] | None = None
        self._retained: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._tasks: Tasks | None = None
        self.publisher = Publisher(
            reached,
            identifier=settings.client_id or f"headframe-{site}",
            bridge_topic=self._topics.bridge,
            listens=(self._greeting,) if settings.discovery else (),
            heard=self._greeted,
            sweeps=(self._topics.every_finding, self._topics.every_device),
            found=self._found,
            first_retry_s=first_retry_s,
        )

    @classmethod
    async def start(cls, loaded: Loaded, *, tasks: Tasks) -> Self:
        """Begin to publish as the configuration says; raises StartError, and never for a broker that is away."""
        config = loaded.config
        reached = await asyncio.to_thread(cls.prepare, loaded)
        if config.mqtt is None or reached is None:
            raise StartError("there is no mqtt section")
        release = await asyncio.to_thread(version, "headframe") if config.mqtt.discovery else ""
        feed = cls(config.mqtt, reached=reached, site=config.site.id, currency=config.site.currency, release=release)
        feed._tasks = tasks
        feed._task = tasks.start(feed.publisher.run(), name="the MQTT publisher")
        return feed

    @staticmethod
    def prepare(loaded: Loaded) -> Broker | None:
        """Read what a connection needs, None without a broker; reads files, raises StartError."""
        if loaded.config.mqtt is None:
            return None
        try:
            return broker(loaded.config.mqtt, base=loaded.folder)
        except SecretError as error:
            raise StartError(f"mqtt: {error}") from error
        except OSError as error:
            raise StartError(f"mqtt: its TLS files cannot be used: {error}") from error

    def fits(self, loaded: Loaded, reached: Broker | None) -> bool:
        """Tell whether this is how a configuration wants it, with the password and certificates that lie there now."""
        config = loaded.config
        wanted = (config.mqtt, config.site.id, config.site.currency)
        is_same = reached is not None and self._reached.is_reached_like(reached)
        return is_same and wanted == (self._settings, self._site, self._currency)

    async def stop(self) -> None:
        """Say goodbye and end."""
        if self._tasks is not None and self._task is not None:
            await self._tasks.stop(self._task)
            self._task = None

    @property
    def waiting(self) -> int:
        """Count the topics whose newest state is not published yet."""
        return self.publisher.waiting

    @property
    def dropped(self) -> Mapping[str, int]:
        """Count what was never published, by reason."""
        return self.publisher.dropped

    @property
    def trouble(self) -> str:
        """Say why there is no connection; empty while there is one, and before the first try."""
        return self.publisher.trouble

    @property
    def is_connected(self) -> bool:
        """Tell whether the broker has us."""
        return self.publisher.is_connected

    def device(self, state: DeviceState) -> None:
        """Note that a device was asked, with whatever outcome."""
        device_id = state.entry.id
        interval_s = self._settings.interval_s
        self.publisher.put(self._topics.device(device_id), partial(self._device, state), least_s=interval_s)
        presence = OFFLINE if state.stale else ONLINE
        if self._online.get(device_id) != presence:
            self._online[device_id] = presence
            self.publisher.put(self._topics.availability(device_id), lambda: presence)
        if self._settings.discovery:
            self._announce(state)

    def finding(self, finding: Finding) -> None:
        """Note a finding's newest word; a closed one is taken away."""
        topic = self._topics.finding(finding.id)
        if finding.state == "open":
            self.publisher.put(topic, partial(self._finding, finding))
        elif finding.state == "closed":
            self.publisher.clear(topic)

    def site(self, document: Mapping[str, Any]) -> None:
        """Note the site's totals, at most once an interval."""
        self.publisher.put(
            self._topics.site,
            lambda: orjson.dumps(dict(document), option=orjson.OPT_NON_STR_KEYS),
            least_s=self._settings.interval_s,
        )

    def offer(self, document: Mapping[str, Any]) -> None:
        """Note a capacity offer or its withdrawal, as `capacity-offer/1`."""
        text = orjson.dumps(dict(document))
        self.publisher.put(self._topics.offer(document["feeder"]), lambda: text)

    def keep(self, *, devices: Iterable[str], findings: Iterable[Finding]) -> None:
        """Say which devices and open findings there are; what else of this site is retained is taken away.

        To be called when the daemon knows what it watches, and after every change of the inventory.
        """
        for finding in findings:
            self.finding(finding)
        self._wanted = frozenset(devices)
        for device_id in [device_id for device_id in self._online if device_id not in self._wanted]:
            self._forget(device_id)
        for topic, identity in self._retained.items():
            self._sort_out(topic, identity, wanted=self._wanted)
        self._retained.clear()

    def _finding(self, finding: Finding) -> bytes:
        return orjson.dumps(finding_document(finding, site=self._site))

    def _device(self, state: DeviceState) -> bytes:
        return orjson.dumps(device_document(state, site=self._site))

    def _forget(self, device_id: str) -> None:
        self._online.pop(device_id, None)
        self._known.pop(device_id, None)
        for topic in (self._topics.device(device_id), self._topics.availability(device_id)):
            self.publisher.clear(topic)
        if self._settings.discovery:
            self.publisher.clear(self._announcement_topic(device_id))

    def _announce(self, state: DeviceState) -> None:
        reading = state.reading
        identity: Identity = (
            reading.make if reading else None,
            reading.model if reading else state.entry.model,
            reading.firmware_version if reading else None,
            reading.mac if reading else None,
        )
        device_id = state.entry.id
        if self._known.get(device_id) != identity:
            self._known[device_id] = identity
            self.publisher.put(self._announcement_topic(device_id), partial(self._announcement, device_id))

    def _announcement(self, device_id: str) -> bytes | None:
        identity = self._known.get(device_id)
        if identity is None:
            return None
        make, model, firmware, mac = identity
        document = announcement(
            device_id=device_id,
            site=self._site,
            topics=self._topics,
            expires_s=EXPIRES_INTERVALS * self._settings.interval_s,
            version=self._release,
            currency=self._currency,
            make=make,
            model=model,
            firmware=firmware,
            mac=mac,
        )
        return orjson.dumps(document)

    def _announcement_topic(self, device_id: str) -> str:
        return announcement_topic(prefix=self._settings.discovery_prefix, site=self._site, device_id=device_id)

    def _greeted(self, _: str, payload: bytes) -> None:
        if payload == ONLINE:  # Home Assistant has started and knows nobody yet
            for device_id in self._known:
                self.publisher.again(self._announcement_topic(device_id))

    def _found(self, topic: str, payload: bytes) -> None:
        identity = self._own_id(payload)
        if identity is None:
            return
        if self._wanted is None:
            self._retained[topic] = identity
        else:
            self._sort_out(topic, identity, wanted=self._wanted)

    def _sort_out(self, topic: str, identity: str, *, wanted: frozenset[str]) -> None:
        """Take a retained document away when nothing stands for it."""
        if topic == self._topics.device(identity) and identity not in wanted:
            self._forget(identity)
        elif topic == self._topics.finding(identity) and not self.publisher.has(topic):
            self.publisher.clear(topic)

    def _own_id(self, payload: bytes) -> str | None:
        """Give the id in a document of this site; None for what others have put there."""
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(document, dict) or document.get("site") != self._site:
            return None
        identity = document.get("id")
        return identity if isinstance(identity, str) else None
