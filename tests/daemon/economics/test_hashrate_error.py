"""How far a device's own hashrate may be off: by chance, and by what its shares have proved of its account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.explain import Facts, explain
from daemon.economics.hashrate_error import (
    UNPROVED,
    UNPROVED_RATIO,
    account_of,
    chance_ratio,
    hashrate_error,
)
from daemon.economics.money import Appraiser, Terms
from daemon.economics.network import TWO32
from daemon.economics.work import Work

DAY = 86_400.0


def day(shares: float, *, missing: float = 0.0, hashrate: float = 1e14) -> Work:
    """A day in which a device found so many shares of one difficulty, with a part of what it claimed missing."""
    difficulty = hashrate * DAY * (1.0 - missing) / TWO32 / shares
    return Work(
        seconds=DAY,
        claimed=hashrate * DAY,
        shares=shares,
        difficulty=difficulty * shares,
        square=difficulty * difficulty * shares,
        share_difficulty=difficulty,
    )


@pytest.mark.parametrize(
    ("hashrate", "window_s", "ratio"),
    [
        (104e12, 60.0, 0.01327),
        (104e12, 1800.0, 0.002424),
        (104e12, 5.0, 0.04598),
        (1e12, 60.0, 0.1354),
        (1e12, 1800.0, 0.02472),
        (104e12, None, 0.01327),
        (1e9, 60.0, 1.0),
    ],
)
def test_nonces_in_a_window_stray_by_chance(hashrate: float, window_s: float | None, ratio: float) -> None:
    """One over the root of the nonces above difficulty 256; a figure without a window counts as a minute of them."""
    assert pytest.approx(ratio, rel=1e-3) == chance_ratio(hashrate, window_s=window_s)


def test_what_hashes_nothing_or_something_else_has_no_chance() -> None:
    """Nothing earned has no error, and another algorithm's nonces count differently."""
    assert [0.0] * 3 == [
        chance_ratio(None, window_s=60.0),
        chance_ratio(0.0, window_s=60.0),
        chance_ratio(1e10, window_s=60.0, algorithm="scrypt"),
    ]


def test_shares_that_confirm_make_an_account_surer() -> None:
    """Twenty thousand shares that show all of it leave 0.6 %; none leave the assumption; few leave nearly that."""
    assert pytest.approx(0.005774, rel=1e-3) == account_of(day(20_000)).error_ratio
    assert UNPROVED is account_of(None)
    assert UNPROVED is account_of(Work())
    assert pytest.approx(UNPROVED_RATIO, rel=0.01) == account_of(day(100)).error_ratio


def test_hashes_that_nobody_was_paid_for_make_it_less_sure() -> None:
    """Six per cent missing of many shares widen the error far beyond chance; of a few they are chance."""
    found = account_of(day(50_000, missing=0.06))
    assert (pytest.approx(0.06), pytest.approx(50_000)) == (found.gap_ratio, found.shares)
    assert 0.03 < found.error_ratio < 0.05
    assert pytest.approx(UNPROVED_RATIO, rel=0.15) == account_of(day(110, missing=0.10)).error_ratio


def test_refused_work_is_no_lie() -> None:
    """What was rejected is taken off the revenue already, and is not missing a second time."""
    assert pytest.approx(0.0, abs=1e-12) == account_of(day(50_000, missing=0.04), reject_ratio=0.04).gap_ratio


@given(shares=st.floats(10, 1e6), missing=st.tuples(st.floats(0, 0.5), st.floats(0, 0.4)))
def test_more_missing_is_never_surer(shares: float, missing: tuple[float, float]) -> None:
    """With as many shares, a larger gap never leaves a smaller error."""
    part, more = missing
    assert (
        account_of(day(shares, missing=part)).error_ratio
        <= account_of(day(shares, missing=part + more)).error_ratio + 1e-12
    )


@given(
    hashrate=st.floats(1e12, 3e14),
    power_w=st.floats(15.0, 9000.0),
    windows=st.tuples(st.floats(1.0, 1e5), st.floats(1.0, 1e5)),
    missing=st.floats(0.0, 0.3),
    shares=st.floats(10, 1e5),
)
def test_a_shorter_window_never_decides(
    hashrate: float, power_w: float, windows: tuple[float, float], missing: float, shares: float
) -> None:
    """The same figures from a shorter window, or with hashes missing, turn no undecided margin into a decided one."""
    appraiser = Appraiser(Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06))
    proved = account_of(day(shares))
    doubted = account_of(day(shares, missing=missing))
    long, short = max(windows), min(windows)
    sure, unsure, doubtful = (
        appraiser.money(
            hashrate_hs=hashrate,
            power_w=power_w,
            power_grade="metered",
            hashrate_error=hashrate_error(hashrate, window_s=window, account=account),
        )
        for window, account in ((long, proved), (short, proved), (long, doubted))
    )
    assert sure.margin_per_day == unsure.margin_per_day == doubtful.margin_per_day
    assert (sure.margin_sd_per_day or 0.0) <= (unsure.margin_sd_per_day or 0.0)
    assert (sure.margin_sd_per_day or 0.0) <= (doubtful.margin_sd_per_day or 0.0) + 1e-9
    if sure.verdict == "undecided":
        assert ("undecided", "undecided") == (unsure.verdict, doubtful.verdict)


def test_the_account_is_explained() -> None:
    """Both parts stand below the hashrate, with the shares and what they show; without an error there is no line."""
    terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)

    def told(**more: object) -> list[str]:
        found = Appraiser(terms).money(hashrate_hs=1e14, power_w=3000.0, power_grade="reported", **more)  # type: ignore[arg-type]
        lines = explain(found, terms=terms, facts=Facts(device="m1"))
        return [line.how for line in lines if line.section == "earned" and line.term in ("hashrate", "its error")]

    assert ["as given"] == told()
    proved = hashrate_error(1e14, window_s=1800.0, account=account_of(day(20_000, missing=0.021)))
    assert [
        "as given, right to 1.5 %",
        "0.25 % by chance within its window, 1.4 % because 20,000 shares of the last day show 2.1 % less",
    ] == told(hashrate_error=proved)
    assert "no shares have proved it" in told(hashrate_error=hashrate_error(1e14, window_s=1800.0))[1]
