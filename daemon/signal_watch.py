"""The site's signals as the daemon uses them: kept up to date, and given to the market and to the rules."""

import asyncio
from collections.abc import Mapping

from collectors.signals.reading import SignalReading
from collectors.signals.signals import Prepared, Signals, prepare
from config.load import Loaded
from config.model import SiteConfig
from daemon.clock import Clock
from daemon.market import BTC_PRICE, HASHPRICE, POWER_PRICE, Quote
from daemon.rules.snapshot import SignalFacts
from daemon.start import StartError
from daemon.tasks import Tasks

# Two live sources this far apart cannot both be right, and no verdict may wait for a rule's hours to say so.
DISAGREEMENT_RATIO = 0.20


class SignalWatch:
    """Every configured signal; what it knows survives a reload where the settings stayed the same."""

    def __init__(self, *, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._signals: Signals | None = None
        self._task: asyncio.Task[None] | None = None
        self._prices: tuple[str, ...] = ()

    @staticmethod
    def prepare(loaded: Loaded) -> Prepared:
        """Read secrets and certificates that the signals need; blocks. Raises SecretError or StartError."""
        try:
            return prepare(loaded.config, base=loaded.folder)
        except OSError as error:
            raise StartError(f"mqtt: its TLS files cannot be used: {error}") from error

    async def take(self, config: SiteConfig, prepared: Prepared) -> None:
        """Follow these signals from now on."""
        signals = Signals(config.signals, prepared=prepared, previous=self._signals, now=self._clock.now)
        if self._task is not None:
            await self._tasks.stop(self._task)
        self._signals = signals
        live = config.tariff.signal if config.tariff is not None else None
        self._prices = tuple(dict.fromkeys(name for name in (HASHPRICE, BTC_PRICE, POWER_PRICE, live) if name))
        self._task = self._tasks.start(signals.run(), name="the signals")

    @property
    def have_answered(self) -> bool:
        """True once every source has given something, or failed, at least one time."""
        return self._signals is None or self._signals.have_answered

    def readings(self) -> dict[str, SignalReading]:
        """Give every signal as it is to be used now."""
        return {} if self._signals is None else self._signals.all(now=self._clock.now())

    def quotes(self) -> Mapping[str, Quote]:
        """Give every signal as the market takes it."""
        now = self._clock.now()
        return {
            name: Quote(
                value=reading.value,
                age_s=reading.age_s(now),
                reason=None if reading.value is not None else _words(reading),
                currency=reading.currency,
            )
            for name, reading in self.readings().items()
        }

    def facts(self) -> Mapping[str, SignalFacts]:
        """Give every signal as the rules see it."""
        now = self._clock.now()
        return {
            name: SignalFacts(
                value=reading.value,
                age_s=reading.age_s(now),
                ok=reading.state == "ok",
                unit=reading.unit,
                sources=dict(reading.sources),
            )
            for name, reading in self.readings().items()
        }

    def frozen(self) -> str:
        """Say why no verdict may rest on the prices now; empty when their sources agree well enough."""
        for name in self._prices:
            reading = self._signals.get(name, now=self._clock.now()) if self._signals is not None else None
            if reading is None or len(reading.sources) < 2:
                continue
            low, high = min(reading.sources.values()), max(reading.sources.values())
            if high - low > DISAGREEMENT_RATIO * max(abs(low), abs(high)):
                said = ", ".join(f"{source} {value:.6g}" for source, value in sorted(reading.sources.items()))
                return f"The sources of {name} disagree ({said} {reading.unit})."
        return ""


def _words(reading: SignalReading) -> str:
    state = reading.state.replace("_", " ")
    return f"signal {reading.name} is {state}: {reading.reason}"
