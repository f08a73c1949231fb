"""The rules about pools: each through its life, and what is particular to it."""

from math import log

import pytest
from msgspec.structs import replace

from daemon.economics.payout_check import PayoutDay
from daemon.rules.context import AllowedPools, host_of
from daemon.rules.pool.absent import RULE as ABSENT
from daemon.rules.pool.absent import absent
from daemon.rules.pool.contradiction import RULE as CONTRADICTION
from daemon.rules.pool.contradiction import contradiction
from daemon.rules.pool.empty_work import RULE as EMPTY
from daemon.rules.pool.empty_work import empty_work
from daemon.rules.pool.foreign_pool import RULE as FOREIGN
from daemon.rules.pool.foreign_pool import foreign_pool
from daemon.rules.pool.hash_gap import RULE as GAP
from daemon.rules.pool.hash_gap import hash_gap
from daemon.rules.pool.identity_change import RULE as IDENTITY
from daemon.rules.pool.identity_change import identity_change
from daemon.rules.pool.old_work import RULE as OLD_WORK
from daemon.rules.pool.old_work import old_work
from daemon.rules.pool.other_chain import RULE as OTHER_CHAIN
from daemon.rules.pool.other_chain import other_chain
from daemon.rules.pool.payout import RULE as PAYOUT
from daemon.rules.pool.payout import payout
from daemon.rules.pool.rejects import RULE as REJECTS
from daemon.rules.pool.rejects import rejects
from daemon.rules.pool.stale_pool import RULE as STALE
from daemon.rules.pool.stale_pool import stale_pool
from daemon.rules.pool.unproved import RULE as UNPROVED
from daemon.rules.pool.unproved import unproved
from daemon.rules.pool.work_deficit import RULE as DEFICIT
from daemon.rules.pool.work_deficit import work_deficit
from daemon.rules.rule import FINE
from daemon.rules.snapshot import PayoutFacts, PoolChange, PoolFacts

OURS = "stratum+tcp://pool.example:3333"
THEIRS = "stratum+tcp://other.example:3333"


def slots(*pairs, allowed=True):
    def view(make, now):
        entries = [AllowedPools.of_pool(OURS, user="acct.watch")] if allowed else []
        make.context.allowed = AllowedPools(entries)
        return make.device(pools=make.pools(*({"url": url, "user": user} for url, user in pairs)))

    return view


def refused(part, *, shares=1000.0):
    def view(make, now):
        known = 0.0 if part is not None else -1.0
        rate = part or 0.0
        make.past(last_accepted=known, last_rejected=known)
        make.past(rejected_recent=rate * shares, accepted_recent=(1 - rate) * shares)
        return make.device()

    return view


def pool(*, signals=None, **facts):
    return lambda make, now: make.snapshot(pool=PoolFacts(id="p1", **facts), signals=signals)


def days_paid(part, *, now, days=10, **more):
    """Days up to today, of each a bitcoin is due and a part was paid."""
    today = int(now // 86400)
    return tuple(
        PayoutDay(day=day, subsidy_low_btc=1.0, subsidy_high_btc=1.0, paid=part, **more)
        for day in range(today - days, today + 1)
    )


def paid(part, *, scheme="fpps", **more):
    def view(make, now):
        facts = PayoutFacts(scheme=scheme, days=days_paid(part, now=now, **more))
        return make.snapshot(pool=PoolFacts(id="p1", payout=facts), signals={"pool_paid_p1": part})

    return view


def credited(hashrate):
    return pool(devices_hs=100e15, shares=1e6, signals={"pool_hashrate_p1": hashrate})


def backup(part):
    fleet = {"shares_hs": 100e15, "backup_hs": part * 100e15} if part is not None else {}
    return lambda make, now: make.snapshot(fleet=fleet)


def pools(*ages):
    rows = tuple(PoolFacts(id=f"p{place}", up=True, last_job_age_s=age) for place, age in enumerate(ages))
    return lambda make, now: replace(make.snapshot(), pools=rows)


def changed(kind, *, at):
    return PoolChange(kind=kind, before="aa", after="bb", at=at)


def changes(*kinds, ago=60.0):
    return lambda make, now: make.snapshot(
        pool=PoolFacts(id="p1", up=True, changes=tuple(changed(kind, at=now - ago) for kind in kinds))
    )


def shown(*, state="hashing", hashrate=100e12, age=None, difficulty=65536.0):
    """A device whose active slot was last seen with a share that long ago; one is due every 2.8 s."""

    def view(make, now):
        slot = {"url": OURS, "active": True, "difficulty": difficulty, "last_share_age_s": age}
        return make.device(state=state, hashrate_hs=hashrate, pools=make.pools(slot))

    return view


def worked(make, **columns):
    """Set what is remembered of the work of `m1`."""
    work = make.context.work
    if "m1" not in work.rows:
        work.feed(make.device(), make.context.now)
    for name, value in columns.items():
        getattr(work, name)[work.rows["m1"]] = value


def jumped(times, *, known=7200.0):
    def view(make, now):
        worked(make, usual=log(65536.0), usual_s=known)
        return shown(difficulty=65536.0 * times)(make, now)

    return view


def proved(part, *, shares=40_000.0, seconds=80_000.0):
    """A day of 100 TH/s by the device's word, of which shares of one difficulty prove a part."""

    def view(make, now):
        claimed = 100e12 * seconds
        difficulty = claimed / 2**32 / shares
        worked(
            make,
            day_seconds=seconds,
            day_claimed=claimed,
            day_shares=part * shares,
            day_difficulty=part * shares * difficulty,
            day_square=part * shares * difficulty**2,
            difficulty=difficulty,
        )
        return make.device()

    return view


CASES = {
    "L-01/pool": {
        "bad": credited(90e15),
        "between": credited(98e15),
        "fine": credited(99.9e15),
        "unknown": credited(None),
    },
    "L-02/device": {
        "bad": slots((OURS, "acct.m1"), (THEIRS, "acct.m1")),
        "fine": slots((OURS, "acct.m1")),
        "unknown": slots(),
    },
    "L-03/device": {
        "bad": refused(0.02),
        "between": refused(0.008),
        "fine": refused(0.001),
        "unknown": refused(None),
    },
    "L-04/pool": {"bad": changes("certificate"), "fine": pool(up=True), "unknown": pool(up=None)},
    "L-05/pool": {"bad": paid(0.9), "between": paid(0.993), "fine": paid(1.0), "unknown": paid(None)},
    "L-06/site": {"bad": backup(0.5), "between": backup(0.15), "fine": backup(0.0), "unknown": backup(None)},
    "L-07/pool": {
        "bad": pool(up=True, last_job_age_s=900.0),
        "fine": pool(up=True, last_job_age_s=10.0),
        "unknown": pool(up=None),
    },
    "L-07/site": {"bad": pools(900.0, 900.0, 5.0), "fine": pools(5.0, 5.0, 900.0)},
    "L-08/pool": {
        "bad": pool(up=False, devices_hs=5e15, last_job_age_s=200.0),
        "fine": pool(up=True, devices_hs=5e15, last_job_age_s=5.0),
        "unknown": pool(up=None),
    },
    "L-09/pool": {
        "bad": pool(behind_s=0.0, lags_s=(8.0, 0.4, 9.0, 12.0)),
        "between": pool(behind_s=0.0, lags_s=(4.0, 4.0, 4.0)),
        "fine": pool(behind_s=0.0, lags_s=(0.4, 9.0, 0.0)),
        "unknown": pool(behind_s=None, lags_s=(9.0,)),
    },
    "L-10/pool": {
        "bad": pool(chain="main", empty_share=0.12),
        "between": pool(chain="main", empty_share=0.04),
        "fine": pool(chain="main", empty_share=0.01),
        "unknown": pool(chain="main"),
    },
    "L-11/pool": {
        "bad": pool(network="disagrees", height=900_100, network_height=900_000),
        "fine": pool(network="agrees", height=900_000, network_height=900_000),
        "unknown": pool(),
    },
    "L-12/pool": {
        "bad": pool(network="other_chain", chain="test"),
        "fine": pool(network="agrees", chain="main"),
        "unknown": pool(),
    },
    "L-13/pool": {"bad": pool(authenticated=False), "fine": pool(authenticated=True)},
    "L-14/device": {
        "bad": shown(age=900.0),
        "between": shown(age=200.0),
        "fine": shown(age=3.0),
        "unknown": shown(age=3.0, difficulty=None),
    },
    "L-15/device": {"bad": jumped(16.0), "between": jumped(6.0), "fine": jumped(2.0), "unknown": jumped(16.0, known=0)},
    "L-15/pool": {
        "bad": pool(difficulty=1e6, usual_difficulty=(1e4, 5e4)),
        "between": pool(difficulty=1e3, usual_difficulty=(6e3, 5e4)),
        "fine": pool(difficulty=5e4, usual_difficulty=(1e4, 5e4)),
        "unknown": pool(difficulty=1e6),
    },
    "L-16/device": {
        "bad": proved(0.9),
        "between": proved(0.96),
        "fine": proved(0.999),
        "unknown": proved(0.9, seconds=60.0),
    },
}


@pytest.mark.parametrize("key", CASES)
def test_life(key, life):
    """It opens when it has held, stays while in the band or unknown, closes when cleared, and does not flap."""
    life(key, CASES[key])


@pytest.mark.parametrize(
    ("url", "user", "allowed"),
    [
        (OURS, "acct.m1", True),
        (OURS, "acct", True),
        ("stratum+ssl://POOL.example:443", "acct.m1", True),
        ("pool.example:25", "acct_7", True),
        ("", "anything", True),
        (None, None, True),
        (OURS, "account.m1", False),
        (OURS, "", False),
        ("stratum+tcp://pool.example.evil.test:3333", "acct.m1", False),
        ("stratum+tcp://evil.test/pool.example", "acct.m1", False),
        ("stratum+tcp://pool.example@evil.test:3333", "acct.m1", False),
        (THEIRS, "acct.m1", False),
    ],
)
def test_what_is_allowed(url, user, allowed):
    """Host and account must both be ours; ports, schemes and workers may differ, and an empty slot is no pool."""
    assert allowed is AllowedPools([AllowedPools.of_pool(OURS, user="acct.watch")]).allows(url, user)


def test_more_may_be_allowed():
    """Patterns and predicates beside the configured pools are heard, too."""
    allowed = AllowedPools([("*.backup.example", "*")], also=[lambda url, user: user == "devfee"])
    assert allowed.allows("stratum+tcp://eu.backup.example:1", "x")
    assert allowed.allows(THEIRS, "devfee")
    assert not allowed.allows(THEIRS, "x")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("stratum+tcp://Pool.Example:3333", "pool.example"),
        ("pool.example", "pool.example"),
        ("stratum2+tcp://pool.example:34254/9bDuixKmZqAJnrmP746n8zU1wyAQRrus7th9dxnkPg6RzQvCnan", "pool.example"),
        ("stratum+tcp://[2001:db8::1]:3333", "2001:db8::1"),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url, host):
    """Scheme, credentials, port and path are cut off."""
    assert host == host_of(url)


def test_without_pools_nothing_is_foreign(make):
    """Where no pool is configured the rule concerns no device."""
    assert foreign_pool(slots((THEIRS, "x"), allowed=False)(make, 0.0), make.context, FOREIGN.defaults) is None


def test_evidence_of_a_foreign_pool_has_every_slot_and_no_secret(make):
    """All foreign slots are named, and whether one is active; credentials in an address are left out."""
    device = slots((OURS, "acct.m1"), ("stratum+tcp://user:hunter2@evil.test:1", "thief"))(make, 0.0)
    judged = foreign_pool(device, make.context, FOREIGN.defaults)
    assert "slot 1: stratum+tcp://evil.test:1 as thief" == judged.evidence["slots"]
    assert "hunter2" not in judged.message
    assert "It does not mine there at present" in judged.message


def test_rejects_grow_worse_and_need_shares(make):
    """Above three percent it is high; a handful of shares tell nothing."""
    assert "high" == rejects(refused(0.05)(make, 0.0), make.context, REJECTS.defaults).severity
    assert rejects(refused(0.5, shares=10.0)(make, 0.0), make.context, REJECTS.defaults).holds is None


def test_a_gap_within_share_noise_is_none(make):
    """Ten percent less over a hundred shares is luck."""
    facts = PoolFacts(id="p1", devices_hs=100e15, shares=100.0)
    view = make.snapshot(signals={"pool_hashrate_p1": 90e15})
    assert hash_gap(facts, view, GAP.defaults).holds is False


def test_luck_is_no_debt(make):
    """Under PPLNS a shortfall counts only beyond three deviations of luck; under FPPS one percent does."""
    now = make.context.now
    lucky = paid(0.6, scheme="pplns", days=34, pool_expected=1.4, pool_s=86400.0)(make, now)
    fixed = paid(0.6)(make, now)
    assert payout(lucky.pools[0], lucky, PAYOUT.defaults).holds is False
    assert payout(fixed.pools[0], fixed, PAYOUT.defaults).holds is True
    assert payout(PoolFacts(id="p1"), make.snapshot(), PAYOUT.defaults) is None, "nothing tells the payout"


def test_a_short_payout_says_what_is_missing(make):
    """The message names days, amounts and the scheme's luck, and the evidence has what they came from."""
    view = paid(0.6)(make, make.context.now)
    judged = payout(view.pools[0], view, PAYOUT.defaults)
    assert "p1 paid 4.2 BTC in 7 days where 7 were due on average: 40.0 % less" in judged.message
    assert "its scheme leaves nothing to luck; with every excuse 6.93 should have come" in judged.message
    assert (0.4, 7.0) == (pytest.approx(judged.value), judged.evidence["days"])


def test_an_address_alone_is_mild(make):
    """A changed address is a warning, a changed certificate is high."""
    view = make.snapshot()
    moved = PoolFacts(id="p1", changes=(changed("address", at=view.now),))
    keyed = PoolFacts(id="p1", changes=(changed("certificate", at=view.now),))
    assert identity_change(moved, view, IDENTITY.defaults).severity is None
    assert "high" == identity_change(keyed, view, IDENTITY.defaults).severity
    assert identity_change(PoolFacts(id="p1", up=False), view, IDENTITY.defaults) is FINE


def test_a_change_is_news_for_a_day(make):
    """What changed the day before yesterday is how the pool is now."""
    view = changes("payout", ago=2 * 86400.0)(make, make.context.now)
    assert identity_change(view.pools[0], view, IDENTITY.defaults) is FINE


@pytest.mark.parametrize("kind", ["payout", "tag", "certificate", "authority", "redirect", "chain"])
def test_whatever_tells_who_a_pool_is_counts(make, kind):
    """Each kind of change is high, and told with before and after."""
    view = changes(kind)(make, make.context.now)
    judged = identity_change(view.pools[0], view, IDENTITY.defaults)
    assert ("high", {kind: "aa -> bb"}) == (judged.severity, judged.evidence)


def test_nobody_left_at_a_dead_pool(make):
    """A pool that is down and empty is no waste of work."""
    assert old_work(PoolFacts(id="p1", up=False), make.snapshot(), OLD_WORK.defaults) is FINE


def test_a_missed_block_is_told_before_it_comes(make):
    """A pool that stays on an old block is stale at once, whatever its past."""
    judged = stale_pool(PoolFacts(id="p1", behind_s=90.0), make.snapshot(), STALE.defaults)
    assert (True, "high", 90.0) == (judged.holds, judged.severity, judged.value)


def test_one_who_claims_a_newer_block_makes_nobody_late(make):
    """A pool at the height that holds is not behind, whatever a single other pool says."""
    facts = PoolFacts(id="p1", behind_s=900.0, lags_s=(0.1, 0.2, 0.1), height=900_000, network_height=900_000)
    assert stale_pool(facts, make.snapshot(), STALE.defaults) is FINE


def test_blocks_of_test_chains_may_be_empty(make):
    """Empty work is a matter of Bitcoin alone."""
    facts = PoolFacts(id="p1", chain="regtest", empty_share=1.0)
    assert empty_work(facts, make.snapshot(), EMPTY.defaults) is None


def test_who_mines_another_chain_makes_it_critical(make):
    """Devices on a pool of another chain are worse than a pool nobody uses."""
    facts = PoolFacts(id="p1", network="other_chain", chain="test", devices_hs=1e15)
    assert "crit" == other_chain(facts, make.snapshot(), OTHER_CHAIN.defaults).severity


def test_pools_without_majority_are_told(make):
    """Where nobody agrees each says so, without a height that holds."""
    facts = PoolFacts(id="p1", network="disagrees", height=5)
    assert "no majority" in contradiction(facts, make.snapshot(), CONTRADICTION.defaults).message


def test_a_plain_connection_promises_nothing(make):
    """Without encryption there is nothing to prove."""
    assert unproved(PoolFacts(id="p1"), make.snapshot(), UNPROVED.defaults) is None


def test_rare_shares_are_given_their_time(make):
    """A small device at a high difficulty may well have no share for half an hour; a large one may not."""
    small = shown(age=1800.0, hashrate=1e12, difficulty=65536.0)(make, 0.0)
    assert absent(small, make.context, ABSENT.defaults).holds is False
    large = shown(age=1800.0, hashrate=100e12, difficulty=65536.0)(make, 0.0)
    judged = absent(large, make.context, ABSENT.defaults)
    assert (True, 300.0) == (judged.holds, judged.threshold)


def test_a_device_without_share_ages_is_watched_by_its_counter(make):
    """Where the device gives no age, the time since its counter last grew does."""
    view = shown()(make, 0.0)
    assert absent(view, make.context, ABSENT.defaults).holds is None
    worked(make, last=5.0, grown_at=make.context.now - 900.0)
    assert absent(view, make.context, ABSENT.defaults).holds is True


def test_a_device_that_rests_is_not_absent(make):
    """Whoever does not claim to hash owes no share."""
    assert absent(shown(age=900.0, state="sleeping")(make, 0.0), make.context, ABSENT.defaults).holds is False


def test_other_algorithms_count_differently(make):
    """A difficulty of scrypt says nothing in hashes of Bitcoin."""
    view = make.device(algorithm="scrypt", hashrate_hs=9e9, pools=make.pools({"url": OURS, "active": True}))
    assert absent(view, make.context, ABSENT.defaults) is None


def test_a_deficit_shows_its_interval(make):
    """The message has both accounts and the bounds of what shares prove; ten percent over 300 shares is chance."""
    judged = work_deficit(proved(0.7)(make, 0.0), make.context, DEFICIT.defaults)
    assert "high" == judged.severity
    assert "prove 70.0 TH/s, 68.3 TH/s to 71.7 TH/s with chance" in judged.message
    assert work_deficit(proved(0.9, shares=300.0)(make, 0.0), make.context, DEFICIT.defaults).holds is False


def test_not_one_share_in_a_day_is_a_deficit(make):
    """No shares at all are told by the difficulty that was asked for."""
    judged = work_deficit(proved(0.0)(make, 0.0), make.context, DEFICIT.defaults)
    assert (True, 0.0) == (judged.holds, judged.evidence["share_hs"])
