"""What a pool's payout scheme pays: in expectation for verdicts, with its luck for the books."""

from math import expm1, isfinite, sqrt
from typing import Literal

import msgspec

Scheme = Literal["fpps", "pps", "pps+", "pplns", "solo"]
SCHEMES: tuple[Scheme, ...] = ("fpps", "pps", "pps+", "pplns", "solo")


class Luck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much chance there is in a number of blocks that is `expected_blocks` on average (a Poisson number).

    `relative_sd` is one standard deviation over the mean, infinite where nothing is expected.
    """

    expected_blocks: float
    at_least_one: float
    relative_sd: float


def scheme_factor(scheme: Scheme, *, fee_share: float | None = None) -> float | None:
    """Give the share of the gross hashprice that a scheme pays in expectation, before the pool's fee.

    FPPS, PPS+, PPLNS and solo pay all of it on average; PPS keeps the fees of the blocks, so its factor needs
    `fee_share`, the fees' share of the reward, and is None without it. Luck has no part in this on purpose: a
    verdict must not turn because a pool had a bad week.
    """
    if scheme != "pps":
        return 1.0
    if fee_share is None or not isfinite(fee_share):
        return None
    # A pool that gave fees away shows a negative share; PPS still pays the subsidy and no more.
    return min(1.0, 1.0 - fee_share)


def payout(
    scheme: Scheme,
    *,
    subsidy_part: float,
    fees_part: float,
    fee_ratio: float = 0.0,
    fee_ratio_on_fees: float | None = None,
    luck: float = 1.0,
) -> float:
    """Give what a scheme pays at a luck (blocks found over blocks expected), in the unit of the hashprice's two parts.

    A luck of 1 gives the expected value, which verdicts rest on; the observed luck is for the books.
    PPS+ may take another fee on the transaction fees than on the subsidy; without one both take `fee_ratio`.
    """
    kept = 1.0 - fee_ratio
    if scheme == "pps":
        return subsidy_part * kept
    if scheme == "pps+":
        kept_of_fees = kept if fee_ratio_on_fees is None else 1.0 - fee_ratio_on_fees
        return subsidy_part * kept + fees_part * luck * kept_of_fees
    if scheme == "fpps":
        return (subsidy_part + fees_part) * kept
    return (subsidy_part + fees_part) * luck * kept


def luck_of(expected_blocks: float) -> Luck:
    """Give the chance in a number of blocks, for a solo miner or a PPLNS pool."""
    return Luck(
        expected_blocks=expected_blocks,
        at_least_one=-expm1(-expected_blocks),
        relative_sd=1.0 / sqrt(expected_blocks) if expected_blocks > 0.0 else float("inf"),
    )


def observed_luck(*, found: float, expected_blocks: float) -> float | None:
    """Give the luck of a pool, blocks found over blocks expected; None when none were expected."""
    return found / expected_blocks if expected_blocks > 0.0 else None


def luck_z(*, found: float, expected_blocks: float) -> float | None:
    """Give how many standard deviations the blocks found lie from those expected; None when none were expected."""
    return (found - expected_blocks) / sqrt(expected_blocks) if expected_blocks > 0.0 else None
