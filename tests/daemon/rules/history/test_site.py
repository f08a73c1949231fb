"""The past of feeders and of the site: quantiles, steps, dark windows, months, and all of it kept."""

from math import inf

import pytest

from daemon.rules.history.feeders import FeederHistory
from daemon.rules.history.site import SiteHistory

DAY = 86400.0


def fed(days, *, drawn=lambda now: 100e3, gap=lambda now: 0.0, **more):
    past = FeederHistory()
    fields = {"devices": 10, "sleeping": 0, "answering": 10} | more
    for quarter in range(int(days * 96) + 1):
        now = quarter * 900.0
        past.feed(now, drawn_w=drawn(now), gap_w=gap(now), **fields)
    return past, now


def test_the_draw_of_bad_hours_needs_a_day():
    """The draw that 95 of 100 quarter-hours stayed below is known after a day."""
    assert fed(0.5)[0].p95_w(0.5 * DAY) is None
    past, now = fed(2, drawn=lambda now: 100e3 if now % DAY < 0.5 * DAY else 200e3)
    assert 200e3 == past.p95_w(now)


def test_unknown_draw_is_not_counted():
    """Quarter-hours in which the draw was not known are no zeros."""
    past, now = fed(3, drawn=lambda now: 100e3 if now > DAY else None)
    assert 100e3 == past.p95_w(now)


def test_a_step_is_seen_after_a_day():
    """Unexplained load that rose and stayed is a step; noise alone is none."""
    past, now = fed(2, gap=lambda now: (3e3 if now > DAY else 0.0) + (100.0 if now % 1800 else -100.0))
    step, sd = past.step_w(now)
    assert pytest.approx(3e3, abs=250.0) == step
    assert sd < 100.0
    assert None is fed(1)[0].step_w(DAY)


def test_dark_time_runs_while_nearly_all_sleep():
    """A dark window begins with the sleep of nine in ten, and ends with it."""
    past = FeederHistory()
    past.feed(100.0, drawn_w=1.0, gap_w=0.0, devices=10, sleeping=9, answering=10)
    past.feed(200.0, drawn_w=1.0, gap_w=0.0, devices=10, sleeping=10, answering=10)
    assert 100.0 == past.dark_since
    past.feed(300.0, drawn_w=1.0, gap_w=0.0, devices=10, sleeping=8, answering=10)
    assert past.dark_since is None


def test_a_change_of_the_inventory_is_dated():
    """When devices come or go, the moment is kept; the first count is no change."""
    past = FeederHistory()
    for now, devices in ((0.0, 10), (60.0, 10), (120.0, 11), (180.0, 11)):
        past.feed(now, drawn_w=1.0, gap_w=0.0, devices=devices, sleeping=0, answering=10)
    assert 120.0 == past.inventory_changed_at


def month(**more):
    past = SiteHistory()
    for quarter in range(2 * 96 + 1):
        figures = {"site_w": 1e6, "devices_w": 0.95e6, "btc_per_day": 0.5, "carbon_g_per_kwh": 370.0} | more
        past.feed(quarter * 900.0, month_start=0.0, **figures)
    return past, 2 * DAY


def test_a_month_is_summed():
    """Energy, bitcoin and carbon of the month so far, the peak, and the week's PUE."""
    past, now = month()
    facts = past.facts(now, pue=1.04)
    assert pytest.approx(48_000.0) == facts.month_energy_kwh
    assert pytest.approx(1.0) == facts.month_mined_btc
    assert pytest.approx(48_000.0 * 370.0) == facts.month_carbon_g
    assert (1e6, 1e6, 1.04) == (facts.peak_w, facts.month_peak_w, facts.pue)
    assert pytest.approx(1 / 0.95) == facts.pue_7d


def test_a_new_month_begins_at_nothing():
    """The sums begin anew with the month; the highest peak stays."""
    past, now = month()
    past.feed(now + 900.0, month_start=now + 900.0, site_w=0.5e6, devices_w=0.4e6)
    facts = past.facts(now + 900.0)
    assert pytest.approx(125.0) == facts.month_energy_kwh
    assert (None, 1e6) == (facts.month_peak_w, facts.peak_w)


def test_carbon_that_was_only_known_now_and_then_is_not_known():
    """Without an intensity for nearly all energy no carbon is given."""
    past, now = month(carbon_g_per_kwh=None)
    assert past.facts(now).month_carbon_g is None
    assert SiteHistory().facts(0.0).month_energy_kwh is None


def test_the_cut_off_of_a_week():
    """The cut-off is where the known hours together pay their energy; nearly free hours do not lead it."""

    def week(*ratios):
        past = SiteHistory()
        for hour in range(50):
            ratio = ratios[hour % len(ratios)]
            past.feed(hour * 3600.0, month_start=0.0, site_w=None, devices_w=None, cost_ratio=ratio)
        return past.cutoff_7d(50 * 3600.0)

    assert pytest.approx(20.0) == week(0.05)
    assert pytest.approx(1 / 0.04, rel=0.03) == week(0.05, 0.05, 0.05, 0.05, 1e-7)
    assert inf == week(-0.01)
    assert SiteHistory().cutoff_7d(0.0) is None


def test_a_restart_keeps_the_past():
    """Everything is as before, the feeders' past included."""
    past, now = month()
    past.feeder("f1").feed(now, drawn_w=1.0, gap_w=2.0, devices=3, sleeping=3, answering=3)
    kept = SiteHistory()
    kept.restore_state(past.export_state())
    assert past.facts(now) == kept.facts(now)
    assert (now, 3) == (kept.feeder("f1").dark_since, kept.feeder("f1").devices)
    kept.keep_feeders(frozenset())
    assert kept.feeder("f1").dark_since is None


@pytest.mark.parametrize("written", [b"", b"\xc0"])
def test_a_past_of_another_kind_is_refused(written):
    """What is not such a past raises ValueError."""
    with pytest.raises(ValueError, match="past"):
        SiteHistory().restore_state(written)


def test_a_past_of_another_version_is_refused():
    """A version this program does not know is not guessed at."""
    written = SiteHistory().export_state().replace(b"\xa7version\x01", b"\xa7version\x09")
    with pytest.raises(ValueError, match="version 9"):
        SiteHistory().restore_state(written)
