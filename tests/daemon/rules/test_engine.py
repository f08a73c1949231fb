"""The engine: transitions and nothing else, causes before effects, windows, restarts, reloads."""

import msgspec
import pytest

from collectors.reading import Board
from daemon.fleet import DeviceState
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.engine import Engine
from daemon.rules.episode import finding_id
from daemon.rules.record import SLICE
from daemon.rules.rule import BETWEEN, FINE, Judgement, Need, Rule, unknown
from daemon.rules.settings import resolve, setting
from daemon.rules.snapshot import ModelFacts, SignalFacts
from daemon.rules.survey.surveyor import Surveyor

UNKNOWN = unknown("the answer is missing")


def bad(value=1.0, severity=None):
    return Judgement(holds=True, value=value, threshold=0.0, message="it is bad", severity=severity)


def rule(**changes):
    """A rule that says of a device whatever stands in `context.currency`, a field of no other use here."""
    fields = {
        "id": "T-01",
        "scope": "device",
        "group": "health",
        "title": "test",
        "severity": "warn",
        "judge": lambda device, context, p: context.currency,
        "for_s": 100.0,
        "clear_for_s": 50.0,
        "what": "What.",
        "why": "Why.",
        "do": "Do.",
        "needs": (Need(text="nothing"),),
    }
    return Rule(**fields | changes)


class Watch:
    """One device under one engine, told what to judge."""

    def __init__(self, make, *, gap_s=1e9, **changes):
        self.make = make
        self.device = make.device()
        self.engine = Engine([setting(rule(**changes))], gap_s=gap_s)

    def at(self, now, judgement):
        self.make.context.now = now
        self.make.context.currency = judgement
        return [change.kind for change in self.engine.judge_device(self.device, self.make.context)]

    @property
    def finding(self):
        (finding,) = self.engine.findings()
        return finding


@pytest.fixture
def watch(make):
    return Watch(make)


def test_transitions_are_told_once(watch):
    """Opening and closing are one transition each, and nothing is told between."""
    kinds = [watch.at(now, bad()) for now in (0, 50, 100, 150)] + [watch.at(now, FINE) for now in (200, 250, 300)]
    assert [[], [], ["opened"], [], [], ["closed"], []] == kinds


def test_times_of_a_finding(watch):
    """A finding knows since when it held, when it opened, and where its device stands."""
    for now in (0, 60, 120):
        watch.at(now, bad(now))
    finding = watch.finding
    assert (0, 120, 120, None) == (finding.since, finding.opened_at, finding.updated_at, finding.closed_at)
    assert ("m1", "r1", "3", "f1", "device") == (
        finding.subject, finding.rack, finding.slot, finding.feeder, finding.scope,
    )  # fmt: skip
    assert (120, "it is bad", "Do.", "test") == (finding.value, finding.message, finding.advice, finding.title)


def test_the_id_is_stable_and_belongs_to_the_episode(watch):
    """The id stays from pending to closed, is the same in a replay, and differs for the next episode."""
    watch.at(0, bad())
    first = watch.finding.id
    watch.at(100, bad())
    assert first == watch.finding.id == finding_id("T-01", scope="device", subject="m1", since=0)
    for now in (200, 300):
        watch.at(now, FINE)
    watch.at(400, bad())
    assert first != watch.finding.id


def test_between_the_thresholds_nothing_changes(watch):
    """In the band a pending finding neither opens nor is forgotten, an open one stays open."""
    watch.at(0, bad())
    assert ([], "pending") == (watch.at(500, BETWEEN), watch.finding.state)
    assert (["opened"], "open") == (watch.at(501, bad()), watch.finding.state)
    assert ([], "open") == (watch.at(9999, BETWEEN), watch.finding.state)


def test_unknown_time_is_credited_to_no_timer(watch):
    """Time in which an input was missing counts neither for opening nor for closing."""
    watch.at(0, bad())
    watch.at(10, UNKNOWN)
    finding = watch.finding
    assert (10, "the answer is missing") == (finding.unknown_since, finding.note)
    assert [] == watch.at(1000, bad()), "only 10 s of the first 1000 were known"
    assert None is watch.finding.unknown_since
    assert (["opened"]) == watch.at(1100, bad())
    watch.at(1200, FINE)
    watch.at(1210, UNKNOWN)
    assert [] == watch.at(5000, FINE)
    assert ["closed"] == watch.at(5050, FINE)


def test_time_nobody_looked_is_credited_up_to_the_gap(make):
    """After a gap, as over a restart or a leap of the clock, only the allowed part counts."""
    watch = Watch(make, gap_s=30.0, for_s=100.0)
    watch.device = make.device(entry={"interval_s": 10.0})
    watch.at(0, bad())
    assert [] == watch.at(1_000_000, bad())
    assert [] == watch.at(1_000_030, bad())
    assert [] == watch.at(1_000_060, bad())
    assert ["opened"] == watch.at(1_000_075, bad())


def test_a_clock_that_runs_back_closes_and_opens_nothing(watch):
    """Time that runs backwards moves the timers with it."""
    watch.at(1000, bad())
    assert [] == watch.at(10, bad())
    assert [] == watch.at(60, bad())
    assert ["opened"] == watch.at(111, bad())


def test_worse_is_told_at_once_and_milder_only_after_a_while(watch):
    """A higher level is a transition; a lower one returns quietly, and only when it has lasted."""
    watch.at(0, bad())
    watch.at(100, bad())
    assert (["worse"], "crit") == (watch.at(110, bad(severity="crit")), watch.finding.severity)
    assert ([], "crit") == (watch.at(120, bad()), watch.finding.severity)
    assert ([], "crit") == (watch.at(130, bad(severity="crit")), watch.finding.severity)
    assert [] == watch.at(140, bad())
    assert ([], "warn") == (watch.at(190, bad()), watch.finding.severity)
    assert ["worse"] == watch.at(200, bad(severity="crit"))


def test_a_rule_that_no_longer_concerns_its_subject_closes(watch):
    """None closes an open finding and forgets a pending one."""
    watch.at(0, bad())
    assert ([], 0) == (watch.at(10, None), len(watch.engine))
    watch.at(20, bad())
    watch.at(120, bad())
    assert ["closed"] == watch.at(130, None)


def test_dwell_keeps_it_open(make):
    """An opened finding stays open for its dwell, however early it clears."""
    watch = Watch(make, dwell_s=1000.0)
    watch.at(0, bad())
    watch.at(100, bad())
    assert [[], [], ["closed"]] == [watch.at(now, FINE) for now in (200, 1000, 1100)]


def test_polls_in_a_row_are_counted(make):
    """A rule may want polls as well as time, to open and to close."""
    watch = Watch(make, for_s=0.0, clear_for_s=0.0, for_polls=3, clear_polls=2)
    assert [[], [], ["opened"]] == [watch.at(now, bad()) for now in (1, 2, 3)]
    assert [[], ["closed"]] == [watch.at(now, FINE) for now in (4, 5)]


@pytest.mark.parametrize("kind", ["device", "window", "asleep", "curtailed"])
def test_quiet_times_open_nothing(make, kind):
    """In maintenance, asleep or curtailed by plan nothing opens; afterwards the timer begins anew."""
    watch = Watch(make)
    watch.at(0, bad())
    assert 1 == len(watch.engine)
    if kind == "device":
        watch.device = make.device(entry={"maintenance": True})
    elif kind == "window":
        make.context.maintenance = frozenset({"r1"})
    elif kind == "asleep":
        watch.device = make.device(state="sleeping")
    else:
        make.context.curtailed = frozenset({"f1"})
    assert ([], 0) == (watch.at(60, bad()), len(watch.engine))
    assert ([], 0) == (watch.at(200, bad()), len(watch.engine))
    watch.device = make.device()
    make.context.maintenance = make.context.curtailed = frozenset()
    assert [[], [], ["opened"]] == [watch.at(now, bad()) for now in (300, 350, 400)]


def test_an_open_finding_in_a_window_keeps_still(watch):
    """In a window an open finding says so, does not become worse, and may close."""
    watch.at(0, bad())
    watch.at(100, bad())
    watch.make.context.maintenance = frozenset({"north"})
    assert ([], "warn") == (watch.at(110, bad(severity="crit")), watch.finding.severity)
    assert "a maintenance window is on" == watch.finding.note
    watch.at(120, FINE)
    assert ["closed"] == watch.at(170, FINE)


def test_a_rule_may_ignore_quiet_times(make):
    """A rule without quiet times opens in maintenance and asleep."""
    watch = Watch(make, quiet=(), for_s=0.0)
    watch.device = make.device(entry={"maintenance": True}, state="sleeping")
    assert ["opened"] == watch.at(0, bad())


def test_a_stale_device_makes_its_findings_unknown(watch):
    """When a device stops answering, what was known of it stays, marked unknown, and the timers stand still."""
    watch.at(0, bad())
    watch.device.lose(reason="timed_out", detail="", now=watch.device.reading_at + 100.0, stale_after_s=10.0)
    assert [] == watch.at(500, bad())
    assert "The device does not answer." == watch.finding.note


def test_a_poll_lost_once_changes_nothing(watch):
    """With the reading not yet stale, a lost poll is no news for rules about readings."""
    watch.at(0, bad())
    before = watch.finding
    watch.device.lose(reason="timed_out", detail="", now=watch.device.reading_at + 5.0, stale_after_s=90.0)
    assert ([], before) == (watch.at(500, FINE), watch.finding)


def test_acknowledged_and_silenced_are_carried(watch):
    """Marks stay on the finding, over its transitions and a restart, and an unknown id gives nothing."""
    watch.at(0, bad())
    finding = watch.finding
    assert watch.engine.acknowledge("nothing", by="eva", now=1.0) is None
    assert watch.engine.silence("nothing", until=1.0) is None
    assert "eva" == watch.engine.acknowledge(finding.id, by="eva", now=5.0).acknowledged_by
    assert 900.0 == watch.engine.silence(finding.id, until=900.0).silenced_until
    restored = Engine(watch.engine.settings)
    restored.restore_state(watch.engine.export_state())
    (kept,) = restored.findings()
    assert ("eva", 5.0, 900.0) == (kept.acknowledged_by, kept.acknowledged_at, kept.silenced_until)
    assert None is watch.engine.silence(finding.id, until=None).silenced_until


def test_state_in_pieces(make):
    """The state is written in pieces; what closes between two of them is left out, and what stays is whole."""
    engine = Engine([setting(rule(judge=lambda device, context, p: bad(), for_s=0.0))])
    ids = [f"m{place}" for place in range(2 * SLICE + 1)]
    for place, device_id in enumerate(ids):
        device = DeviceState(make.entry(id=device_id), index=place)
        device.accept(make.device().reading, now=make.context.now)
        engine.judge_device(device, make.context)
    pieces = engine.export_pieces()
    written = [next(pieces), next(pieces)]
    engine.keep_devices([*ids[:SLICE], ids[-1]], now=make.context.now)
    written += pieces
    restored = Engine(engine.settings)
    assert SLICE + 1 == restored.restore_state(b"".join(written))
    assert engine.findings() == restored.findings()


def test_the_worst_comes_first(make):
    """Open before pending, worst first, oldest first; what closes before its turn is left out."""
    levels = {"m1": "info", "m2": "crit", "m3": "warn", "m4": "crit"}
    judged = rule(judge=lambda device, context, p: bad(severity=levels[device.entry.id]), for_s=60.0)
    engine = Engine([setting(judged)])

    def poll(*ids):
        for place, device_id in enumerate(ids):
            device = DeviceState(make.entry(id=device_id), index=place)
            device.accept(make.device().reading, now=make.context.now)
            engine.judge_device(device, make.context)
            make.context.now += 1.0

    poll("m1", "m2", "m3")
    make.context.now += 60.0
    poll("m1", "m3", "m4")
    findings = engine.worst_first()
    assert ("m3", "open") == ((first := next(findings)).subject, first.state)
    engine.keep_devices(["m2", "m3", "m4"], now=make.context.now)
    assert [("m2", "pending"), ("m4", "pending")] == [(one.subject, one.state) for one in findings]
    assert (1, 2) == (engine.count("open"), engine.count("pending"))


def test_what_is_active(make):
    """What is open is given by rule, subject and severity, each once; what is pending is not."""
    judged = rule(scope="feeder", judge=lambda feeder, snapshot, p: bad(severity="crit"), for_s=0.0)
    same = rule(scope="model", judge=lambda model, snapshot, p: bad(severity="crit"), for_s=0.0)
    later = rule(id="T-02", scope="feeder", judge=lambda feeder, snapshot, p: bad(), for_s=60.0)
    engine = Engine([setting(judged), setting(same), setting(later)])
    engine.judge_site(make.snapshot(feeder=make.feeder(), model=ModelFacts(id="f1")))
    assert 3 == len(engine.findings())
    assert [("T-01", "f1", "crit")] == engine.active()


def test_asking_for_one(watch):
    """A finding is found by its id as long as it is not closed, and a rule's by the rule."""
    watch.at(0, bad())
    finding = watch.finding
    assert finding == watch.engine.finding(finding.id)
    assert [finding] == watch.engine.holding("T-01")
    watch.at(10, FINE)
    assert watch.engine.finding(finding.id) is None
    assert [] == watch.engine.holding("T-01")


def test_reload_keeps_timers_and_closes_what_is_off(watch):
    """Changed settings let the timers run on; a rule that is switched off closes its findings."""
    watch.at(0, bad())
    watch.engine.configure([setting(rule(), for_s=60.0)], now=10.0)
    assert ["opened"] == watch.at(60, bad())
    (change,) = watch.engine.configure([], now=70.0)
    assert ("closed", "its rule is switched off") == (change.kind, change.finding.note)
    assert 0 == len(watch.engine)


def test_a_device_that_left_closes_its_findings(watch):
    """Findings of devices that are no longer listed close."""
    watch.at(0, bad())
    watch.at(100, bad())
    assert [] == watch.engine.keep_devices(["m1", "m2"], now=110.0)
    (change,) = watch.engine.keep_devices(["m2"], now=120.0)
    assert ("closed", "its subject is gone", 120.0) == (change.kind, change.finding.note, change.finding.closed_at)


def test_a_subject_that_is_no_longer_there_closes(make):
    """A feeder or pool that leaves the snapshot closes its findings; a pending one is just forgotten."""
    judged = rule(scope="feeder", judge=lambda feeder, snapshot, p: bad(), for_s=0.0)
    engine = Engine([setting(judged)])
    assert ["opened"] == [change.kind for change in engine.judge_site(make.snapshot(feeder=make.feeder()))]
    (change,) = engine.judge_site(make.snapshot())
    assert ("closed", "f1", "f1") == (change.kind, change.finding.subject, change.finding.feeder)


def test_state_of_a_newer_version_is_refused_whole(watch):
    """What cannot be read raises ValueError and changes nothing."""
    watch.at(0, bad())
    for written in (b"", b"[]", b'{"version": 99}', b'{"version": 1, "episodes": [{"key": 1}]}'):
        with pytest.raises(ValueError, match="state"):
            watch.engine.restore_state(written)
    assert 1 == len(watch.engine)


def test_rules_that_are_gone_are_not_restored(watch):
    """State of a rule that is not in force any more is left out."""
    watch.at(0, bad())
    empty = Engine([])
    assert 0 == empty.restore_state(watch.engine.export_state())


def test_advice_that_nobody_follows(make):
    """Open losses are overridden advice until somebody acknowledges them."""
    engine = Engine([setting(one, for_s=0.0) for one in CATALOGUE if one.id == "P-01"])
    make.context.now = 50.0
    (change,) = engine.judge_device(make.device(money=make.money(-3.0)), make.context)
    assert [("m1", 50.0)] == [(one.device, one.since) for one in engine.overrides()]
    engine.acknowledge(change.finding.id, by="eva", now=60.0)
    assert () == engine.overrides()


def test_prices_that_disagree_freeze(make):
    """From the first disagreement on the engine says why no verdict may be given."""
    engine = Engine([setting(one) for one in CATALOGUE if one.id == "P-07"])
    assert "" == engine.frozen()
    signal = SignalFacts(value=40.0, sources={"index": 40.0, "jobs": 30.0})
    engine.judge_site(make.snapshot(signals={"hashprice": signal}))
    assert "index says 40 and jobs says 30" in engine.frozen()


class Hall:
    """A hall of devices under the whole catalogue: polled in turn, surveyed now and then."""

    def __init__(self, make, *, feeders=3, each=40):
        self.make = make
        self.engine = Engine(resolve({}, catalogue=CATALOGUE).rules)
        self.feeders = [f"f{place}" for place in range(feeders)]
        self.devices = []
        self.events = []
        for place in range(feeders * each):
            entry = make.entry(id=f"m{place}", feeder=self.feeders[place % feeders])
            device = DeviceState(entry, index=place)
            device.accept(make.device(boards=(Board(index=0, chip_temperature_c=60.0),)).reading, now=make.context.now)
            self.devices.append(device)

    def run(self, seconds, *, lost=()):
        """Poll every device each 30 s, at its own phase, and survey every 10 s."""
        end = self.make.context.now + seconds
        while self.make.context.now < end:
            self.make.context.now += 1.0
            now = self.make.context.now
            for device in self.devices[int(now) % 30 :: 30]:
                if device.entry.feeder in lost or device.entry.id in lost:
                    device.lose(reason="unreachable", detail="", now=now, stale_after_s=90.0)
                elif device.reading is not None:
                    device.accept(device.reading, now=now)
                self.events += self.engine.judge_device(device, self.make.context)
            if int(now) % 10 == 0:
                self.survey()

    def survey(self):
        surveyor = Surveyor(history=self.make.context.history, feeders=self.feeders)
        for device in self.devices:
            surveyor.add(device)
        found = surveyor.finish()
        feeders = tuple(
            msgspec.structs.replace(self.make.feeder(load=load), id=feeder) for feeder, load in found.feeders.items()
        )
        snapshot = self.make.snapshot(fleet=found.fleet)
        self.events += self.engine.judge_site(msgspec.structs.replace(snapshot, feeders=feeders))

    def told(self, kind="opened"):
        return [
            (one.finding.rule, one.finding.subject)
            for one in self.events
            if one.kind == kind and one.finding.rule == "H-09"
        ]


@pytest.fixture
def hall(make):
    return Hall(make)


def test_a_feeder_trip_is_one_finding(hall):
    """A lost feeder is told once, not by each of its devices; when it is back, it closes once."""
    hall.run(120)
    hall.run(400, lost={"f1"})
    assert [("H-09", "f1")] == hall.told()
    hall.run(400)
    assert [("H-09", "f1")] == hall.told("closed")
    assert [("H-09", "f1")] == hall.told()


@pytest.mark.parametrize("lost", [{"f0", "f1", "f2"}, {"f0", "f2"}])
def test_the_whole_site_lost_is_one_finding(hall, lost):
    """When most feeders are lost at once, the site alone speaks."""
    hall.run(60)
    hall.run(400, lost=lost)
    assert [("H-09", "north")] == hall.told()


def test_a_few_lost_devices_speak_for_themselves(hall):
    """Two devices that are lost on a healthy feeder are two findings."""
    hall.run(60)
    hall.run(300, lost={"m4", "m7"})
    assert [("H-09", "m4"), ("H-09", "m7")] == sorted(hall.told())


def test_who_stays_behind_after_a_trip_is_told(hall):
    """When the feeder is back, a device that is not is its own finding then."""
    hall.run(60)
    hall.run(300, lost={"f1"})
    hall.run(600, lost={"m1"})
    assert [("H-09", "f1"), ("H-09", "m1")] == hall.told()


def test_an_earlier_loss_is_explained_when_its_feeder_goes(hall):
    """A finding that was open before says which finding now explains it."""
    hall.run(60)
    hall.run(200, lost={"m1"})
    hall.run(300, lost={"f1"})
    (alone,) = [finding for finding in hall.engine.findings() if finding.subject == "m1" and finding.rule == "H-09"]
    (feeder,) = [finding for finding in hall.engine.findings() if finding.scope == "feeder" and finding.rule == "H-09"]
    assert feeder.id == alone.cause


def test_a_healthy_hall_is_silent(hall):
    """With nothing wrong there is no finding at all about devices."""
    hall.run(300)
    assert [] == [finding for finding in hall.engine.findings() if finding.scope == "device"]
