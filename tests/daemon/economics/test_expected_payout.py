"""Mean and spread of what pools pay, scheme by scheme."""

import json
from math import exp, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.expected_payout import expected_payout
from daemon.economics.network import hashprice
from daemon.economics.pool_scheme import SCHEMES

DIFFICULTY = 146.47e12
PRICE = hashprice(difficulty=DIFFICULTY, subsidy_btc=3.125, fees_btc_per_block=0.125)
PH_DAY = 1e15 * 86400 / (DIFFICULTY * 2**32)


def due(scheme, **more):
    given = {"hashrate_hs": 1e15, "hashprice": PRICE, "difficulty": DIFFICULTY, "fee_ratio": 0.02} | more
    return expected_payout(scheme, **given)


@pytest.mark.parametrize(
    ("scheme", "per_block"), [("fpps", 3.25), ("pps", 3.125), ("pps+", 3.25), ("pplns", 3.25), ("solo", 3.25)]
)
def test_the_mean_of_each_scheme(scheme, per_block):
    """A PH/s and day is its part of a block, less fee and rejects; PPS keeps the fees."""
    assert pytest.approx(PH_DAY * per_block * 0.98 * 0.99) == due(scheme, reject_ratio=0.01).expected_btc


def test_who_carries_the_luck():
    """FPPS and PPS pay without spread, PPS+ strays by its fees alone, PPLNS by all; solo by its own blocks."""
    pool = {"pool_hashrate_hs": 10e18}
    blocks = 10e18 * 86400 / (DIFFICULTY * 2**32)
    assert (0.0, 0.0) == (due("fpps", **pool).sd_btc, due("pps", **pool).sd_btc)
    assert pytest.approx(PH_DAY * 0.125 * 0.98 / sqrt(blocks)) == due("pps+", **pool).sd_btc
    assert pytest.approx(1 / sqrt(blocks)) == due("pplns", **pool).sd_ratio
    assert pytest.approx(0.85, abs=0.01) == due("pplns", **pool).sd_ratio
    alone = due("solo", **pool)
    assert (pytest.approx(PH_DAY), pytest.approx(exp(-PH_DAY))) == (alone.blocks, alone.none_probability)
    assert pytest.approx(1 / sqrt(PH_DAY)) == alone.sd_ratio


@pytest.mark.parametrize("scheme", ["pps+", "pplns"])
def test_without_the_pools_hashrate_the_spread_is_not_known(scheme):
    """The mean stands, and the words say what the spread lacks."""
    found = due(scheme)
    assert (True, None, None, None) == (found.expected_btc > 0.0, found.sd_btc, found.sd_ratio, found.blocks)
    assert "which is not known" in found.basis


@given(st.sampled_from(SCHEMES), st.floats(1.0, 1000.0), st.floats(1e15, 1e19))
def test_longer_spans_stray_less(scheme, days, pool):
    """The mean grows with the days, the spread over it never does."""
    short, long = due(scheme, pool_hashrate_hs=pool), due(scheme, pool_hashrate_hs=pool, days=days)
    assert pytest.approx(short.expected_btc * days) == long.expected_btc
    assert long.sd_ratio <= short.sd_ratio * (1 + 1e-12)


@pytest.mark.shared
def test_worked_cases(shared: Path):
    """Solo and PPLNS agree with the cases worked elsewhere within one in a million."""
    cases = json.loads((shared / "data/economics-oracles.json").read_text())["cases"]
    tried = 0
    for case in cases:
        given, wanted = case["inputs"], case["outputs"]
        if "rel_sd" in wanted and "lambda" in wanted:
            found = expected_payout(
                "solo",
                hashrate_hs=given["ths"] * 1e12,
                hashprice=PRICE,
                difficulty=given["difficulty"],
                days=given["days"],
            )
            pairs = [(wanted["lambda"], found.blocks), (1 - wanted["p_at_least_one"], found.none_probability)]
        elif "luck_rel_sd" in wanted:
            found = expected_payout(
                "pplns", hashrate_hs=1e15, hashprice=PRICE, difficulty=given["difficulty"], days=given["days"],
                pool_hashrate_hs=given["pool_ehs"] * 1e18,
            )  # fmt: skip
            pairs = [(wanted["expected_blocks"], found.blocks), (wanted["luck_rel_sd"], found.sd_ratio)]
        else:
            continue
        tried += 1
        assert all(one == pytest.approx(other, rel=1e-6) for one, other in pairs), case["id"]
    assert tried >= 2
