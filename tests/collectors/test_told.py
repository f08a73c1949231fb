"""What several parts told, taken together."""

import pytest

from collectors.told import first_told, highest, lowest, total


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), (None, None, None, None)),
        ((None, None), (None, None, None, None)),
        ((None, 0, None), (0, 0, 0, 0)),
        ((0, 3, None, -1), (2, 3, -1, 0)),
        ((None, 1.5, 2.5), (4.0, 2.5, 1.5, 1.5)),
    ],
)
def test_silence_is_left_out_and_zero_is_not(said, expected):
    """Sum, extremes and the first are of what was said; a zero is said, and nothing gives nothing."""
    assert expected == (total(said), highest(said), lowest(said), first_told(*said))
