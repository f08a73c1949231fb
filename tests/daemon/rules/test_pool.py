"""The rules about pools: each through its life, and what is particular to it."""

import pytest
from msgspec.structs import replace

from daemon.rules.context import AllowedPools, host_of
from daemon.rules.pool.foreign_pool import RULE as FOREIGN
from daemon.rules.pool.foreign_pool import foreign_pool
from daemon.rules.pool.hash_gap import RULE as GAP
from daemon.rules.pool.hash_gap import hash_gap
from daemon.rules.pool.identity_change import RULE as IDENTITY
from daemon.rules.pool.identity_change import identity_change
from daemon.rules.pool.payout import RULE as PAYOUT
from daemon.rules.pool.payout import payout
from daemon.rules.pool.rejects import RULE as REJECTS
from daemon.rules.pool.rejects import rejects
from daemon.rules.rule import FINE
from daemon.rules.snapshot import PoolChange, PoolFacts

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


def credited(hashrate):
    return pool(devices_hs=100e15, shares=1e6, signals={"pool_hashrate_p1": hashrate})


def backup(part):
    fleet = {"shares_hs": 100e15, "backup_hs": part * 100e15} if part is not None else {}
    return lambda make, now: make.snapshot(fleet=fleet)


def pools(*ages):
    rows = tuple(PoolFacts(id=f"p{place}", up=True, last_job_age_s=age) for place, age in enumerate(ages))
    return lambda make, now: replace(make.snapshot(), pools=rows)


CHANGED = PoolChange(kind="certificate", before="aa", after="bb", at=0.0)

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
    "L-04/pool": {"bad": pool(changes=(CHANGED,)), "fine": pool()},
    "L-05/pool": {
        "bad": pool(expected_btc=1.0, signals={"pool_paid_p1": 0.9}),
        "between": pool(expected_btc=1.0, signals={"pool_paid_p1": 0.993}),
        "fine": pool(expected_btc=1.0, signals={"pool_paid_p1": 1.0}),
        "unknown": pool(expected_btc=1.0, signals={"pool_paid_p1": None}),
    },
    "L-06/site": {"bad": backup(0.5), "between": backup(0.15), "fine": backup(0.0), "unknown": backup(None)},
    "L-07/pool": {
        "bad": pool(up=True, last_job_age_s=900.0),
        "fine": pool(up=True, last_job_age_s=10.0),
        "unknown": pool(up=None),
    },
    "L-07/site": {"bad": pools(900.0, 900.0, 5.0), "fine": pools(5.0, 5.0, 900.0)},
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
    view = make.snapshot(signals={"pool_paid_p1": 0.6})
    lucky = PoolFacts(id="p1", expected_btc=1.0, expected_sd_ratio=0.2)
    fixed = PoolFacts(id="p1", expected_btc=1.0)
    assert payout(lucky, view, PAYOUT.defaults).holds is False
    assert payout(fixed, view, PAYOUT.defaults).holds is True
    assert payout(fixed, make.snapshot(), PAYOUT.defaults) is None, "nothing is configured that tells the payout"


def test_an_address_alone_is_mild(make):
    """A changed address is a warning, a changed certificate is high."""
    moved = PoolFacts(id="p1", changes=(PoolChange(kind="address", before="a", after="b", at=0.0),))
    keyed = PoolFacts(id="p1", changes=(CHANGED,))
    assert identity_change(moved, make.snapshot(), IDENTITY.defaults).severity is None
    assert "high" == identity_change(keyed, make.snapshot(), IDENTITY.defaults).severity
    assert identity_change(PoolFacts(id="p1"), make.snapshot(), IDENTITY.defaults) is FINE
