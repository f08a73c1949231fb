"""Which setting would earn more: against what the device does now, with the error of the difference."""

import pytest

from daemon.economics.hull import Point
from daemon.rules.advice import setting_advice

LOW = Point(hashrate_hs=74.5e12, power_w=1905.0, name="74 TH")
MIDDLE = Point(hashrate_hs=96e12, power_w=2850.0, name="96 TH")
HIGH = Point(hashrate_hs=105e12, power_w=3100.0)


def advice(now, *, hashprice=41.22, price=0.06, points=(LOW, MIDDLE, HIGH), **more):
    return setting_advice(points, now=now, hashprice_per_ph_day=hashprice, price_per_kwh=price, **more)


def test_what_loses_at_full_power_may_earn_at_less():
    """At 41.22 and 6 cents a machine at 96 TH/s loses, and would earn at 74.5 TH/s."""
    found = advice(MIDDLE)
    assert ("74 TH", 1905.0, False) == (found.name, found.power_w, found.is_current)
    assert pytest.approx(0.328 + 0.147, abs=0.001) == found.gain_per_day
    assert pytest.approx(0.069, abs=0.01) == found.gain_sd_per_day


def test_a_good_price_wants_the_last_terahash():
    """At a high hashprice the fastest point is best, and a point without a name goes by its watts."""
    found = advice(MIDDLE, hashprice=50.0, price=0.05)
    assert "3100 W" == found.name


def test_the_present_setting_measured_again_is_no_advice():
    """Small differences from the best point are noise of measuring."""
    assert advice(Point(hashrate_hs=75e12, power_w=1920.0)).is_current


@pytest.mark.parametrize(
    ("points", "now", "price"),
    [((), MIDDLE, 0.06), ((LOW,), Point(hashrate_hs=0.0, power_w=25.0), 0.06), ((LOW, MIDDLE), MIDDLE, 0.5)],
)
def test_nothing_to_advise(points, now, price):
    """Without points, asleep, or where off is best, there is no better setting."""
    assert advice(now, points=points, price=price) is None
