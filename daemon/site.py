"""The site's state and what happens to it: a poll comes in, prices change, a survey is due. No sockets, no files.

A good poll updates the device's money, history, findings and metric lines at once, for that is all one device. What
concerns feeders, pools and the whole is worked out by the survey, every few seconds, in slices.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from collectors.reading import Reading
from config.model import SiteConfig
from daemon.books import Books
from daemon.capacity.feeder import FeederCapacity
from daemon.clock import Clock
from daemon.economics.hashrate_error import account_of, hashrate_error
from daemon.economics.money import Money
from daemon.fleet import DeviceState, Fleet
from daemon.market import Market, Quote
from daemon.meters import MeterAccount
from daemon.metrics.device_lines import DeviceLines
from daemon.money_window import SHORT_S, money_rate, seen_mean
from daemon.network import NetworkState
from daemon.payout_books import PayoutBooks
from daemon.pool_accounts import Account
from daemon.prospects import Prospects
from daemon.rules.better import Advisor
from daemon.rules.context import Context
from daemon.rules.curtailed import Curtailed, curtailed
from daemon.rules.engine import Engine, Transition
from daemon.rules.history.bias import SETTLE_S, PowerBias
from daemon.rules.history.claims import plain_claims
from daemon.rules.history.devices import DeviceHistory
from daemon.rules.history.points import OperatingPoints
from daemon.rules.history.site import SiteHistory
from daemon.rules.history.work import STEP_S, WorkHistory
from daemon.rules.snapshot import (
    ConfigFacts,
    Duplicate,
    LedgerFacts,
    MarketFacts,
    PoolFacts,
    SignalFacts,
    Snapshot,
    Unlisted,
)
from daemon.rules.survey.surveyor import Survey, Surveyor
from daemon.site_books import outlook_of
from daemon.site_plan import SitePlan
from daemon.site_snapshot import Inputs, snapshot_of
from daemon.totals import Count, Totals

SLICE = 250
UNSETTLED_S = 60.0  # how often the lines of a day's work are written until its first ten minutes are settled
CURTAILMENT_TARGET = "curtailment_target"
LOAD_RULES = ("S-01/feeder", "S-02/feeder", "S-03/feeder", "S-05/feeder")
"""Findings that say of a feeder's load that it is not what the devices claim."""


class Site:
    """Everything that is known of one site. `tell` takes the transitions of findings as they happen."""

    def __init__(
        self,
        config: SiteConfig,
        *,
        clock: Clock,
        engine: Engine,
        tell: Callable[[Sequence[Transition]], None],
        seen: Callable[[DeviceState], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.engine = engine
        self.fleet = Fleet()
        self.lines = DeviceLines()
        self.device_history = DeviceHistory()
        self.work = WorkHistory()
        self.advisor = Advisor(OperatingPoints())
        self.power_bias = PowerBias()
        self._priced = 0
        self.history = SiteHistory()
        self.context = Context(site=config.site.id, now=clock.now(), history=self.device_history, work=self.work)
        self.context.better = self.advisor.better
        self.network: NetworkState | None = None
        self.signals: Mapping[str, SignalFacts] = {}
        self.pools: Sequence[PoolFacts] = ()
        self.accounts: Sequence[Account] = ()
        self.survey: Survey | None = None
        self.totals = Totals()
        self.capacity: tuple[FeederCapacity, ...] = ()
        self.curtailed = Curtailed()
        self.prospects = Prospects(self)
        self.meters: tuple[MeterAccount, ...] = ()
        self.payouts = PayoutBooks()
        self.unexplained_w: float | None = None
        self.meter_w: float | None = None
        self.duplicates: Callable[[float], tuple[Duplicate, ...]] = lambda _: ()
        self._tell = tell
        self._seen = seen
        self.market = Market(config)
        self.books = Books(site=config.site.id, timezone=config.site.timezone)
        self.ledger_facts: LedgerFacts | None = None
        self.changes: ConfigFacts | None = None
        self.strangers: tuple[Unlisted, ...] | None = None
        self.strangers_trouble: tuple[str, ...] = ()
        self.configure(config)

    def configure(self, config: SiteConfig) -> None:
        """Take a configuration, at the start or on a reload; devices are added and removed one by one."""
        self.config = config
        self.plan = SitePlan.of(config)
        self.prospects.forget()
        before = self.market
        # Polls that come before the next look at prices must not find a market without any.
        self._priced += 1
        self.market = Market(config, prices=before.prices if before.currency == config.site.currency else None)
        self.books.configure(site=config.site.id, timezone=config.site.timezone)
        self.context.currency = config.site.currency
        self.context.allowed = self.plan.allowed
        self.context.cooling = self.plan.cooling

    # What polls do; the watch calls these.

    def answered(self, device: DeviceState) -> None:
        """Take a good poll all the way: money, history, rules, metric lines."""
        now = self.clock.now()
        reading = device.reading
        if reading is None:
            return
        hashrate_hs, window_s = money_rate(reading)
        device.seen_mean = None
        if window_s is None or window_s < SHORT_S:
            hour = self.work.hour(device.entry.id, now=now)
            seen = seen_mean(reading, hour, window_s=window_s, interval_s=device.entry.interval_s)
            if seen is not None:
                device.seen_mean = seen
                hashrate_hs, window_s = seen.hashrate_hs, seen.counted_s
        device.hashrate_error = hashrate_error(
            hashrate_hs, window_s=window_s, account=device.account, algorithm=reading.algorithm
        )
        device.money = self._money(device, reading)
        self.device_history.feed(device, now)
        self.work.feed(device, now)
        self.advisor.points.feed(device, now)
        self.advisor.look(device, self.market.terms, now=now, priced=self._priced)
        turn = now // (STEP_S if self.work.is_settled(device.entry.id) else UNSETTLED_S)
        if self.lines.owes_work(device, turn=turn):
            day = self.work.newest_day(device.entry.id, now=now)
            self.lines.write_work(device, day, turn=turn)
            device.account = account_of(day, reject_ratio=device.reject_ratio)
        self.books.poll(device, now)
        self._judge(device, now)

    def _money(self, device: DeviceState, reading: Reading) -> Money:
        return self.market.money(
            reading,
            reject_ratio=device.reject_ratio,
            expected_hs=device.expected_hs,
            hashrate_hs=None if device.seen_mean is None else device.seen_mean.hashrate_hs,
            bias=self.power_bias.of(device),
            hashrate_error=device.hashrate_error,
        )

    def lost(self, device: DeviceState) -> None:
        """Take a lost poll: rules about silence, and the lines of a device that may have gone stale."""
        now = self.clock.now()
        self.books.poll(device, now)
        self._judge(device, now)

    def _judge(self, device: DeviceState, now: float) -> None:
        self.context.now = now
        transitions = self.engine.judge_device(device, self.context)
        self.lines.write(device)
        if transitions:
            self._tell(transitions)
        self._seen(device)

    # What the inventory does.

    def add(self, device: DeviceState) -> None:
        """Show a device that has just joined the fleet."""
        self.lines.clear(device)
        self.lines.write(device)

    def remove(self, device_id: str) -> None:
        """Let a device go, with its lines and its past."""
        self.lines.clear(self.fleet.remove(device_id))
        self.device_history.forget(device_id)
        self.books.forget(device_id)
        self.work.forget(device_id)
        self.advisor.forget(device_id)

    # What prices do.

    async def reprice(
        self, quotes: Mapping[str, Quote], *, facts: Callable[[], Mapping[str, SignalFacts]] = dict
    ) -> bool:
        """Take the newest prices; when they changed, value the whole fleet anew, in slices. True when they did.

        `facts` gives what the signals say by then, a computed hashprice among them. Verdicts are frozen, and say so,
        from the very prices on whose sources disagree; the finding about it takes its time.
        """
        changed = self._update_market(quotes)
        self._judge_signals(facts())
        frozen = self.engine.frozen(self.market.signals)
        if frozen != self.context.frozen:
            self.context.frozen = frozen
            changed = self._update_market(quotes) or changed
        if changed:
            self._priced += 1
            for number, device in enumerate(list(self.fleet), start=1):
                if device.reading is not None and not device.stale:
                    device.money = self._money(device, device.reading)
                    self.lines.owe_money(device)
                if number % SLICE == 0:
                    await asyncio.sleep(0)
        return changed

    def _update_market(self, quotes: Mapping[str, Quote]) -> bool:
        now = self.clock.now()
        return self.market.update(
            now=now,
            quotes=quotes,
            network=self.network,
            drawn_w=self._drawn_w(),
            month_peak_w=self.history.facts(now).month_peak_w,
            frozen=self.context.frozen,
        )

    def _drawn_w(self) -> float | None:
        """Give what the site draws at its utility meters, by the last survey: theirs, else the devices' times the PUE.

        Silent devices count with what they drew last. None before a survey, while a device hides its watts, and while
        it is the silent ones that decide whether a minimum take is used up.
        """
        if self.survey is None or self.meter_w is not None:
            return self.meter_w
        fleet, tariff = self.survey.fleet, self.config.tariff
        if fleet.unknown_devices:
            return None
        least, most = fleet.power_w * self.config.site.pue, (fleet.power_w + fleet.silent_w) * self.config.site.pue
        if tariff is not None and least <= tariff.minimum_take_w < most:
            return None
        return most

    def _judge_signals(self, facts: Mapping[str, SignalFacts]) -> None:
        if not facts:
            return
        snapshot = Snapshot(
            now=self.clock.now(),
            site=self.config.site.id,
            currency=self.config.site.currency,
            signals=facts,
            market=MarketFacts(fee_share=self.market.prices.fee_share),
        )
        transitions = self.engine.judge_site(snapshot, only="signal")
        if transitions:
            self._tell(transitions)

    # What the survey does.

    async def look_around(self, inputs: Inputs) -> None:
        """Walk the fleet in slices, sum it up, work out capacity, and judge everything larger than a device."""
        plan = self.plan
        self._curtail(inputs)
        inputs = msgspec.structs.replace(inputs, pools=self.payouts.look(self, inputs.pools, inputs.signals))
        self.signals, self.pools = inputs.signals, inputs.pools
        await self.prospects.look()
        survey, self.totals = await self._walk(plan)
        while plan is not self.plan:  # a reload between two slices: what was counted is of another site
            plan = self.plan
            survey, self.totals = await self._walk(plan)
        self.survey = survey
        self.context.peers = survey.peers
        self.context.now = now = self.clock.now()
        self.context.maintenance = self.plan.in_maintenance(now)
        result = snapshot_of(self, inputs, now=now)
        self.capacity = result.capacity
        self.meters, self.unexplained_w, self.meter_w = result.meters, result.unexplained_w, result.meter_w
        self.books.survey(outlook_of(self, result.snapshot), now=now)
        self._learn_biases(survey, result.snapshot, now=now)
        transitions = self.engine.judge_site(result.snapshot)
        if transitions:
            self._tell(transitions)

    def _learn_biases(self, survey: Survey, snapshot: Snapshot, *, now: float) -> None:
        """Hold plain feeders' meters against what their devices claim; findings about a feeder's load rule it out.

        A feeder in the dark tells what else it draws, whatever is found there.
        """
        doubted = self.engine.doubted(LOAD_RULES)
        losses = {plan.id: plan.loss_ratio for plan in self.plan.feeders}
        for feeder in snapshot.feeders:
            load = feeder.load
            is_plain = load.answering == load.devices and not load.unknown_devices and not load.starting
            if feeder.meter_w is None or not is_plain:
                continue
            if feeder.dark_for_s is not None:
                dark = survey.claims.get(feeder.id)
                if dark is not None and feeder.dark_for_s >= SETTLE_S:
                    self.power_bias.feed_dark(feeder.id, dark, now=now, meter_w=feeder.meter_w)
                continue
            claims = plain_claims(survey.claims, feeder.id)
            if claims is None or feeder.id in doubted:
                continue
            self.power_bias.feed(
                feeder.id,
                claims,
                now=now,
                meter_w=feeder.meter_w,
                auxiliary_w=feeder.auxiliary_w,
                loss_ratio=losses[feeder.id],
            )
        self.power_bias.learn(now)

    def _curtail(self, inputs: Inputs) -> None:
        now = self.clock.now()
        target = inputs.signals.get(CURTAILMENT_TARGET)
        self.curtailed = curtailed(
            self.plan.in_curtailment(now),
            site=self.config.site.id,
            target_w=target.value if target is not None and target.ok else None,
            contracted_w=sum(feeder.contracted_w for feeder in self.plan.feeders),
            peak_w=self.history.facts(now).month_peak_w,
        )
        self.context.curtailed = self.curtailed.places

    async def _walk(self, plan: SitePlan) -> tuple[Survey, Totals]:
        surveyor = Surveyor(
            history=self.device_history,
            work=self.work,
            feeders=[feeder.id for feeder in plan.feeders],
            row_of=plan.row_of,
            cooling=plan.cooling,
            excused=plan.in_maintenance(self.clock.now()) | self.context.curtailed,
            site=self.config.site.id,
            metered=plan.meters,
        )
        count = Count()
        for number, device in enumerate(list(self.fleet), start=1):
            surveyor.add(device)
            count.add(device)
            if number % SLICE == 0:
                await asyncio.sleep(0)
        survey = surveyor.finish()
        return survey, count.totals(survey)
