"""Power levels: the hull from off to the fastest point, and the best point for a price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.break_even import cut_off_j_per_th
from daemon.economics.hull import OFF, Point, best_setting, hull, margin_per_day, marginal_j_per_th


def point(ths: float, watts: float, name: str = "") -> Point:
    return Point(hashrate_hs=ths * 1e12, power_w=watts, name=name)


# One marginal step of 50 J/TH, then one of 20: the middle point lies above the line between its neighbours.
NOISY = (point(80, 2000, "low"), point(90, 2500, "normal"), point(110, 2900, "high"))


def test_the_hull_leaves_out_what_lies_above_it() -> None:
    """From off over the low to the high setting; the normal one is never the thriftiest way to any hashrate."""
    assert (OFF, NOISY[0], NOISY[2]) == hull(NOISY)
    assert pytest.approx([25.0, 30.0]) == marginal_j_per_th(hull(NOISY))


def test_a_greedy_step_up_would_stop_too_early() -> None:
    """At a cut-off of 40 J/TH the first raw step of 50 does not pay, yet the highest setting is best."""
    best = best_setting(NOISY, hashprice_per_ph_day=48.0, price_per_kwh=0.05)
    assert ("high", pytest.approx(30.0)) == (best.point.name, best.marginal_j_per_th)


def test_a_lower_setting_may_earn_where_the_normal_one_loses() -> None:
    """At a cut-off of 27 J/TH the normal setting loses and the low one earns: that is no reason to switch off."""
    prices = {"hashprice_per_ph_day": 27 * 24 * 0.06, "price_per_kwh": 0.06}
    assert margin_per_day(NOISY[1], **prices) < 0
    best = best_setting(NOISY, **prices)
    assert "low" == best.point.name
    assert best.margin_per_day > 0


def test_off_when_nothing_pays() -> None:
    """Below the thriftiest point's J/TH every setting loses, and off loses nothing."""
    best = best_setting(NOISY, hashprice_per_ph_day=20 * 24 * 0.06, price_per_kwh=0.06)
    assert (OFF, 0.0, None) == (best.point, best.margin_per_day, best.marginal_j_per_th)


def test_exactly_at_the_cut_off_the_thriftier_point_wins() -> None:
    """Where a step neither earns nor loses it is not taken."""
    assert OFF == best_setting([point(100, 3000)], hashprice_per_ph_day=36.0, price_per_kwh=0.05).point


def test_when_paid_to_draw_the_thirstiest_may_win() -> None:
    """At a negative price an inefficient point off the hull can earn most."""
    thirsty = point(90, 6000, "thirsty")
    best = best_setting([*NOISY, thirsty], hashprice_per_ph_day=40.0, price_per_kwh=-0.10)
    assert ("thirsty", None) == (best.point.name, best.marginal_j_per_th)


def test_of_points_with_one_hashrate_the_thriftiest_counts() -> None:
    """Two readings of one preset do not make a vertical step."""
    assert (OFF, point(100, 2900)) == hull([point(100, 3000), point(100, 2900)])


def test_no_points_is_off() -> None:
    """A device of which no point is known can only be compared with off."""
    assert OFF == best_setting([], hashprice_per_ph_day=40.0, price_per_kwh=0.05).point
    assert 0.0 == OFF.j_per_th


points = st.lists(
    st.builds(point, st.floats(1, 500), st.floats(50, 10000)),
    min_size=1,
    max_size=12,
)


@given(listed=points, price=st.floats(-0.2, 0.5), hashprice=st.floats(1, 200), pue=st.floats(1, 2))
def test_no_listed_point_beats_the_choice(listed: list[Point], price: float, hashprice: float, pue: float) -> None:
    """The chosen point earns at least as much as every point listed, and as off."""
    prices = {"hashprice_per_ph_day": hashprice, "price_per_kwh": price, "pue": pue}
    best = best_setting(listed, **prices)
    for one in (OFF, *listed):
        assert best.margin_per_day >= margin_per_day(one, **prices) - 1e-9


@given(listed=points, price=st.floats(0.001, 0.5), hashprice=st.floats(1, 200))
def test_the_choice_is_the_highest_step_below_the_cut_off(listed: list[Point], price: float, hashprice: float) -> None:
    """Walking up the hull while the marginal J/TH is below the cut-off ends at the choice."""
    lower = hull(listed)
    steps = marginal_j_per_th(lower)
    assert list(steps) == sorted(steps)
    limit = cut_off_j_per_th(hashprice_per_ph_day=hashprice, price_per_kwh=price)
    paying = sum(step < limit * (1 - 1e-9) for step in steps)
    possible = sum(step < limit * (1 + 1e-9) for step in steps)
    chosen = lower.index(best_setting(listed, hashprice_per_ph_day=hashprice, price_per_kwh=price).point)
    assert paying <= chosen <= possible
