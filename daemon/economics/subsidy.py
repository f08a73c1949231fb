"""What a block creates at a height, and when that halves next."""

HALVING_INTERVAL = 210_000
"""Blocks between halvings on every Bitcoin chain but regtest, which halves every 150."""

FIRST_SUBSIDY_SATS = 50 * 100_000_000
# The consensus code shifts a 64-bit number; from 64 halvings on it pays nothing, by an explicit rule.
LAST_HALVING = 64
BLOCK_SPACING_S = 600.0
SATS_PER_BTC = 100_000_000
CURRENT_SUBSIDY_BTC = 3.125
"""The subsidy from height 840,000 to 1,049,999, assumed where no height is known."""


def subsidy_sats(height: int, *, halving_interval: int = HALVING_INTERVAL) -> int:
    """Give the block subsidy at a height in satoshi, exact to the last one; 0 after the 64th halving.

    Raises ValueError for a negative height or an interval below 1.
    """
    if height < 0 or halving_interval < 1:
        raise ValueError("a height is 0 or more, and halvings are at least a block apart")
    halvings = height // halving_interval
    return 0 if halvings >= LAST_HALVING else FIRST_SUBSIDY_SATS >> halvings


def subsidy_btc(height: int, *, halving_interval: int = HALVING_INTERVAL) -> float:
    """Give the block subsidy at a height in bitcoin."""
    return subsidy_sats(height, halving_interval=halving_interval) / SATS_PER_BTC


def next_halving_height(height: int, *, halving_interval: int = HALVING_INTERVAL) -> int:
    """Give the first height after this one whose subsidy is the halved one."""
    return (height // halving_interval + 1) * halving_interval


def days_to_halving(
    height: int, *, spacing_s: float = BLOCK_SPACING_S, halving_interval: int = HALVING_INTERVAL
) -> float:
    """Give the days until the next halving when blocks keep coming every `spacing_s` seconds."""
    return (next_halving_height(height, halving_interval=halving_interval) - height) * spacing_s / 86400.0
