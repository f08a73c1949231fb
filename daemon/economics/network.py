"""The network's side of the money: difficulty, hashrate, and what a hash earns."""

import msgspec

from daemon.economics.subsidy import BLOCK_SPACING_S, SATS_PER_BTC

TWO32 = 4294967296.0
"""Hashes that a difficulty of one takes on average."""

DAY_S = 86400.0
BLOCKS_PER_DAY = 144.0


class Hashprice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a PH/s earns in a day, in bitcoin, split into the block subsidy's part and the fees'."""

    subsidy_btc_per_ph_day: float
    fees_btc_per_ph_day: float

    @property
    def btc_per_ph_day(self) -> float:
        """Both parts together, BTC per PH/s and day."""
        return self.subsidy_btc_per_ph_day + self.fees_btc_per_ph_day

    @property
    def sats_per_ph_day(self) -> float:
        """Both parts together, satoshi per PH/s and day."""
        return self.btc_per_ph_day * SATS_PER_BTC

    @property
    def sats_per_th_day(self) -> float:
        """Both parts together, satoshi per TH/s and day."""
        return self.sats_per_ph_day / 1000.0

    @property
    def fee_share(self) -> float:
        """Share of the reward that is fees; 0 when the reward is nothing."""
        whole = self.btc_per_ph_day
        return self.fees_btc_per_ph_day / whole if whole else 0.0

    def per_ph_day(self, btc_price: float) -> float:
        """Both parts in the currency that `btc_price` is in, per PH/s and day."""
        return self.btc_per_ph_day * btc_price


def hashprice(*, difficulty: float, subsidy_btc: float, fees_btc_per_block: float = 0.0) -> Hashprice:
    """Work out what a PH/s earns: `1e15 · 86400 · (subsidy + fees) / (difficulty · 2^32)` BTC a day.

    `fees_btc_per_block` is the mean of recent blocks (an index takes 144); it may be negative when a job gave fees
    away. Raises ValueError when the difficulty is not above zero.
    """
    if not difficulty > 0.0:
        raise ValueError("difficulty must be above zero")
    blocks_per_ph_day = 1e15 * DAY_S / (difficulty * TWO32)
    return Hashprice(
        subsidy_btc_per_ph_day=blocks_per_ph_day * subsidy_btc,
        fees_btc_per_ph_day=blocks_per_ph_day * fees_btc_per_block,
    )


def fees_from_share(*, subsidy_btc: float, fee_share: float) -> float:
    """Give the fees of a block in BTC when only their share of the whole reward is known (0 up to, not with, 1)."""
    if not 0.0 <= fee_share < 1.0:
        raise ValueError("a share of the reward is at least 0 and below 1")
    return subsidy_btc * fee_share / (1.0 - fee_share)


def network_hashrate_hs(difficulty: float) -> float:
    """Give the hashrate that finds a block every ten minutes at this difficulty, H/s."""
    return difficulty * TWO32 / BLOCK_SPACING_S


def difficulty_of(network_hs: float) -> float:
    """Give the difficulty at which this hashrate finds a block every ten minutes."""
    return network_hs * BLOCK_SPACING_S / TWO32


def realised_hashrate_hs(*, blocks: float, difficulty: float, days: float = 1.0) -> float:
    """Give the hashrate that the blocks found in some days point to, H/s, as Coin Metrics defines it."""
    return blocks / (BLOCKS_PER_DAY * days) * network_hashrate_hs(difficulty)


def expected_blocks(hashrate_hs: float, *, difficulty: float, days: float) -> float:
    """Give how many blocks this hashrate finds on average in some days."""
    return hashrate_hs * DAY_S * days / (difficulty * TWO32)
