"""What a block may create, and what a hashrate earns from it, in satoshis."""

HALVING_INTERVAL_BLOCKS = 210_000
REGTEST_HALVING_INTERVAL_BLOCKS = 150
FIRST_SUBSIDY_SATS = 5_000_000_000
BLOCKS_PER_PERIOD = 2016

# One PH/s hashes this many times in a day; a block takes difficulty * 2**32 hashes on average.
_HASHES_PER_PH_DAY = 86_400 * 10**15


def subsidy_sats(height: int, *, chain: str) -> int:
    """Give the new coins of the block at `height`: 50 BTC halved every 210,000 blocks, every 150 on regtest."""
    interval = REGTEST_HALVING_INTERVAL_BLOCKS if chain == "regtest" else HALVING_INTERVAL_BLOCKS
    halvings = height // interval
    return FIRST_SUBSIDY_SATS >> halvings if halvings < 64 else 0


def hashprice_sats_per_ph_day(reward_sats: float, *, difficulty: float) -> float | None:
    """Give what 1 PH/s earns in a day, in satoshis: `reward * 86400 * 1e15 / (difficulty * 2**32)`.

    None for a difficulty so small that the quotient is no finite number.
    """
    hashes = difficulty * 4294967296
    if hashes <= 0:
        return None
    price = reward_sats * _HASHES_PER_PH_DAY / hashes
    return price if price < float("inf") else None
