"""The daemon's poll path without its clock: the same parts that `run` puts together, asked by the benchmark."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from config.model import SiteConfig
from daemon.clock import SystemClock
from daemon.fleet import DeviceState, Fleet
from daemon.inventory import listed
from daemon.market import Market, Quote
from daemon.metrics.device_lines import DeviceLines
from daemon.metrics.own import OwnMetrics
from daemon.schedule import Slot
from daemon.watch import Watch, Watched


class DaemonPath:
    """Asks one device at a time; each poll updates state, money and lines."""

    def __init__(self, site: dict[str, Any]) -> None:
        config = SiteConfig.model_validate(site["configuration"])
        clock = SystemClock()
        self.market = Market(config)
        self.market.update(
            now=clock.now(),
            quotes={
                "hashprice": Quote(value=45.0, age_s=1.0, currency="USD"),
                "power_price": Quote(value=0.05, age_s=1.0, currency="USD"),
            },
            network=None,
        )
        self.lines = DeviceLines()
        self.fleet = Fleet()
        self.lost_by: list[DeviceState] = []
        self.watch = Watch(clock=clock, own=OwnMetrics(), outcome=self)
        for item in listed(config, config.devices, read_secret=lambda _: ""):
            state = self.fleet.add(item.entry)
            self.lines.clear(state)
            slot = Slot(item.entry.id, interval_s=item.entry.interval_s, group="")
            self.watch.add(Watched(state, target=item.target), slot=slot)
        self.keys = [state.entry.id for state in self.fleet]
        self.ask = self.watch.ask

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep alive what the path needs."""
        yield

    def answered(self, device: DeviceState) -> None:
        """Value the device and write its lines."""
        reading = device.reading
        assert reading is not None
        device.money = self.market.money(reading, reject_ratio=device.reject_ratio, expected_hs=device.expected_hs)
        self.lines.write(device)

    def lost(self, device: DeviceState) -> None:
        """Keep what should not have happened."""
        self.lost_by.append(device)

    def verify(self) -> None:
        """Refuse figures that were made by not doing the work."""
        assert all(state.reading and state.money and state.money.margin_per_day for state in self.fleet)
