"""Months of payouts told as stories: schemes, luck and the named traps of L-05, day by day through the rule."""

import pytest

from daemon.rules.catalogue import CATALOGUE
from daemon.rules.scenario.form import scenario
from daemon.rules.scenario.play import play
from daemon.rules.settings import resolve

DIFFICULTY = 146.47e12
SITE_HS = 2e15
# Blocks that 2 PH/s are worth in a day, and what they pay with the fees of a block.
BLOCKS = SITE_HS * 86_400 / 2**32 / DIFFICULTY
DUE = BLOCKS * (3.125 + 0.02)
# A fixed month of a pool of 10 EH/s (1.37 blocks a day): 41 blocks where 41.2 were to be expected.
MONTH = [2, 0, 1, 3, 1, 1, 0, 2, 4, 0, 1, 1, 2, 0, 0, 3, 1, 2, 1, 1, 0, 2, 5, 1, 0, 1, 2, 1, 1, 2]


def story(paid, *, found=None, hours=6, expect, **mining):
    """Tell a month: on each day, some hours after midnight, the pool says what it paid for the day before."""
    terms = {"hashrate_hs": SITE_HS, "difficulty": DIFFICULTY, "fees_btc": 0.02} | mining
    facts = [{"at": 0, "mining": {"p1": terms}, "signals": {"pool_paid_p1": {"ok": False}}}]
    for day, amount in enumerate(paid):
        signals = {"pool_paid_p1": {"value": amount} if amount is not None else {"ok": False}}
        if found is not None:
            signals["pool_blocks_p1"] = {"value": found[day]}
        facts.append({"at": (day + 1) * 86_400 + hours * 3600, "signals": signals})
    read = scenario({"tests": [{"name": "month", "step": "1h", "facts": facts, "expect": expect}]})
    return play(read.tests[0], settings=resolve({}, catalogue=CATALOGUE).rules)


def states(*expected):
    """Expect L-05 of p1 to be in a state at the end of a day."""
    return [{"at": f"{day}d", "rule": "L-05", "subject": "p1", "state": state} for day, state in expected]


def share_of_blocks(found, *, part=1.0):
    """Pay each day the site's part of the blocks that a pool of 10 EH/s found."""
    return [part * count * SITE_HS / 1e19 * (3.125 + 0.02) for count in found]


def test_fpps_that_pays_two_percent_less_is_found():
    """Eight whole days must be there, then a day of the condition; the month that pays in full closes it."""
    paid = [0.98 * DUE] * 14 + [DUE] * 16
    went = story(paid, expect=states((8, "none"), (9, "pending"), (10, "open"), (15, "open"), (25, "closed")))
    assert () == went.failures


def test_fpps_that_pays_in_full_is_not():
    """Half a percent of difference is nobody's fault."""
    assert () == story([0.995 * DUE] * 30, expect=states((20, "none"), (31, "none"))).failures


def test_fpps_at_the_highest_fee_of_its_tiers():
    """What the highest tier explains is not missing; what it does not, is."""
    tiers = {"fee_ratio": "2%", "highest_fee_ratio": "4%"}
    assert () == story([0.96 * DUE] * 30, expect=states((31, "none")), **tiers).failures
    assert () == story([0.94 * DUE] * 30, expect=states((31, "open")), **tiers).failures


def test_transfers_that_wait_for_the_minimum():
    """A pool that transfers every fourth day owes at most its minimum meanwhile."""
    paid = [4 * DUE if day % 4 == 3 else 0.0 for day in range(30)]
    assert () == story(paid, expect=states((31, "none")), minimum_btc=4 * DUE).failures


@pytest.mark.parametrize("lag", [-0.5, 0.5])
def test_a_day_cut_at_noon_while_the_site_grows(lag):
    """A site that doubles on the tenth day is paid for half a day elsewhere, and nothing is missing."""

    def mined(at):
        return DUE * (2.0 if at >= 10.0 else 1.0)

    paid = [(mined(day - lag) + mined(day + 1 - lag)) / 2 for day in range(30)]
    facts = {"at": "10d", "mining": {"p1": {"hashrate_hs": 2 * SITE_HS, "difficulty": DIFFICULTY, "fees_btc": 0.02}}}
    terms = {"hashrate_hs": SITE_HS, "difficulty": DIFFICULTY, "fees_btc": 0.02}
    told = [{"at": 0, "mining": {"p1": terms}, "signals": {"pool_paid_p1": {"ok": False}}}, facts]
    for day, amount in enumerate(paid):
        told.append({"at": (day + 1) * 86_400 + 6 * 3600, "signals": {"pool_paid_p1": {"value": amount}}})
    expect = [{"at": f"{day}d", "rule": "L-05", "state": "none"} for day in range(11, 31)]
    read = scenario({"tests": [{"name": "noon", "step": "1h", "facts": told, "expect": expect}]})
    assert () == play(read.tests[0], settings=resolve({}, catalogue=CATALOGUE).rules).failures


def test_a_month_of_pplns_luck_is_no_finding():
    """The pool pays our part of whatever it finds, a lean month too; nothing is found on any day."""
    for found in (MONTH, [count if day % 3 else 0 for day, count in enumerate(MONTH)]):
        went = story(
            share_of_blocks(found),
            scheme="pplns",
            pool_hashrate_hs="10 EH/s",
            expect=[{"at": f"{day}d", "rule": "L-05", "state": "none"} for day in range(1, 31)],
        )
        assert () == went.failures


def test_a_pplns_pool_that_keeps_two_thirds_is_found():
    """Beyond three deviations of 41 blocks, after thirty whole days and one of the condition."""
    went = story(
        share_of_blocks(MONTH, part=1 / 3) + [0.0] * 5,
        scheme="pplns",
        pool_hashrate_hs="10 EH/s",
        expect=[*states((24, "none"), (35, "open")), {"at": "35d", "rule": "L-05", "state": "open", "message": "luck"}],
    )
    assert () == went.failures


def test_the_blocks_found_tell_a_thief_from_bad_luck():
    """The same small payout: explained where the pool found as little, a finding where it found the usual."""
    lean = [1 if day % 2 else 0 for day in range(35)]
    usual = [2 if day % 3 else 1 for day in range(35)]
    paid = share_of_blocks(lean)
    mining = {"scheme": "pplns", "pool_hashrate_hs": "10 EH/s"}
    assert () == story(paid, found=lean, expect=states((35, "none")), **mining).failures
    assert () == story(paid, found=usual, expect=states((35, "open")), **mining).failures


def test_pplns_without_a_pools_hashrate_says_so():
    """Neither blocks nor hashrate: it stays unknown, however little was paid."""
    went = story([0.0] * 34, scheme="pplns", expect=states((34, "none")))
    assert () == went.failures


def test_solo_is_never_a_finding_by_luck():
    """2 PH/s expect two hundredths of a block in a month, and a year may go by."""
    assert () == story([0.0] * 34, scheme="solo", expect=states((34, "none"))).failures


def test_a_solo_block_that_was_not_paid_is_a_finding():
    """The pool says that it found our block, and nothing came."""
    found = [1.0 if day == 10 else 0.0 for day in range(34)]
    assert () == story([0.0] * 34, found=found, scheme="solo", expect=states((20, "none"), (34, "open"))).failures


def test_payouts_in_money_follow_the_price():
    """A pool that pays in the site's currency owes the bitcoin at the price of its days."""
    money = {"in_money": True, "btc_price": 90_000.0}
    assert () == story([0.995 * DUE * 90_000] * 30, expect=states((31, "none")), **money).failures
    assert () == story([0.9 * DUE * 90_000] * 30, expect=states((31, "open")), **money).failures


def test_work_that_is_not_proved_decides_nothing():
    """Where a tenth of the hashrate shows no counted shares, ten percent less is not surely less."""
    assert () == story([0.91 * DUE] * 30, expect=states((31, "none")), unproved_ratio="10%").failures


def test_a_silent_account_is_unknown():
    """A pool whose account cannot be read for two days of the week is not accused."""
    paid = [None if day % 7 in (2, 5) else 0.5 * DUE for day in range(30)]
    assert () == story(paid, hours=0, expect=states((31, "none"))).failures
