"""Subsidy and hashprice."""

import pytest

from collectors.pools.subsidy import hashprice_sats_per_ph_day, subsidy_sats


@pytest.mark.parametrize(
    ("height", "sats"),
    [
        (0, 5_000_000_000),
        (209_999, 5_000_000_000),
        (210_000, 2_500_000_000),
        (839_999, 625_000_000),
        (840_000, 312_500_000),
        (1_050_000, 156_250_000),
        (6_929_999, 1),
        (6_930_000, 0),
        (20_000_000, 0),
    ],
)
def test_subsidy_halves_every_210000_blocks(height, sats):
    """The subsidy halves at each boundary, and ends."""
    assert sats == subsidy_sats(height, chain="main")
    assert sats == subsidy_sats(height, chain="unknown")


def test_regtest_halves_every_150_blocks():
    """Regtest's first halving is at height 150."""
    assert 5_000_000_000 == subsidy_sats(149, chain="regtest")
    assert 2_500_000_000 == subsidy_sats(150, chain="regtest")


def test_hashprice_of_a_known_block():
    """Block 905,349 paid 314,322,330 satoshis at difficulty 126,271,255,279,307."""
    assert 50075.4 == pytest.approx(hashprice_sats_per_ph_day(314_322_330, difficulty=126271255279307), abs=0.1)


def test_no_difficulty_no_hashprice():
    """A vanishing difficulty gives no price instead of infinity."""
    assert hashprice_sats_per_ph_day(1, difficulty=0.0) is None
    assert hashprice_sats_per_ph_day(10**12, difficulty=1e-320) is None
