"""What a scheme owes for a day's shares, whatever its luck."""

import pytest

from daemon.economics.pool_scheme import owed

BLOCK = {"network_difficulty": 1e14, "subsidy": 3.125, "fees": 0.125}


def test_full_pay_per_share_owes_its_part_of_the_block() -> None:
    """A thousandth of a block's work is a thousandth of its reward, less the pool's fee."""
    due = owed("fpps", share_difficulty=1e11, fee_ratio=0.02, network_difficulty=1e14, subsidy=3.125, fees=0.125)
    assert pytest.approx(0.00325 * 0.98) == due


@pytest.mark.parametrize("scheme", ["pps", "pps+"])
def test_fees_that_depend_on_luck_are_not_owed(scheme: str) -> None:
    """Under PPS and PPS+ the subsidy alone is certain."""
    assert pytest.approx(0.003125) == owed(scheme, share_difficulty=1e11, **BLOCK)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["pplns", "solo"])
def test_luck_owes_nothing(scheme: str) -> None:
    """Where blocks must be found first, nothing is owed by the day."""
    assert owed(scheme, share_difficulty=1e11, **BLOCK) is None  # type: ignore[arg-type]


def test_without_shares_or_difficulty_nothing_is_known() -> None:
    """No work, no debt; no difficulty, no measure."""
    assert owed("fpps", share_difficulty=0.0, network_difficulty=1e14, subsidy=3.125) is None
    assert owed("fpps", share_difficulty=1.0, network_difficulty=0.0, subsidy=3.125) is None
