"""The network merged from several pools: whose word counts, fees, hashprice, the difficulty period."""

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.network import FRESH_S, HELD_S, Network

NOW = 1_795_000_000.0
DIFFICULTY = 150e12


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a job that the network hears."""

    height: int | None = 921_001
    nbits: str = "1701dd00"
    chain: str = "main"
    network_difficulty: float | None = DIFFICULTY
    fees_sats: int | None = 3_000_000
    empty: bool | None = False
    anomalies: tuple[str, ...] = ()


def told(*jobs, at=NOW, **options):
    """A network that heard each job from its pool."""
    network = Network(**options)
    for pool, job in jobs:
        network.hear(pool, job, at=at)
    return network


def test_nothing_heard_nothing_holds():
    """Without a voice every fact is None, and nobody disagrees."""
    state = Network().state(now=NOW)
    assert (None, None, None, None, ()) == (
        state.height,
        state.difficulty,
        state.hashprice_btc_per_ph_day,
        state.decided_by,
        state.sources,
    )
    assert not state.disagreement


def test_one_pool_alone():
    """A single pool's word holds, with everything that follows from it."""
    state = told(("a", Heard())).state(now=NOW + 5)
    assert (921_001, DIFFICULTY, 312_500_000, 3_000_000, 1) == (
        state.height,
        state.difficulty,
        state.subsidy_sats,
        state.fees_mean_sats,
        state.fees_heights,
    )
    assert DIFFICULTY * 2**32 / 600 == pytest.approx(state.network_hashrate_hs)
    assert 315_500_000 / 1e8 * 86_400 * 1e15 / (DIFFICULTY * 2**32) == pytest.approx(state.hashprice_btc_per_ph_day)
    assert ("majority", ("a",), 5.0) == (state.decided_by, state.sources, state.age_s)
    json.dumps(state.document(), allow_nan=False)


@pytest.mark.parametrize("chain", ["regtest", "signet", "testnet3", "testnet4", "unknown"])
def test_other_chains_have_no_voice(chain):
    """A job of another chain never reaches the economics, trusted or not, and its pool is named."""
    for trusted in ((), ("t",)):
        state = told(("t", Heard(chain=chain, fees_sats=9**9)), trusted=trusted).state(now=NOW)
        assert (None, None, ("t",)) == (state.height, state.fees_mean_sats, state.other_chain)
    state = told(("a", Heard()), ("t", Heard(chain=chain, height=5, fees_sats=9**9))).state(now=NOW)
    assert (921_001, 3_000_000.0, ("a",)) == (state.height, state.fees_mean_sats, state.sources)


def test_a_pool_that_leaves_the_chain_loses_its_voice():
    """Its earlier job does not speak for it any longer."""
    network = told(("a", Heard()), ("b", Heard()))
    network.hear("b", Heard(chain="unknown"), at=NOW + 1)
    assert (("a",), ("b",)) == (network.state(now=NOW + 1).sources, network.state(now=NOW + 1).other_chain)


@pytest.mark.parametrize("outlier", [{"nbits": "1702aa00", "network_difficulty": 1.2e14}, {"height": 921_900}])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_lone_outlier_never_decides(outlier, place):
    """One of three that disagrees is named, and changes nothing, whenever it speaks."""
    pools = [("a", Heard()), ("b", Heard())]
    pools.insert(place, ("x", Heard(**outlier, fees_sats=99_000_000)))
    network = told(*pools)
    network.hear("a", Heard(), at=NOW + 1)
    state = network.state(now=NOW + 1)
    assert (921_001, DIFFICULTY, ("a", "b"), ("x",), True) == (
        state.height,
        state.difficulty,
        state.sources,
        state.disagreeing,
        state.disagreement,
    )
    assert 3_000_000 == state.fees_mean_sats


def test_two_that_contradict_each_other():
    """Without a majority the one believed first goes on to hold, and the other is named for as long as it lasts."""
    state = told(("a", Heard()), ("b", Heard(nbits="1702aa00"))).state(now=NOW)
    assert (921_001, ("a",), ("b",), "held") == (state.height, state.sources, state.disagreeing, state.decided_by)


def test_the_last_one_left_cannot_overturn_the_agreed():
    """When all but the outlier fall silent, what was agreed holds until it is too old; then the outlier is believed."""
    network = told(("a", Heard()), ("b", Heard()))
    other = Heard(nbits="1702aa00", network_difficulty=1.2e14)
    for at in (0, FRESH_S, 2 * FRESH_S):
        network.hear("x", other, at=NOW + at)
    state = network.state(now=NOW + 2 * FRESH_S)
    assert (DIFFICULTY, (), ("x",), "held") == (state.difficulty, state.sources, state.disagreeing, state.decided_by)
    network.hear("x", other, at=NOW + HELD_S + 1)
    assert 1.2e14 == network.state(now=NOW + HELD_S + 1).difficulty


def test_the_last_one_left_that_agrees_goes_on():
    """One of the agreeing pools alone carries on, block by block."""
    network = told(("a", Heard()), ("b", Heard()))
    for step in range(1, 20):
        network.hear("a", Heard(height=921_001 + step), at=NOW + 600 * step)
    assert 921_020 == network.state(now=NOW + 600 * 19).height


def test_trusted_order():
    """The first trusted pool with a voice decides, alone against all; the next one when it falls silent."""
    other = {"nbits": "1702aa00", "network_difficulty": 1.2e14}
    network = Network(trusted=("t1", "t2"))
    for pool, facts in (("a", {}), ("b", {}), ("t2", {}), ("t1", other)):
        network.hear(pool, Heard(**facts), at=NOW)
    state = network.state(now=NOW)
    assert (1.2e14, "trusted", ("t1",), ("a", "b", "t2")) == (
        state.difficulty,
        state.decided_by,
        state.sources,
        state.disagreeing,
    )
    for pool in ("a", "b", "t2"):
        network.hear(pool, Heard(), at=NOW + FRESH_S + 1)
    state = network.state(now=NOW + FRESH_S + 1)
    assert (DIFFICULTY, "trusted", ("a", "b", "t2")) == (state.difficulty, state.decided_by, state.sources)


def test_a_new_block_is_no_disagreement():
    """Pools that are a block apart agree; the height moves when half of them have moved."""
    network = told(("a", Heard()), ("b", Heard()), ("c", Heard()))
    network.hear("a", Heard(height=921_002), at=NOW + 1)
    assert (921_001, False) == (network.state(now=NOW + 1).height, network.state(now=NOW + 1).disagreement)
    network.hear("b", Heard(height=921_002), at=NOW + 2)
    assert (921_002, False) == (network.state(now=NOW + 2).height, network.state(now=NOW + 2).disagreement)


def test_a_retarget_is_no_disagreement():
    """At a period's end two difficulties are right at once, and the new one holds when the pools reach it."""
    last, first = 922_319 - 922_319 % 2016 - 1, 922_319 - 922_319 % 2016
    old, new = Heard(height=last), Heard(height=first, nbits="1701e800", network_difficulty=147e12)
    network = told(("a", old), ("b", old))
    network.hear("a", new, at=NOW + 1)
    state = network.state(now=NOW + 1)
    assert (first, 147e12, False) == (state.height, state.difficulty, state.disagreement)
    network.hear("b", new, at=NOW + 2)
    assert (147e12, 0.0, 2016) == (
        network.state(now=NOW + 2).difficulty,
        network.state(now=NOW + 2).epoch_progress,
        network.state(now=NOW + 2).blocks_to_change,
    )


def test_a_stale_voice_does_not_count():
    """A pool without a job for too long is neither source nor outlier."""
    network = told(("a", Heard()), ("old", Heard(nbits="1702aa00")))
    network.hear("a", Heard(), at=NOW + FRESH_S + 1)
    state = network.state(now=NOW + FRESH_S + 1)
    assert (("a",), ()) == (state.sources, state.disagreeing)


def test_what_held_expires():
    """Without any voice the last word stands for an hour, then nothing does."""
    network = told(("a", Heard()))
    late = network.state(now=NOW + HELD_S)
    assert (921_001, (), HELD_S, "held") == (late.height, late.sources, late.age_s, late.decided_by)
    assert network.state(now=NOW + HELD_S + 1).height is None


def test_forgotten_pools():
    """A pool that is watched no longer has no voice and is on no list."""
    network = told(("a", Heard()), ("b", Heard(nbits="1702aa00")), ("t", Heard(chain="regtest")))
    network.forget("b")
    network.forget("t")
    state = network.state(now=NOW)
    assert ((), ()) == (state.disagreeing, state.other_chain)


def test_fees_are_the_mean_of_the_last_full_job_of_each_height():
    """A later job of one height replaces the earlier, empty ones say nothing about fees."""
    network = Network()
    for height, fees, empty in (
        (921_001, 1_000_000, False),
        (921_001, 2_000_000, False),
        (921_002, 0, True),
        (921_002, 4_000_000, False),
        (921_003, 0, True),
    ):
        network.hear("a", Heard(height=height, fees_sats=fees, empty=empty), at=NOW)
    state = network.state(now=NOW)
    assert (3_000_000.0, 2) == (state.fees_mean_sats, state.fees_heights)


def test_fees_of_144_heights():
    """Only the newest 144 heights count."""
    network = Network()
    for height in range(200):
        network.hear("a", Heard(height=921_000 + height, fees_sats=height), at=NOW + height)
    state = network.state(now=NOW + 200)
    assert (sum(range(56, 200)) / 144, 144) == (state.fees_mean_sats, state.fees_heights)


def test_odd_jobs_say_nothing_of_fees():
    """Claims that cannot be are not averaged."""
    network = told(("a", Heard()))
    for odd in ("fees_without_transactions", "over_claim", "under_claim"):
        network.hear("a", Heard(height=921_002, fees_sats=10**10, anomalies=(odd,)), at=NOW + 1)
    network.hear("a", Heard(height=921_002, fees_sats=None), at=NOW + 1)
    assert 3_000_000 == network.state(now=NOW + 1).fees_mean_sats


def test_no_fees_no_hashprice():
    """Until a full job was seen the hashprice is unknown rather than too low."""
    state = told(("a", Heard(empty=True, fees_sats=0))).state(now=NOW)
    assert (None, None, 0) == (state.fees_mean_sats, state.hashprice_btc_per_ph_day, state.fees_heights)
    assert 921_001 == state.height


def test_the_next_change_follows_the_pace():
    """Blocks every 500 s for a while announce a rise of a fifth."""
    network = Network()
    start = 921_312
    for step in range(13):
        network.hear("a", Heard(height=start + step), at=NOW + 500 * step)
        if step == 11:
            assert network.state(now=NOW + 500 * step).next_change_ratio is None
    state = network.state(now=NOW + 500 * 12)
    assert 0.2 == pytest.approx(state.next_change_ratio)
    left = 2016 - (start + 12) % 2016
    assert (left, (start + 12) % 2016 / 2016) == (state.blocks_to_change, state.epoch_progress)
    assert NOW + 500 * 12 + left * 500 == pytest.approx(state.next_change_at)


def test_the_next_change_is_bounded():
    """The rule allows a factor of four at most."""
    for seconds, ratio in ((10, 3.0), (60_000, -0.75)):
        network = Network()
        for step in range(13):
            network.hear("a", Heard(height=921_400 + step), at=NOW + seconds * step)
        assert ratio == pytest.approx(network.state(now=NOW + seconds * 12).next_change_ratio)


def test_the_pace_starts_over_with_each_period():
    """Blocks of the last period say nothing about this one."""
    network = Network()
    first = 921_312
    for step in range(-13, 1):
        network.hear("a", Heard(height=first + step), at=NOW + 500 * step)
    assert network.state(now=NOW).next_change_ratio is None


def test_memory_survives_a_restart():
    """Fees, pace and what held come back as they were, through JSON."""
    network = Network()
    for step in range(20):
        network.hear("a", Heard(height=921_400 + step, fees_sats=1_000_000 + step), at=NOW + 600 * step)
    now = NOW + 600 * 19
    kept = json.loads(json.dumps(network.memory()))
    again = Network(remembered=kept)
    before, after = network.state(now=now), again.state(now=now)
    assert before.fees_mean_sats == after.fees_mean_sats
    assert before.next_change_ratio == after.next_change_ratio
    assert before.hashprice_btc_per_ph_day == after.hashprice_btc_per_ph_day
    assert ("held", ()) == (after.decided_by, after.sources)


@pytest.mark.parametrize(
    "remembered",
    [None, [], "x", {"held": 5}, {"fees_sats": {"a": 1}}, {"held": {"height": 1}}, {"pace": "x"}],
)
def test_a_memory_that_cannot_be_read_is_none(remembered):
    """A damaged memory starts over."""
    assert Network(remembered=remembered).state(now=NOW).height is None


def test_a_memory_with_impossible_numbers_is_none():
    """A difficulty of zero is never calculated with."""
    held = {"height": 5, "nbits": "x", "difficulty": 0.0, "at": NOW, "voices": 1}
    assert Network(remembered={"held": held}).state(now=NOW).height is None


@given(
    honest=st.integers(2, 5),
    order=st.randoms(use_true_random=False),
    lies=st.lists(
        st.tuples(
            st.integers(0, 3_000_000), st.sampled_from(["1701dd00", "1702aa00", "1d00ffff"]), st.integers(1, 10**12)
        ),
        min_size=1,
        max_size=10,
    ),
)
def test_one_liar_among_honest_pools_changes_nothing(honest, order, lies):
    """Whatever one of at least three pools says, and whenever, height, difficulty and fees are the honest ones'."""
    true = [(f"h{place}", Heard(height=921_001)) for place in range(honest)]
    false = [
        ("liar", Heard(height=height, nbits=nbits, network_difficulty=1e3 * fees, fees_sats=fees))
        for height, nbits, fees in lies
        if abs(height - 921_001) > 3
    ]
    network = told(*true)
    speech = true * 3 + false
    order.shuffle(speech)
    for step, (pool, job) in enumerate(speech):
        network.hear(pool, job, at=NOW + step / 100)
        state = network.state(now=NOW + step / 100)
        assert (921_001, DIFFICULTY, 3_000_000.0) == (state.height, state.difficulty, state.fees_mean_sats)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(0, 2_000_000),
            st.sampled_from(["1701dd00", "1702aa00"]),
            st.sampled_from(["main", "main", "unknown"]),
            st.integers(-(10**9), 10**12),
            st.floats(0, 10_000),
        ),
        max_size=30,
    )
)
def test_any_history_keeps_every_number_finite(history):
    """Whatever pools say in whatever order, the state is plain, finite and bounded."""
    network = Network(trusted=("c",))
    at = NOW
    for pool, height, nbits, chain, fees, wait in history:
        at += wait
        network.hear(pool, Heard(height=height, nbits=nbits, chain=chain, fees_sats=fees), at=at)
        state = network.state(now=at)
        json.dumps(state.document(), allow_nan=False)
        assert state.next_change_ratio is None or math.isfinite(state.next_change_ratio)
        assert state.fees_heights <= 144
    assert len(network.memory()["fees_sats"]) <= 147
    assert not set(network.state(now=at).sources) & set(network.state(now=at).disagreeing)
