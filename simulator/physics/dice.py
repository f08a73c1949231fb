"""Chance that repeats: the same seed gives the same draws on every machine and under every Python."""

import hashlib
import math

_MASK = (1 << 64) - 1
_SPREAD = math.sqrt(3.0)


class Dice:
    """A splitmix64 generator: eight bytes of state, so that ten thousand devices may each have their own."""

    __slots__ = ("_state",)

    def __init__(self, seed: int | str) -> None:
        self._state = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "big")

    def bits(self) -> int:
        """Draw 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, end: int) -> int:
        """Draw a whole number of 0 up to, and without, `end`."""
        return self.bits() % end

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Draw a number of `low` up to, and without, `high`."""
        return low + (high - low) * (self.bits() >> 11) / (1 << 53)

    def gauss(self) -> float:
        """Draw from a bell of mean 0 and deviation 1 that never leaves ±3.47: the sum of four uniforms."""
        bits = self.bits()
        total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return (total / 65535 - 2.0) * _SPREAD

    def poisson(self, mean: float) -> int:
        """Draw how often something happens that happens `mean` times on average; 0 when the mean is not positive."""
        if mean <= 0.0:
            return 0
        if mean > 12.0:
            return max(0, round(mean + math.sqrt(mean) * self.gauss()))
        limit, product, count = math.exp(-mean), self.uniform(), 0
        while product > limit:
            product *= self.uniform()
            count += 1
        return count
