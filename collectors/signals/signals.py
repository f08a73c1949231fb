"""All signals of a site: kept up to date from their sources, given out with their fallbacks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from collectors.broker import Broker, broker
from collectors.signals.file import FileSource
from collectors.signals.guard import Guard, Limits
from collectors.signals.http import HttpSource
from collectors.signals.mqtt import FIRST_RETRY_S, Subscription, listen
from collectors.signals.promql import PromqlSource
from collectors.signals.reading import SignalReading
from collectors.signals.source import Source, ask_again_and_again
from config.dimensions import Dimension
from config.model import Signal as SignalSettings
from config.model import SiteConfig
from config.secret import resolve


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the signals that had to be read from disk: secrets in headers, and the broker's."""

    headers: Mapping[str, Mapping[str, str]]
    broker: Broker | None
    identifier: str


def prepare(config: SiteConfig, *, base: str | Path) -> Prepared:
    """Read what the signals need; relative paths of secrets start at `base`. Blocks.

    Raises SecretError, and OSError for the broker's certificates.
    """
    headers: dict[str, dict[str, str]] = {}
    for name, signal in config.signals.items():
        asked = signal.http or signal.promql
        if asked is not None:
            headers[name] = {header: resolve(value, base=base) for header, value in asked.headers.items()}
    needs_broker = any(signal.mqtt is not None for signal in config.signals.values())
    settings = config.mqtt if needs_broker else None
    return Prepared(
        headers=headers,
        broker=None if settings is None else broker(settings, base=base),
        identifier=f"{settings.client_id or 'headframe-' + config.site.id}-signals" if settings else "",
    )


class Signals:
    """Every configured signal; `run` keeps them up to date, `get` gives one as it is to be used."""

    def __init__(
        self,
        settings: Mapping[str, SignalSettings],
        *,
        prepared: Prepared,
        previous: "Signals | None" = None,
        now: Callable[[], float] = time.time,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        """Begin with nothing known, but for signals that `previous` had with the very same settings."""
        self._settings = dict(settings)
        self._prepared = prepared
        self._now = now
        self._first_retry_s = first_retry_s
        self._guards: dict[str, Guard] = {}
        for name, signal in settings.items():
            known = previous.guard(name, signal) if previous is not None else None
            self._guards[name] = known or _guard(name, signal)
            if known is None and signal.static is not None:
                self._guards[name].hold(signal.static.value, at=now())

    def guard(self, name: str, settings: SignalSettings) -> Guard | None:
        """Give the guard of a signal; None when there is none with these settings."""
        return self._guards.get(name) if self._settings.get(name) == settings else None

    @property
    def names(self) -> list[str]:
        """Name the signals in the order of the configuration."""
        return list(self._guards)

    @property
    def have_answered(self) -> bool:
        """True once every source has given something, or failed, at least one time."""
        return all(guard.has_spoken for guard in self._guards.values())

    async def run(self) -> None:
        """Keep all signals up to date until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, signal in self._settings.items():
                source = self._source(name, signal)
                if source is not None:
                    group.create_task(ask_again_and_again(source, self._guards[name]), name=f"signal {name}")
            subscriptions = [
                Subscription(topic=signal.mqtt.topic, pointer=signal.mqtt.pointer, guard=self._guards[name])
                for name, signal in self._settings.items()
                if signal.mqtt is not None
            ]
            if subscriptions and self._prepared.broker is not None:
                work = listen(
                    self._prepared.broker,
                    subscriptions,
                    identifier=self._prepared.identifier,
                    first_retry_s=self._first_retry_s,
                )
                group.create_task(work, name="signals by MQTT")

    def get(self, name: str, *, now: float | None = None) -> SignalReading | None:
        """Give a signal as it is to be used: its own value, else the first good one of its fallbacks.

        `sources` holds every fresh measured value, the fallbacks' included. None when there is no such signal.
        """
        if name not in self._guards:
            return None
        at = self._now() if now is None else now
        own = self._guards[name].judge(at)
        others = [self._guards[other].judge(at) for other in self._settings[name].fallback if other in self._guards]
        sources = {source: value for reading in (own, *others) for source, value in reading.sources.items()}
        if own.state != "ok":
            for other in others:
                if other.state == "ok" and (other.unit, other.currency) == (own.unit, own.currency):
                    reason = f"{name} is {own.state.replace('_', ' ')} ({own.reason}); this is {other.name}"
                    return msgspec.structs.replace(other, name=name, reason=reason, sources=sources)
        return msgspec.structs.replace(own, sources=sources)

    def all(self, *, now: float | None = None) -> dict[str, SignalReading]:
        """Give every signal as it is to be used."""
        at = self._now() if now is None else now
        return {name: reading for name in self._guards if (reading := self.get(name, now=at)) is not None}

    def _source(self, name: str, signal: SignalSettings) -> Source | None:
        headers = self._prepared.headers.get(name, {})
        if signal.file is not None:
            return FileSource(signal.file.path, pointer=signal.file.pointer, interval_s=signal.file.interval_s)
        if signal.http is not None:
            asked = signal.http
            return HttpSource(
                asked.url,
                pointer=asked.pointer,
                headers=headers,
                interval_s=asked.interval_s,
                timeout_s=asked.timeout_s,
            )
        if signal.promql is not None:
            query = signal.promql
            return PromqlSource(
                query.url,
                query=query.query,
                headers=headers,
                interval_s=query.interval_s,
                timeout_s=query.timeout_s,
            )
        return None


# Prices that move all day and by a few percent: a slip of the unit is a hundredfold and more.
_WILD_FACTOR: Mapping[Dimension, float] = {"bitcoin_price": 5.0, "hashprice": 5.0}
_STUCK_AFTER_S: Mapping[Dimension, float] = {"bitcoin_price": 12 * 3600.0, "hashprice": 48 * 3600.0}


def _guard(name: str, signal: SignalSettings) -> Guard:
    is_fixed, dimension = signal.static is not None, signal.kind_of_number
    stuck_after_s = signal.stuck_after_s
    if stuck_after_s is None and dimension in _STUCK_AFTER_S:
        stuck_after_s = max(_STUCK_AFTER_S[dimension], 2 * signal.max_age_s)
    minimum, maximum = signal.bounds
    limits = Limits(
        max_age_s=None if is_fixed else signal.max_age_s,
        minimum=minimum,
        maximum=maximum,
        jump_ratio=signal.jump_ratio,
        stuck_after_s=None if is_fixed else stuck_after_s,
        wild_factor=_WILD_FACTOR.get(dimension),
    )
    return Guard(name, unit=signal.measure, limits=limits, is_fixed=is_fixed)
