"""The composition root: builds the daemon from a configuration, runs it, and takes it down again."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from collectors.broker import Broker
from config.load import Loaded
from config.secret import SecretError
from daemon import persistence, systemd
from daemon.audit import Audit
from daemon.bookkeeper import Bookkeeper
from daemon.clock import Clock, SystemClock
from daemon.findings import Finding
from daemon.fleet import DeviceState
from daemon.front import Front
from daemon.guesses import Guesses
from daemon.herald import Herald
from daemon.hooks.build import HookProblem, subscriptions
from daemon.hooks.notifier import Notifier
from daemon.inventory import inventory
from daemon.lag import LoopLag
from daemon.ledger import Ledger
from daemon.ledger.changes import Way
from daemon.ledger_place import ledger_path
from daemon.log import configure as configure_log
from daemon.marks import LedgerMarks
from daemon.memory import settle
from daemon.metrics.own import OwnMetrics
from daemon.mqtt_feed import MqttFeed
from daemon.notices import notices
from daemon.offers import Document, Offers
from daemon.outside import facts_of, inputs_of
from daemon.pool_watch import PoolWatch
from daemon.progress import Progress, patience_s
from daemon.queues import Queues
from daemon.reload import Reloader
from daemon.roster import Change, Roster
from daemon.rules.engine import Engine
from daemon.schedule import Scheduler
from daemon.signal_watch import SignalWatch
from daemon.site import Site
from daemon.start import StartError, rules_in_force
from daemon.stranger_watch import StrangerWatch
from daemon.tasks import Tasks, cut_short
from daemon.truth import accounts
from daemon.view import View
from daemon.watch import Watch
from daemon.web.events import Events

log = logging.getLogger(__name__)

SURVEY_S = 10.0
KEEP_S = 60.0
ACCOUNTS_EVERY = 12  # surveys; a walk of the fleet that changes little from one survey to the next


class App:
    """One daemon for one site."""

    def __init__(self, loaded: Loaded, *, clock: Clock | None = None, survey_s: float | None = None) -> None:
        self.loaded = loaded
        self.clock = clock or SystemClock()
        self.own = OwnMetrics()
        self.address = ""
        config = loaded.config
        self._survey_s = survey_s or min(SURVEY_S, config.polling.interval_s)
        self.events = Events(dropped=lambda: self.own.queue_dropped.labels("events", "reader_slow").inc())
        self._herald = Herald(events=self.events, published=self._found)
        self.site = Site(
            config, clock=self.clock, engine=Engine(rules_in_force(config)), tell=self._herald.tell, seen=self._seen
        )
        self.watch = Watch(clock=self.clock, own=self.own, outcome=self.site)
        self.scheduler = Scheduler(
            ask=self.watch.ask,
            concurrency=config.polling.concurrency,
            per_group=config.polling.per_subnet,
            lag=self.own.poll_lag.observe,
            skipped=self.own.polls_skipped.inc,
        )
        self.guesses = Guesses()
        self.roster = Roster(site=self.site, watch=self.watch, scheduler=self.scheduler, guesses=self.guesses)
        self.site.duplicates = self.watch.identities.duplicates
        self.mqtt: MqttFeed | None = None
        self.offers = Offers(clock=self.clock, tell=self._offered)
        self._surveys = 0
        self._queues = Queues(self)

    async def run(
        self,
        stop: asyncio.Event,
        *,
        reload: Callable[[], Awaitable[str]] | None = None,
        ready: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start everything, tell `ready` the address, go on until `stop` is set; raises a failing part's error.

        `reload` waits for the next wish that the configuration be read again, and names whose it is. A `stop` during
        the start breaks it off.
        """
        async with AsyncExitStack() as stack:
            async with cut_short(stop):
                ready(await stack.enter_async_context(self.started()))
                if reload is not None:
                    self._tasks.start(self._reload_when(reload), name="the reload")
            if not stop.is_set():
                await self._tasks.until(stop)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[str]:
        """Run for as long as the block lasts; gives the page's address. Raises StartError with what to do."""
        async with AsyncExitStack() as stack:
            self.ledger = await self._open_ledger(stack)
            self._tasks = await stack.enter_async_context(Tasks())
            await self._build()
            self.address = await stack.enter_async_context(self.front.serving())
            self._start()
            systemd.notify("READY=1", f"STATUS=watching {len(self.roster.ids)} devices at {self.address}")
            log.info("watching %d devices, page at %s", len(self.roster.ids), self.address)
            try:
                yield self.address
            finally:
                systemd.notify("STOPPING=1")
                self.bookkeeper.keep_now()
                persistence.keep_now(self.ledger, self._parts())

    async def reload(self, *, actor: str = "") -> list[str]:
        """Take the configuration file as it is now, asked for over HTTP; the result is every problem."""
        return await self._reloader.reload(way="http", actor=actor)

    async def _build(self) -> None:
        self.signals = SignalWatch(clock=self.clock, tasks=self._tasks)
        self.pools = PoolWatch(clock=self.clock, tasks=self._tasks)
        self.strangers = StrangerWatch(clock=self.clock, tasks=self._tasks)
        self.notifier = Notifier(
            self.ledger,
            clock=self.clock,
            site=self.loaded.config.site.id,
            on_delivered=lambda hook: self.own.hook_deliveries.labels(hook).inc(),
            on_failure=lambda hook, reason: self.own.hook_failures.labels(hook, reason).inc(),
        )
        loop = asyncio.get_running_loop()
        self.progress = Progress(
            self.scheduler, now=loop.time, patience_s=patience_s(self.loaded.config.polling.timeout_s)
        )
        self.audit = Audit(self.ledger, clock=self.clock)
        self._reloader = Reloader(
            self.loaded, apply=self._take, own=self.own, clock=self.clock, taken=self._record_change
        )
        self.marks = LedgerMarks(self.ledger, self.site)
        self.view = View(
            site=self.site,
            watch=self.watch,
            own=self.own,
            pools=self.pools.documents,
            notices=lambda: notices(self),
            ready=lambda: self._surveys > 0 and self.scheduler.finished >= min(1, len(self.roster.ids)),
            marks=self.marks,
            offers=self.offers.documents,
            changes=lambda: [entry.document() for entry in reversed(self.audit.entries)],
        )
        self.front = Front(self.loaded, source=self.view, events=self.events, reload=self.reload)
        self.bookkeeper = Bookkeeper(site=self.site, ledger=self.ledger, clock=self.clock)
        await self.bookkeeper.restore()
        await persistence.restore(self.ledger, self._parts())
        self._herald.tell(persistence.settle(self.site.engine, self.ledger, now=self.clock.now()))
        await self._take(self.loaded)
        await self.audit.begin(self.loaded)

    async def _record_change(self, loaded: Loaded, way: Way, actor: str, lines: list[str]) -> None:
        await self.audit.reloaded(loaded, way=way, actor=actor, lines=lines)

    async def _take(self, loaded: Loaded) -> None:
        """Bring every part in line with a configuration; raises StartError before anything is changed."""
        config = loaded.config
        try:
            listed = await asyncio.to_thread(inventory, loaded)
            hooks = await asyncio.to_thread(
                subscriptions, config.hooks, base=loaded.folder, site=config.site.id, healthy=self.progress.is_healthy
            )
            sources = await asyncio.to_thread(SignalWatch.prepare, loaded)
            passwords = await asyncio.to_thread(PoolWatch.prepare, loaded)
            headers = await asyncio.to_thread(StrangerWatch.prepare, loaded)
            access = await asyncio.to_thread(self.front.prepare, loaded)
            reached = await asyncio.to_thread(MqttFeed.prepare, loaded)
        except (SecretError, HookProblem, OSError) as error:
            raise StartError(str(error)) from error
        now = self.clock.now()
        if config.log != self.loaded.config.log:
            configure_log(level=config.log.level, form=config.log.format)
        self.loaded = loaded
        self.site.configure(config)
        self.scheduler.limit(concurrency=config.polling.concurrency, per_group=config.polling.per_subnet)
        self.progress.patience_s = patience_s(config.polling.timeout_s)
        self.ledger.keep(config.ledger.keep_s)
        await self.front.take(loaded, access)
        self._herald.tell(self.site.engine.configure(rules_in_force(config), now=now))
        change = Change()
        for step in self.roster.taking(listed):
            change = step
            await asyncio.sleep(0)
        self._herald.tell(self.site.engine.keep_devices(self.roster.ids, now=now))
        self.site.power_bias.keep_feeders(frozenset(feeder.id for feeder in config.feeders))
        self.site.history.keep_feeders(frozenset(feeder.id for feeder in config.feeders))
        self.notifier.configure(hooks, site=config.site.id)
        self.offers.configure(loaded)
        await self.signals.take(config, sources)
        await self.pools.take(config, passwords)
        await self.strangers.take(config, headers)
        if self._surveys and self.signals.have_answered:
            await self._reprice()
        await self._take_mqtt(loaded, reached)
        log.debug("inventory: %d added, %d removed, %d changed", change.added, change.removed, change.changed)

    async def _take_mqtt(self, loaded: Loaded, reached: Broker | None) -> None:
        if self.mqtt is not None and not self.mqtt.fits(loaded, reached):
            await self.mqtt.stop()
            self.mqtt = None
        if self.mqtt is None and loaded.config.mqtt is not None:
            self.mqtt = await MqttFeed.start(loaded, tasks=self._tasks)
            for document in self.offers.documents():
                self.mqtt.offer(document)
        if self.mqtt is not None:
            self.mqtt.keep(devices=self.roster.ids, findings=self.ledger.open_findings())

    def _start(self) -> None:
        start = self._tasks.start
        start(self.scheduler.run(), name="the scheduler")
        start(self.notifier.run(), name="the hooks")
        start(LoopLag(report=self.own.loop_lag.set).run(), name="the loop's lag")
        polls = settle(devices=lambda: len(self.roster.ids), polls=lambda: self.scheduler.finished)
        start(polls, name="the collector's rest")
        start(self._herald.run(self.notifier), name="the findings")
        start(self._look_around(), name="the survey")
        start(self._keep(), name="the keeper")
        start(self.guesses.run(lambda: persistence.keep(self.ledger, [self._guessed()])), name="the guesses")
        start(self.bookkeeper.run(), name="the bookkeeper")
        if interval_s := systemd.watchdog_interval_s():
            start(self._feed_watchdog(interval_s), name="the watchdog")

    # What goes out as it happens

    def _found(self, finding: Finding) -> None:
        if self.mqtt is not None:
            self.mqtt.finding(finding)

    def _seen(self, device: DeviceState) -> None:
        if self.mqtt is not None:
            self.mqtt.device(device)

    def _offered(self, document: Document) -> None:
        log.info("capacity offer %s: %s kW%s", document["id"], document["kw_offered"], _withdrawn(document))
        self.events.publish("offer", document)
        if self.mqtt is not None:
            self.mqtt.offer(document)

    # What happens again and again

    async def _look_around(self) -> None:
        while True:
            await self.survey()
            await asyncio.sleep(self._survey_s)

    async def _reload_when(self, asked: Callable[[], Awaitable[str]]) -> None:
        while True:
            await self._reloader.reload(way="signal", actor=await asked())

    async def _reprice(self) -> None:
        await self.site.reprice(self.signals.quotes(), facts=lambda: facts_of(self.site, self.signals))

    async def survey(self) -> None:
        """Take in prices and pools, sum the site up, and say so."""
        site = self.site
        await self.audit.begin(self.loaded)
        self.audit.take_on()
        site.changes = self.audit.facts()
        await self._look_for_strangers()
        site.network = self.pools.network_state()
        await self._reprice()
        await site.look_around(inputs_of(site, self.signals, self.pools))
        if self.scheduler.finished >= len(self.roster.ids):  # before that nobody knows what is spare
            await self.offers.update(site.capacity)
        if not site.accounts or self._surveys % ACCOUNTS_EVERY == 0:
            site.accounts = await accounts(site)
        self._surveys += 1
        self._queues.report()
        document = self.view.site_document()
        self.events.publish("survey", {"at": document["at"], "up": document["up"], "devices": document["devices"]})
        if self.mqtt is not None:
            self.mqtt.site(document)
        systemd.notify(f"STATUS={document['up']} of {document['devices']} devices answer")

    async def _look_for_strangers(self) -> None:
        is_early = self.scheduler.finished < len(self.roster.ids)  # before that nobody knows as whom the devices mine
        if is_early or self._surveys % ACCOUNTS_EVERY:
            return
        marks = self.watch.identities.marks
        self.site.strangers, self.site.strangers_trouble = await self.strangers.facts(self.site.fleet, marks=marks)

    async def _keep(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(KEEP_S)
            await persistence.keep(self.ledger, [part for part in self._parts() if number % part.rounds == 0])

    async def _feed_watchdog(self, interval_s: float) -> None:
        while True:
            if self.progress.is_healthy():
                systemd.notify("WATCHDOG=1")
            await asyncio.sleep(interval_s)

    # The outside

    async def _open_ledger(self, stack: AsyncExitStack) -> Ledger:
        keep_s = self.loaded.config.ledger.keep_s
        ledger = await Ledger.open(ledger_path(self.loaded), clock=self.clock, keep_s=keep_s)
        stack.push_async_callback(ledger.close)
        return ledger

    def _guessed(self) -> persistence.Part:
        return persistence.Part.whole("guesses", self.guesses.export_state, self.guesses.restore_state)

    def _parts(self) -> list[persistence.Part]:
        site, identities, whole = self.site, self.watch.identities, persistence.Part.whole
        return [
            self._guessed(),
            whole("identities", identities.export_state, identities.restore_state, rounds=10),
            persistence.Part(key="rules", give=site.engine.export_pieces, take=site.engine.restore_state),
            whole("devices", site.device_history.export_state, site.device_history.restore_state),
            whole("work", site.work.export_state, site.work.restore_state, rounds=10),
            whole("bias", site.power_bias.export_state, site.power_bias.restore_state, rounds=10),
            whole("points", site.advisor.points.export_state, site.advisor.points.restore_state, rounds=10),
            whole("site", site.history.export_state, site.history.restore_state),
            whole("strangers", self.strangers.export_state, self.strangers.restore_state),
            whole("payouts", site.payouts.export_state, site.payouts.restore_state),
            whole("offers", self.offers.export_state, self.offers.restore_state),
            whole("network", self.pools.export_state, self.pools.restore_state),
            whole("pools", self.pools.export_pasts, self.pools.restore_pasts),
        ]


def _withdrawn(document: Document) -> str:
    return f", withdrawn: {document['reason']}" if document["withdrawn"] else f" until {document['expires']}"
