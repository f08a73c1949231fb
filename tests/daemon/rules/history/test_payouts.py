"""A pool's days: what was due by the step, what it paid by its own word, over midnights, gaps and restarts."""

import msgspec
import pytest

from daemon.economics.network import DAY_S
from daemon.rules.history.payouts import KEPT_DAYS, PayoutMemory, PayoutPast, PayoutStep

MIDNIGHT = 1_700_006_400.0
TODAY = int(MIDNIGHT // DAY_S)
STEP = PayoutStep(
    work_low=1e9,
    work_high=2e9,
    difficulty=1e12,
    subsidy_btc=3.0,
    fees_btc=0.1,
    fee_ratio=0.02,
    highest_fee_ratio=0.04,
    pool_hashrate_hs=1e19,
)


def past(**more):
    return PayoutPast(scheme="fpps", unit="BTC", **more)


def told(history, step=STEP, *, hours=24, begin=MIDNIGHT, every=600.0):
    """Feed a step again and again."""
    for number in range(int(hours * 3600 / every) + 1):
        history.feed(step, now=begin + number * every)


def test_a_step_is_worth_its_part_of_a_block():
    """Low is what is proved at the highest fee, high what is claimed at the usual one."""
    history = past()
    history.feed(STEP, now=MIDNIGHT)
    (day,) = history.days
    assert (TODAY, pytest.approx(0.003 * 0.96), pytest.approx(0.006 * 0.98)) == (
        day.day,
        day.subsidy_low_btc,
        day.subsidy_high_btc,
    )
    assert (pytest.approx(1e-4 * 0.96), pytest.approx(2e-4 * 0.98)) == (day.fees_low_btc, day.fees_high_btc)
    assert pytest.approx(0.001) == day.own_blocks


def test_the_first_day_is_open_and_a_whole_one_is_not():
    """Nobody saw what came before the daemon began; the day after is whole."""
    history = past()
    told(history, hours=48)
    assert [True, False, False] == [day.is_open for day in history.days]
    assert pytest.approx(1e19 * DAY_S / 2**32 / 1e12, rel=0.01) == history.days[1].pool_blocks


@pytest.mark.parametrize(
    "unknown", [{"difficulty": None}, {"subsidy_btc": None}, {"in_money": True, "btc_price": None}]
)
def test_work_of_unknown_worth_leaves_the_day_open(unknown):
    """Without difficulty, subsidy or price nothing is due for sure, and there is no bound above."""
    history = past()
    told(history, hours=25)
    history.feed(msgspec.structs.replace(STEP, **unknown), now=MIDNIGHT + 25 * 3600.0 + 600.0)
    assert history.days[1].is_open


def test_unknown_fees_leave_the_subsidy_due():
    """Where no pool tells the blocks' fees, the subsidy is due all the same."""
    history = past()
    told(history, hours=25)
    before = history.days[1].subsidy_low_btc
    history.feed(msgspec.structs.replace(STEP, fees_btc=None), now=MIDNIGHT + 25 * 3600.0 + 600.0)
    assert (True, True) == (history.days[1].is_open, history.days[1].subsidy_low_btc > before)


def test_what_is_told_last_before_midnight_is_yesterdays():
    """A pool that corrects its account in the afternoon is heard; tomorrow's word is of another day."""
    history = past()
    told(history, msgspec.structs.replace(STEP, paid=1.0, found_blocks=2.0), hours=30)
    history.feed(msgspec.structs.replace(STEP, paid=1.5), now=MIDNIGHT + 47.9 * 3600)
    history.feed(STEP, now=MIDNIGHT + 48.1 * 3600)
    assert [1.5, None, None] == [day.paid for day in history.days]
    assert [2.0, None, None] == [day.found_blocks for day in history.days]


def test_a_gap_opens_both_its_days():
    """What was mined while the daemon was down is on the day it stopped, or on the one it came back."""
    history = past()
    told(history, hours=30)
    history.feed(STEP, now=MIDNIGHT + 75 * 3600.0)
    assert [(0, True), (1, True), (3, True)] == [(day.day - TODAY, day.is_open) for day in history.days]


def test_prices_are_the_lowest_and_highest_of_a_day():
    """Whoever is paid in money was paid at some price between them."""
    history = past()
    for place, price in enumerate((90_000.0, 85_000.0, 95_000.0)):
        history.feed(msgspec.structs.replace(STEP, btc_price=price), now=MIDNIGHT + place * 60.0)
    assert (85_000.0, 95_000.0) == (history.days[0].btc_price_low, history.days[0].btc_price_high)


def test_days_are_kept_over_a_restart_and_not_for_ever():
    """The memory holds what the rule looks back on; another scheme or unit begins anew."""
    history = past()
    told(history, hours=24 * (KEPT_DAYS + 5), every=3600.0)
    assert KEPT_DAYS == len(history.days)
    memory = msgspec.msgpack.decode(msgspec.msgpack.encode(history.memory()), type=PayoutMemory)
    assert history.days == past(memory=memory).days
    assert () == PayoutPast(scheme="pplns", unit="BTC", memory=memory).days
    assert () == PayoutPast(scheme="fpps", unit="USD", memory=memory).days
