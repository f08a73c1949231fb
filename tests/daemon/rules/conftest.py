"""A site in miniature for the rules: whatever a rule looks at can be made in one line."""

from typing import Any

import msgspec
import pytest

from collectors.reading import Board, Fan, PoolSlot, Reading
from daemon.capacity.feeder import feeder_capacity
from daemon.capacity.load import FeederLoad
from daemon.capacity.plan import FeederPlan
from daemon.economics.money import Money
from daemon.economics.verdict import verdict
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.context import Context
from daemon.rules.engine import Engine
from daemon.rules.settings import setting
from daemon.rules.snapshot import FeederFacts, FleetFacts, MarketFacts, SignalFacts, SiteFacts, Snapshot

FOREVER = 1e12
START = 1_700_000_000.0
RULES = {rule.key: rule for rule in CATALOGUE}


class Maker:
    """Makes devices, money, pasts, feeders and snapshots; every device is `m1` on feeder `f1` unless told."""

    def __init__(self):
        self.context = Context(site="north", now=START)

    def entry(self, **changes):
        return DeviceEntry(**{"id": "m1", "host": "192.0.2.1", "feeder": "f1", "rack": "r1", "slot": "3"} | changes)

    def device(self, *, entry=None, money=None, missed=0, restarts=(), expected_hs=None, reason=None, **said):
        """Make a device that has just said this, or lost `missed` polls since."""
        device = DeviceState(self.entry(**(entry or {})), index=0)
        reading = {
            "family": "antminer",
            "make": "Antminer",
            "model": "S19j Pro",
            "state": "hashing",
            "uptime_s": 90000.0,
        }
        device.accept(Reading(**reading | said), now=self.context.now)
        device.money = money
        device.restarts = list(restarts)
        device.expected_hs = expected_hs
        for _ in range(missed):
            device.lose(reason=reason or "timed_out", detail="", now=self.context.now, stale_after_s=90.0)
        return device

    def money(self, margin, *, sd=0.1, revenue=4.0, loaded=None, **more):
        """Make money of a margin with its error, judged as everywhere."""
        return Money(
            currency="USD",
            revenue_per_day=revenue,
            margin_per_day=margin,
            margin_sd_per_day=sd,
            margin_loaded_per_day=loaded,
            cost_terms={"energy": revenue - margin},
            energy_cost_per_day=revenue - margin,
            verdict=verdict(margin, sd=sd),
            **more,
        )

    def past(self, **columns):
        """Set what is remembered of `m1`, column by column."""
        history = self.context.history
        row = history.rows.get("m1")
        if row is None:
            history.feed(self.device(), self.context.now)
            row = history.rows["m1"]
        for name, value in columns.items():
            getattr(history, name)[row] = value

    boards = staticmethod(lambda *boards: tuple(Board(index=place, **board) for place, board in enumerate(boards)))
    fans = staticmethod(lambda *rpm, **more: tuple(Fan(index=place, rpm=one, **more) for place, one in enumerate(rpm)))
    pools = staticmethod(lambda *pools: tuple(PoolSlot(index=place, **pool) for place, pool in enumerate(pools)))

    def load(self, **changes):
        return FeederLoad(feeder="f1", **changes)

    def feeder(self, *, load=None, **changes):
        return FeederFacts(id="f1", load=load or self.load(), **{"contracted_w": 500e3} | changes)

    def capacity(self, *, plan=None, load=None, **more):
        """Work out a feeder's capacity and wrap it into its facts."""
        plan = FeederPlan(**{"id": "f1", "contracted_w": 500e3} | (plan or {}))
        load = load or self.load()
        return self.feeder(load=load, capacity=feeder_capacity(plan, load=load, currency="USD", **more))

    def snapshot(self, *, feeder=None, model=None, pool=None, row=None, grant=None, signals=None, **more):
        """Make a snapshot; facts given as mappings are made into what they are."""
        kinds: dict[str, Any] = {"market": MarketFacts, "fleet": FleetFacts, "history": SiteFacts}
        for name, kind in kinds.items():
            if isinstance(more.get(name), dict):
                more[name] = kind(**more[name])
        single = {"feeders": feeder, "models": model, "pools": pool, "rows": row, "grants": grant}
        return Snapshot(
            now=self.context.now,
            site="north",
            signals={
                name: value if isinstance(value, SignalFacts) else SignalFacts(value=value)
                for name, value in (signals or {}).items()
            },
            **{name: () if one is None else (one,) for name, one in single.items()},
            **more,
        )


@pytest.fixture
def make():
    """The maker of a test's site."""
    return Maker()


class Course:
    """One rule alone under an engine, driven by the views of a case."""

    def __init__(self, rule, case, **changes):
        self.rule = rule
        self.case = case
        self.setting = setting(rule, **changes)
        self.engine = Engine([self.setting], gap_s=FOREVER)
        self.make = Maker()
        self.now = START

    def see(self, name, *, after=0.0):
        """Let time pass and show one view; gives the kinds of the transitions."""
        self.now += after
        self.make.context.now = self.now
        view = self.case[name](self.make, self.now)
        if self.rule.scope == "device":
            changes = self.engine.judge_device(view, self.make.context)
        else:
            changes = self.engine.judge_site(msgspec.structs.replace(view, now=self.now))
        return [change.kind for change in changes]

    def open(self):
        """Bring it to open."""
        for _ in range(self.rule.for_polls + 1):
            self.see("bad", after=self.setting.for_s + 1.0)
        self.now += self.setting.dwell_s

    @property
    def state(self):
        """The state of the only finding, or None."""
        findings = self.engine.findings()
        return findings[0].state if findings else None


@pytest.fixture
def life():
    """Take a rule through its life with the views of a case: `bad`, `fine`, perhaps `between` and `unknown`."""

    def lived(key, case):
        rule = RULES[key]
        _opens(Course(rule, case))
        _holds_and_clears(Course(rule, case))
        _never_opens(Course(rule, case))
        if rule.for_s > 0.0:
            _does_not_flap(Course(rule, case))

    return lived


def _opens(course):
    rule = course.rule
    kinds = course.see("bad")
    if rule.for_s > 0.0:
        assert ([], "pending") == (kinds, course.state), "pending at once"
        assert ([], "pending") == (course.see("bad", after=rule.for_s * 0.5), course.state), "and until it has held"
        kinds = course.see("bad", after=rule.for_s * 0.5)
    for _ in range(rule.for_polls - 1):
        assert ([], "pending") == (kinds, course.state), "pending until it has held for enough polls"
        kinds = course.see("bad", after=1.0)
    assert (["opened"], "open") == (kinds, course.state)
    (finding,) = course.engine.findings()
    assert finding.rule == rule.id
    assert finding.message, "it says what is so"
    assert finding.value is not None, "with the value"
    assert [] == course.see("bad", after=1.0), "and says it once"


def _holds_and_clears(course):
    rule, case = course.rule, course.case
    course.open()
    assert "open" == course.state
    for name in ("between", "unknown"):
        if name in case:
            kinds = course.see(name, after=1.0) + course.see(name, after=10 * rule.clear_for_s + 10)
            assert ([], "open") == (kinds, course.state), f"open while {name}"
    if "unknown" in case:
        (finding,) = course.engine.findings()
        assert finding.unknown_since is not None
        assert finding.note, "it says which input is missing"
    kinds = course.see("fine", after=1.0)
    if rule.clear_for_s > 0.0:
        assert ([], "open") == (kinds, course.state), "open until it has been clear long enough"
        assert [] == course.see("fine", after=rule.clear_for_s * 0.5)
        kinds = course.see("fine", after=rule.clear_for_s * 0.5)
    for _ in range(rule.clear_polls - 1):
        assert ([], "open") == (kinds, course.state)
        kinds = course.see("fine", after=1.0)
    assert (["closed"], None) == (kinds, course.state)


def _never_opens(course):
    for name in ("between", "unknown", "fine"):
        if name in course.case:
            for _ in range(5):
                assert ([], None) == (course.see(name, after=course.rule.for_s + 1.0), course.state), name


def _does_not_flap(course):
    for _ in range(10):
        assert [] == course.see("bad", after=course.rule.for_s * 0.6)
        assert [] == course.see("fine", after=course.rule.for_s * 0.6)
    if not course.rule.clear_for_s:
        return
    course.see("bad", after=1.0)
    course.open()
    for _ in range(10):
        assert [] == course.see("fine", after=course.rule.clear_for_s * 0.6)
        assert [] == course.see("bad", after=course.rule.clear_for_s * 0.6), "nor close while it comes back"
