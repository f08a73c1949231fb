"""Which chain a job belongs to, by evidence; `unknown` rather than a guess.

Bitcoin keeps its `nbits` for 2,016 blocks, so a job whose height and `nbits` meet in the table of periods is Bitcoin's.
After the table's end, difficulty of at least 1e13 with a witness commitment and a height that Bitcoin can have by then
is evidence enough: no other chain with witness commitments is near it. Bitcoin Cash and its kin have none.

The test chains are told by their marks: regtest's one difficulty, signet's commitment, limit and difficulties below 1,
the testnets' minimum difficulty, and heights that only they can have at the job's own time.
"""

from collections.abc import Mapping
from pathlib import Path

from collectors.pools.address import Chain
from collectors.pools.subsidy import BLOCKS_PER_PERIOD
from collectors.pools.target import BLOCK_INTERVAL_S, difficulty_of, target_of

MAIN_DIFFICULTY = 1e13
SIGNET_HEADER = bytes.fromhex("ecc7daa2")  # BIP325: the push in the commitment output that carries the solution

_REGTEST_NBITS = 0x207FFFFF
_SIGNET_LIMIT_NBITS = 0x1E0377AE
_TESTNET_MINIMUM_NBITS = 0x1D00FFFF

# Times of the first blocks, from the genesis headers.
_MAIN_BEGAN = 1231006505
_TESTNET3_BEGAN = 1296688602
_SIGNET_BEGAN = 1598918400
_TESTNET4_BEGAN = 1714777860

# Bitcoin first asked for 1e13 at about height 595,000, and has always run a little ahead of one block in 600 s.
_MAIN_LOWEST_HEIGHT = 590_000
_MAIN_AHEAD = 1.08
_TEST_DIFFICULTY = 1e10
_TESTNET3_AHEAD = 1.5
_TESTNET4_PACE = (0.9, 2.5)
_TESTNET4_HIGHEST = 1_000_000
_SIGNET_AHEAD = 1.2
_SIGNET_LOWEST_DIFFICULTY = 0.0011
_FAR_BELOW_MAIN = 1e-3


def _read_periods() -> dict[int, int]:
    """Read the table of periods; a line that starts with # tells where it comes from."""
    lines = (Path(__file__).parent / "periods.csv").read_text(encoding="ascii").splitlines()
    rows = [line.split(",") for line in lines if line and not line.startswith("#")]
    return {int(period): int(nbits, 16) for period, nbits in rows[1:]}


PERIODS: Mapping[int, int] = _read_periods()


def identify(
    *,
    height: int | None,
    nbits: int,
    ntime: int,
    commitment: bool,
    signet: bool,
    learned: Mapping[int, int],
) -> Chain:
    """Name the chain of a job.

    `commitment` says that the coinbase has a witness commitment, `signet` that it has signet's push. `learned` adds
    periods to the table that earlier jobs of the same pool proved.
    """
    difficulty = difficulty_of(target_of(nbits))
    if nbits == _REGTEST_NBITS:
        return "regtest"
    if signet or nbits == _SIGNET_LIMIT_NBITS:
        return "signet"
    if height is None or difficulty is None:
        return "unknown"
    known = PERIODS.get(height // BLOCKS_PER_PERIOD, learned.get(height // BLOCKS_PER_PERIOD))
    if known == nbits and (nbits != _TESTNET_MINIMUM_NBITS or ntime < _TESTNET3_BEGAN):
        return "main"
    if difficulty >= MAIN_DIFFICULTY and commitment and height_is_plausible(height, ntime=ntime):
        return "main"
    return _test_chain(height=height, nbits=nbits, ntime=ntime, difficulty=difficulty)


def height_is_plausible(height: int, *, ntime: int) -> bool:
    """Say whether Bitcoin can be at this height at this time, having passed the height where 1e13 was first asked."""
    return _MAIN_LOWEST_HEIGHT <= height <= _MAIN_AHEAD * _blocks_since(_MAIN_BEGAN, ntime=ntime)


def contradicts_main(*, height: int | None, nbits: int) -> bool:
    """Say whether a job claims a height whose `nbits` on Bitcoin is known to be another."""
    known = None if height is None else PERIODS.get(height // BLOCKS_PER_PERIOD)
    return known is not None and known != nbits


def _test_chain(*, height: int, nbits: int, ntime: int, difficulty: float) -> Chain:
    """Tell the public test chains apart by difficulty, and by heights only one of them can have at `ntime`."""
    if _SIGNET_LOWEST_DIFFICULTY <= difficulty < 1:
        by_then = _blocks_since(_SIGNET_BEGAN, ntime=ntime)
        return "signet" if 0 < height <= _SIGNET_AHEAD * by_then else "unknown"
    if not 1 <= difficulty < _TEST_DIFFICULTY:
        return "unknown"
    if nbits == _TESTNET_MINIMUM_NBITS:
        return "testnet4" if ntime >= _TESTNET4_BEGAN and height < _TESTNET4_HIGHEST else "testnet3"
    if ntime > _TESTNET3_BEGAN and height > _TESTNET3_AHEAD * _blocks_since(_MAIN_BEGAN, ntime=ntime):
        return "testnet3"
    if ntime < _SIGNET_BEGAN and difficulty < _FAR_BELOW_MAIN * _main_difficulty_at(ntime):
        return "testnet3"  # the only public test chain until signet began
    slow, fast = _TESTNET4_PACE
    by_then = _blocks_since(_TESTNET4_BEGAN, ntime=ntime)
    if by_then > 0 and slow * by_then <= height <= fast * by_then:
        return "testnet4"
    return "unknown"


def _blocks_since(began: int, *, ntime: int) -> float:
    """Give how many blocks one in 600 s makes since `began`; negative before it."""
    return (ntime - began) / BLOCK_INTERVAL_S


def _main_difficulty_at(ntime: int) -> float:
    """Give Bitcoin's difficulty at about `ntime`; 0 before its table starts."""
    period = int(_blocks_since(_MAIN_BEGAN, ntime=ntime) // BLOCKS_PER_PERIOD)
    return difficulty_of(target_of(PERIODS.get(period, 0))) or 0.0
