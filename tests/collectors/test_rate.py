"""Units of hashrates."""

import pytest

from collectors.rate import factor, proven, shortest


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("GH/s", 1e9),
        ("MH", 1e6),
        ("KSol/s", 1e3),
        ("TH/s", 1e12),
        ("T", 1e12),
        ("H/s", 1.0),
        ("", None),
        ("furlong", None),
        (None, None),
    ],
)
def test_a_unit_has_a_factor(unit, expected):
    """Prefix and kind of work are told apart; other words are no units."""
    assert expected == factor(unit)


@pytest.mark.parametrize(
    ("rate", "reference", "expected"),
    [
        (111.77e6, 112e12, 111.77e12),
        (111.77e12, 112e12, 111.77e12),
        (5e11, 112e12, 5e11),
        (0.0, 112e12, 0.0),
        (111.77e6, None, 111.77e6),
        (None, 1e12, None),
    ],
)
def test_a_rate_a_million_times_too_low_is_a_wrong_unit(rate, reference, expected):
    """TH/s under a label of MH/s is put right by what the device is built for; a slow start is not touched."""
    assert expected == pytest.approx(proven(rate, reference_hs=reference))


def test_the_shortest_window_counts():
    """Five seconds, then the unlabelled rate, then longer ones."""
    assert 1.0 == shortest({"lifetime": 4.0, "realtime": 2.0, "5s": 1.0})
    assert 2.0 == shortest({"lifetime": 4.0, "1m": 3.0, "realtime": 2.0})
    assert 3.0 == shortest({"7m": 3.0})
    assert shortest({}) is None
