"""The rules about health: each through its life, and what is particular to it."""

import pytest

from daemon.rules.health.chip_loss import RULE as CHIPS
from daemon.rules.health.chip_loss import chip_loss
from daemon.rules.health.dead_board import RULE as BOARD
from daemon.rules.health.dead_board import dead_board
from daemon.rules.health.fan import RULE as FAN
from daemon.rules.health.fan import fan
from daemon.rules.health.hash_deficit import RULE as DEFICIT
from daemon.rules.health.hash_deficit import hash_deficit
from daemon.rules.health.hot import RULE as HOT
from daemon.rules.health.hot import hot
from daemon.rules.health.inlet import RULE as INLET
from daemon.rules.health.inlet import inlet
from daemon.rules.health.silent import RULE as SILENT
from daemon.rules.health.silent import silent
from daemon.rules.rule import FINE
from daemon.rules.snapshot import RowFacts

TH = 1e12


def chips_at(*degrees, **entry):
    boards = [{"chip_temperature_c": one} for one in degrees]
    return lambda make, now: make.device(entry=entry, boards=make.boards(*boards))


def row(degrees, *, sensors=12, cooling="air"):
    facts = RowFacts(id="R1", sensors=sensors, inlet_median_c=degrees, cooling=cooling)
    return lambda make, now: make.snapshot(row=facts)


def fans(*rpm, **said):
    return lambda make, now: make.device(fans=make.fans(*rpm), **said)


def boards(*states, rate=34 * TH, **said):
    rows = [{"state": state, "hashrate_hs": rate if state == "ok" else None} for state in states]
    return lambda make, now: make.device(boards=make.boards(*rows), expected_hs=100 * TH, **said)


def chips(*seen, expected=126, **said):
    rows = [{"chips": one, "chips_expected": expected, "state": "ok"} for one in seen]
    return lambda make, now: make.device(boards=make.boards(*rows), **said)


def hashes(ratio, *, expected=100 * TH, shares=20000.0, **said):
    def view(make, now):
        mean = 0.0 if ratio is None else ratio * 100 * TH
        make.past(hash_time=0.0 if ratio is None else 86400.0, hash_sum=mean * 86400.0, shares=shares)
        return make.device(expected_hs=expected, hashrate_hs=None if ratio is None else mean, **said)

    return view


def errors(recent, *, usual=0.001, learnt=True):
    def view(make, now):
        known = 1000.0 if learnt else 0.0
        make.past(error_recent=recent * 1000.0, error_shares=1000.0)
        make.past(error_base=usual * 1000.0, error_base_shares=known)
        return make.device(hardware_errors=5000)

    return view


def restarted(*ages):
    return lambda make, now: make.device(restarts=[now - age for age in ages])


def lost(devices, *, of=100, meter_w=0.0):
    load = {"devices": of, "lost": devices, "lost_reason": "timed_out"}
    return lambda make, now: make.snapshot(feeder=make.feeder(load=make.load(**load), meter_w=meter_w))


def lost_site(devices, *, feeders=3):
    fleet = {"devices": 300, "lost": devices, "lost_feeders": feeders, "lost_reason": "unreachable"}
    return lambda make, now: make.snapshot(fleet=fleet)


def flow(ratio):
    signals = {} if ratio == "absent" else {"coolant_flow_f1": ratio}
    return lambda make, now: make.snapshot(feeder=make.feeder(), signals=signals)


CASES = {
    "H-01/device": {
        "bad": chips_at(74.0, 92.0),
        "between": chips_at(74.0, 88.0),
        "fine": chips_at(74.0, 75.0),
        "unknown": chips_at(None, None),
    },
    "H-02/row": {"bad": row(38.0), "between": row(33.5), "fine": row(25.0)},
    "H-03/device": {"bad": fans(4200.0, 0.0), "between": fans(4200.0, 2700.0), "fine": fans(4200.0, 4100.0)},
    "H-04/device": {
        "bad": boards("ok", "missing", "ok"),
        "between": boards("ok", "missing", "ok", uptime_s=60.0),
        "fine": boards("ok", "ok", "ok"),
        "unknown": boards(),
    },
    "H-05/device": {
        "bad": chips(126, 110, 126),
        "between": chips(126, 124, 126),
        "fine": chips(126, 126, 126),
        "unknown": chips(126, expected=None),
    },
    "H-06/device": {
        "bad": hashes(0.7),
        "between": hashes(0.93),
        "fine": hashes(0.99),
        "unknown": hashes(0.7, expected=None),
    },
    "H-07/device": {
        "bad": errors(0.05),
        "between": errors(0.008),
        "fine": errors(0.001),
        "unknown": errors(0.05, learnt=False),
    },
    "H-08/device": {
        "bad": restarted(*range(100, 1300, 200)),
        "between": restarted(100, 4000),
        "fine": restarted(100000),
    },
    "H-09/device": {
        "bad": lambda make, now: make.device(missed=4),
        "fine": lambda make, now: make.device(),
    },
    "H-09/feeder": {"bad": lost(90), "between": lost(30), "fine": lost(2)},
    "H-09/site": {"bad": lost_site(280), "between": lost_site(90), "fine": lost_site(5)},
    "H-10/feeder": {"bad": flow(0.5), "between": flow(0.85), "fine": flow(1.0), "unknown": flow(None)},
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


def test_at_the_limit_heat_is_critical(make):
    """Near the limit it is a warning, at the limit critical."""
    near = hot(chips_at(92.0)(make, 0.0), make.context, HOT.defaults)
    there = hot(chips_at(95.0)(make, 0.0), make.context, HOT.defaults)
    assert (None, "crit") == (near.severity, there.severity)


@pytest.mark.parametrize("nonsense", [0.0, -1.0, 127.0, 128.0, 255.0, -273.15])
def test_a_broken_sensor_is_not_heard(make, nonsense):
    """Readings that no silicon survives neither raise nor hide a temperature."""
    assert hot(chips_at(nonsense)(make, 0.0), make.context, HOT.defaults).holds is None
    assert hot(chips_at(nonsense, 93.0)(make, 0.0), make.context, HOT.defaults).value == 93.0
    assert hot(chips_at(nonsense, 70.0)(make, 0.0), make.context, HOT.defaults) is FINE


def test_the_models_limit_beats_the_default(make):
    """A device whose limit is known is held against that."""
    assert hot(chips_at(92.0, chip_limit_c=110.0)(make, 0.0), make.context, HOT.defaults) is FINE
    judged = hot(chips_at(80.0, chip_limit_c=80.0)(make, 0.0), make.context, HOT.defaults)
    assert ("crit", "model or configuration") == (judged.severity, judged.evidence["limit_from"])


def test_board_sensors_have_a_limit_of_their_own(make):
    """Where only boards are measured, their lower limit counts, and the nearer of two limits speaks."""
    only = make.device(boards=make.boards({"board_temperature_c": 78.0}))
    both = make.device(boards=make.boards({"board_temperature_c": 78.0, "chip_temperature_c": 80.0}))
    for device in (only, both):
        judged = hot(device, make.context, HOT.defaults)
        assert (78.0, "boards") == (judged.value, judged.evidence["sensor"])


def test_a_row_is_judged_by_its_median_of_enough_sensors(make):
    """Two devices say nothing of a row, and water may be warmer than air."""
    few = row(60.0, sensors=2)(make, 0.0)
    water = row(45.0, cooling="hydro")(make, 0.0)
    assert inlet(few.rows[0], few, INLET.defaults) is None
    assert inlet(water.rows[0], water, INLET.defaults) is FINE


def test_fans_mean_nothing_without_air(make):
    """On a hydro or immersion feeder a fan that stands still is no finding."""
    make.context.cooling = {"f1": "immersion"}
    assert fan(fans(0.0, 0.0)(make, 0.0), make.context, FAN.defaults) is None


def test_a_fan_that_is_told_to_rest_may_rest(make):
    """A stopped fan at no duty is as it should be; at full duty it is broken."""
    resting = make.device(fans=make.fans(0.0, duty_ratio=0.0))
    broken = make.device(fans=make.fans(0.0, duty_ratio=1.0))
    assert fan(resting, make.context, FAN.defaults) is None
    assert fan(broken, make.context, FAN.defaults).holds is True


def test_a_board_that_hashes_nothing_is_dead(make):
    """A board that answers and does no work counts like a missing one, with what it costs."""
    rows = [{"state": "ok", "hashrate_hs": 34 * TH}, {"state": "ok", "hashrate_hs": 0.0}]
    judged = dead_board(make.device(boards=make.boards(*rows), expected_hs=68 * TH), make.context, BOARD.defaults)
    assert "1 (hashes nothing)" in judged.message
    assert 34 * TH == judged.evidence["lost_hs"]


def test_chips_of_a_dead_board_are_left_to_its_own_rule(make):
    """A missing board is one finding, not two."""
    rows = [
        {"chips": 126, "chips_expected": 126, "state": "ok"},
        {"chips": 0, "chips_expected": 126, "state": "missing"},
    ]
    assert chip_loss(make.device(boards=make.boards(*rows)), make.context, CHIPS.defaults) is FINE


def test_a_deficit_within_chance_is_none(make):
    """With few results behind it, ten percent less may be luck."""
    lucky = hashes(0.88, shares=0.0)
    device = lucky(make, 0.0)
    make.past(hash_time=60.0, hash_sum=0.88 * 1e12 * 60.0)
    device.expected_hs = 1e12
    assert hash_deficit(device, make.context, DEFICIT.defaults).holds is False


@pytest.mark.parametrize("said", [{"state": "sleeping"}, {"state": "starting"}, {"state": "idle"}, {"uptime_s": 30.0}])
def test_only_settled_hashing_is_held_against_the_expectation(make, said):
    """A device that sleeps, idles or starts has no deficit."""
    assert hash_deficit(hashes(0.1, **said)(make, 0.0), make.context, DEFICIT.defaults).holds is False


def test_the_longest_window_serves_until_there_is_a_past(make):
    """On the very first reading the device's own longest window is judged, with its noise."""
    averages = {"5s": 10 * TH, "30m": 60 * TH, "24h": 99 * TH}
    young = make.device(expected_hs=100 * TH, uptime_s=3600.0, hashrate_averages_hs=averages)
    old = make.device(expected_hs=100 * TH, hashrate_averages_hs=averages)
    assert 0.6 == hash_deficit(young, make.context, DEFICIT.defaults).value
    assert hash_deficit(old, make.context, DEFICIT.defaults) is FINE


def test_silence_says_why_and_since_when(make):
    """The finding of a lost device names the reason and when it last answered."""
    device = make.device(missed=5, reason="denied")
    make.context.now += 150.0
    judged = silent(device, make.context, SILENT.defaults)
    assert "5 polls lost, refuses our credentials; it last answered 2 min 30 s ago." == judged.message
