"""Power settings at a site: learnt from polls, advice in findings and documents, kept over a restart."""

from collections.abc import Sequence

from collectors.reading import Reading
from config.load import load_text
from daemon.fleet import DeviceEntry
from daemon.market import Quote
from daemon.rules.engine import Engine, Transition
from daemon.site import Site
from daemon.start import rules_in_force

CONFIG = load_text(
    'version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1}]\ntariff: {price: "0.06 USD/kWh"}\n',
    file="site.yaml",
).config
HOUR = 3600.0


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def now(self) -> float:
        return self.at


class Place:
    """A site of one device whose polls are made by hand."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.told: list[Transition] = []
        self.site = Site(CONFIG, clock=clock, engine=Engine(rules_in_force(CONFIG)), tell=self.tell)
        self.device = self.site.fleet.add(DeviceEntry(id="m1", host="127.0.0.1"))
        self.site.add(self.device)

    def tell(self, transitions: Sequence[Transition]) -> None:
        self.told.extend(transitions)

    def run(self, hours: float, *, hashrate_hs: float, power_w: float) -> None:
        until = self.clock.at + hours * HOUR
        while self.clock.at < until:
            self.clock.at += 300.0
            reading = Reading(
                family="antminer", state="hashing", hashrate_hs=hashrate_hs, power_w=power_w, power_grade="metered",
                uptime_s=90000.0,
            )  # fmt: skip
            self.device.accept(reading, now=self.clock.at)
            self.site.answered(self.device)

    async def price(self, hashprice: float) -> None:
        await self.site.reprice({"hashprice": Quote(value=hashprice, currency="USD")})


async def test_what_was_seen_is_advice_and_outlives_a_restart() -> None:
    """A device that ran cheaper for hours is told so after six hours of losing, by a site that was started anew too."""
    clock = Clock()
    before = Place(clock)
    await before.price(41.22)
    before.run(3.0, hashrate_hs=7.45e13, power_w=1905.0)
    before.run(2.0, hashrate_hs=9.6e13, power_w=2850.0)
    place = Place(clock)
    place.site.advisor.points.restore_state(before.site.advisor.points.export_state())
    await place.price(41.22)
    place.run(7.0, hashrate_hs=9.6e13, power_w=2850.0)
    opened = {one.finding.rule: one.finding for one in place.told if one.kind == "opened"}
    assert "At 1905 W" in opened["P-03"].message
    assert "Before it is stopped: at 1905 W" in opened["P-01"].message
    assert ["1905 W", "2850 W"] == [
        one.name for one in place.site.advisor.settings(place.device, place.site.market.terms(place.device.reading))
    ]
    await place.price(90.0)
    place.run(4.0, hashrate_hs=9.6e13, power_w=2850.0)
    assert {"P-01", "P-03"} <= {one.finding.rule for one in place.told if one.kind == "closed"}
    place.site.remove("m1")
    assert {} == place.site.advisor.better
