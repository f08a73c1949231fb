"""A fleet judged through a series by the very rules that are in force, with their timers. Pure.

One device stands for all of its kind; it is judged as running, because what is asked is what would have been flagged.
"""

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import floor, nan
from typing import Final

import msgspec

from collectors.reading import Reading
from config.model import SiteConfig
from daemon.backtest.series import Series
from daemon.economics.batch import Batch
from daemon.economics.money import Money
from daemon.economics.network import fees_from_share
from daemon.economics.subsidy import SATS_PER_BTC
from daemon.economics.tariff_hours import zone_of
from daemon.economics.tiers import cut_off
from daemon.fleet import DeviceEntry, DeviceState
from daemon.market import BTC_PRICE, HASHPRICE, POWER_PRICE, Market, Quote
from daemon.network import NetworkState
from daemon.rules.context import Context
from daemon.rules.engine import GAP_S, Engine, Transition
from daemon.rules.history.site import SiteHistory
from daemon.rules.settings import Setting
from daemon.rules.snapshot import FleetFacts, MarketFacts, ModelFacts, Snapshot, Tier

GROUP: Final = "profitability"
STOPS: Final = ("P-01", "P-08")
"""The rules whose open finding says that a device had better stop."""
FLAP_S: Final = 86_400.0
# Epoch seconds of the blocks at which the subsidy halved, and the subsidy from then on in BTC.
HALVINGS: Final = ((1354116278, 25.0), (1468082773, 12.5), (1589225023, 6.25), (1713571767, 3.125))


class Constants(msgspec.Struct, frozen=True, kw_only=True):
    """What holds throughout, where the series has no such column; money in the site's currency."""

    hashprice: float | None = None
    btc_price: float | None = None
    difficulty: float | None = None
    fee_share: float = 0.0
    reject_ratio: float = 0.0


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """One finding from opening to closing; `closed_at` is None when it was open at the end."""

    rule: str
    subject: str
    severity: str
    opened_at: float
    closed_at: float | None
    message: str


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What each kind of device did through the series, one figure a row; NaN is not known.

    `ratio` is what running costs over what it earns: above one it loses. `revenue` and `cost` are money per day of one
    device, `cost` without what is paid anyway. `stopped` is 1 where a rule's open finding said stop.
    """

    batch: Batch
    ratio: "array[float]"
    revenue: "array[float]"
    cost: "array[float]"
    stopped: "array[float]"


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """How it went: every flag in order, each kind's course, the power price, and the rows without a verdict."""

    flags: list[Flag]
    courses: list[Course]
    price: "array[float]"
    unknown: int


def play(
    series: Series, fleet: Sequence[Batch], *, config: SiteConfig, settings: Iterable[Setting], constants: Constants
) -> Played:
    """Play a series through the rules of the profitability group among `settings`."""
    stage = _Stage(series, fleet, config=config, settings=settings, constants=constants)
    for place in range(len(series.times)):
        stage.step(place)
    return stage.played()


def subsidy_at(instant: float) -> float:
    """Give the block subsidy in BTC at an epoch second, by the halvings that have been; 50 before the first."""
    subsidy = 50.0
    for since, paid in HALVINGS:
        if instant >= since:
            subsidy = paid
    return subsidy


class _Stage:
    def __init__(
        self,
        series: Series,
        fleet: Sequence[Batch],
        *,
        config: SiteConfig,
        settings: Iterable[Setting],
        constants: Constants,
    ) -> None:
        self.series, self.config, self.constants = series, config, constants
        self.market = Market(config)
        chosen = [one for one in settings if one.rule.group == GROUP]
        self.engine = Engine(chosen, gap_s=max(GAP_S, 3 * series.interval_s))
        self.context = Context(site=config.site.id, now=series.times[0])
        self.context.currency = config.site.currency
        self.history = SiteHistory()
        self.zone = zone_of(config.site.timezone)
        self.power_w = sum((batch.power_w or 0.0) * batch.count for batch in fleet)
        is_known = all(batch.power_w is not None for batch in fleet)
        self.drawn_w = self.power_w * config.site.pue if is_known else None
        self.signals = {POWER_PRICE, *([config.tariff.signal] if config.tariff and config.tariff.signal else [])}
        self.upkeep = config.costs.maintenance_per_device_day
        self.kinds = [_Kind(batch, name) for batch, name in zip(fleet, _names(fleet), strict=True)]
        self.courses = [
            Course(batch=batch, ratio=array("d"), revenue=array("d"), cost=array("d"), stopped=array("d"))
            for batch in fleet
        ]
        self.price = array("d")
        self.open: dict[tuple[str, str], Flag] = {}
        self.flags: list[Flag] = []
        self.unknown = 0

    def step(self, place: int) -> None:
        """Take one row: prices, then every kind's money, then the rules."""
        now = self.context.now = self.series.times[place]
        self._reprice(place, now)
        price = self.market.prices.price.price_per_kwh
        self.price.append(nan if price is None else price)
        is_known = True
        for kind, course in zip(self.kinds, self.courses, strict=True):
            money = self._poll(kind, now)
            is_known = self._course(course, money) and is_known
            self._told(self.engine.judge_device(kind.device, self.context), now)
        self.unknown += not is_known
        self._told(self.engine.judge_site(self._snapshot(now)), now)
        for kind, course in zip(self.kinds, self.courses, strict=True):
            course.stopped.append(float(any((rule, kind.name) in self.open for rule in STOPS)))

    def played(self) -> Played:
        """Give what happened; what is still open stays open."""
        flags = sorted([*self.flags, *self.open.values()], key=lambda flag: (flag.opened_at, flag.rule, flag.subject))
        return Played(flags=flags, courses=self.courses, price=self.price, unknown=self.unknown)

    def _reprice(self, place: int, now: float) -> None:
        series, given, currency = self.series, self.constants, self.config.site.currency
        quotes: dict[str, Quote] = {}
        if POWER_PRICE in series.values:
            quotes.update((name, Quote(value=series.value(POWER_PRICE, place))) for name in self.signals)
        for name, fixed in ((BTC_PRICE, given.btc_price), (HASHPRICE, given.hashprice)):
            if name in series.values:
                money = series.currencies.get(name, currency)
                quotes[name] = Quote(value=series.value(name, place), currency=money)
            elif fixed is not None:
                quotes[name] = Quote(value=fixed, currency=currency)
        difficulty = series.value("difficulty", place) if "difficulty" in series.values else given.difficulty
        network = None
        if difficulty is not None and difficulty > 0.0:
            subsidy = subsidy_at(now)
            fees = fees_from_share(subsidy_btc=subsidy, fee_share=given.fee_share)
            network = NetworkState(
                difficulty=difficulty,
                subsidy_sats=round(subsidy * SATS_PER_BTC),
                fees_mean_sats=fees * SATS_PER_BTC,
                age_s=0.0,
            )
        self.market.update(now=now, quotes=quotes, network=network, drawn_w=self.drawn_w)

    def _poll(self, kind: "_Kind", now: float) -> Money:
        device = kind.device
        device.accept(kind.reading, now=now)
        money = self.market.money(kind.reading, reject_ratio=self.constants.reject_ratio, expected_hs=None)
        device.money = kind.money = money
        self.context.history.feed(device, now)
        return money

    def _course(self, course: Course, money: Money) -> bool:
        """Note a kind's money; False when it is not known."""
        if money.margin_per_day is None or not money.revenue_per_day:
            for column in (course.ratio, course.revenue, course.cost):
                column.append(nan)
            return False
        cost = money.revenue_per_day - money.margin_per_day - self.upkeep
        course.revenue.append(money.revenue_per_day)
        course.cost.append(cost)
        course.ratio.append(cost / money.revenue_per_day)
        return True

    def _snapshot(self, now: float) -> Snapshot:
        market, config, rejects = self.market.prices, self.config, self.constants.reject_ratio
        net = self.market.net_hashprice(reject_ratio=rejects)
        local = datetime.fromtimestamp(now, UTC).astimezone(self.zone)
        self.history.feed(
            now,
            month_start=local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp(),
            site_w=self.drawn_w,
            devices_w=None,
            cost_ratio=self.market.cost_ratio(reject_ratio=rejects),
            hashprice_per_ph_day=net,
        )
        return Snapshot(
            now=now,
            site=config.site.id,
            currency=config.site.currency,
            models=tuple(kind.facts() for kind in self.kinds),
            fleet=_fleet(self.kinds, power_w=self.power_w),
            market=MarketFacts(
                price_per_kwh=self.market.marginal_per_kwh(),
                is_live=market.price.is_live,
                hashprice_per_ph_day=market.hashprice_per_ph_day,
                hashprice_net_per_ph_day=net,
                cutoff_j_per_th=None if net is None else cut_off(self.market.usual_terms(), reject_ratio=rejects),
                cutoff_7d_j_per_th=self.history.cutoff_7d(now),
                fee_share=market.fee_share,
            ),
        )

    def _told(self, changes: Sequence[Transition], now: float) -> None:
        for change in changes:
            finding = change.finding
            key = (finding.rule, finding.subject)
            if change.kind == "opened":
                self.open[key] = Flag(
                    rule=finding.rule,
                    subject=finding.subject,
                    severity=finding.severity,
                    opened_at=now,
                    closed_at=None,
                    message=finding.message,
                )
            elif key in self.open and change.kind == "closed":
                self.flags.append(msgspec.structs.replace(self.open.pop(key), closed_at=now))
            elif key in self.open:
                self.open[key] = msgspec.structs.replace(self.open[key], severity=finding.severity)


class _Kind:
    """Devices of one kind, and the one that stands for them."""

    def __init__(self, batch: Batch, name: str) -> None:
        self.batch, self.name = batch, name
        self.money: Money | None = None
        self.device = DeviceState(DeviceEntry(id=name, host=name, model=batch.model), index=0)
        self.reading = Reading(
            family="backtest",
            model=batch.model,
            state="hashing",
            hashrate_hs=batch.hashrate_hs,
            power_w=batch.power_w,
            power_grade=batch.grade,
        )

    def facts(self) -> ModelFacts:
        """Give what the rules about models see."""
        batch, money = self.batch, self.money
        word = money.verdict if money else "unknown"
        watts = (batch.power_w or 0.0) * batch.count
        costs = sum(money.cost_terms.values()) * batch.count if money else 0.0
        return ModelFacts(
            id=self.name,
            model=batch.model,
            devices=batch.count,
            unprofitable=batch.count if word == "unprofitable" else 0,
            undecided=batch.count if word == "undecided" else 0,
            undecided_cost_per_day=costs if word == "undecided" else 0.0,
            undecided_w=watts if word == "undecided" else 0.0,
            power_w=watts,
            hashrate_hs=(batch.hashrate_hs or 0.0) * batch.count,
            break_even_price_per_kwh=money.break_even_price_per_kwh if money else None,
            break_even_hashprice_per_ph_day=money.break_even_hashprice_per_ph_day if money else None,
        )


def _fleet(kinds: Sequence[_Kind], *, power_w: float) -> FleetFacts:
    devices = sum(kind.batch.count for kind in kinds)
    hashrate = sum((kind.batch.hashrate_hs or 0.0) * kind.batch.count for kind in kinds)
    priced = [(kind.batch.count, kind.money) for kind in kinds if kind.money is not None]
    return FleetFacts(
        devices=devices,
        answering=devices,
        hashing=devices,
        hashrate_hs=hashrate,
        power_w=power_w,
        unknown_devices=sum(kind.batch.count for kind in kinds if not kind.batch.power_w),
        cost_per_day=sum(count * sum(money.cost_terms.values()) for count, money in priced),
        margin_per_day=sum(count * (money.margin_per_day or 0.0) for count, money in priced),
        tiers=tuple(
            Tier(
                j_per_th=float(floor(kind.batch.j_per_th)),
                devices=kind.batch.count,
                hashrate_hs=(kind.batch.hashrate_hs or 0.0) * kind.batch.count,
                power_w=(kind.batch.power_w or 0.0) * kind.batch.count,
            )
            for kind in kinds
            if kind.batch.j_per_th is not None
        ),
    )


def _names(fleet: Sequence[Batch]) -> list[str]:
    """Name every kind, those of one model by number."""
    names: list[str] = []
    for batch in fleet:
        name, number = batch.model, 2
        while name in names:
            name, number = f"{batch.model} #{number}", number + 1
        names.append(name)
    return names
