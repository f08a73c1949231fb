"""Payouts of whole days held against what is due: worked by hand, and as properties."""

from math import sqrt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.payout_check import Allowance, PayoutCheck, PayoutDay, payout_check
from daemon.economics.pool_scheme import SCHEMES, Scheme

TODAY = 20_000
WINDOW = Allowance()


def days(
    paid: float | None,
    *,
    count: int = 40,
    due: float = 1.0,
    claimed: float | None = None,
    fees: float = 0.0,
    expected: float | None = None,
    found: float | None = None,
    own: float = 0.0,
    price: float | None = None,
) -> dict[int, PayoutDay]:
    """Make like days up to today; of each `due` BTC is proved, and `claimed` by the devices' own word."""
    return {
        day: PayoutDay(
            day=day,
            subsidy_low_btc=due,
            subsidy_high_btc=due if claimed is None else claimed,
            fees_low_btc=fees,
            fees_high_btc=fees,
            own_blocks=own,
            pool_expected=expected or 0.0,
            pool_s=86_400.0 if expected is not None else 0.0,
            found_blocks=found,
            paid=paid,
            btc_price_low=price,
            btc_price_high=price,
        )
        for day in range(TODAY - count, TODAY + 1)
    }


def check(
    book: dict[int, PayoutDay], scheme: Scheme = "fpps", *, in_money: bool = False, **allowed: float
) -> PayoutCheck:
    return payout_check(
        book, scheme=scheme, today=TODAY, allowance=msgspec.structs.replace(WINDOW, **allowed), in_money=in_money
    )


@pytest.mark.parametrize(("paid", "state"), [(0.98, "short"), (0.991, "between"), (0.996, "full"), (1.02, "full")])
def test_a_fixed_scheme_owes_to_the_percent(paid: float, state: str) -> None:
    """Seven days are summed up; less than one percent off is nobody's word against anybody's."""
    found = check(days(paid))
    assert (state, 7, 7) == (found.state, found.days, found.days_known)
    assert (7 * paid, 7.0, 6.93) == (
        pytest.approx(found.paid),
        pytest.approx(found.due_low),
        pytest.approx(found.floor),
    )


def test_yesterday_is_not_settled() -> None:
    """What a pool tells today of yesterday may grow until midnight, so that the window ends the day before."""
    found = check(days(1.0))
    assert (TODAY - 8, TODAY - 2) == (found.first, found.last)


def test_thirty_days_of_pplns_by_hand() -> None:
    """A pool of 10 EH/s at 146.47 T finds 1.37 blocks a day: 16 % off the mean are one deviation over 30 days."""
    found = check(days(0.84, expected=1.373), "pplns")
    assert (30, pytest.approx(41.2, abs=0.1)) == (found.days, found.blocks_expected)
    assert pytest.approx(-0.16 * sqrt(30 * 1.373)) == found.z
    assert "between" == found.state


@pytest.mark.parametrize(
    ("paid", "expected", "state"),
    [
        (0.45, 1.373, "short"),  # 3.5 deviations below
        (0.7, 1.373, "between"),  # 1.9 deviations
        (0.7, 41.2, "short"),  # the same part of a pool of 300 EH/s is 10 deviations
        (0.0, 0.1, "unknown"),  # three blocks in a month: none of them is bad luck
        (1.0, 1.373, "full"),
    ],
)
def test_pplns_by_the_pools_hashrate(paid: float, expected: float, state: str) -> None:
    """How far luck carries a month follows from the blocks that the pool was to find."""
    assert state == check(days(paid, expected=expected), "pplns").state


@pytest.mark.parametrize(
    ("paid", "found", "state"),
    [
        (0.5, 0.7, "between"),  # the pool had half its luck, and paid so
        (0.35, 1.4, "short"),  # the pool found what was expected, and paid a third
        (0.0, 0.0, "full"),  # it found nothing, so it owed nothing
    ],
)
def test_pplns_by_the_blocks_found(paid: float, found: float, state: str) -> None:
    """Where the pool's blocks are known, its luck is, and only its hashrate is left to be off."""
    assert state == check(days(paid, expected=1.4, found=found), "pplns").state


def test_blocks_without_a_hashrate_still_tell() -> None:
    """Of 300 blocks found the expectation cannot lie far; of three it can."""
    assert "short" == check(days(0.7, found=10.0), "pplns").state
    assert "between" == check(days(0.7, found=0.1), "pplns").state


def test_pplns_without_either_says_what_to_configure() -> None:
    """Neither blocks nor hashrate: no verdict, and the reason names both keys."""
    found = check(days(0.1), "pplns")
    assert "unknown" == found.state
    assert "pool_blocks_POOL" in found.reason
    assert "pools.hashrate" in found.reason


def test_solo_owes_nothing_by_luck() -> None:
    """104 TH/s expect a two-thousandth of a block in a month; to have found none is no finding."""
    found = check(days(0.0, due=4.5e-5, own=1.4e-5), "solo")
    assert ("unknown", pytest.approx(4.2e-4)) == (found.state, found.blocks_expected)
    assert "leave any payout to luck" in found.reason


def test_a_block_found_solo_is_owed() -> None:
    """Who found thirty blocks in a month and was paid ten has a claim, however many were to be expected."""
    assert "short" == check(days(1.0, due=3.1, own=1.0, found=1.0), "solo").state
    assert "full" == check(days(3.2, due=3.1, own=1.0, found=1.0), "solo").state


def test_pps_plus_leaves_only_the_fees_to_luck() -> None:
    """The subsidy is owed to the percent; fees that did not come are bad luck."""
    assert "between" == check(days(1.0, fees=0.1, expected=0.01), "pps+").state
    assert "short" == check(days(0.97, fees=0.1, expected=0.01), "pps+").state


def test_a_day_that_is_cut_elsewhere_is_no_debt() -> None:
    """A site that doubles in the window gets half a day less where the pool's day ends at noon."""
    book = days(1.0)
    for day, record in book.items():
        if day >= TODAY - 4:
            record.subsidy_low_btc = record.subsidy_high_btc = 2.0
            record.paid = 2.0 if day > TODAY - 4 else 1.5
    assert "between" == check(book).state
    assert "short" == check({day: msgspec.structs.replace(one, paid=0.9) for day, one in book.items()}).state


def test_the_minimum_payout_may_wait() -> None:
    """What is below the least payout is not missing yet; beyond it, it is."""
    assert "between" == check(days(0.9), minimum_btc=0.7).state
    assert "short" == check(days(0.9), minimum_btc=0.5).state


def test_an_unseen_day_neither_accuses_nor_acquits() -> None:
    """Work that nobody could count lowers nothing, but full is only what reaches the most."""
    book = days(1.0, due=0.8, claimed=1.1)
    assert "between" == check(book).state
    assert "short" == check(days(0.7, due=0.8, claimed=1.1)).state
    book[TODAY - 3].is_open = True
    found = check(book, short_ratio=0.0)
    assert ("between", None) == (found.state, found.due_high)


def test_too_few_days_say_so() -> None:
    """Four of five days must be known; what is missing is counted in the reason."""
    book = days(0.5)
    for day in range(TODAY - 8, TODAY - 5):
        book[day].paid = None
    assert ("unknown", "What the pool paid is known of 4 of the last 7 whole days.") == (
        check(book).state,
        check(book).reason,
    )


def test_without_any_share_nothing_is_owed() -> None:
    """A pool that nobody mines at owes nothing, and is not found short."""
    assert "unknown" == check(days(0.0, due=0.0, claimed=1.0)).state


def test_money_is_due_at_the_prices_of_its_days() -> None:
    """A payout in money is short only below the lowest price, and never without one."""
    book = days(88_000.0, price=90_000.0)
    assert "short" == check(book, in_money=True).state
    for record in book.values():
        record.btc_price_low = 88_000.0
    assert "between" == check(book, in_money=True).state
    for record in book.values():
        record.btc_price_low = None
    assert "unknown" == check(book, in_money=True).state


DECIDED = {"short", "full"}
part = st.floats(min_value=0.0, max_value=2.0)
small = st.floats(min_value=0.0, max_value=0.5)


@given(
    scheme=st.sampled_from(SCHEMES),
    paid=part,
    expected=st.none() | st.floats(min_value=0.01, max_value=50.0),
    found=st.none() | st.floats(min_value=0.0, max_value=50.0),
    claimed=st.floats(min_value=0.0, max_value=0.5),
    fees=st.floats(min_value=0.0, max_value=0.3),
    wider=st.fixed_dictionaries(
        {
            "short_ratio": small,
            "sigmas": st.floats(min_value=0.0, max_value=4.0),
            "fees_error_ratio": small,
            "pool_error_ratio": small,
            "minimum_btc": small,
        }
    ),
    less_proved=small,
    more_claimed=small,
    is_open=st.booleans(),
)
def test_more_uncertainty_never_decides(
    scheme: Scheme,
    paid: float,
    expected: float | None,
    found: float | None,
    claimed: float,
    fees: float,
    wider: dict[str, float],
    less_proved: float,
    more_claimed: float,
    is_open: bool,
) -> None:
    """Wider bounds of anything may take a decision away, and never make one or turn it round."""
    own = 0.5 if scheme == "solo" else 0.0
    made = {"expected": expected, "found": found, "fees": fees}
    before = check(days(paid, claimed=1.0 + claimed, own=own, **made), scheme)
    book = days(
        paid,
        due=1.0 - less_proved,
        claimed=1.0 + claimed + more_claimed,
        own=own * (1.0 - less_proved),
        **made,
    )
    book[TODAY - 4].is_open = is_open
    now = check(
        book, scheme, **{name: getattr(WINDOW, name) + more for name, more in wider.items() if name != "short_ratio"}
    )
    if before.state not in DECIDED:
        assert now.state not in DECIDED
    else:
        assert now.state in {before.state, "between", "unknown"}
