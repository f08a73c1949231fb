"""Which of a device's known settings would earn more: seen ones, listed ones, and what stands in the findings."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import PowerSetting, Reading
from daemon.economics.hull import Point, best_setting, margin_per_day
from daemon.economics.money import Terms
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.better import AGAIN_S, Advisor
from daemon.rules.history.points import Level, OperatingPoints, Past
from daemon.rules.profitability.better_setting import RULE, better_setting
from daemon.rules.profitability.cash_loss import cash_loss

TERMS = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)
FULL, LOW = (9.6e13, 2850.0), (7.45e13, 1905.0)
LIST = tuple(
    PowerSetting(name=name, hashrate_hs=hashrate, power_w=power)
    for name, hashrate, power in (("eco", *LOW), ("full", *FULL), ("over", 1.05e14, 3300.0), ("twice", 2e14, 3400.0))
)


class Place:
    """One device at full power that was seen at other levels before."""

    def __init__(self, *levels, now=FULL, **said):
        self.points = OperatingPoints()
        told = {"family": "luxos", "state": "hashing", "hashrate_hs": now[0], "power_w": now[1]}
        self.device = DeviceState(DeviceEntry(id="m1", host="h1"), index=0)
        self.device.accept(Reading(**(told | {"power_grade": "reported"} | said)), now=0.0)
        if levels:
            known = [Level(hashrate_hs=one, power_w=watts, seconds=9000.0, at=0.0) for one, watts in (now, *levels)]
            past = {"version": 1, "devices": {"m1": Past(levels=known, current=0)}}
            self.points.restore_state(msgspec.msgpack.encode(past))
        self.advisor = Advisor(self.points)

    def advice(self, terms=TERMS, *, now=0.0, priced=1):
        self.advisor.look(self.device, lambda _: terms, now=now, priced=priced)
        return self.advisor.better.get("m1")


def test_what_loses_at_full_power_was_seen_to_earn_at_less():
    """The published points of an S19j Pro: 96 TH/s loses, 74.5 TH/s earned; that is the advice."""
    found = Place(LOW).advice()
    assert ("1905 W", "seen", False) == (found.name, found.origin, found.is_current)
    assert (pytest.approx(0.32769, abs=1e-5), pytest.approx(0.47457, abs=1e-5)) == (
        found.margin_per_day,
        found.gain_per_day,
    )


def test_a_listed_setting_is_brought_in_line_with_what_is_seen():
    """Where the supply shows 10 % more than the list, the list's other settings draw 10 % more as well."""
    found = Place(now=(9.6e13, 3135.0), settings=LIST, power_limit_w=2850.0).advice()
    assert ("eco", "preset", pytest.approx(1905.0 * 1.1)) == (found.name, found.origin, found.power_w)
    assert "promised" == Place(now=(9.6e13, 3135.0), settings=LIST, power_limit_w=1000.0).advice().origin


def test_a_listed_setting_is_found_by_its_target():
    """A tuner that aims at 3000 W and draws 2850 is at the profile of that target, not at the one that draws 3000."""
    listed = (*LIST[:1], msgspec.structs.replace(LIST[1], target_w=3000.0))
    found = Place(now=(9.6e13, 3135.0), settings=listed, power_limit_w=3000.0).advice()
    assert ("eco", "preset", pytest.approx(1905.0 * 1.1)) == (found.name, found.origin, found.power_w)


def test_a_promise_is_less_sure_than_a_listed_setting_and_that_less_than_a_seen_one():
    """The error grows from what was seen over what was brought in line to what is merely listed."""
    seen = Place(LOW).advice()
    preset = Place(settings=LIST, power_limit_w=2850.0).advice()
    promised = Place(settings=LIST, power_limit_w=1000.0).advice()
    assert seen.gain_sd_per_day < preset.gain_sd_per_day < promised.gain_sd_per_day


def test_what_was_seen_goes_before_the_list():
    """A listed setting of like hashrate gives way to what the device really did there."""
    place = Place((7.4e13, 2000.0), settings=LIST, power_limit_w=2850.0)
    assert ("2000 W", "seen") == (place.advice().name, place.advice().origin)
    assert ["seen", "seen", "preset"] == [one.origin for one in place.advisor.settings(place.device, TERMS)]


def test_all_settings_are_shown_with_their_margins():
    """The list has the present one and the best one marked; a setting of twice the hashrate is another machine's."""
    place = Place(settings=LIST, power_limit_w=2850.0)
    rows = place.advisor.settings(place.device, TERMS)
    assert [("eco", False, True), ("2850 W", True, False), ("over", False, False)] == [
        (one.name, one.is_current, one.is_best) for one in rows
    ]
    assert pytest.approx(0.32769, abs=1e-5) == rows[0].margin_per_day
    blind = msgspec.structs.replace(TERMS, price_per_kwh=None)
    assert {None} == {one.margin_per_day for one in place.advisor.settings(place.device, blind)}


@pytest.mark.parametrize("place", [Place(), Place(LOW, power_grade="reported", state="sleeping", now=(0.0, 25.0))])
def test_with_one_setting_there_is_nothing_to_say(place):
    """A device of one known setting, and one asleep, are not judged by the rule at all."""
    assert place.advice() is None
    assert "m1" not in place.advisor.better


def test_advice_follows_the_price_and_is_kept_meanwhile():
    """It is worked out anew when prices change or time has passed, and not with every reading."""
    place = Place(LOW)
    assert not place.advice().is_current
    dear = msgspec.structs.replace(TERMS, hashprice_per_ph_day=80.0)
    assert not place.advice(dear).is_current
    assert place.advice(dear, priced=2).is_current
    assert not place.advice(TERMS, now=AGAIN_S + 1.0, priced=2).is_current
    place.advisor.forget("m1")
    assert {} == place.advisor.better


def test_without_a_price_the_rule_is_unknown(make):
    """A missing price neither opens nor closes a finding; a frozen one says that it is frozen."""
    place = Place(LOW)
    place.advice(msgspec.structs.replace(TERMS, price_per_kwh=None))
    make.context.better = place.advisor.better
    assert None is better_setting(make.device(), make.context, RULE.defaults).holds


def test_a_losing_device_is_told_its_better_setting_first(make):
    """The finding of a loss names the setting that would earn, before anybody switches off."""
    place = Place(LOW)
    place.advice()
    make.context.better = place.advisor.better
    judged = cash_loss(make.device(money=make.money(-0.5)), make.context, {"band": 0.05})
    assert "Before it is stopped: at 1905 W" in judged.message
    assert "1905 W" == judged.evidence["better_setting"]
    place.advice(msgspec.structs.replace(TERMS, price_per_kwh=0.2), priced=2)
    assert "Before" not in cash_loss(make.device(money=make.money(-0.5)), make.context, {"band": 0.05}).message


@given(
    st.lists(
        st.tuples(st.one_of(st.floats(2e13, 9.5e13), st.floats(1.05e14, 1.4e14)), st.floats(500.0, 5000.0)),
        min_size=1,
        max_size=20,
        unique=True,
    ),
    st.floats(5.0, 120.0),
    st.floats(-0.02, 0.3),
)
def test_the_best_of_a_list_is_the_best_of_its_hull(pairs, hashprice, price):
    """However the list lies, looking near the best step finds as good a setting as trying all."""
    listed = tuple(
        PowerSetting(name=str(number), hashrate_hs=hashrate, power_w=power)
        for number, (hashrate, power) in enumerate(sorted(pairs, key=lambda one: one[1]))
    )
    place = Place(now=(1e14, 3000.0), settings=listed, power_limit_w=1e9)
    terms = msgspec.structs.replace(TERMS, hashprice_per_ph_day=hashprice, price_per_kwh=price)
    found = place.advice(terms)
    prices = {"hashprice_per_ph_day": hashprice, "price_per_kwh": price}
    rows = place.advisor.settings(place.device, terms)
    points = [Point(hashrate_hs=one.hashrate_hs, power_w=one.power_w) for one in rows]
    most = best_setting(points, **prices)
    if price > 0.0:
        got = 0.0
        if found is not None:
            got = margin_per_day(Point(hashrate_hs=found.hashrate_hs, power_w=found.power_w), **prices)
        assert got >= most.margin_per_day - 1e-9
