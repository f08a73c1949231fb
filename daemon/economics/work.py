"""Two accounts of the same work held against each other: what a device says it hashes, and what its shares prove. Pure.

A share of difficulty D proves D · 2^32 hashes on average, and shares come by chance (Poisson). Where difficulties mix,
the sum of D is as noisy as (ΣD)² / ΣD² shares of one difficulty, so that many weights make one honest interval.
"""

import msgspec

from daemon.economics.network import TWO32
from daemon.economics.shares import poisson_bounds

Z95 = 1.959963984540054
# Only of these does a difficulty of one stand for 2^32 hashes; for most devices it goes without saying.
DOUBLE_SHA256: frozenset[str | None] = frozenset({None, "sha256d", "sha256"})


class Work(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Sums over the same seconds: hashes `claimed`, `shares` accepted, their `difficulty` and its `square`, summed.

    `share_difficulty` is the newest difficulty of one share, which alone tells how much no shares at all say.
    """

    seconds: float = 0.0
    claimed: float = 0.0
    shares: float = 0.0
    difficulty: float = 0.0
    square: float = 0.0
    share_difficulty: float = 0.0

    def per_second(self) -> "Work":
        """Give the same work as of one second, so that works over unlike spans can be added."""
        span = self.seconds
        if not span > 0.0:
            return Work()
        return Work(
            seconds=1.0,
            claimed=self.claimed / span,
            shares=self.shares,
            difficulty=self.difficulty / span,
            square=self.square / span / span,
            share_difficulty=self.share_difficulty / span,
        )

    def beside(self, other: "Work") -> "Work":
        """Add the work of another device in the same span; the longer span counts."""
        return Work(
            seconds=max(self.seconds, other.seconds),
            claimed=self.claimed + other.claimed,
            shares=self.shares + other.shares,
            difficulty=self.difficulty + other.difficulty,
            square=self.square + other.square,
            share_difficulty=max(self.share_difficulty, other.share_difficulty),
        )


class Truth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Both accounts as hashrates, H/s, over `seconds` of hashing; the interval is that of the shares.

    `gap_ratio` is the part of the reported that the shares do not show, below zero when they show more, None when
    nothing was reported. `explained` says whether the reported lies within the interval.
    """

    seconds: float
    reported_hs: float
    shares: float
    share_hs: float
    share_low_hs: float
    share_high_hs: float
    gap_ratio: float | None
    explained: bool


def truth_of(work: Work, *, z: float = Z95) -> Truth | None:
    """Hold the two accounts against each other, with an interval of `z` deviations a side; None without any time."""
    if not work.seconds > 0.0:
        return None
    count = work.difficulty * work.difficulty / work.square if work.square > 0.0 else 0.0
    low, high = poisson_bounds(count, z=z)
    per_count = (work.square / work.difficulty if count > 0.0 else work.share_difficulty) * TWO32 / work.seconds
    reported = work.claimed / work.seconds
    proved = work.difficulty * TWO32 / work.seconds
    low_hs, high_hs = low * per_count, high * per_count
    return Truth(
        seconds=work.seconds,
        reported_hs=reported,
        shares=work.shares,
        share_hs=proved,
        share_low_hs=low_hs,
        share_high_hs=high_hs,
        gap_ratio=1.0 - proved / reported if reported > 0.0 else None,
        explained=low_hs <= reported <= high_hs,
    )
