"""What every watched pool owed and paid, day by day: fed at each survey, and read by rule L-05. No sockets."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from config.currencies import BITCOIN
from config.model.pools import Pool
from daemon.economics.network import DAY_S
from daemon.economics.payout_check import PayoutDay, mean_due_btc
from daemon.economics.subsidy import SATS_PER_BTC
from daemon.ledger.records import PoolDay
from daemon.rules.history.payouts import PayoutMemory, PayoutPast, PayoutStep
from daemon.rules.history.work import Bounds
from daemon.rules.pool.payout import FOUND, PAID
from daemon.rules.rule import Need
from daemon.rules.snapshot import PayoutFacts, PoolFacts, SignalFacts, usable
from daemon.rules.survey.places import Endpoint, endpoint_of

if TYPE_CHECKING:
    from daemon.site import Site

_endpoint_of = lru_cache(maxsize=1024)(endpoint_of)


class PayoutBooks:
    """Keeps the days of every configured pool; one that leaves the configuration is forgotten."""

    def __init__(self) -> None:
        self._past: dict[str, PayoutPast] = {}
        self._kept: dict[str, PayoutMemory] = {}

    def look(
        self, site: "Site", pools: Sequence[PoolFacts], signals: Mapping[str, SignalFacts]
    ) -> tuple[PoolFacts, ...]:
        """Take in what was proved since the last look, and give the pools' facts with their days."""
        now = site.clock.now()
        proved = site.work.take_proved()
        configured = {pool.id: pool for pool in site.config.pools}
        self._past = {key: self._past_of(pool, currency=site.config.site.currency) for key, pool in configured.items()}
        self._kept.clear()
        watched = frozenset(_endpoint_of(pool.url) for pool in configured.values())
        for key, pool in configured.items():
            self._past[key].feed(_step(site, pool, signals, proved, watched, now=now), now=now)
        return tuple(
            msgspec.structs.replace(facts, payout=self.facts(configured[facts.id])) if facts.id in configured else facts
            for facts in pools
        )

    def facts(self, pool: Pool) -> PayoutFacts | None:
        """Give a pool's days as the rule reads them; None before the first look."""
        past = self._past.get(pool.id)
        if past is None:
            return None
        return PayoutFacts(scheme=past.scheme, currency=past.unit, minimum_btc=pool.payout.minimum_btc, days=past.days)

    def newest_days(self, *, pools: Mapping[str, Pool], now: float) -> list[PoolDay]:
        """Give the days that may still change, for the ledger: what is told tomorrow is of today."""
        return [
            _pool_day(key, record, past=past, currency=pools[key].payout.currency)
            for key, past in self._past.items()
            if key in pools
            for record in past.days
            if record.day >= int(now // DAY_S) - 2
        ]

    def export_state(self) -> bytes:
        """Write every pool's days down (MessagePack), to be handed to `restore_state` after a restart."""
        return msgspec.msgpack.encode({key: past.memory() for key, past in self._past.items()})

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, for the pools of the next look; raises ValueError for anything else."""
        try:
            self._kept = msgspec.msgpack.decode(written, type=dict[str, PayoutMemory])
        except msgspec.MsgspecError as error:
            raise ValueError(f"not the pools' payouts: {error}") from error

    def _past_of(self, pool: Pool, *, currency: str) -> PayoutPast:
        """Give a pool's past; another scheme or unit of payment begins anew."""
        unit = BITCOIN if pool.payout.currency == BITCOIN else currency
        past = self._past.get(pool.id)
        if past is not None and (past.scheme, past.unit) == (pool.scheme, unit):
            return past
        return PayoutPast(scheme=pool.scheme, unit=unit, memory=self._kept.get(pool.id))


def _step(
    site: "Site",
    pool: Pool,
    signals: Mapping[str, SignalFacts],
    proved: Mapping[str, Bounds],
    watched: Collection[Endpoint],
    *,
    now: float,
) -> PayoutStep:
    own = _endpoint_of(pool.url)
    network = site.network
    places = [(_endpoint_of(url), bounds) for url, bounds in proved.items()]
    mine = [bounds for place, bounds in places if place == own or (place[0] == own[0] and place not in watched)]
    subsidy = network.subsidy_sats if network is not None else None
    fees = network.fees_mean_sats if network is not None else None
    highest = pool.payout.highest_fee_ratio
    paid = _of_today(signals, PAID, pool.id, now=now)
    exchange = signals.get(site.config.exchange.get(pool.payout.currency, ""))
    rate = exchange.value if exchange is not None and exchange.ok else None
    return PayoutStep(
        work_low=sum(bounds.low for bounds in mine),
        work_high=sum(bounds.high for bounds in mine),
        difficulty=network.difficulty if network is not None else None,
        subsidy_btc=None if subsidy is None else subsidy / SATS_PER_BTC,
        fees_btc=None if fees is None else fees / SATS_PER_BTC,
        fee_ratio=pool.fee_ratio,
        highest_fee_ratio=pool.fee_ratio if highest is None else highest,
        pool_hashrate_hs=pool.hashrate_hs,
        in_money=pool.payout.currency != BITCOIN,
        btc_price=site.market.prices.btc_price,
        paid=paid,
        paid_own=None if paid is None or not rate else paid / rate,
        found_blocks=_of_today(signals, FOUND, pool.id, now=now),
    )


def _pool_day(pool: str, record: PayoutDay, *, past: PayoutPast, currency: str) -> PoolDay:
    """Write a day for the ledger: what was due, what was paid in the pool's own currency, and what that is worth."""
    low, high = mean_due_btc(record, scheme=past.scheme)
    in_bitcoin = past.unit == BITCOIN
    prices = (record.btc_price_low, record.btc_price_high) if in_bitcoin else (1.0, 1.0)
    worth = [None if record.paid is None or price is None else record.paid * price for price in prices]
    return PoolDay(
        day=record.day,
        pool=pool,
        currency=currency,
        due_low_btc=low,
        due_high_btc=high,
        paid=record.paid if record.paid_own is None else record.paid_own,
        value_low=worth[0],
        value_high=worth[1],
    )


def _of_today(signals: Mapping[str, SignalFacts], need: Need, pool: str, *, now: float) -> float | None:
    """Give a signal that was told since midnight UTC: an older one speaks of another day than yesterday."""
    facts = signals.get(need.name(pool))
    if facts is None or (facts.age_s is not None and facts.age_s > now % DAY_S):
        return None
    return usable(signals, need, pool)
