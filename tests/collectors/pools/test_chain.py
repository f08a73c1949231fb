"""Chains told apart by evidence."""

import itertools

from collectors.pools.chain import PERIODS, identify
from collectors.pools.target import difficulty_of, target_of

NO_PERIODS = {}


def chain(height, nbits, ntime, *, commitment=False, signet=False, learned=NO_PERIODS):
    return identify(height=height, nbits=nbits, ntime=ntime, commitment=commitment, signet=signet, learned=learned)


def test_the_table_is_whole_and_retargets_are_within_the_rule():
    """Every period is there, and no difficulty moved by more than a factor of four."""
    assert list(range(len(PERIODS))) == sorted(PERIODS)
    targets = [target_of(PERIODS[period]) for period in range(len(PERIODS))]
    for before, after in itertools.pairwise(targets):
        assert 0.2499 <= after / before <= 4.0001


def test_known_headers_meet_the_table():
    """Two real blocks have the nbits that the table gives for their period."""
    assert 0x17023AA6 == PERIODS[905_349 // 2016]
    assert 0x1704E90F == PERIODS[810_613 // 2016]


def test_main_by_the_table_needs_no_commitment():
    """An empty job without commitment is Bitcoin's when height and nbits meet."""
    assert "main" == chain(905_400, 0x17023AA6, 1_752_430_000)
    assert "main" == chain(341_738, 0x181AA3C0, 1_422_943_396)


def test_main_beyond_the_table_needs_difficulty_commitment_and_height():
    """After the table's end each of the three is needed."""
    height, nbits, ntime = 957_444, 0x1701F000, 1_788_000_000
    assert "main" == chain(height, nbits, ntime, commitment=True)
    assert "unknown" == chain(height, nbits, ntime)
    assert "unknown" == chain(5_000, nbits, ntime, commitment=True)
    assert "unknown" == chain(2_300_000, nbits, ntime, commitment=True)
    assert "unknown" == chain(height, 0x1802F000, ntime, commitment=True)


def test_learned_periods_vouch_for_jobs_without_commitment():
    """What an earlier job proved holds for an empty job of the same period."""
    height, nbits, ntime = 957_445, 0x1701F000, 1_788_000_600
    assert "main" == chain(height, nbits, ntime, learned={957_445 // 2016: nbits})
    assert "unknown" == chain(height, nbits, ntime, learned={957_445 // 2016: nbits - 1})


def test_a_fork_with_bitcoins_heights_is_unknown():
    """A chain that split off has similar heights, a lower difficulty and no commitment."""
    assert difficulty_of(target_of(0x1802C0FF)) < 1e13
    assert "unknown" == chain(905_400, 0x1802C0FF, 1_752_430_000)
    assert "unknown" == chain(905_400, 0x1802C0FF, 1_752_430_000, commitment=True)


def test_regtest_by_its_one_difficulty():
    """Regtest's nbits decides, whatever else is said."""
    assert "regtest" == chain(121, 0x207FFFFF, 1_795_363_972)
    assert "regtest" == chain(None, 0x207FFFFF, 1_795_363_972)


def test_signet_by_push_limit_or_difficulty():
    """Signet's push, its limit, and difficulties that no other chain allows."""
    assert "signet" == chain(300_000, 0x1D1234AA, 1_795_000_000, signet=True)
    assert "signet" == chain(10, 0x1E0377AE, 1_599_000_000)
    assert "signet" == chain(250_000, 0x1D14C0FE, 1_752_000_000)
    assert "unknown" == chain(900_000, 0x1D14C0FE, 1_752_000_000)


def test_testnets_by_minimum_difficulty():
    """The minimum difficulty is testnet4's or testnet3's by time and height; before both it was Bitcoin's."""
    assert "testnet4" == chain(100_000, 0x1D00FFFF, 1_760_000_000)
    assert "testnet3" == chain(4_000_000, 0x1D00FFFF, 1_760_000_000)
    assert "testnet3" == chain(1_500_000, 0x1D00FFFF, 1_560_000_000)
    assert "main" == chain(20_000, 0x1D00FFFF, 1_248_000_000)


def test_testnets_by_height_for_their_time():
    """Testnet3 is far taller than Bitcoin can be; testnet4 keeps pace with its own age."""
    assert "testnet3" == chain(2_442_185, 0x192495F8, 1_688_000_000)
    assert "testnet3" == chain(25_096, 0x1C2AC4AF, 1_347_323_577)
    assert "testnet4" == chain(95_000, 0x1A01C0FF, 1_752_000_000)
    assert "unknown" == chain(30_000, 0x1A01C0FF, 1_795_000_000)


def test_without_height_or_target_unknown():
    """Nothing is guessed from nbits alone, nor from an impossible one."""
    assert "unknown" == chain(None, 0x17023AA6, 1_752_430_000, commitment=True)
    assert "unknown" == chain(905_400, 0, 1_752_430_000, commitment=True)
