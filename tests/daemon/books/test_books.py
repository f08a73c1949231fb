"""What a device did between its polls is booked once, in the right day and hour, and never made up."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.books.calendar import day_number
from daemon.books.hours import Outlook

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 5, 5, 12, 0, 5, tzinfo=CHICAGO).timestamp()


def test_time_between_two_answers_is_booked_as_a_trapezoid(keep) -> None:
    """Watts, hashrate and money run straight from one poll to the next."""
    site = keep()
    site.answer(NOON, power_w=3000.0)
    site.answer(NOON + 30, power_w=4000.0)
    (day,), _ = site.taken()
    assert 3500.0 * 30 == pytest.approx(day.energy_j)
    assert day.energy_j == day.metered_j
    assert 2e14 * 30 == pytest.approx(day.hashes)
    assert 0.2 * 50 * 30 / 86400 == pytest.approx(day.revenue)
    assert 3.5 * 24 * 0.05 * 30 / 86400 == pytest.approx(day.energy_cost)
    assert 3.5 * 24 * 0.01 * 30 / 86400 == pytest.approx(day.hosting_cost)
    assert 0.24 * 30 / 86400 == pytest.approx(day.maintenance_cost)
    assert (30.0, 30.0, 0.0) == (day.hashing_s, day.profitable_s, day.lost_s)


def test_watts_that_nobody_measured_are_not_metered(keep) -> None:
    """Energy by a firmware's own estimate counts as energy, not as metered energy."""
    site = keep()
    for at in (0, 30):
        site.answer(NOON + at, power_grade="estimated")
    (day,), _ = site.taken()
    assert (3600.0 * 30, 0.0) == (day.energy_j, day.metered_j)


def test_what_is_not_known_is_not_booked(keep) -> None:
    """A device without watts has neither energy nor a verdict, but its time is watched."""
    site = keep()
    for at in (0, 30):
        site.answer(NOON + at, power_w=None, power_grade="unknown")
    (day,), _ = site.taken()
    assert (0.0, 0.0, 30.0, 30.0) == (day.energy_j, day.energy_cost, day.hashing_s, day.unknown_s)


def test_one_lost_poll_within_the_gap_is_forgiven(keep) -> None:
    """A device that answers again within three intervals has worked on meanwhile."""
    site = keep()
    site.answer(NOON)
    site.miss(NOON + 30)
    site.answer(NOON + 60)
    (day,), _ = site.taken()
    assert (3600.0 * 60, 60.0, 0.0) == (day.energy_j, day.hashing_s, day.lost_s)


def test_a_longer_silence_is_lost_time_without_energy(keep) -> None:
    """Beyond three intervals nobody knows what the device did; the shares that it counts meanwhile are its own."""
    site = keep()
    site.answer(NOON, accepted=10, rejected=0)
    for at in (30, 60, 90, 120, 150):
        site.miss(NOON + at)
    site.answer(NOON + 180, accepted=25, rejected=1)
    (day,), _ = site.taken()
    assert (0.0, 180.0, 180.0, 0.0) == (day.energy_j, day.lost_s, day.unknown_s, day.hashing_s)
    assert (15.0, 1.0) == (day.accepted, day.rejected)


def test_time_in_which_nobody_looked_is_not_booked(keep) -> None:
    """A machine that was suspended leaves a hole, not a day of lost time."""
    site = keep()
    site.answer(NOON)
    site.answer(NOON + 5000)
    assert [] == site.taken()[0]


def test_a_device_that_never_answers_is_lost(keep) -> None:
    """Lost time begins with the first lost poll."""
    site = keep()
    for at in (0, 300, 600):
        site.miss(NOON + at)
    (day,), _ = site.taken()
    assert 600.0 == day.lost_s


def test_a_counter_that_begins_anew_counts_from_zero(keep) -> None:
    """A restarted device has made as many shares as its counter says."""
    site = keep()
    site.answer(NOON, accepted=1000, rejected=5, stale=1)
    site.answer(NOON + 30, accepted=7, rejected=0, stale=0)
    (day,), _ = site.taken()
    assert (7.0, 0.0) == (day.accepted, day.rejected)


def test_conditions_and_verdicts_are_those_at_the_begin(keep) -> None:
    """A device that falls asleep was hashing until it was seen asleep."""
    site = keep()
    site.answer(NOON)
    site.answer(NOON + 30, state="sleeping", hashrate_hs=0.0, power_w=20.0)
    site.answer(NOON + 60, state="sleeping", hashrate_hs=0.0, power_w=20.0)
    (day,), _ = site.taken()
    assert (30.0, 30.0) == (day.hashing_s, day.sleeping_s)


def test_a_clock_that_steps_back_books_nothing(keep) -> None:
    """Time that was booked is not booked again."""
    site = keep()
    site.answer(NOON)
    site.answer(NOON - 20)
    assert [] == site.taken()[0]
    site.answer(NOON + 10)
    assert 30.0 == pytest.approx(sum(day.hashing_s for day in site.taken()[0]))


@pytest.mark.parametrize(
    ("date", "hours"), [((2026, 3, 8), 23), ((2026, 11, 1), 25), ((2026, 7, 1), 24)], ids=["spring", "autumn", "plain"]
)
def test_days_of_the_clock_change_have_23_and_25_hours(keep, date, hours) -> None:
    """A local day has all of its hours and no more, and every UTC hour in it is whole."""
    site = keep(interval_s=600.0)
    midnight = datetime(*date, tzinfo=CHICAGO).timestamp()
    begin = int(midnight - 3300)
    for at in range(begin, begin + 28 * 3600, 600):
        site.answer(float(at))
    days, sums = site.taken()
    booked: dict[int, float] = {}
    for day in days:
        booked[day.day] = booked.get(day.day, 0.0) + day.hashing_s
    number = day_number(datetime(*date, tzinfo=CHICAGO).date())
    assert hours * 3600.0 == pytest.approx(booked[number])
    whole = [hour for hour in sums if hour.scope == "" and midnight <= hour.hour * 3600 < midnight + hours * 3600]
    assert [3600.0 * 3600.0] * hours == [pytest.approx(hour.energy_j) for hour in whole]


def test_feeder_and_site_hours_add_up_to_the_devices(keep) -> None:
    """What the hashes were worth and the carbon come with the survey's figures, the rest from the devices."""
    site = keep()
    outlook = Outlook(btc_per_hash=1e-20, carbon_g_per_kwh=400.0, feeder_carbon_g_per_kwh={"f1": 20.0}, pue=1.1)
    site.books.survey(outlook, now=NOON)
    for at in (0, 30, 60):
        site.answer(NOON + at)
    (day,), hours = site.taken()
    assert ["", "f1"] == sorted(hour.scope for hour in hours)
    for hour in hours:
        assert (day.energy_j, day.hashes, day.revenue) == (hour.energy_j, hour.hashes, hour.revenue)
        assert day.hashes * 1e-20 == pytest.approx(hour.mined_btc)
        assert day.energy_j / 3.6e6 * 1.1 * 20.0 == pytest.approx(hour.carbon_g)


def test_meters_and_watched_time_are_split_between_hours(keep) -> None:
    """A meter's energy lands in the hour in which it flowed."""
    site = keep()
    change = NOON - 5 + 3600
    for at in (-30.0, 30.0):
        site.books.survey(Outlook(meters_w={"f1": 1000.0}, site_meter_w=None), now=change + at)
    hours = {(hour.hour, hour.scope): hour for hour in site.taken()[1]}
    last, new = int(change // 3600) - 1, int(change // 3600)
    assert {(last, ""), (new, ""), (last, "f1"), (new, "f1")} == set(hours)
    assert (30_000.0, 30.0) == (hours[new, "f1"].meter_j, hours[new, "f1"].watched_s)
    assert (0.0, 30.0) == (hours[last, ""].meter_j, hours[last, ""].watched_s)


@pytest.mark.parametrize(
    ("outlook", "state", "excused", "curtailed"),
    [
        (Outlook(curtailed=frozenset({"f1"})), "sleeping", 0.0, 30.0),
        (Outlook(curtailed=frozenset({"north"})), "idle", 0.0, 30.0),
        (Outlook(curtailed=frozenset({"m1"})), "fault", 0.0, 0.0),
        (Outlook(curtailed=frozenset({"f1"})), "hashing", 0.0, 0.0),
        (Outlook(curtailed=frozenset({"f2"})), "sleeping", 0.0, 0.0),
        (Outlook(excused=frozenset({"r1"})), "fault", 30.0, 0.0),
        (Outlook(excused=frozenset({"r1"}), curtailed=frozenset({"f1"})), "sleeping", 30.0, 0.0),
        (Outlook(excused=frozenset({"r1"})), "hashing", 0.0, 0.0),
        (Outlook(is_eased=True), "sleeping", 0.0, 30.0),
        (Outlook(is_eased=True), "starting", 0.0, 0.0),
    ],
)
def test_downtime_in_a_window_has_one_cause(keep, outlook, state: str, excused: float, curtailed: float) -> None:
    """Maintenance goes before curtailment; who hashes is not down, and a fault is a fault whatever the plan was."""
    site = keep()
    site.answer(NOON, state=state)
    site.books.survey(outlook, now=NOON)
    site.answer(NOON + 30, state=state)
    site.books.survey(Outlook(), now=NOON + 30)
    site.answer(NOON + 60, state=state)
    (day,), _ = site.taken()
    assert (60.0, excused, curtailed) == (getattr(day, f"{state}_s"), day.excused_s, day.curtailed_s)


@pytest.mark.parametrize(
    ("outlook", "curtailed"), [(Outlook(curtailed=frozenset({"f1"})), 300.0), (Outlook(is_eased=True), 0.0)]
)
def test_silence_counts_as_curtailed_only_where_all_stands_still(keep, outlook, curtailed: float) -> None:
    """A device cut off with its feeder is curtailed; where the site merely draws less it may as well be broken."""
    site = keep()
    site.answer(NOON)
    site.books.survey(outlook, now=NOON)
    for at in range(30, 330, 30):
        site.miss(NOON + at)
    (day,), _ = site.taken()
    assert (300.0, curtailed) == (pytest.approx(day.lost_s), pytest.approx(day.curtailed_s))


def test_an_eased_site_is_curtailed_as_a_whole(keep) -> None:
    """The hours of the site and its feeders count as curtailed while a target below full load holds."""
    site = keep()
    for at in (0.0, 60.0):
        site.books.survey(Outlook(meters_w={"f1": 1.0}, is_eased=True), now=NOON + at)
    hours = {hour.scope: hour for hour in site.taken()[1]}
    assert (60.0, 60.0) == (hours[""].curtailed_s, hours["f1"].curtailed_s)


def test_a_closed_day_takes_no_more_entries(keep) -> None:
    """What comes too late for a closed day is left out; the rest of the span is booked."""
    site = keep()
    midnight = datetime(2026, 5, 6, tzinfo=CHICAGO).timestamp()
    site.answer(midnight - 20)
    site.books.closed_through = day_number(datetime(2026, 5, 5, tzinfo=CHICAGO).date())
    site.answer(midnight + 10)
    (day,), _ = site.taken()
    assert (site.books.closed_through + 1, 10.0) == (day.day, pytest.approx(day.hashing_s))


def test_a_device_that_leaves_keeps_its_place_in_the_books(keep) -> None:
    """What it did until then is taken with the rest."""
    site = keep()
    site.answer(NOON)
    site.answer(NOON + 30)
    site.books.forget("m1")
    (day,), _ = site.taken()
    assert ("m1", 30.0, 0) == (day.device, day.hashing_s, len(site.books))
    assert {"m1": "Antminer S21"} == site.books.models


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(1, 5000), st.sampled_from(["answer", "miss", "sleep"])), max_size=40),
    offset=st.integers(0, 86_400),
)
def test_no_second_is_booked_twice(keep, steps, offset) -> None:
    """Conditions and verdicts share the same time, it never exceeds what has passed, and days agree with hours."""
    site = keep()
    now = begin = NOON + offset
    for step, kind in steps:
        now += step
        if kind == "miss":
            site.miss(now)
        else:
            site.answer(now, state="hashing" if kind == "answer" else "sleeping")
    days, hours = site.taken()
    conditions = sum(
        day.hashing_s + day.idle_s + day.sleeping_s + day.starting_s + day.fault_s + day.lost_s for day in days
    )
    verdicts = sum(day.profitable_s + day.unprofitable_s + day.undecided_s + day.unknown_s for day in days)
    assert conditions == pytest.approx(verdicts)
    assert conditions <= now - begin + 1e-6
    energy = sum(hour.energy_j for hour in hours if hour.scope == "f1")
    assert sum(day.energy_j for day in days) == pytest.approx(energy)
