"""The race between pools at every new block."""

import pytest

from collectors.pools.race import BlockRace


def see(race, pool, height, at, chain="main"):
    return race.see(pool, chain=chain, block=f"b{height}", height=height, at=at)


def test_alone_there_is_no_race():
    """One pool by itself has no lag, and is never behind."""
    race = BlockRace()
    assert see(race, "a", 1, 0.0) is None
    assert see(race, "a", 2, 5.0) is None
    assert 0.0 == race.behind_s("a", at=9.0)


def test_lag_behind_the_earliest():
    """The first pool at a block has lag 0, the others what they came later."""
    race = BlockRace()
    see(race, "a", 1, 0.0)
    see(race, "b", 1, 0.0)
    assert 0.0 == see(race, "a", 2, 10.0)
    assert 2.5 == pytest.approx(see(race, "b", 2, 12.5))


def test_behind_while_on_the_old_block():
    """A pool on an older block is behind since the first one moved."""
    race = BlockRace()
    see(race, "a", 1, 0.0)
    see(race, "b", 1, 0.0)
    see(race, "a", 2, 10.0)
    assert 0.0 == race.behind_s("a", at=70.0)
    assert 60.0 == race.behind_s("b", at=70.0)
    see(race, "b", 2, 71.0)
    assert 0.0 == race.behind_s("b", at=72.0)


def test_chains_do_not_race_each_other():
    """A test chain's pool has nothing to do with Bitcoin's."""
    race = BlockRace()
    see(race, "a", 900_000, 0.0)
    assert see(race, "t", 100, 50.0, chain="regtest") is None
    assert 0.0 == race.behind_s("t", at=99.0)


def test_a_rounding_error_is_no_negative_lag():
    """A lag is never negative: half a round trip may be taken off too much."""
    race = BlockRace()
    see(race, "a", 1, 10.0)
    assert 0.0 == see(race, "b", 1, 9.9)


def test_a_pool_that_left_is_not_compared():
    """A pool that is down is neither ahead nor behind."""
    race = BlockRace()
    see(race, "a", 1, 0.0)
    see(race, "b", 1, 0.0)
    race.leave("b")
    race.leave("nobody")
    assert race.behind_s("b", at=1.0) is None
    assert see(race, "a", 2, 5.0) is None


def test_memory_is_bounded():
    """Old blocks are forgotten."""
    race = BlockRace()
    for height in range(200):
        see(race, "a", height, float(height))
    assert len(race._first["main"]) <= 32
