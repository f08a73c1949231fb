"""The way to the MQTT broker: one publisher, the newest state a topic, everything again after a reconnect.

Nothing here ever waits for the broker on behalf of somebody else: states are noted, and rendered when their turn
comes. A broker that is down, slow or hostile costs its own task some waiting and nobody anything else.
"""

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Callable

import aiomqtt

from collectors.backoff import Backoff
from collectors.broker import Broker

log = logging.getLogger(__name__)

Render = Callable[[], bytes | None]
Heard = Callable[[str, bytes], None]

ONLINE = b"online"
OFFLINE = b"offline"
QOS = 1
MOST_TOPICS = 400_000
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
FAREWELL_S = 1.0
SWEEP_S = 3.0  # a broker sends what it has retained at once


class Publisher:
    """Keeps retained topics at their newest state; `run` holds the connection.

    `bridge_topic` says whether anybody is behind the states: `online`, and `offline` by the broker itself when the
    connection breaks. `heard` is called with what is said on the `listens` topics, `found` with what the broker has
    retained on the `sweeps` topics from before.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        identifier: str,
        bridge_topic: str,
        listens: tuple[str, ...] = (),
        heard: Heard = lambda _topic, _payload: None,
        sweeps: tuple[str, ...] = (),
        found: Heard = lambda _topic, _payload: None,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._broker = broker
        self._identifier = identifier
        self._bridge_topic = bridge_topic
        self._listens = listens
        self._heard = heard
        self._sweeps = sweeps
        self._found = found
        self._backoff = Backoff(first_s=first_retry_s, limit_s=LONGEST_RETRY_S)
        self._states: dict[str, Render] = {}
        self._ready: dict[str, None] = {}
        self._later: list[tuple[float, str]] = []
        self._held: set[str] = set()
        self._sent_at: dict[str, float] = {}
        self._changed = asyncio.Event()
        self._away_since: float | None = None
        self._is_ending = False
        self.dropped: Counter[str] = Counter()
        self.published = 0
        self.is_connected = False
        self.trouble = ""

    @property
    def waiting(self) -> int:
        """Count the topics whose newest state is not published yet."""
        return len(self._ready) + len(self._held)

    def put(self, topic: str, render: Render, *, least_s: float = 0.0) -> None:
        """Have a topic's newest state published, at most once in `least_s`.

        `render` is called when its turn comes, and again after a reconnect; None from it publishes nothing.
        """
        if topic in self._ready or topic in self._held:
            self._states[topic] = render
            self.dropped["superseded"] += 1
            return
        if topic not in self._states and len(self._states) >= MOST_TOPICS:
            self.dropped["too_many_topics"] += 1
            return
        self._states[topic] = render
        due = self._sent_at.get(topic, float("-inf")) + least_s
        if due > asyncio.get_running_loop().time():
            heapq.heappush(self._later, (due, topic))
            self._held.add(topic)
        else:
            self._ready[topic] = None
        self._changed.set()

    def clear(self, topic: str) -> None:
        """Take a topic's retained state away."""
        self._states.pop(topic, None)
        self._held.discard(topic)
        self._sent_at.pop(topic, None)
        self._ready[topic] = None
        self._changed.set()

    def has(self, topic: str) -> bool:
        """Tell whether a topic has a state."""
        return topic in self._states

    def again(self, topic: str) -> None:
        """Publish a topic's state once more."""
        if topic in self._states:
            self._ready[topic] = None
            self._changed.set()

    async def run(self) -> None:
        """Stay connected and publish until cancelled, then say goodbye."""
        while True:
            try:
                await self._connected()
            except* (aiomqtt.MqttError, OSError) as trouble:
                self._lost(trouble)
            self.is_connected = False
            if self._is_ending:  # the library's own trouble with the end came in place of it
                raise asyncio.CancelledError
            await asyncio.sleep(self._backoff.take())

    async def _connected(self) -> None:
        will = aiomqtt.Will(self._bridge_topic, OFFLINE, qos=QOS, retain=True)
        async with self._broker.session(self._identifier, will=will) as client:
            await client.publish(self._bridge_topic, ONLINE, qos=QOS, retain=True)
            for topic in self._listens:
                await client.subscribe(topic, qos=QOS)
            self._welcome()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen(client), name="mqtt listening")
                    group.create_task(self._sweep(client), name="mqtt sweeping")
                    group.create_task(self._publish(client), name="mqtt publishing")
            except asyncio.CancelledError:
                self._is_ending = True
                await self._say_goodbye(client)
                raise

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """Say what the will would have said: a clean end takes the will back."""
        try:
            async with asyncio.timeout(FAREWELL_S):
                await client.publish(self._bridge_topic, OFFLINE, qos=QOS, retain=True)
        except (aiomqtt.MqttError, TimeoutError) as error:
            log.info("the MQTT broker did not hear the goodbye: %s", error)

    def _welcome(self) -> None:
        self._backoff.reset()
        self.is_connected = True
        self.trouble = ""
        now = asyncio.get_running_loop().time()
        if self._away_since is not None:
            log.warning("the MQTT broker is back after %.0f s", now - self._away_since)
        else:
            log.info("connected to the MQTT broker at %s:%d", self._broker.host, self._broker.port)
        self._away_since = None
        # A broker may have forgotten everything, so it gets everything again.
        self._later.clear()
        self._held.clear()
        self._ready.update(dict.fromkeys(self._states))
        self._changed.set()

    def _lost(self, trouble: ExceptionGroup[Exception]) -> None:
        error = _first(trouble)
        level = logging.WARNING if self._away_since is None else logging.DEBUG
        log.log(level, "no connection to the MQTT broker at %s:%d: %s", self._broker.host, self._broker.port, error)
        self.trouble = str(error)
        if self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()

    async def _listen(self, client: aiomqtt.Client) -> None:
        # Also without topics to hear: this is what notices that the connection is gone.
        async for message in client.messages:
            if message.topic.value in self._listens:
                self._heard(message.topic.value, message.payload)
            elif message.retain:
                self._found(message.topic.value, message.payload)

    async def _sweep(self, client: aiomqtt.Client) -> None:
        """Look at what is retained, and stop listening before our own states come back to us one by one."""
        for topic in self._sweeps:
            await client.subscribe(topic, qos=QOS)
        await asyncio.sleep(SWEEP_S)
        for topic in self._sweeps:
            await client.unsubscribe(topic)

    async def _publish(self, client: aiomqtt.Client) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            self._wake_held(loop.time())
            if not self._ready:
                await self._sleep(loop.time())
                continue
            topic = next(iter(self._ready))
            del self._ready[topic]
            render = self._states.get(topic)
            payload = b"" if render is None else self._rendered(topic, render)
            if payload is None:
                continue
            self._sent_at[topic] = loop.time()
            try:
                await client.publish(topic, payload, qos=QOS, retain=True)
            except BaseException:
                self._ready[topic] = None
                raise
            self.published += 1
            if render is None:
                self._sent_at.pop(topic, None)

    def _rendered(self, topic: str, render: Render) -> bytes | None:
        try:
            return render()
        except Exception:
            # One state that cannot be written must not take all the others away.
            log.exception("the state for %s cannot be written", topic)
            self.dropped["unwritable"] += 1
            return None

    def _wake_held(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            topic = heapq.heappop(self._later)[1]
            if topic in self._held:
                self._held.discard(topic)
                self._ready[topic] = None

    async def _sleep(self, now: float) -> None:
        wait_s = max(self._later[0][0] - now, 0.0) if self._later else None
        try:
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        except TimeoutError:
            return


def _first(trouble: BaseException) -> BaseException:
    return _first(trouble.exceptions[0]) if isinstance(trouble, BaseExceptionGroup) else trouble
