"""What stands still by plan, from windows and from a target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.rules.curtailed import Curtailed, curtailed

NONE: frozenset[str] = frozenset()


def at(target_w: float | None, *, contracted_w: float = 1e6, peak_w: float | None = None) -> Curtailed:
    return curtailed(NONE, site="north", target_w=target_w, contracted_w=contracted_w, peak_w=peak_w)


@pytest.mark.parametrize(
    ("target_w", "places", "is_eased"),
    [
        (None, NONE, False),
        (1e6, NONE, False),
        (2e6, NONE, False),
        (600e3, NONE, True),
        (50e3, frozenset({"north"}), False),
        (0.0, frozenset({"north"}), False),
        (-1.0, NONE, False),
        (float("nan"), NONE, False),
    ],
)
def test_a_target_is_held_against_what_is_contracted(
    target_w: float | None, places: frozenset[str], is_eased: bool
) -> None:
    """Full load asks for nothing, less eases the site, next to nothing stops it; nonsense says nothing."""
    found = at(target_w)
    assert (places, is_eased, bool(places) or is_eased) == (found.places, found.is_eased, found.is_on)


@pytest.mark.parametrize(("peak_w", "is_on"), [(800e3, True), (500e3, False), (None, False), (0.0, False)])
def test_without_contracts_the_months_peak_counts(peak_w: float | None, is_on: bool) -> None:
    """A site without feeders is held against its own peak, and without one nobody can say."""
    assert is_on == at(600e3, contracted_w=0.0, peak_w=peak_w).is_on


def test_windows_hold_whatever_the_target() -> None:
    """A planned window stays, and a target adds to it."""
    planned = frozenset({"f1"})
    quiet = curtailed(planned, site="north", target_w=None, contracted_w=1e6, peak_w=None)
    asked = curtailed(planned, site="north", target_w=0.0, contracted_w=1e6, peak_w=None)
    assert (planned, planned | {"north"}) == (quiet.places, asked.places)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_a_lower_target_never_curtails_less(one: float, other: float) -> None:
    """What stands still at a target stands still at every lower one."""
    low, high = at(min(one, other)), at(max(one, other))
    assert low.places >= high.places
    assert low.is_on >= high.is_on
