"""Numbers that come by MQTT: all topics of the site over one connection, as long as the broker has one for us."""

import asyncio
import logging
import time
from collections.abc import Sequence

import aiomqtt
import msgspec

from collectors.backoff import Backoff
from collectors.broker import Broker
from collectors.errors import Garbled
from collectors.signals.guard import Guard
from collectors.signals.number import NotANumber, digits
from collectors.signals.source import Trouble

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
QOS = 1


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One signal's topic, and the place of the number in its payload (None: the payload is the number)."""

    topic: str
    pointer: str | None
    guard: Guard


async def listen(
    broker: Broker,
    subscriptions: Sequence[Subscription],
    *,
    identifier: str,
    first_retry_s: float = FIRST_RETRY_S,
) -> None:
    """Keep a connection and hand payloads to the guards until cancelled.

    A retained payload counts as new when it arrives: MQTT does not say how old it is.
    """
    backoff = Backoff(first_s=first_retry_s, limit_s=LONGEST_RETRY_S)
    by_topic: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        by_topic.setdefault(subscription.topic, []).append(subscription)
    troubles = {subscription.guard.name: Trouble(subscription.guard.name) for subscription in subscriptions}
    while True:
        try:
            async with broker.session(identifier) as client:
                await client.subscribe([(topic, QOS) for topic in by_topic])
                backoff.reset()
                async for message in client.messages:
                    for subscription in by_topic.get(message.topic.value, ()):
                        _take(subscription, message.payload, trouble=troubles[subscription.guard.name])
        except (aiomqtt.MqttError, OSError) as error:
            for subscription in subscriptions:
                name = subscription.guard.name
                subscription.guard.fail(f"no connection to the MQTT broker: {error}")
                troubles[name].tell(f"no connection to the MQTT broker at {broker.host}: {error}")
        await asyncio.sleep(backoff.take())


def _take(subscription: Subscription, payload: object, *, trouble: Trouble) -> None:
    guard = subscription.guard
    content = payload if isinstance(payload, bytes) else str(payload).encode()
    try:
        number = digits(content, pointer=subscription.pointer)
    except NotANumber as error:
        guard.refuse(error)
        trouble.tell(str(error))
    except Garbled as error:
        guard.fail(str(error))
        trouble.tell(str(error))
    else:
        if guard.offer(number, at=time.time()) == "ok":
            trouble.over()
        else:
            trouble.tell(guard.judge(time.time()).reason)
