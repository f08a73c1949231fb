"""Fleet, watch and schedule in line with the inventory."""

from typing import Any

import msgspec
import pytest

from collectors.reading import Reading
from collectors.target import Target
from config.load import load_text
from daemon.clock import SystemClock
from daemon.fleet import DeviceEntry
from daemon.inventory import Listed
from daemon.metrics.own import OwnMetrics
from daemon.roster import PORTION, Roster
from daemon.rules.engine import Engine
from daemon.schedule import Scheduler
from daemon.site import Site
from daemon.watch import Watch

CONFIG = "version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1}]\n"


class Ground:
    """A roster with everything that it keeps in line, nothing of it running."""

    def __init__(self) -> None:
        clock = SystemClock()
        config = load_text(CONFIG, file="site.yaml").config
        self.site = Site(config, clock=clock, engine=Engine(()), tell=lambda _: None)
        self.watch = Watch(clock=clock, own=OwnMetrics(), outcome=self.site)
        self.scheduler = Scheduler(
            ask=self.watch.ask, concurrency=8, per_group=8, lag=lambda _: None, skipped=lambda _: None
        )
        self.roster = Roster(site=self.site, watch=self.watch, scheduler=self.scheduler)


def one(name: str, *, username: str | None = None, **more: Any) -> Listed:
    entry = DeviceEntry(**{"id": name, "host": "127.0.0.1", "family": "antminer", **more})
    return Listed(entry=entry, target=Target(entry.host, ports=entry.ports, username=username))


@pytest.fixture
async def ground() -> Ground:
    return Ground()


async def test_a_large_inventory_is_taken_in_portions(ground: Ground) -> None:
    """Thousands of devices come and go a portion at a time, and the newest list holds when all is done."""
    count = 2 * PORTION + 1
    steps = list(ground.roster.taking([one(f"m{number}") for number in range(count)]))
    assert [PORTION, 2 * PORTION, count] == [step.added for step in steps]
    steps = list(ground.roster.taking([one("m0", slot="7")]))
    assert [PORTION, 2 * PORTION, count - 1] == [step.removed for step in steps]
    last = steps[-1]
    assert (0, count - 1, 1) == (last.added, last.removed, last.changed)
    assert (("m0",), 1) == (ground.roster.ids, len(ground.site.fleet))


async def test_an_exchange_while_an_inventory_is_taken(ground: Ground) -> None:
    """Who is coming or going is not exchanged with anybody; who stays is, and stays so when all is taken."""
    names = [f"m{number}" for number in range(PORTION + 1)]
    places = {name: f"127.0.1.{number}" for number, name in enumerate([*names, "gone", "new"])}
    ground.roster.take([one(name, host=places[name]) for name in [*names, "gone"]])
    taking = ground.roster.taking([one(name, host=places[name]) for name in [*names, "new"]])
    assert (0, 1) == ((step := next(taking)).added, step.removed)
    ground.roster.exchange("m1", "gone")
    ground.roster.exchange("m1", "new")
    ground.roster.exchange("m2", "m3")
    assert (1, 1) == ((step := list(taking)[-1]).added, step.removed)
    assert (*names, "new") == ground.roster.ids

    def host(name: str) -> str:
        watched = ground.watch.get(name)
        assert watched is not None
        return watched.target.host

    assert [places["m1"], places["m3"], places["m2"]] == [host(name) for name in ("m1", "m2", "m3")]


async def test_who_comes_goes_and_stays(ground: Ground) -> None:
    """Devices are added, removed and counted as changed; who stays keeps its state object and its slot."""
    change = ground.roster.take([one("m1"), one("m2")])
    assert (2, 0, 0) == (change.added, change.removed, change.changed)
    state, slot, watched = ground.site.fleet.get("m1"), ground.scheduler.slot("m1"), ground.watch.get("m1")
    change = ground.roster.take([one("m3"), one("m1")])
    assert (1, 1, 0) == (change.added, change.removed, change.changed)
    assert ("m3", "m1") == tuple(ground.roster.ids)
    assert (state, slot, watched) == (
        ground.site.fleet.get("m1"), ground.scheduler.slot("m1"), ground.watch.get("m1"),
    )  # fmt: skip
    assert (None, None, None) == (
        ground.site.fleet.get("m2"), ground.scheduler.slot("m2"), ground.watch.get("m2"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ({"rack": "r9"}, False),
        ({"power_w": 3000.0}, False),
        ({"interval_s": 7.0}, False),
        ({"host": "127.0.0.2"}, True),
        ({"ports": {"api": 4029}}, True),
        ({"family": "whatsminer"}, True),
        ({"username": "root"}, True),
    ],
)
async def test_a_change_keeps_the_past(ground: Ground, changed: dict[str, Any], anew: bool) -> None:
    """Whatever changes, counters stay; who is asked in another way is identified and talked to anew."""
    ground.roster.take([one("m1")])
    state = ground.site.fleet.get("m1")
    assert state is not None
    state.energy_j["metered"] = 5.0
    state.accept(Reading(family="antminer", make="Antminer"), now=100.0)
    watched = ground.watch.get("m1")
    assert watched is not None
    watched.target.memory["known"] = True
    assert 1 == ground.roster.take([one("m1", **changed)]).changed
    after = ground.watch.get("m1")
    assert after is not None
    assert (state, 5.0) == (ground.site.fleet.get("m1"), state.energy_j["metered"])
    assert anew == ("known" not in after.target.memory)
    entry = msgspec.structs.asdict(state.entry)
    assert all(entry[key] == value for key, value in changed.items() if key in entry)
    slot = ground.scheduler.slot("m1")
    assert slot is not None
    assert changed.get("interval_s", 30.0) == slot.interval_s
    assert 0 == ground.roster.take([one("m1", **changed)]).changed
