"""The rules about power: each through its life, and what is particular to it."""

import pytest

from daemon.rules.context import Peers
from daemon.rules.power.breaker_load import RULE as BREAKER
from daemon.rules.power.breaker_load import breaker_load
from daemon.rules.power.peer_outlier import RULE as OUTLIER
from daemon.rules.power.peer_outlier import peer_outlier
from daemon.rules.power.power_cap import RULE as CAP
from daemon.rules.power.power_cap import power_cap
from daemon.rules.power.unmetered import RULE as UNMETERED
from daemon.rules.power.unmetered import unmetered
from daemon.rules.power.wake_storm import RULE as WAKE
from daemon.rules.power.wake_storm import wake_storm

WEEK = 7 * 86400.0
MODEL = "Antminer S19j Pro"


def drift(now_j_per_th, *, learnt=WEEK, sd=0.3):
    def view(make, now):
        make.past(
            base_time=learnt,
            base_mean=29.5,
            base_m2=sd * sd * learnt,
            hash_time=86400.0,
            hash_sum=100e12 * 86400.0,
            power_time=86400.0,
            power_sum=now_j_per_th * 100.0 * 86400.0,
        )
        return make.device()

    return view


def outlier(now_j_per_th):
    def view(make, now):
        make.context.peers = {MODEL: Peers(devices=40, median_j_per_th=29.5, deviation_j_per_th=0.4)}
        known = 0.0 if now_j_per_th is None else 86400.0
        make.past(hash_time=86400.0, hash_sum=100e12 * 86400.0, power_time=known)
        make.past(power_sum=(now_j_per_th or 0.0) * 100.0 * 86400.0)
        return make.device()

    return view


def capped(watts, *, limit=3000.0, grade="reported", **said):
    return lambda make, now: make.device(power_w=watts, power_grade=grade, power_limit_w=limit, **said)


def breaker(meter_w, *, has_meter=True):
    return lambda make, now: make.snapshot(feeder=make.feeder(breaker_w=500e3, meter_w=meter_w, has_meter=has_meter))


def grades(**watts):
    fleet = {"power_w_by_grade": watts, "power_w": sum(watts.values()), "hashing": 100}
    return lambda make, now: make.snapshot(fleet=fleet)


def asleep(watts, *, grade="reported"):
    return lambda make, now: make.device(state="sleeping", power_w=watts, power_grade=grade)


def waking(watts, *, unseen=0, **more):
    facts = {"ramp_w_per_min": 50e3, "waking_w": watts, "unseen_wakers": unseen} | more
    return lambda make, now: make.snapshot(feeder=make.feeder(**facts))


CASES = {
    "E-01/device": {
        "bad": drift(33.0),
        "between": drift(31.2),
        "fine": drift(29.6),
        "unknown": drift(33.0, learnt=60.0),
    },
    "E-02/device": {"bad": outlier(33.0), "between": outlier(30.6), "fine": outlier(29.6), "unknown": outlier(None)},
    "E-03/device": {
        "bad": capped(3400.0),
        "between": capped(3150.0),
        "fine": capped(2950.0),
        "unknown": capped(3400.0, grade="spec"),
    },
    "E-04/feeder": {
        "bad": breaker(420e3),
        "between": breaker(390e3),
        "fine": breaker(300e3),
        "unknown": breaker(None),
    },
    "E-05/site": {
        "bad": grades(metered=50e3, spec=50e3),
        "between": grades(metered=81e3, spec=19e3),
        "fine": grades(metered=100e3),
        "unknown": grades(),
    },
    "E-06/feeder": {
        "bad": waking(400e3),
        "between": waking(240e3),
        "fine": waking(10e3),
        "unknown": waking(0.0, unseen=3),
    },
    "E-07/device": {"bad": asleep(300.0), "between": asleep(70.0), "fine": asleep(22.0), "unknown": asleep(None)},
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


def test_few_peers_are_no_measure(make):
    """With fewer than eight devices of a model nobody is an outlier."""
    device = outlier(40.0)(make, 0.0)
    make.context.peers = {MODEL: Peers(devices=7, median_j_per_th=29.5, deviation_j_per_th=0.4)}
    assert peer_outlier(device, make.context, OUTLIER.defaults) is None


def test_even_peers_do_not_make_a_small_difference_large(make):
    """Where all peers agree to the digit, three percent are still what it takes."""
    device = outlier(29.9)(make, 0.0)
    make.context.peers = {MODEL: Peers(devices=40, median_j_per_th=29.5, deviation_j_per_th=0.0)}
    assert peer_outlier(device, make.context, OUTLIER.defaults).holds is False


def test_a_limit_is_not_judged_before_it_has_settled(make):
    """A device that has just started may draw more than its limit while it tunes."""
    device = capped(3400.0, uptime_s=120.0)(make, 0.0)
    assert power_cap(device, make.context, CAP.defaults).holds is False


def test_drawing_less_than_the_limit_is_no_fault(make):
    """A limit is an upper bound: half of it clears."""
    assert power_cap(capped(1500.0)(make, 0.0), make.context, CAP.defaults).clears is True


def test_a_breaker_without_meter_is_held_against_the_devices(make):
    """The devices' sum serves where no meter is configured, unless one of them hides its watts."""
    known = make.feeder(breaker_w=500e3, load=make.load(devices_w=450e3))
    hidden = make.feeder(breaker_w=500e3, load=make.load(devices_w=450e3, unknown_devices=1))
    assert breaker_load(known, make.snapshot(), BREAKER.defaults).holds is True
    assert breaker_load(hidden, make.snapshot(), BREAKER.defaults).holds is None


def test_hidden_watts_count_as_unmetered(make):
    """A device that hides its watts is taken at the others' mean, for this share only."""
    fleet = {"power_w_by_grade": {"metered": 90e3}, "power_w": 90e3, "hashing": 60, "unknown_devices": 30}
    judged = unmetered(make.snapshot(fleet=fleet), make.snapshot(), UNMETERED.defaults)
    assert 0.5 == pytest.approx(judged.value)


def test_a_stop_that_ends_soon_is_told_ahead(make):
    """What sleeps counts once its planned stop ends within a quarter of an hour, with how to wake it in parts."""
    view = make.snapshot()
    soon, late = (
        make.feeder(ramp_w_per_min=50e3, asleep_w=600e3, wakes_at=view.now + ahead) for ahead in (600.0, 3600.0)
    )
    judged = wake_storm(soon, view, WAKE.defaults)
    assert (True, 120e3) == (judged.holds, judged.value)
    assert "in 10 min" in judged.message
    assert "in 3 parts" in judged.message
    assert wake_storm(late, view, WAKE.defaults).clears is True


def test_without_an_allowed_ramp_nothing_is_judged(make):
    """A feeder whose ramp nobody configured is no concern of the rule."""
    assert None is wake_storm(make.feeder(waking_w=1e9), make.snapshot(), WAKE.defaults)
