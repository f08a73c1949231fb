"""What must hold for any course of events, not only for those somebody thought of."""

from itertools import accumulate

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.reading import CONDITIONS, GRADES, Board, Fan, PoolSlot, Reading
from daemon.economics.money import Money
from daemon.economics.verdict import verdict
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.context import AllowedPools, Context, Peers
from daemon.rules.engine import Engine
from daemon.rules.parts import PARTS
from daemon.rules.profitability.cash_loss import RULE as CASH_LOSS
from daemon.rules.profitability.cash_loss import cash_loss
from daemon.rules.rule import BETWEEN, FINE, Judgement, Need, Rule, unknown
from daemon.rules.settings import setting

UNKNOWN = unknown("the answer is missing")
BAD = Judgement(holds=True, value=1.0, threshold=0.0, message="bad")
WORSE = Judgement(holds=True, severity="crit", value=2.0, threshold=0.0, message="worse")
SCRIPT = Rule(
    id="T-01",
    scope="device",
    group="health",
    title="script",
    severity="warn",
    judge=lambda device, context, p: context.currency,
    for_s=100.0,
    clear_for_s=60.0,
    what="What.",
    why="Why.",
    do="Do.",
    needs=(Need(text="nothing"),),
    for_polls=2,
    clear_polls=2,
)
JUDGEMENTS = st.sampled_from([BAD, WORSE, BETWEEN, FINE, UNKNOWN, None])
STEPS = st.lists(st.tuples(st.floats(0.0, 200.0), JUDGEMENTS), max_size=40)


def device():
    state = DeviceState(DeviceEntry(id="m1", host="192.0.2.1", feeder="f1", interval_s=30.0), index=0)
    state.accept(Reading(family="antminer", state="hashing"), now=0.0)
    return state


def start():
    return Engine([setting(SCRIPT)], gap_s=120.0), Context(site="north", now=0.0), device()


def play(engine, context, state, steps):
    told = []
    for now, judgement in steps:
        context.now = now
        context.currency = judgement
        told += [(now, change.kind, change.finding) for change in engine.judge_device(state, context)]
    return told


def timed(steps):
    times = accumulate(step for step, _ in steps)
    return [(now, judgement) for now, (_, judgement) in zip(times, steps, strict=True)]


def states(engine):
    return [(finding.id, finding.state) for finding in engine.findings()]


@given(before=STEPS, band=st.lists(st.floats(0.0, 1e6), max_size=20))
def test_inside_the_band_no_state_ever_changes(before, band):
    """However long a value stays between its thresholds, nothing opens, closes or is forgotten."""
    engine, context, state = start()
    steps = timed(before)
    play(engine, context, state, steps)
    was = states(engine)
    now = steps[-1][0] if steps else 0.0
    for step in band:
        now += step
        assert [] == play(engine, context, state, [(now, BETWEEN)])
        assert was == states(engine)


@given(before=STEPS, gaps=st.lists(st.floats(0.0, 1e6), max_size=20))
def test_unknown_never_becomes_anything(before, gaps):
    """However long an input is missing, whatever came before, nothing opens, closes or is forgotten."""
    engine, context, state = start()
    steps = timed(before)
    play(engine, context, state, steps)
    was = states(engine)
    now = steps[-1][0] if steps else 0.0
    for step in gaps:
        now += step
        assert [] == play(engine, context, state, [(now, UNKNOWN)])
        assert was == states(engine)


@given(steps=STEPS, cuts=st.sets(st.integers(0, 40)))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_restart_at_any_moment_changes_no_transition(steps, cuts):
    """Writing the state down and reading it back, anywhere and as often as one likes, gives the same transitions."""
    script = timed(steps)
    engine, context, state = start()
    whole = play(engine, context, state, script)
    engine, context, state = start()
    parts = []
    for place, step in enumerate(script):
        if place in cuts:
            written = engine.export_state()
            engine = Engine([setting(SCRIPT)], gap_s=120.0)
            engine.restore_state(written)
            assert written == engine.export_state()
        parts += play(engine, context, state, [step])
    assert whole == parts


@given(steps=STEPS)
def test_openings_and_closings_alternate(steps):
    """A finding opens before it closes, and never twice without closing in between."""
    engine, context, state = start()
    kinds = [kind for _, kind, _ in play(engine, context, state, timed(steps)) if kind != "worse"]
    assert ["opened", "closed"] * (len(kinds) // 2) + ["opened"] * (len(kinds) % 2) == kinds


@given(steps=STEPS)
def test_no_id_is_used_twice(steps):
    """Every episode has an id of its own, and keeps it."""
    engine, context, state = start()
    told = play(engine, context, state, timed(steps))
    opened = [finding.id for _, kind, finding in told if kind == "opened"]
    closed = [finding.id for _, kind, finding in told if kind == "closed"]
    assert len(set(opened)) == len(opened)
    assert opened[: len(closed)] == closed


MARGIN = st.floats(-50.0, 50.0)
SD = st.floats(0.0, 20.0)


def judged(margin, sd, revenue):
    money = Money(
        currency="USD",
        revenue_per_day=revenue,
        margin_per_day=margin,
        margin_sd_per_day=sd,
        verdict=verdict(margin, sd=sd),
    )
    state = device()
    state.money = money
    return cash_loss(state, Context(site="north", now=0.0), CASH_LOSS.defaults)


@given(margin=MARGIN, sd=SD, more=SD, revenue=st.floats(0.0, 50.0))
def test_more_uncertainty_never_decides(margin, sd, more, revenue):
    """What is no loss, or not clear of one, at some error is neither at a larger error."""
    sure, unsure = judged(margin, sd, revenue), judged(margin, sd + more, revenue)
    assert sure.holds or not unsure.holds
    assert sure.clears or not unsure.clears


@given(margin=MARGIN, sd=SD, revenue=st.floats(0.0, 50.0))
def test_a_loss_and_its_clearing_exclude_each_other(margin, sd, revenue):
    """No margin both holds and clears."""
    judgement = judged(margin, sd, revenue)
    assert not (judgement.holds and judgement.clears)


def maybe(strategy):
    return st.none() | strategy


RATES = maybe(st.floats(0.0, 1e18))
WATTS = maybe(st.floats(0.0, 1e6))
DEGREES = maybe(st.floats(-300.0, 1000.0))
COUNTS = maybe(st.integers(0, 10**12))
READINGS = st.builds(
    Reading,
    family=st.just("antminer"),
    make=maybe(st.just("Antminer")),
    model=maybe(st.just("S19j Pro")),
    state=st.sampled_from(CONDITIONS),
    hashrate_hs=RATES,
    hashrate_averages_hs=st.dictionaries(st.sampled_from(["5s", "1h", "24h", "lifetime"]), st.floats(0.0, 1e18)),
    hashrate_expected_hs=RATES,
    power_w=WATTS,
    power_grade=st.sampled_from(GRADES),
    power_limit_w=WATTS,
    uptime_s=maybe(st.floats(0.0, 1e9)),
    temperature_inlet_c=DEGREES,
    accepted=COUNTS,
    rejected=COUNTS,
    hardware_errors=COUNTS,
    boards=st.lists(
        st.builds(
            Board,
            index=st.integers(0, 8),
            hashrate_hs=RATES,
            board_temperature_c=DEGREES,
            chip_temperature_c=DEGREES,
            chips=COUNTS,
            chips_expected=COUNTS,
            state=st.sampled_from(["ok", "missing", "fault", "unknown"]),
        ),
        max_size=4,
    ).map(tuple),
    fans=st.lists(
        st.builds(Fan, index=st.integers(0, 8), rpm=maybe(st.floats(0.0, 1e5)), duty_ratio=maybe(st.floats(0.0, 1.0))),
        max_size=4,
    ).map(tuple),
    pools=st.lists(
        st.builds(
            PoolSlot, index=st.integers(0, 4), url=maybe(st.text(max_size=40)), user=maybe(st.text(max_size=20)),
            active=maybe(st.booleans()),
        ),
        max_size=4,
    ).map(tuple),
)  # fmt: skip
MONEY = maybe(
    st.builds(
        Money,
        currency=st.just("USD"),
        revenue_per_day=maybe(st.floats(0.0, 1e6)),
        margin_per_day=maybe(MARGIN),
        margin_loaded_per_day=maybe(MARGIN),
        margin_sd_per_day=maybe(SD),
        verdict=st.sampled_from(["profitable", "unprofitable", "undecided", "unknown"]),
    )
)


@given(readings=st.lists(st.tuples(st.floats(0.0, 1e5), READINGS, MONEY), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_reading_breaks_a_rule(readings):
    """Whatever a device says, every rule gives a judgement, and every finding can be written down."""
    engine = Engine([setting(rule) for rule in CATALOGUE])
    context = Context(site="north", now=0.0)
    context.allowed = AllowedPools([AllowedPools.of_pool("stratum+tcp://pool.example:3333", user="acct")])
    context.peers = {"Antminer S19j Pro": Peers(devices=20, median_j_per_th=29.5, deviation_j_per_th=0.3)}
    context.history.learn_s = 1.0
    state = DeviceState(DeviceEntry(id="m1", host="192.0.2.1", feeder="f1"), index=0)
    for elapsed, reading, money in readings:
        context.now += elapsed
        state.accept(reading, now=context.now)
        state.money = money
        context.history.feed(state, context.now)
        engine.judge_device(state, context)
    restored = Engine(engine.settings)
    assert len(engine) == restored.restore_state(engine.export_state())
    for finding in engine.findings():
        assert finding.value is None or finding.value == finding.value


@given(
    said=st.lists(READINGS, min_size=1, max_size=3),
    polls=st.lists(st.tuples(*[st.integers(0, 2)] * len(PARTS), st.floats(0.0, 1e5)), min_size=2, max_size=12),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_leaving_rules_out_changes_no_finding(said, polls):
    """A rule that is left out where none of its parts has changed would have found nothing."""
    rules = [rule for rule in CATALOGUE if rule.rests_on is not None]
    sparing = Engine([setting(rule) for rule in rules])
    thorough = Engine([setting(msgspec.structs.replace(rule, rests_on=None)) for rule in rules])
    context = Context(site="north", now=0.0)
    context.allowed = AllowedPools([AllowedPools.of_pool("stratum+tcp://pool.example:3333", user="acct")])
    state = DeviceState(DeviceEntry(id="m1", host="192.0.2.1", feeder="f1"), index=0)
    for condition, boards, fans, pools, power, elapsed in polls:
        whose = {place: said[place % len(said)] for place in range(3)}
        reading = msgspec.structs.replace(
            whose[condition],
            boards=whose[boards].boards,
            fans=whose[fans].fans,
            pools=whose[pools].pools,
            power_w=whose[power].power_w,
            power_grade=whose[power].power_grade,
            power_limit_w=whose[power].power_limit_w,
        )
        context.now += elapsed
        state.accept(reading, now=context.now)
        told = [(one.kind, one.finding.rule) for one in thorough.judge_device(state, context)]
        assert told == [(one.kind, one.finding.rule) for one in sparing.judge_device(state, context)]
        found = [(one.rule, one.state, one.message) for one in thorough.findings()]
        assert found == [(one.rule, one.state, one.message) for one in sparing.findings()]


@pytest.mark.parametrize("judgement", [FINE, BETWEEN, UNKNOWN])
def test_constants_are_what_they_say(judgement):
    """The judgements that rules share neither hold nor carry a value."""
    assert judgement.holds is not True
    assert judgement.value is None
