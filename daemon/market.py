"""Prices at one instant, made into the terms that devices' money is worked out with. No clock, no I/O.

The hashprice is the operator's signal where one is configured and fresh, else it is computed from the pools' jobs and
the bitcoin price. What is missing, stale or frozen is None with a sentence that says so, and every verdict that rests
on it is then unknown.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from collectors.reading import Reading
from config.currencies import BITCOIN
from config.model import SiteConfig
from config.model.pools import Pool
from daemon.economics.bias import Bias
from daemon.economics.capital import financing_per_day, straight_line_per_day
from daemon.economics.energy import MONTHS_PER_YEAR, demand_per_kwh, marginal_demand_per_kwh
from daemon.economics.hashrate_error import UNPROVED_RATIO, HashrateError
from daemon.economics.money import Appraiser, Money, Terms
from daemon.economics.network import hashprice
from daemon.economics.pool_scheme import scheme_factor
from daemon.economics.subsidy import SATS_PER_BTC
from daemon.economics.tariff import Period, PriceNow, Tariff, price_at
from daemon.money_window import money_hashrate_hs
from daemon.network import NetworkState
from daemon.rules.context import host_of

HASHPRICE = "hashprice"
BTC_PRICE = "btc_price"
POWER_PRICE = "power_price"
YEAR_DAYS = 365.0
DAY_S = 86_400.0


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One signal as the market takes it: None with a reason when it must not be used; `currency` of money."""

    value: float | None
    age_s: float | None = None
    reason: str | None = None
    currency: str | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What holds now; money in the site's currency, hashprice gross per PH/s and day.

    `subsidy_part` and `fees_part` make up the computed hashprice; None without jobs and a bitcoin price.
    """

    hashprice_per_ph_day: float | None = None
    hashprice_source: str = ""
    hashprice_age_s: float | None = None
    hashprice_reason: str | None = None
    subsidy_part: float | None = None
    fees_part: float | None = None
    fee_share: float | None = None
    btc_price: float | None = None
    price: PriceNow = PriceNow(price_per_kwh=None, reason="No tariff is configured.")
    demand_per_kwh: float | None = None
    frozen: str = ""

    @property
    def computed_per_ph_day(self) -> float | None:
        """The hashprice per PH/s and day from the jobs and the bitcoin price; None while either is not known."""
        if self.subsidy_part is None or self.fees_part is None:
            return None
        return self.subsidy_part + self.fees_part

    @property
    def missing(self) -> str | None:
        """Why no verdict can rest on these prices; None when they will do."""
        if self.frozen:
            return self.frozen
        if self.hashprice_per_ph_day is None:
            return self.hashprice_reason or "The hashprice is not known."
        if self.price.price_per_kwh is None:
            return self.price.reason or "The power price is not known."
        return None


class Market:
    """The site's prices; `update` takes new ones, `money` values a device under them.

    `prices` are what held before, of a market whose configuration this one replaces; they hold until `update`.
    """

    def __init__(self, config: SiteConfig, *, prices: Prices | None = None) -> None:
        self.currency = config.site.currency
        self._config = config
        self._tariff = tariff_of(config)
        self._pools = {host_of(pool.url): pool for pool in reversed(config.pools)}
        self._default = config.pools[0] if config.pools else None
        self._appraisers: dict[str | None, Appraiser] = {}
        self.prices = prices or Prices()
        self._is_new = True

    @property
    def signals(self) -> frozenset[str]:
        """Name the signals that money rests on."""
        tariff = self._tariff
        named = (HASHPRICE, BTC_PRICE, *((tariff.signal, tariff.sell_signal) if tariff is not None else ()))
        return frozenset((*filter(None, named), *self._config.exchange.values()))

    def update(
        self,
        *,
        now: float,
        quotes: Mapping[str, Quote],
        network: NetworkState | None,
        drawn_w: float | None = None,
        month_peak_w: float | None = None,
        frozen: str = "",
    ) -> bool:
        """Take the newest quotes and network state; True when money rests on something else now, or never yet."""
        before = self.prices
        self.prices = self._prices(
            now=now, quotes=quotes, network=network, drawn_w=drawn_w, month_peak_w=month_peak_w, frozen=frozen
        )
        changed = self._is_new or _basis(self.prices) != _basis(before)
        self._is_new = False
        if changed:
            self._appraisers.clear()
        return changed

    def money(
        self,
        reading: Reading,
        *,
        reject_ratio: float | None,
        expected_hs: float | None,
        hashrate_hs: float | None = None,
        bias: Bias | None = None,
        hashrate_error: HashrateError | None = None,
    ) -> Money:
        """Value one device by its newest reading; a `hashrate_hs` goes before the reading's own.

        `bias` is what meters have taught of its watts, `hashrate_error` what is known of its hashrate; without that
        the hashrate is as unsure as one that no shares have proved.
        """
        pool = self.pool_of(reading)
        key = pool.id if pool else None
        appraiser = self._appraisers.get(key)
        if appraiser is None:
            appraiser = self._appraisers[key] = Appraiser(self._terms(pool))
        return appraiser.money(
            hashrate_hs=money_hashrate_hs(reading) if hashrate_hs is None else hashrate_hs,
            power_w=reading.power_w,
            power_grade=reading.power_grade,
            reject_ratio=reject_ratio,
            rated_hs=expected_hs,
            bias=bias,
            hashrate_error=hashrate_error,
        )

    def terms(self, reading: Reading) -> Terms:
        """Give the terms that a device falls under."""
        return self._terms(self.pool_of(reading))

    def usual_terms(self) -> Terms:
        """Give the terms of the first configured pool, for figures that are the site's."""
        return self._terms(self._default)

    def net_hashprice(self, *, reject_ratio: float = 0.0) -> float | None:
        """Give the hashprice after fee and scheme of the first pool, and rejects; None while missing or frozen."""
        gross, paid = self.prices.hashprice_per_ph_day, self.usual_terms().paid_ratio
        if gross is None or paid is None or self.prices.frozen:
            return None
        return gross * paid * (1.0 - reject_ratio)

    def marginal_per_kwh(self) -> float | None:
        """Give what the next kWh costs with the demand and hosting rates on it; None while its price is missing."""
        terms = self.usual_terms()
        price = terms.usable_price_per_kwh
        return None if price is None else price + sum(terms.energy_terms.values())

    def cost_ratio(self, *, reject_ratio: float = 0.0) -> float | None:
        """Give what the energy of one J/TH costs over what its hashes earn: one over the cut-off; None when unknown."""
        net, price = self.net_hashprice(reject_ratio=reject_ratio), self.marginal_per_kwh()
        return None if net is None or price is None or net <= 0.0 else 24.0 * price * self._config.site.pue / net

    def pool_of(self, reading: Reading) -> Pool | None:
        """Give the configured pool that a device mines at; the first one where its own is not configured."""
        for slot in reading.pools:
            if slot.active and slot.url:
                return self._pools.get(_host_of(slot.url), self._default)
        return self._default

    def _terms(self, pool: Pool | None) -> Terms:
        config, prices, costs, tariff = self._config, self.prices, self._config.costs, self._config.tariff
        written_off = interest = None
        if costs.hardware_per_th is not None:
            price, years = costs.hardware_per_th, costs.lifetime_s / DAY_S / YEAR_DAYS
            salvage = price * costs.salvage_ratio
            written_off = straight_line_per_day(cost=price, salvage=salvage, years=years)
            interest = financing_per_day(cost=price, salvage=salvage, years=years, rate=costs.interest_ratio)
        peak = tariff.coincident_peak_per_kw_month if tariff else 0.0
        flat = (costs.hosting_per_kw_month + peak) * MONTHS_PER_YEAR / YEAR_DAYS
        return Terms(
            currency=self.currency,
            hashprice_per_ph_day=prices.hashprice_per_ph_day,
            price_per_kwh=prices.price.price_per_kwh,
            pue=config.site.pue,
            pool_fee_ratio=pool.fee_ratio if pool else 0.0,
            scheme_factor=scheme_factor(pool.scheme, fee_share=prices.fee_share) if pool else 1.0,
            demand_per_kwh=prices.demand_per_kwh,
            hosting_per_kwh=costs.hosting_per_kwh or None,
            maintenance_per_day=costs.maintenance_per_device_day or None,
            depreciation_per_th_day=written_off,
            financing_per_th_day=interest or None,
            overhead_per_day=costs.overhead_per_device_day or None,
            sunk_per_kw_day=flat or None,
            hashrate_error_ratio=UNPROVED_RATIO,
            missing=prices.missing,
        )

    def _prices(
        self,
        *,
        now: float,
        quotes: Mapping[str, Quote],
        network: NetworkState | None,
        drawn_w: float | None,
        month_peak_w: float | None,
        frozen: str,
    ) -> Prices:
        btc = quotes.get(BTC_PRICE)
        btc_price = btc.value if btc else None
        subsidy_part = fees_part = fee_share = None
        has_network = network is not None and network.difficulty is not None
        has_fees = network is not None and network.fees_mean_sats is not None
        if network is not None and network.difficulty and network.subsidy_sats is not None and has_fees:
            parts = hashprice(
                difficulty=network.difficulty,
                subsidy_btc=network.subsidy_sats / SATS_PER_BTC,
                fees_btc_per_block=(network.fees_mean_sats or 0.0) / SATS_PER_BTC,
            )
            fee_share = parts.fee_share
            if btc_price is not None:
                subsidy_part = parts.subsidy_btc_per_ph_day * btc_price
                fees_part = parts.fees_btc_per_ph_day * btc_price
        value, source, age_s, reason = _hashprice(
            quotes.get(HASHPRICE),
            computed=None if subsidy_part is None or fees_part is None else subsidy_part + fees_part,
            computed_age_s=network.age_s if network else None,
            btc=btc,
            btc_price=btc_price,
            has_network=has_network,
            has_fees=has_fees,
        )
        return Prices(
            hashprice_per_ph_day=value,
            hashprice_source=source,
            hashprice_age_s=age_s,
            hashprice_reason=reason,
            subsidy_part=subsidy_part,
            fees_part=fees_part,
            fee_share=fee_share,
            btc_price=btc_price,
            price=self._price(now, quotes, drawn_w=drawn_w),
            demand_per_kwh=self._demand(drawn_w=drawn_w, month_peak_w=month_peak_w),
            frozen=frozen,
        )

    def _price(self, now: float, quotes: Mapping[str, Quote], *, drawn_w: float | None) -> PriceNow:
        if self._tariff is None:
            return PriceNow(price_per_kwh=None, reason="No tariff is configured.")
        values = {name: quote.value for name, quote in quotes.items()}
        return price_at(self._tariff, now, values, drawn_w=drawn_w)

    def _demand(self, *, drawn_w: float | None, month_peak_w: float | None) -> float | None:
        tariff = self._config.tariff
        if tariff is None or not tariff.demand_per_kw_month:
            return None
        if tariff.demand_sunk:
            return 0.0
        if month_peak_w is None:
            return demand_per_kwh(tariff.demand_per_kw_month)
        return marginal_demand_per_kwh(tariff.demand_per_kw_month, power_w=drawn_w, peak_w=month_peak_w)


# A site's devices name the same few addresses at every poll.
_host_of = lru_cache(maxsize=1024)(host_of)


def tariff_of(config: SiteConfig) -> Tariff | None:
    """Make the pure tariff of the configured one; a `power_price` signal is taken where no other is named."""
    written = config.tariff
    signal = POWER_PRICE if POWER_PRICE in config.signals else None
    if written is None:
        return Tariff(timezone=config.site.timezone, signal=signal) if signal else None
    return Tariff(
        timezone=config.site.timezone,
        price_per_kwh=written.price_per_kwh,
        periods=tuple(
            Period(
                name=period.name or "",
                days=period.days,
                months=period.months,
                from_minute=period.from_minute,
                to_minute=period.to_minute,
                price_per_kwh=period.price_per_kwh,
            )
            for period in written.periods
        ),
        holidays=frozenset(written.holidays),
        signal=written.signal or signal,
        adder_per_kwh=written.adder_per_kwh,
        minimum_take_w=written.minimum_take_w,
        sell_signal=written.sell_signal,
        sell_cost_per_kwh=written.sell_cost_per_kwh,
    )


def _hashprice(
    quote: Quote | None,
    *,
    computed: float | None,
    computed_age_s: float | None,
    btc: Quote | None,
    btc_price: float | None,
    has_network: bool,
    has_fees: bool,
) -> tuple[float | None, str, float | None, str | None]:
    """Choose the hashprice: value, source in words, age, and the reason when there is none."""
    if quote is not None and quote.value is not None:
        if quote.currency != BITCOIN:
            return quote.value, "signal hashprice", quote.age_s, None
        if btc_price is not None:
            return quote.value * btc_price, "signal hashprice in bitcoin, times the price", quote.age_s, None
    if computed is not None:
        return computed, "from the pools' jobs and the bitcoin price", computed_age_s, None
    if quote is not None and quote.value is None:
        return None, "", None, f"The hashprice is not known: {quote.reason or 'its signal has no value yet'}."
    if not has_network:
        return None, "", None, "The hashprice is not known: no signal gives it, and no pool has given a usable job."
    if not has_fees:
        return None, "", None, "The hashprice is not known: no pool has shown yet what fees a block brings."
    why = (btc.reason or "its signal has no value yet") if btc is not None else "no btc_price signal is configured"
    return None, "", None, f"The hashprice is not known: no bitcoin price ({why})."


def _basis(prices: Prices) -> tuple[object, ...]:
    return (
        prices.hashprice_per_ph_day,
        prices.price.price_per_kwh,
        prices.demand_per_kwh,
        prices.fee_share,
        prices.missing,
    )
