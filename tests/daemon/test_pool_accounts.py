"""Pool accounts for the metrics: sums as rates, and never more of them than a page bears."""

import pytest

from daemon.economics.network import TWO32
from daemon.economics.work import Work
from daemon.pool_accounts import MOST, OTHER, AccountSum, account_of, largest


def day(hashrate_hs: float, *, seconds: float = 80_000.0, claimed_hs: float | None = None) -> Work:
    """Make a day's work whose shares prove a hashrate."""
    difficulty = hashrate_hs * seconds / TWO32
    return Work(
        seconds=seconds,
        claimed=(claimed_hs or hashrate_hs) * seconds,
        shares=difficulty / 1e5,
        difficulty=difficulty,
        square=difficulty * 1e5,
        share_difficulty=1e5,
    )


def total(devices: int, hashrate_hs: float = 1e14) -> AccountSum:
    found = AccountSum()
    for _ in range(devices):
        found.add(day(hashrate_hs))
    return found


def test_devices_of_unlike_spans_add_up_as_rates() -> None:
    """A device that was watched for an hour counts as much as one that was for a day."""
    found = AccountSum()
    found.add(day(1e14))
    found.add(day(2e14, seconds=3600.0, claimed_hs=2.5e14))
    found.add(None)
    (account,) = largest([(("pool.example", "acct"), found, 2.9e14)])
    assert account.day is not None
    assert (3, 80_000.0, 2.9e14) == (account.devices, account.day.seconds, account.credited_hs)
    assert pytest.approx(3e14) == account.day.share_hs
    assert pytest.approx(3.5e14) == account.day.reported_hs
    assert account.day.share_low_hs < 3e14 < account.day.share_high_hs < 3.5e14


def test_nothing_known_is_nothing_said() -> None:
    """Devices whose shares are not known are counted, and prove nothing."""
    found = AccountSum()
    found.add(None)
    found.add(Work())
    assert [(2, None)] == [(one.devices, one.day) for one in largest([(("h", "a"), found, None)])]
    assert [] == largest([])


def test_the_smallest_become_one() -> None:
    """However many accounts devices name, the page has 64 and one more, and no device is lost."""
    sums = [(("pool.example", f"bc1q{number:05}"), total(1 + (number < 3)), 1e14) for number in range(1000)]
    found = largest(sums)
    assert (MOST + 1, 1003) == (len(found), sum(one.devices for one in found))
    assert ["bc1q00000", "bc1q00001", "bc1q00002"] == [one.account for one in found[:3]]
    rest = found[-1]
    assert (OTHER, OTHER, None) == (rest.host, rest.account, rest.credited_hs)
    assert rest.day is not None
    assert pytest.approx(rest.devices * 1e14) == rest.day.share_hs


def test_an_account_is_the_user_before_its_worker() -> None:
    """The first dot ends it."""
    assert ["acct", "bc1q", ""] == [account_of(user) for user in ("acct.rig7.x", "bc1q", "")]
