"""The configured signals at work: their tasks, and what market and rules take from them."""

import asyncio

import msgspec

from collectors.signals.reading import SignalReading
from collectors.signals.signals import Prepared, Signals, prepare
from config.currencies import BITCOIN
from config.load import Loaded
from config.model import SiteConfig
from config.model.signals import Signal
from daemon.clock import Clock
from daemon.exchange import exchanged
from daemon.market import BTC_PRICE, HASHPRICE, Quote
from daemon.rules.snapshot import SignalFacts
from daemon.tasks import Tasks

JOBS = "pools' jobs"


class SignalWatch:
    """Keeps the signals up to date; the tasks belong to `tasks`."""

    def __init__(self, *, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._signals: Signals | None = None
        self._settings: dict[str, Signal] = {}
        self._prepared: Prepared | None = None
        self._currency = ""
        self._exchange: dict[str, str] = {}
        self._has_pools = False
        self._task: asyncio.Task[None] | None = None

    @staticmethod
    def prepare(loaded: Loaded) -> Prepared:
        """Read the signals' secrets and certificates; reads files, raises SecretError and OSError."""
        return prepare(loaded.config, base=loaded.folder)

    async def take(self, config: SiteConfig, prepared: Prepared) -> None:
        """Bring the signals in line with a configuration; what did not change keeps its value."""
        self._currency, self._exchange = config.site.currency, dict(config.exchange)
        self._has_pools = bool(config.pools)
        if config.signals == self._settings and prepared == self._prepared:
            return
        if self._task is not None:
            await self._tasks.stop(self._task)
        self._settings, self._prepared = dict(config.signals), prepared
        self._signals = Signals(config.signals, prepared=prepared, previous=self._signals, now=self._clock.now)
        self._task = self._tasks.start(self._signals.run(), name="the signals")

    @property
    def have_answered(self) -> bool:
        """True once every source has given something, or failed, at least one time."""
        return self._signals is None or self._signals.have_answered

    def quotes(self) -> dict[str, Quote]:
        """Give every signal as the market takes it."""
        now = self._clock.now()
        return {
            name: Quote(
                value=reading.value,
                age_s=reading.age_s(now),
                reason=reading.reason or None,
                currency=reading.currency,
            )
            for name, reading in self._readings(now).items()
        }

    def facts(self, *, computed_hashprice: float | None = None) -> dict[str, SignalFacts]:
        """Give every signal as the rules take it; a computed hashprice counts as a source beside a measured one.

        `computed_hashprice` is in the site's currency. A hashprice that the operator fixed is his word: a contract's
        rate or a plan's, which no job contradicts.
        """
        now = self._clock.now()
        readings = self._readings(now)
        facts = {name: _facts(reading, now, claimants=self._claimants(name)) for name, reading in readings.items()}
        known, computed = facts.get(HASHPRICE), computed_hashprice
        if known is not None and readings[HASHPRICE].currency == BITCOIN:
            price = facts.get(BTC_PRICE)
            computed = computed / price.value if computed is not None and price is not None and price.value else None
        if known is not None and computed is not None and not readings[HASHPRICE].is_fixed:
            own = {HASHPRICE: known.value} if known.ok and known.value is not None else {}
            facts[HASHPRICE] = msgspec.structs.replace(known, sources={**own, **known.sources, JOBS: computed})
        return facts

    def _claimants(self, name: str) -> int:
        """Count what would say a signal's value by measuring: itself, its fallbacks, and the jobs for a hashprice."""
        known = [one for one in (name, *self._settings[name].fallback) if one in self._settings]
        measured = sum(self._settings[one].static is None for one in known)
        return measured + (name == HASHPRICE and self._has_pools and self._settings[name].static is None)

    def _readings(self, now: float) -> dict[str, SignalReading]:
        if self._signals is None:
            return {}
        return exchanged(self._signals.all(now=now), currency=self._currency, exchange=self._exchange)


def _facts(reading: SignalReading, now: float, *, claimants: int) -> SignalFacts:
    return SignalFacts(
        value=reading.value,
        age_s=reading.age_s(now),
        ok=reading.state == "ok",
        reason=reading.reason,
        unit=reading.unit,
        sources=reading.sources,
        claimants=claimants,
    )
