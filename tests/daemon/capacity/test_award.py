"""A reserve that was sold: what may be stopped, and what not."""

import pytest

from daemon.capacity.award import refusal


@pytest.mark.parametrize(
    ("load", "stopped", "award", "refused"),
    [
        (350e3, 100e3, 300e3, True),
        (400e3, 100e3, 300e3, False),
        (350e3, 0.0, 400e3, False),
        (350e3, 100e3, 0.0, False),
        (None, 1.0, 1.0, True),
    ],
)
def test_a_plan_is_held_against_the_award(load, stopped, award, refused):
    """It is refused when less would run than was sold; a load that is not known is none."""
    assert refused is (refusal("f1", load_w=load, stopped_w=stopped, award_w=award) is not None)


def test_a_refusal_says_what_would_be():
    """The message names what would be stopped, what is left, and what is sold."""
    found = refusal("f1", load_w=50e3, stopped_w=80e3, award_w=40e3)
    assert found.message == (
        "Stopping 80.0 kW would leave 0.0 kW on f1, but 40.0 kW are sold as a reserve and must be running to be "
        "interrupted."
    )
