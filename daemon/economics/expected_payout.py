"""What a pool is expected to pay for a hashrate over some days, by its scheme, and how far luck may carry that."""

from math import sqrt

import msgspec

from daemon.economics.network import Hashprice, expected_blocks
from daemon.economics.pool_scheme import Scheme, luck_of, payout

LUCK_WORDS: dict[Scheme, str] = {
    "fpps": "the pool carries the luck",
    "pps": "the pool carries the luck, and keeps the fees",
    "pps+": "the fees' part goes with the pool's luck",
    "pplns": "all of it goes with the pool's luck",
    "solo": "all of it goes with your own luck",
}


class ExpectedPayout(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The mean over all luck, in bitcoin, and one standard deviation of what luck makes of it.

    `blocks` is how many blocks the luck is about: the pool's, or one's own when mining solo; None where the pool's
    whole hashrate is not known, and then `sd_btc` is None too unless the scheme leaves nothing to luck.
    `none_probability` is the chance of not finding any of them. No verdict rests on the spread.
    """

    scheme: Scheme
    days: float
    expected_btc: float
    sd_btc: float | None
    blocks: float | None = None
    none_probability: float | None = None
    basis: str = ""

    @property
    def sd_ratio(self) -> float | None:
        """The spread over the mean; None when either is not known."""
        return self.sd_btc / self.expected_btc if self.sd_btc is not None and self.expected_btc > 0.0 else None


def expected_payout(
    scheme: Scheme,
    *,
    hashrate_hs: float,
    hashprice: Hashprice,
    difficulty: float,
    days: float = 1.0,
    fee_ratio: float = 0.0,
    reject_ratio: float = 0.0,
    pool_hashrate_hs: float | None = None,
) -> ExpectedPayout:
    """Work out mean and spread; blocks are a Poisson number, so that `n` expected ones stray by `1/sqrt(n)`.

    `pool_hashrate_hs` is the whole pool's, which PPS+ and PPLNS need for their spread.
    """
    petahashes = hashrate_hs / 1e15 * days * (1.0 - reject_ratio)
    subsidy = hashprice.subsidy_btc_per_ph_day * petahashes
    fees = hashprice.fees_btc_per_ph_day * petahashes
    mean = payout(scheme, subsidy_part=subsidy, fees_part=fees, fee_ratio=fee_ratio)
    at_luck = mean - payout(scheme, subsidy_part=subsidy, fees_part=fees, fee_ratio=fee_ratio, luck=0.0)
    basis = f"mean over all luck; {LUCK_WORDS[scheme]}"
    if scheme in ("fpps", "pps"):
        return ExpectedPayout(scheme=scheme, days=days, expected_btc=mean, sd_btc=0.0, basis=basis)
    whose = hashrate_hs * (1.0 - reject_ratio) if scheme == "solo" else pool_hashrate_hs
    if not whose or not whose > 0.0:
        return ExpectedPayout(
            scheme=scheme,
            days=days,
            expected_btc=mean,
            sd_btc=None,
            basis=f"{basis}; how far, depends on the pool's hashrate, which is not known",
        )
    blocks = expected_blocks(whose, difficulty=difficulty, days=days)
    return ExpectedPayout(
        scheme=scheme,
        days=days,
        expected_btc=mean,
        sd_btc=abs(at_luck) / sqrt(blocks),
        blocks=blocks,
        none_probability=1.0 - luck_of(blocks).at_least_one,
        basis=basis,
    )
