"""The daemon's poll path: the very parts that `run` puts together, asked by the benchmark or by the scheduler."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from daemon.clock import SystemClock
from daemon.inventory import inventory
from daemon.market import Quote
from daemon.metrics.own import OwnMetrics
from daemon.roster import Roster
from daemon.rules.engine import Engine
from daemon.schedule import Scheduler
from daemon.site import Site
from daemon.start import load_checked, rules_in_force
from daemon.watch import Watch

PRICES = {
    "hashprice": Quote(value=45.0, age_s=1.0, currency="USD"),
    "power_price": Quote(value=0.05, age_s=1.0, currency="USD"),
}


Told = Callable[[str, float, float], None]


class DaemonPath:
    """Asks one device at a time; each poll updates state, money, history, findings and metric lines.

    With `told` the daemon's scheduler asks while `scheduler.run()` runs: after each poll `told` hears the device, how
    late the poll began and how long it took. Made inside the event loop then.
    """

    def __init__(self, configuration: dict[str, Any], *, told: Told | None = None) -> None:
        clock = SystemClock()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "site.yaml"
            path.write_text(yaml.safe_dump(configuration))
            loaded = load_checked(path)
            devices = inventory(loaded)
        self.transitions = 0
        engine = Engine(rules_in_force(loaded.config))
        self.site = Site(loaded.config, clock=clock, engine=engine, tell=self._tell)
        own = OwnMetrics()
        self.watch = Watch(clock=clock, own=own, outcome=self.site)
        self.told = told
        self.scheduler = Scheduler(
            ask=self._ask_when_due,
            concurrency=loaded.config.polling.concurrency,
            per_group=loaded.config.polling.per_subnet,
            lag=own.poll_lag.observe,
            skipped=own.polls_skipped.inc,
        )
        roster = Roster(site=self.site, watch=self.watch, scheduler=self.scheduler if told else None)
        roster.take(devices)
        self.keys = roster.ids
        self.ask = self.watch.ask

    async def _ask_when_due(self, key: str) -> None:
        slot, loop = self.scheduler.slot(key), asyncio.get_running_loop()
        assert slot is not None
        assert self.told is not None
        began = loop.time()
        late_s = began - slot.due
        await self.ask(key)
        self.told(key, late_s, loop.time() - began)

    async def price(self) -> None:
        """Take prices, so that there is money to reckon with."""
        await self.site.reprice(PRICES)

    def verify(self) -> None:
        """Refuse figures that were made by not doing the work."""
        for device in self.site.fleet:
            assert device.missed == 0, f"{device.entry.id}: {device.reason}: {device.detail}"
            assert device.money is not None
            assert device.money.margin_per_day is not None
        page = b"".join(self.site.lines.blocks("headframe_device_hashrate_hashes_per_second"))
        assert page.count(b"\n") == len(self.keys)

    def _tell(self, transitions: Any) -> None:
        self.transitions += len(transitions)
