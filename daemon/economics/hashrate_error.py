"""How far a device's own hashrate may be from what its pool pays for: chance within its window, and its own account.

A device counts nonces above a difficulty of its chips and so errs by chance, `1/√nonces` in its window. Whether it also
tells the truth is another matter: development fees, refused work and wishful firmware are in no window of its own. That
shows in accepted shares, where they are counted, by `1/√shares` and no better.
"""

from math import hypot, sqrt

import msgspec

from daemon.economics.network import TWO32
from daemon.economics.verdict import DECIDED_SD
from daemon.economics.work import DOUBLE_SHA256, Work

# The difficulty above which chips report nonces: 64 in Braiins OS on an S9, 256 in ESP-Miner on a BM1366 and later.
# Devices do not tell it; the larger counts fewer nonces and so leaves the larger error.
TICKET_DIFFICULTY = 256.0
# A real-time figure without a window is what firmware smooths over about a minute.
REALTIME_S = 60.0
# How far an account is off that no shares have proved: an assumption of ours, one standard deviation.
UNPROVED_RATIO = 0.01


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much a device's account of its own work is worth: `error_ratio` is one relative standard deviation.

    `shares` counts the accepted shares of the last day that it was held against, as many of one difficulty as are as
    telling; `gap_ratio` is the part of what it reported that they do not show, None without any.
    """

    error_ratio: float = UNPROVED_RATIO
    shares: float = 0.0
    gap_ratio: float | None = None


UNPROVED = Account()


class HashrateError(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One relative standard deviation of a hashrate, `ratio`, and its two parts.

    `chance_ratio` differs from device to device and averages out; `account_ratio` may be the firmware's, and does not.
    `shares` and `gap_ratio` are those of the account.
    """

    ratio: float
    chance_ratio: float
    account_ratio: float
    shares: float = 0.0
    gap_ratio: float | None = None


def chance_ratio(hashrate_hs: float | None, *, window_s: float | None, algorithm: str | None = None) -> float:
    """Give the error by chance of nonces counted in a window, at most 1; a `window_s` of None is a real-time figure.

    Zero without a hashrate, which earns nothing, and for other algorithms, whose nonces count differently.
    """
    if not hashrate_hs or algorithm not in DOUBLE_SHA256:
        return 0.0
    seconds = REALTIME_S if window_s is None else window_s
    nonces = hashrate_hs * seconds / (TICKET_DIFFICULTY * TWO32)
    return 1.0 / sqrt(nonces) if nonces > 1.0 else 1.0


def account_of(day: Work | None, *, reject_ratio: float | None = None) -> Account:
    """Judge a device's account by a day of its accepted shares; refused work is no lie of it.

    Beforehand an account is off by about `UNPROVED_RATIO`. Shares move that to what they show, the more the more of
    them there are; what they show to be missing widens the error by its size over 1.645, so that a margin is not
    decided by hashes that nobody was paid for. Ten per cent missing in five minutes is chance, and is taken for it.
    """
    if day is None or not (day.claimed > 0.0 and day.square > 0.0):
        return UNPROVED
    shares = day.difficulty * day.difficulty / day.square
    gap = 1.0 - day.difficulty * TWO32 / (day.claimed * max(0.01, 1.0 - (reject_ratio or 0.0)))
    prior, chance = UNPROVED_RATIO**2, (1.0 - gap) ** 2 / shares
    told = gap * prior / (prior + chance)
    left = sqrt(prior * chance / (prior + chance))
    return Account(error_ratio=left + abs(told) / DECIDED_SD, shares=shares, gap_ratio=gap)


def hashrate_error(
    hashrate_hs: float | None, *, window_s: float | None, account: Account = UNPROVED, algorithm: str | None = None
) -> HashrateError:
    """Give the error of a hashrate from its window and from what its device's account is worth."""
    chance = chance_ratio(hashrate_hs, window_s=window_s, algorithm=algorithm)
    return HashrateError(
        ratio=hypot(chance, account.error_ratio),
        chance_ratio=chance,
        account_ratio=account.error_ratio,
        shares=account.shares,
        gap_ratio=account.gap_ratio,
    )
