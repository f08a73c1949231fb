"""nbits, targets and difficulty."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.pools.target import DIFFICULTY_ONE, difficulty_of, network_hashrate_hs, target_of


def test_difficulty_one_is_the_first_block():
    """The first block's nbits is difficulty 1 exactly."""
    assert DIFFICULTY_ONE == target_of(0x1D00FFFF)
    assert 1.0 == difficulty_of(target_of(0x1D00FFFF))


@pytest.mark.parametrize(
    ("nbits", "difficulty"),
    [(0x17023AA6, 126271255279306.98), (0x1704E90F, 57321508229258.04), (0x207FFFFF, 4.6565423739069247e-10)],
)
def test_known_difficulties(nbits, difficulty):
    """Difficulties of two Bitcoin blocks and of regtest come out to the last digit."""
    assert difficulty == pytest.approx(difficulty_of(target_of(nbits)), rel=1e-13)


@pytest.mark.parametrize("nbits", [0, 0x01000000, 0x17800001, 0x23000001, 0xFF7FFFFF, 0x00123456])
def test_impossible_targets_are_none(nbits):
    """Zero, negative and oversized targets give no target and no difficulty."""
    assert target_of(nbits) is None
    assert difficulty_of(target_of(nbits)) is None
    assert network_hashrate_hs(None) is None


def test_small_exponents_shift_right():
    """An exponent under 3 drops bytes of the mantissa."""
    assert 0x12 == target_of(0x01123456)
    assert 0x123456 == target_of(0x03123456)


def test_hashrate_of_a_difficulty():
    """126.27 T is about 903.9 EH/s."""
    assert 903.88e18 == pytest.approx(network_hashrate_hs(126271255279307), rel=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_any_word_gives_a_finite_difficulty_or_none(nbits):
    """No 32-bit word makes a difficulty that is zero, infinite or not a number."""
    difficulty = difficulty_of(target_of(nbits))
    assert difficulty is None or (difficulty > 0 and math.isfinite(difficulty))
