"""The network's figures: subsidy, hashrate, hashprice, and what pools pay of it."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.alternatives import mining_per_mwh
from daemon.economics.network import (
    difficulty_of,
    expected_blocks,
    fees_from_share,
    hashprice,
    network_hashrate_hs,
    realised_hashrate_hs,
)
from daemon.economics.pool_scheme import SCHEMES, luck_of, luck_z, observed_luck, payout, scheme_factor
from daemon.economics.subsidy import days_to_halving, next_halving_height, subsidy_btc, subsidy_sats

positive = st.floats(min_value=1.0, max_value=1e16)


@pytest.mark.parametrize(
    ("height", "sats"),
    [
        (0, 5_000_000_000),
        (209_999, 5_000_000_000),
        (210_000, 2_500_000_000),
        (629_999, 1_250_000_000),
        (840_000, 312_500_000),
        (1_049_999, 312_500_000),
        (1_050_000, 156_250_000),
        (210_000 * 32, 1),
        (210_000 * 33, 0),
        (210_000 * 64, 0),
        (210_000 * 1000, 0),
    ],
)
def test_subsidy_is_exact_to_the_satoshi(height: int, sats: int) -> None:
    """Each halving drops what does not divide, and in the end there is nothing."""
    assert sats == subsidy_sats(height)
    assert sats / 1e8 == subsidy_btc(height)


def test_regtest_halves_every_150_blocks() -> None:
    """The interval is an argument."""
    assert 5_000_000_000 == subsidy_sats(149, halving_interval=150)
    assert 2_500_000_000 == subsidy_sats(150, halving_interval=150)


def test_a_negative_height_is_refused() -> None:
    """There is no block before the first."""
    with pytest.raises(ValueError, match="height"):
        subsidy_sats(-1)


def test_the_next_halving() -> None:
    """At a halving's own height the next one is a whole interval away: 210,000 blocks are 1458.33 days."""
    assert 1_050_000 == next_halving_height(1_049_999)
    assert 1_260_000 == next_halving_height(1_050_000)
    assert pytest.approx(210_000 * 600 / 86400) == days_to_halving(840_000)
    assert pytest.approx(1 / 144) == days_to_halving(1_049_999)


def test_hashrate_and_difficulty_are_two_sides() -> None:
    """A difficulty of 1 is 7.158 MH/s, and the way back gives 1."""
    assert pytest.approx(2**32 / 600) == network_hashrate_hs(1.0)
    assert pytest.approx(1.0) == difficulty_of(2**32 / 600)


def test_a_lucky_day_shows_more_hashrate() -> None:
    """158.4 blocks in a day point to 10 % more than the difficulty says, as do 316.8 in two days."""
    assert pytest.approx(1.1 * network_hashrate_hs(1e14)) == realised_hashrate_hs(blocks=158.4, difficulty=1e14)
    assert pytest.approx(1.1 * network_hashrate_hs(1e14)) == realised_hashrate_hs(
        blocks=316.8, difficulty=1e14, days=2.0
    )


def test_hashprice_by_hand() -> None:
    """At a difficulty where a PH/s finds one block in 10,000 days it earns a ten-thousandth of a block a day."""
    difficulty = 1e15 * 86400 * 10000 / 2**32
    mined = hashprice(difficulty=difficulty, subsidy_btc=3.0, fees_btc_per_block=1.0)
    assert pytest.approx(4e-4) == mined.btc_per_ph_day
    assert pytest.approx(40_000) == mined.sats_per_ph_day
    assert pytest.approx(40) == mined.sats_per_th_day
    assert pytest.approx(0.25) == mined.fee_share
    assert pytest.approx(40.0) == mined.per_ph_day(100_000)


def test_hashprice_through_the_share_of_the_network() -> None:
    """The other way round: a PH/s has its share of 144 blocks."""
    mined = hashprice(difficulty=1.2e14, subsidy_btc=3.125, fees_btc_per_block=0.02)
    share = 1e15 / network_hashrate_hs(1.2e14)
    assert pytest.approx(share * 144 * 3.145, rel=1e-12) == mined.btc_per_ph_day


def test_no_difficulty_no_hashprice() -> None:
    """Zero, negative and NaN difficulties are refused."""
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="difficulty"):
            hashprice(difficulty=wrong, subsidy_btc=3.125)


def test_fees_from_their_share() -> None:
    """Fees that are a fifth of the reward are a quarter of the subsidy; a share of 1 has no answer."""
    assert pytest.approx(0.78125) == fees_from_share(subsidy_btc=3.125, fee_share=0.2)
    with pytest.raises(ValueError, match="share"):
        fees_from_share(subsidy_btc=3.125, fee_share=1.0)


@given(difficulty=positive, more=st.floats(1.001, 100))
def test_hashprice_falls_when_difficulty_rises(difficulty: float, more: float) -> None:
    """More hashrate means less for each; a copied formula that has it upside down would fail here."""
    now, then = (hashprice(difficulty=d, subsidy_btc=3.125).btc_per_ph_day for d in (difficulty, difficulty * more))
    assert then < now


@given(subsidy_part=st.floats(0, 1e3), fees_part=st.floats(0, 1e3), fee=st.floats(0, 0.2))
def test_expected_payout_has_no_luck_in_it(subsidy_part: float, fees_part: float, fee: float) -> None:
    """At a luck of 1, FPPS, PPS+, PPLNS and solo pay alike; PPS pays the subsidy's part alone."""
    parts = {"subsidy_part": subsidy_part, "fees_part": fees_part, "fee_ratio": fee}
    whole = (subsidy_part + fees_part) * (1 - fee)
    for scheme in SCHEMES:
        paid = subsidy_part * (1 - fee) if scheme == "pps" else whole
        assert pytest.approx(paid) == payout(scheme, **parts)


def test_luck_reaches_only_who_carries_it() -> None:
    """At a luck of one half, FPPS and PPS pay as ever, PPS+ halves the fees, PPLNS and solo halve all."""
    parts = {"subsidy_part": 30.0, "fees_part": 10.0, "luck": 0.5}
    assert {"fpps": 40.0, "pps": 30.0, "pps+": 35.0, "pplns": 20.0, "solo": 20.0} == {
        scheme: payout(scheme, **parts) for scheme in SCHEMES
    }


def test_pps_plus_may_take_another_fee_on_fees() -> None:
    """2 % on the subsidy and 10 % on the fees of the block."""
    assert pytest.approx(29.4 + 9.0) == payout(
        "pps+", subsidy_part=30.0, fees_part=10.0, fee_ratio=0.02, fee_ratio_on_fees=0.1
    )


def test_scheme_factor() -> None:
    """PPS alone pays less than the whole, and without the fees' share that cannot be known."""
    assert pytest.approx(0.75) == scheme_factor("pps", fee_share=0.25)
    assert scheme_factor("pps") is None
    assert scheme_factor("pps", fee_share=float("nan")) is None
    assert 1.0 == scheme_factor("pps", fee_share=-0.01)
    assert {1.0} == {scheme_factor(scheme) for scheme in SCHEMES if scheme != "pps"}


def test_chance_of_a_solo_miner() -> None:
    """Who expects ln 2 blocks finds one with even odds; who expects none, none."""
    luck = luck_of(0.6931471805599453)
    assert pytest.approx(0.5) == luck.at_least_one
    assert pytest.approx(1.2011, rel=1e-4) == luck.relative_sd
    assert (0.0, float("inf")) == (luck_of(0.0).at_least_one, luck_of(0.0).relative_sd)


def test_expected_blocks_of_the_whole_network() -> None:
    """All the hashrate there is finds 144 blocks a day."""
    assert pytest.approx(1008.0) == expected_blocks(network_hashrate_hs(1e14), difficulty=1e14, days=7)


def test_luck_as_observed() -> None:
    """120 found of 100 expected is a luck of 1.2, two standard deviations; of none expected nothing is said."""
    assert (pytest.approx(1.2), pytest.approx(2.0)) == (
        observed_luck(found=120, expected_blocks=100),
        luck_z(found=120, expected_blocks=100),
    )
    assert (None, None) == (observed_luck(found=1, expected_blocks=0), luck_z(found=1, expected_blocks=0))


@pytest.mark.shared
def test_every_day_of_twelve_years(shared: Path) -> None:
    """Difficulty, subsidy and fees of each day give that day's hashprice as it was computed elsewhere."""
    with (shared / "data/btc-daily.csv").open() as lines:
        days = [row for row in csv.DictReader(lines) if row["fees_btc_day"] and row["hashprice_btc_ph_day_calc"]]
    wrong = []
    for day in days:
        fees = float(day["fees_btc_day"]) / float(day["blocks_implied"])
        mined = hashprice(
            difficulty=float(day["difficulty"]), subsidy_btc=float(day["subsidy_btc"]), fees_btc_per_block=fees
        )
        if float(day["hashprice_btc_ph_day_calc"]) != pytest.approx(mined.btc_per_ph_day, rel=1e-6):
            wrong.append(day["date"])
    assert ([], True) == (wrong, len(days) > 4000)


@pytest.mark.shared
def test_a_published_index(shared: Path) -> None:
    """The index published for 2026-01-17, at a difficulty of 146.47 T and 0.72 % of fees, is met within 1 %."""
    with (shared / "data/hashprice-published.csv").open() as lines:
        published = next(float(row["published"]) for row in csv.DictReader(lines) if row["date"] == "2026-01-17")
    fees = fees_from_share(subsidy_btc=3.125, fee_share=0.0072)
    mined = hashprice(difficulty=146.47e12, subsidy_btc=3.125, fees_btc_per_block=fees)
    assert pytest.approx(published, rel=0.01) == mined.per_ph_day(95_283.0)


@pytest.mark.shared
def test_an_older_index_of_an_approximate_day(shared: Path) -> None:
    """What was published about 2022-11-22 is met within 1 % on that day or a neighbour, from the day's own records."""
    with (shared / "data/hashprice-published.csv").open() as lines:
        published = next(float(row["published"]) for row in csv.DictReader(lines) if row["date"] == "2022-11-22")
    with (shared / "data/btc-daily.csv").open() as lines:
        days = [row for row in csv.DictReader(lines) if "2022-11-21" <= row["date"] <= "2022-11-23"]
    mined = [
        hashprice(
            difficulty=float(day["difficulty"]),
            subsidy_btc=float(day["subsidy_btc"]),
            fees_btc_per_block=float(day["fees_btc_day"]) / float(day["blocks_implied"]),
        ).per_ph_day(float(day["price_usd_close_yahoo"]))
        for day in days
    ]
    assert any(published == pytest.approx(one, rel=0.01) for one in mined), mined


def test_a_published_megawatt_year() -> None:
    """20 J/TH earn 0.79 million a megawatt and year at 43.34, and 1.00 million at 55, as printed in November 2025."""
    for price, printed in ((43.34, 0.79e6), (55.0, 1.00e6)):
        year = mining_per_mwh(hashprice_per_ph_day=price, j_per_th=20.0) * 8760.0
        assert pytest.approx(printed, rel=0.01) == year
