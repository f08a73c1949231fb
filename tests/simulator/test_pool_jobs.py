"""Jobs of the pretend chain: what a decoder must find in them, worked out here by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.pool.chain import (
    NBITS,
    START_HEIGHT,
    Chain,
    difficulty_of,
    double_sha256,
    nbits_of,
    subsidy_sats,
    target_of,
)
from simulator.pool.job import Coinbase, Payout, height_bytes, merkle_root, notify, swapped_words, witness_key_script

SCRIPT = witness_key_script(bytes(range(20)))
COINBASE = Coinbase(tag="/A Tag/", payouts=(Payout(script=SCRIPT),))
EXTRANONCE1, EXTRANONCE2 = b"\x11" * 4, b"\x22" * 8
NOW = 1_790_000_000.0


def chain() -> Chain:
    return Chain(seed=3, at_s=NOW)


def taken_apart(raw: bytes) -> dict[str, Any]:
    """Read a coinbase transaction from its first byte to its last."""
    assert bytes(32) + b"\xff\xff\xff\xff" == raw[5:41]
    length = raw[41]
    script, rest = raw[42 : 42 + length], raw[42 + length :]
    outputs, at = [], 5
    for _ in range(rest[4]):
        size = rest[at + 8]
        outputs.append((int.from_bytes(rest[at : at + 8], "little"), rest[at + 9 : at + 9 + size]))
        at += 9 + size
    assert at + 4 == len(rest)
    return {"script": script, "sequence": rest[:4], "outputs": outputs}


def full(params: list[Any]) -> bytes:
    return bytes.fromhex(params[2]) + EXTRANONCE1 + EXTRANONCE2 + bytes.fromhex(params[3])


def test_a_full_job_is_a_whole_coinbase_around_the_extranonce() -> None:
    """Height first, the extranonces inside the script, the tag behind, payout and commitment; nothing is left over."""
    template = chain().template(NOW + 60.0)
    params = notify(template, COINBASE, job_id="a1", clean=True)
    coinbase = taken_apart(full(params))
    assert (9, "a1", True) == (len(params), params[0], params[8])
    assert b"\x03" + START_HEIGHT.to_bytes(3, "little") == coinbase["script"][:4]
    assert EXTRANONCE1 + EXTRANONCE2 in coinbase["script"]
    assert b"/A Tag/" in coinbase["script"]
    (value, script), (nothing, commitment) = coinbase["outputs"]
    assert (template.reward_sats, SCRIPT, 0) == (value, script, nothing)
    assert bytes.fromhex("6a24aa21a9ed") + (template.commitment or b"") == commitment


def test_an_empty_job_has_subsidy_only() -> None:
    """No branches, no commitment, no fees."""
    params = notify(chain().empty(NOW), COINBASE, job_id="a1", clean=True)
    assert ([], [(312_500_000, SCRIPT)]) == (params[4], taken_apart(full(params))["outputs"])


def test_the_previous_block_meets_its_own_target() -> None:
    """Turned back word by word, the previous hash is below the target that the job names."""
    found = chain()
    for _ in range(50):
        params = notify(found.template(NOW), COINBASE, job_id="1", clean=False)
        internal = b"".join(bytes.fromhex(params[1][at : at + 8])[::-1] for at in range(0, 64, 8))
        assert int.from_bytes(internal, "little") <= target_of(int(params[6], 16))
        found.found(NOW)


def test_words_swap_back_and_forth() -> None:
    """The order of the 32 bytes is that of the header with every word turned around."""
    assert "03020100" == swapped_words(bytes(range(32)))[:8]


def test_the_root_is_folded_from_the_coinbase_up() -> None:
    """Each branch is hashed onto what is there, the coinbase's own hash first."""
    first, second = b"\x01" * 32, b"\x02" * 32
    root = merkle_root(b"coinbase", (first, second))
    assert double_sha256(double_sha256(double_sha256(b"coinbase") + first) + second) == root


def test_the_figures_are_bitcoins() -> None:
    """Difficulty, subsidy and periods are those of the main chain around the start height."""
    assert pytest.approx(149_301_205_959_699.9) == difficulty_of(nbits_of(START_HEIGHT))
    assert [312_500_000, 312_500_000, 156_250_000] == [subsidy_sats(at) for at in (840_000, 1_049_999, 1_050_000)]
    assert [NBITS[459], NBITS[460], NBITS[462], NBITS[459]] == [nbits_of(at) for at in (927_359, 927_360, 9**9, 1)]


@given(height=st.integers(128, 2**31))
def test_heights_are_written_as_bip34_wants(height: int) -> None:
    """Little-endian, signed, and never longer than needed."""
    written = height_bytes(height)
    assert height == int.from_bytes(written, "little", signed=True)
    assert height_bytes(height)[-1] != 0 or written[-2] & 0x80


def test_fees_gather_until_the_next_block() -> None:
    """The longer since the block the more there is to earn; after a block it starts again, at another height."""
    subject = chain()
    early, late = subject.template(NOW + 1.0), subject.template(NOW + 1800.0)
    assert 0 < early.fees_sats < late.fees_sats < 50_000_000
    before = subject.tip
    subject.found(NOW + 1800.0)
    assert before.height + 1 == subject.tip.height
    assert before.previous != subject.tip.previous
    assert subject.template(NOW + 1801.0).fees_sats < late.fees_sats


@given(seed=st.integers(0, 10_000), mean_s=st.floats(1.0, 1e5))
def test_waits_are_drawn_within_bounds(seed: int, mean_s: float) -> None:
    """A block never takes less than a tenth of its usual time, nor more than five times."""
    assert 0.1 * mean_s <= Chain(seed=seed, at_s=NOW).wait_s(mean_s) <= 5.0 * mean_s


def test_a_tag_that_is_too_long_is_refused() -> None:
    """A coinbase script has a hundred bytes and no more."""
    coinbase = Coinbase(tag="x" * 75, payouts=(Payout(script=SCRIPT),), extranonce2_size=20)
    with pytest.raises(ValueError, match="at most 100 bytes"):
        coinbase.halves(chain().empty(NOW))


def test_further_payouts_take_their_share() -> None:
    """The first output takes what the others leave, to the last satoshi."""
    template = chain().template(NOW)
    other = Payout(script=b"\x51\x20" + b"\x07" * 32, share=0.25)
    coinbase = Coinbase(tag="/t/", payouts=(Payout(script=SCRIPT), other))
    values = [value for value, _ in taken_apart(full(notify(template, coinbase, job_id="1", clean=True)))["outputs"]]
    assert template.reward_sats == sum(values)
    assert int(template.reward_sats * 0.25) == values[1]
