"""Tariffs: hours in the site's own time, clocks that change, gaps and overlaps by name, signals, adders, contracts."""

from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.tariff import HOLIDAY, Period, PriceNow, Tariff, price_at
from daemon.economics.tariff_day import day_slices, mean_price, next_change, slices

CHICAGO = "America/Chicago"
BERLIN = "Europe/Berlin"
WORKDAYS = frozenset(range(5))


def at(text: str, zone: str = CHICAGO, *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def peak(**changes: Any) -> Tariff:
    """Weekdays 16:00-21:00 cost 0.20, all else 0.05."""
    period = Period(name="peak", days=WORKDAYS, from_minute=16 * 60, to_minute=21 * 60, price_per_kwh=0.20)
    return Tariff(**{"timezone": CHICAGO, "price_per_kwh": 0.05, "periods": (period,)} | changes)


def price(tariff: Tariff, instant: float, signals: dict[str, float | None] | None = None, **more: Any) -> PriceNow:
    return price_at(tariff, instant, signals or {}, **more)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T15:59:59", 0.05),
        ("2026-03-02T16:00:00", 0.20),
        ("2026-03-02T20:59:59", 0.20),
        ("2026-03-02T21:00:00", 0.05),
        ("2026-03-07T18:00:00", 0.05),
    ],
)
def test_hours_are_local_and_half_open(moment: str, expected: float) -> None:
    """A period holds from its first minute up to, not with, its last, on its own days, in the site's time zone."""
    assert expected == price(peak(), at(moment)).price_per_kwh


def test_the_source_is_named() -> None:
    """The price says which period, or the base price, it is."""
    assert "period peak" == price(peak(), at("2026-03-02T17:00:00")).source
    assert "base price" == price(peak(), at("2026-03-02T12:00:00")).source


def test_a_period_across_midnight_belongs_to_the_day_it_begins_on() -> None:
    """Friday's night rate holds until Saturday 06:00; Sunday has none, so Monday 03:00 has the base price."""
    night = Period(name="night", days=WORKDAYS, from_minute=22 * 60, to_minute=6 * 60, price_per_kwh=0.03)
    tariff = Tariff(timezone=CHICAGO, price_per_kwh=0.08, periods=(night,))
    assert 0.03 == price(tariff, at("2026-03-07T05:59:00")).price_per_kwh
    assert 0.08 == price(tariff, at("2026-03-07T06:00:00")).price_per_kwh
    assert 0.08 == price(tariff, at("2026-03-09T03:00:00")).price_per_kwh
    assert 0.03 == price(tariff, at("2026-03-10T03:00:00")).price_per_kwh


def test_seasons_turn_at_local_midnight() -> None:
    """A summer price begins with the first of June where the site is."""
    summer = Period(name="summer", months=frozenset({6, 7, 8, 9}), price_per_kwh=0.11)
    tariff = Tariff(timezone=BERLIN, price_per_kwh=0.07, periods=(summer,))
    assert 0.07 == price(tariff, at("2026-05-31T23:59:59", BERLIN)).price_per_kwh
    assert 0.11 == price(tariff, at("2026-06-01T00:00:00", BERLIN)).price_per_kwh
    assert at("2026-06-01T00:00:00", BERLIN) == price(tariff, at("2026-02-01T12:00:00", BERLIN)).next_change_at


def test_a_holiday_is_no_weekday() -> None:
    """On a listed date only periods that name holidays hold."""
    tariff = peak(holidays=frozenset({date(2026, 7, 3)}))
    assert 0.05 == price(tariff, at("2026-07-03T17:00:00")).price_per_kwh
    assert 0.20 == price(tariff, at("2026-07-02T17:00:00")).price_per_kwh
    festive = Period(name="festive", days=frozenset({HOLIDAY}), price_per_kwh=0.01)
    assert 0.01 == price(peak(holidays=tariff.holidays, periods=(festive,)), at("2026-07-03T17:00:00")).price_per_kwh


def test_a_gap_is_named() -> None:
    """Where no period holds and there is no base price, there is no price, and the reason says when."""
    gap = price(peak(price_per_kwh=None), at("2026-03-07T03:15:00"))
    assert gap.price_per_kwh is None
    assert gap.reason is not None
    assert "Saturday 03:15 America/Chicago" in gap.reason


def test_an_overlap_is_named() -> None:
    """Two prices for one minute are no price; two periods with one price do no harm."""
    other = Period(name="evening", from_minute=18 * 60, to_minute=22 * 60, price_per_kwh=0.15)
    both = peak(periods=(*peak().periods, other))
    found = price(both, at("2026-03-02T19:00:00"))
    assert found.price_per_kwh is None
    assert found.reason is not None
    assert "peak and evening" in found.reason
    assert 0.20 == price(both, at("2026-03-02T17:00:00")).price_per_kwh
    same = Period(name="same", from_minute=18 * 60, to_minute=22 * 60, price_per_kwh=0.20)
    assert 0.20 == price(peak(periods=(*peak().periods, same)), at("2026-03-02T19:00:00")).price_per_kwh


def test_the_next_change_is_foretold() -> None:
    """From Friday's evening the next change is Monday 16:00; a flat tariff never changes."""
    assert at("2026-03-02T16:00:00") == price(peak(), at("2026-03-02T03:00:00")).next_change_at
    assert at("2026-03-09T16:00:00") == price(peak(), at("2026-03-06T21:00:00")).next_change_at
    assert price(Tariff(price_per_kwh=0.06), 0.0).next_change_at is None


def test_a_day_of_23_hours() -> None:
    """When the clocks go forward the day is 23 hours long, and a night rate until 06:00 holds for five of them."""
    night = Period(name="night", from_minute=0, to_minute=6 * 60, price_per_kwh=0.03)
    course = day_slices(Tariff(timezone=CHICAGO, price_per_kwh=0.08, periods=(night,)), date(2026, 3, 8))
    assert [5.0, 18.0] == [(piece.end - piece.start) / 3600 for piece in course]


def test_a_day_of_25_hours() -> None:
    """When they go back it has 25, the hour that comes twice has its price twice, and the mean knows."""
    tariff = Tariff(
        timezone=BERLIN,
        price_per_kwh=0.10,
        periods=(Period(name="dear", from_minute=2 * 60, to_minute=3 * 60, price_per_kwh=0.35),),
    )
    course = day_slices(tariff, date(2026, 10, 25))
    assert [2.0, 2.0, 21.0] == [(piece.end - piece.start) / 3600 for piece in course]
    for fold in (0, 1):
        assert 0.35 == price(tariff, at("2026-10-25T02:30:00", BERLIN, fold=fold)).price_per_kwh
    mean = mean_price(tariff, start=course[0].start, end=course[-1].end)
    assert pytest.approx((23 * 0.10 + 2 * 0.35) / 25) == mean


def test_a_period_that_begins_in_the_hour_left_out() -> None:
    """A period from 02:30 begins, on the day without that minute, when the clocks jump to 03:00."""
    early = Period(name="early", from_minute=150, to_minute=5 * 60, price_per_kwh=0.03)
    tariff = Tariff(timezone=CHICAGO, price_per_kwh=0.08, periods=(early,))
    assert at("2026-03-08T03:00:00") == price(tariff, at("2026-03-08T00:10:00")).next_change_at


def test_a_period_that_begins_in_the_hour_that_comes_twice() -> None:
    """A period from 01:30 begins, ends when the clocks go back to 01:00, and begins again."""
    late = Period(name="late", from_minute=90, to_minute=5 * 60, price_per_kwh=0.03)
    course = day_slices(Tariff(timezone=CHICAGO, price_per_kwh=0.08, periods=(late,)), date(2026, 11, 1))
    assert [1.5, 0.5, 0.5, 3.5, 19.0] == [(piece.end - piece.start) / 3600 for piece in course]


def test_a_gap_makes_the_mean_unknown() -> None:
    """There is no mean over hours of which one has no price."""
    gapped = peak(price_per_kwh=None)
    assert mean_price(gapped, start=at("2026-03-02T12:00:00"), end=at("2026-03-02T18:00:00")) is None
    assert 0.20 == mean_price(gapped, start=at("2026-03-02T16:00:00"), end=at("2026-03-02T18:00:00"))
    assert mean_price(gapped, start=5.0, end=5.0) is None


def test_an_adder_comes_before_the_sign() -> None:
    """A real-time price of minus two cents with three cents of fees costs one cent: nobody is paid to run."""
    tariff = Tariff(signal="rt", adder_per_kwh=0.03)
    assert pytest.approx(0.01) == price(tariff, 0.0, {"rt": -0.02}).price_per_kwh
    assert pytest.approx(-0.01) == price(tariff, 0.0, {"rt": -0.04}).price_per_kwh


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_signal_that_is_missing_is_named(value: float | None) -> None:
    """Without the signal, and without hours of its own, the tariff has no price and says which signal it waits for."""
    for signals in ({"rt": value}, {}):
        found = price(Tariff(signal="rt"), 0.0, signals)
        assert (None, True) == (found.price_per_kwh, "'rt'" in (found.reason or ""))


def test_hours_step_in_for_a_stale_signal() -> None:
    """Where the operator gave prices beside the signal they step in, and the source says so."""
    tariff = peak(signal="rt")
    assert ("signal 'rt'", 0.31) == (lambda p: (p.source, p.price_per_kwh))(price(tariff, 0.0, {"rt": 0.31}))
    assert "period peak" == price(tariff, at("2026-03-02T17:00:00"), {"rt": None}).source


def test_selling_back_is_what_running_forgoes() -> None:
    """At 0.30 on the market and 0.02 of costs, a kWh bought at 0.05 costs 0.28 to use; below that, its own price."""
    tariff = Tariff(price_per_kwh=0.05, sell_signal="spot", sell_cost_per_kwh=0.02)
    assert pytest.approx(0.28) == price(tariff, 0.0, {"spot": 0.30}).price_per_kwh
    assert pytest.approx(0.05) == price(tariff, 0.0, {"spot": 0.06}).price_per_kwh
    assert price(tariff, 0.0, {}).price_per_kwh is None


def test_take_or_pay_is_sunk_up_to_the_minimum() -> None:
    """What is paid anyway costs nothing more to use; above the minimum the contract's price holds."""
    tariff = Tariff(price_per_kwh=0.05, minimum_take_w=2e6)
    assert 0.0 == price(tariff, 0.0, drawn_w=1.5e6).price_per_kwh
    assert 0.05 == price(tariff, 0.0, drawn_w=2.5e6).price_per_kwh
    unknown = price(tariff, 0.0)
    assert unknown.price_per_kwh is None
    assert "minimum take" in (unknown.reason or "")


def test_sunk_power_that_can_be_sold_is_not_free() -> None:
    """Paid-for energy that the market would buy costs what it would bring."""
    tariff = Tariff(price_per_kwh=0.05, minimum_take_w=2e6, sell_signal="spot")
    assert pytest.approx(0.04) == price(tariff, 0.0, {"spot": 0.04}, drawn_w=1e6).price_per_kwh
    assert 0.0 == price(tariff, 0.0, {"spot": -0.04}, drawn_w=1e6).price_per_kwh


minutes = st.integers(0, 1439)
periods = st.builds(
    Period,
    price_per_kwh=st.sampled_from([0.03, 0.05, 0.2]),
    days=st.frozensets(st.integers(0, 7), min_size=1),
    months=st.frozensets(st.integers(1, 12), min_size=1),
    from_minute=minutes,
    to_minute=minutes,
)
tariffs = st.builds(
    Tariff,
    timezone=st.sampled_from([CHICAGO, BERLIN, "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    price_per_kwh=st.none() | st.just(0.07),
    periods=st.lists(periods, max_size=3).map(tuple),
    holidays=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 11, 30)), max_size=3),
)
instants = st.floats(min_value=at("2026-03-01T00:00:00"), max_value=at("2026-11-30T00:00:00"))


@given(tariff=tariffs, start=instants, hours=st.integers(1, 72))
def test_slices_agree_with_every_minute(tariff: Tariff, start: float, hours: int) -> None:
    """The course of any three days, through any clock change, says at each minute what asking for it says."""
    start = float(int(start))
    course = slices(tariff, start=start, end=start + hours * 3600)
    assert (start, start + hours * 3600) == (course[0].start, course[-1].end)
    for earlier, later in pairwise(course):
        assert earlier.end == later.start
    for piece in course:
        for moment in (piece.start, (piece.start + piece.end) // 2, piece.end - 1):
            assert piece.price_per_kwh == price(tariff, moment).price_per_kwh


@given(tariff=tariffs, instant=instants)
def test_nothing_changes_before_the_next_change(tariff: Tariff, instant: float) -> None:
    """Up to the foretold change the price is today's; where none is foretold it stays for a week."""
    change = next_change(tariff, instant)
    now = price(tariff, instant).price_per_kwh
    end = min(change if change is not None else instant + 7 * 86400, instant + 7 * 86400)
    for step in range(20):
        assert now == price(tariff, instant + (end - instant) * step / 20).price_per_kwh


def test_a_price_is_live_where_a_signal_sets_it() -> None:
    """The market's own price is live, and so is what selling back would bring; hours and a minimum take are not."""
    sold = Tariff(price_per_kwh=0.06, sell_signal="market", minimum_take_w=1000.0)
    lived = [
        price_at(Tariff(signal="market", price_per_kwh=0.06), 0.0, {"market": 0.05}).is_live,
        price_at(Tariff(signal="market", price_per_kwh=0.06), 0.0, {"market": None}).is_live,
        price_at(sold, 0.0, {"market": 0.50}, drawn_w=2000.0).is_live,
        price_at(sold, 0.0, {"market": 0.01}, drawn_w=2000.0).is_live,
        price_at(sold, 0.0, {"market": 0.01}, drawn_w=500.0).is_live,
        price_at(Tariff(signal="market", minimum_take_w=1000.0), 0.0, {"market": 0.05}, drawn_w=500.0).is_live,
    ]
    assert [True, False, True, False, True, False] == lived
