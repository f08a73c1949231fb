"""The pretend chain that all pools of a site follow: height, previous block, fees that gather until the next block."""

import hashlib
import math

import msgspec

from simulator.physics.dice import Dice

SATS_PER_BITCOIN = 100_000_000
HALVING_BLOCKS = 210_000
PERIOD_BLOCKS = 2016
START_HEIGHT = 925_400

NBITS: dict[int, int] = {459: 0x1701E2A0, 460: 0x1701E63A, 461: 0x1701E605, 462: 0x1701EBF2}
"""Bitcoin's own `nbits` by difficulty period around the start height; the last one stays for ever."""

_BRANCHES = (11, 12)
_FEE_SATS_PER_S = 2_600.0
_FEE_SATS_START = 900_000.0


class Tip(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a new block changed: the height to mine next, the block to mine on (header byte order), and since when."""

    height: int
    previous: bytes
    nbits: int
    since_s: float


class Template(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A set of transactions to mine on a tip; an empty one has no branches, no commitment and no fees."""

    tip: Tip
    ntime: int
    fees_sats: int = 0
    branches: tuple[bytes, ...] = ()
    commitment: bytes | None = None

    @property
    def reward_sats(self) -> int:
        """Subsidy and fees."""
        return subsidy_sats(self.tip.height) + self.fees_sats


class Chain:
    """The chain's newest tip and its transactions; whoever owns it says when a block is found."""

    def __init__(self, *, seed: int | str, at_s: float, height: int = START_HEIGHT) -> None:
        self._dice = Dice(f"chain {seed}")
        self._mood = 1.0
        self.tip = self._tip(height, at_s)
        self.previous_tip = self.tip

    def found(self, at_s: float) -> Tip:
        """Take a new block: the next height, another previous block, fees that start again."""
        self.previous_tip = self.tip
        self._mood = math.exp(0.35 * self._dice.gauss())
        self.tip = self._tip(self.tip.height + 1, at_s)
        return self.tip

    def wait_s(self, mean_s: float) -> float:
        """Draw how long the next block takes when one takes `mean_s` on average; never under a tenth, nor over five."""
        return mean_s * min(5.0, max(0.1, -math.log(1.0 - self._dice.uniform())))

    def template(self, at_s: float, *, tip: Tip | None = None) -> Template:
        """Gather transactions for the tip, or for an older one: the longer since the block, the more they pay."""
        tip = tip or self.tip
        waited_s = max(0.0, at_s - tip.since_s)
        fees = (_FEE_SATS_START + _FEE_SATS_PER_S * min(waited_s, 3600.0)) * self._mood * self._dice.uniform(0.97, 1.03)
        return Template(
            tip=tip,
            ntime=int(at_s),
            fees_sats=int(fees),
            branches=tuple(self._hash() for _ in range(_BRANCHES[self._dice.below(len(_BRANCHES))])),
            commitment=self._hash(),
        )

    def empty(self, at_s: float) -> Template:
        """Give the template that a pool sends while it still gathers transactions."""
        return Template(tip=self.tip, ntime=int(at_s))

    def _tip(self, height: int, at_s: float) -> Tip:
        nbits = nbits_of(height)
        previous = self._dice.bits() << 192 | self._dice.bits() << 128 | self._dice.bits() << 64 | self._dice.bits()
        return Tip(
            height=height, previous=(previous % target_of(nbits)).to_bytes(32, "little"), nbits=nbits, since_s=at_s
        )

    def _hash(self) -> bytes:
        return double_sha256(self._dice.bits().to_bytes(8, "big"))


def nbits_of(height: int) -> int:
    """Give the compact target of a height's period."""
    return NBITS[min(max(height // PERIOD_BLOCKS, min(NBITS)), max(NBITS))]


def target_of(nbits: int) -> int:
    """Give the number that a block's hash must not exceed."""
    return (nbits & 0x7FFFFF) << 8 * ((nbits >> 24) - 3)


def difficulty_of(nbits: int) -> float:
    """Give the network difficulty of a compact target."""
    return 0xFFFF * 2**208 / target_of(nbits)


def subsidy_sats(height: int) -> int:
    """Give what a block may create of itself."""
    return 50 * SATS_PER_BITCOIN >> height // HALVING_BLOCKS


def double_sha256(data: bytes) -> bytes:
    """Bitcoin's hash."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
