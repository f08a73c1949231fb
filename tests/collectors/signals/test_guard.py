"""What is believed of a signal, and what it is called when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.signals.guard import CONFIRMATIONS, Guard, Limits
from collectors.signals.number import NotANumber
from config.units import any_unit


def _guard(unit: str = "USD/MWh", **limits: float) -> Guard:
    return Guard("price", unit=any_unit(unit), limits=Limits(**limits))


def test_base_unit() -> None:
    """Values come out in the base unit, with its name and currency."""
    guard = _guard()
    assert "ok" == guard.offer("45.2", at=100.0)
    reading = guard.judge(110.0)
    assert (0.0452, "USD/kWh", "USD", "ok", 100.0, 10.0) == (
        reading.value,
        reading.unit,
        reading.currency,
        reading.state,
        reading.at,
        reading.age_s(110.0),
    )
    assert {"price": 0.0452} == reading.sources


def test_missing_until_something_comes() -> None:
    """Before the first value there is none, and the reason is the source's."""
    guard = _guard()
    assert not guard.has_spoken
    assert ("missing", "nothing has come yet", None) == _said(guard, 0.0)
    guard.fail("connection refused")
    assert guard.has_spoken
    assert ("missing", "connection refused", None) == _said(guard, 0.0)
    assert guard.judge(0.0).age_s(5.0) is None


def test_stale() -> None:
    """A value is good for its age and no longer; a source that fails is named."""
    guard = _guard(max_age_s=60.0)
    guard.offer("40", at=100.0)
    guard.fail("timed out")
    assert "ok" == guard.judge(160.0).state
    assert ("stale", "its last value is 61 s old: timed out", None) == _said(guard, 161.0)
    guard.offer("41", at=170.0)
    assert "ok" == guard.judge(171.0).state


@pytest.mark.parametrize(
    ("digits", "said"), [("-501", "-0.501 USD/kWh is below -0.5"), ("9001", "9.001 USD/kWh is above 9")]
)
def test_bounds(digits, said) -> None:
    """A value outside the limits is not believed, nor is what was said before it; limits themselves are within."""
    guard = _guard(minimum=-0.5, maximum=9.0)
    for edge in ("-500", "9000"):
        assert "ok" == guard.offer(edge, at=1.0)
    assert "out_of_bounds" == guard.offer(digits, at=2.0)
    assert ("out_of_bounds", said, None) == _said(guard, 2.0)
    guard.offer("40", at=3.0)
    assert "ok" == guard.judge(3.0).state


def test_not_a_number() -> None:
    """A source that says something else is not believed until it says a number again."""
    guard = _guard()
    guard.offer("40", at=1.0)
    guard.refuse(NotANumber("'n/a' is not a number"))
    assert ("not_a_number", "'n/a' is not a number", None) == _said(guard, 2.0)
    assert "not_a_number" == guard.offer("9" * 59 + "e999", at=3.0)
    guard.offer("40", at=4.0)
    assert "ok" == guard.judge(4.0).state


def test_jump_must_last() -> None:
    """A jump is suspect until several values in a row agree on it."""
    guard = _guard(jump_ratio=0.2)
    guard.offer("100", at=0.0)
    assert "ok" == guard.offer("119", at=1.0)
    for number in range(1, CONFIRMATIONS):
        assert "suspect" == guard.offer(str(200 + number), at=1.0 + number)
        reading = guard.judge(2.0)
        assert (None, 1.0) == (reading.value, reading.at)
        assert f"{number} of {CONFIRMATIONS} values say so" in reading.reason
    assert "ok" == guard.offer("205", at=9.0)
    assert 0.205 == guard.judge(9.0).value


def test_spike_is_forgotten() -> None:
    """A spike that does not last changes nothing, and a second one begins its count anew."""
    guard = _guard(jump_ratio=0.2)
    guard.offer("100", at=0.0)
    for at in (1.0, 3.0, 5.0):
        assert "suspect" == guard.offer("900", at=at)
        assert "ok" == guard.offer("101", at=at + 1)
    assert 0.101 == guard.judge(6.0).value


def test_wild_values_confirm_nothing() -> None:
    """Jumps that do not agree with each other are never believed."""
    guard = _guard(jump_ratio=0.2)
    guard.offer("100", at=0.0)
    for number in range(20):
        assert "suspect" == guard.offer(str(300 if number % 2 else 900), at=1.0 + number)


def test_nonsense_breaks_the_count() -> None:
    """A jump has to be confirmed by values in a row, not by values with nonsense between them."""
    guard = _guard(jump_ratio=0.2, maximum=10.0)
    guard.offer("100", at=0.0)
    for _ in range(CONFIRMATIONS):
        assert "suspect" == guard.offer("900", at=1.0)
        assert "out_of_bounds" == guard.offer("99999", at=2.0)
        assert "suspect" == guard.offer("900", at=3.0)
        guard.refuse(NotANumber("x"))


def test_no_jump_from_what_is_stale() -> None:
    """After a long silence there is nothing to compare with, so the first value is taken."""
    guard = _guard(jump_ratio=0.2, max_age_s=60.0)
    guard.offer("100", at=0.0)
    assert "ok" == guard.offer("900", at=61.0)


def test_unchanged_since() -> None:
    """It is known since when a value has been the same, so that a feed that is stuck can be seen."""
    guard = _guard()
    for at in range(5):
        guard.offer("40", at=float(at))
    guard.offer("41", at=5.0)
    guard.offer("41", at=6.0)
    reading = guard.judge(6.0)
    assert (5.0, 6.0) == (reading.changed_at, reading.at)


def test_a_feed_that_is_stuck_is_not_believed() -> None:
    """A value that comes anew and never changes counts as stuck after its time; the least change is enough."""
    guard = _guard(stuck_after_s=100.0, max_age_s=60.0)
    for at in range(0, 160, 20):
        guard.offer("40", at=float(at))
    assert ("ok", 0.04) == (guard.judge(100.0).state, guard.judge(100.0).value)
    stuck = guard.judge(141.0)
    assert ("stuck", None, {}) == (stuck.state, stuck.value, stuck.sources)
    assert "for 141 s" in stuck.reason
    guard.offer("40.001", at=150.0)
    assert "ok" == guard.judge(150.0).state


def test_fixed_value() -> None:
    """A value of the configuration never grows old, and is no second opinion on what others measure."""
    guard = Guard("price", unit=any_unit("USD/BTC"), limits=Limits(), is_fixed=True)
    guard.hold(90000.0, at=0.0)
    reading = guard.judge(1e9)
    assert (90000.0, "ok", 0.0, {}) == (reading.value, reading.state, reading.age_s(1e9), reading.sources)


@given(
    st.lists(
        st.one_of(
            st.floats(-1e6, 1e6).map(repr),
            st.sampled_from(["1e999", "-1e999", "0", "-0", "1e-320"]),
            st.just(None),
        ),
        max_size=40,
    ),
    st.floats(0.0, 1.0),
)
def test_a_value_is_believed_or_absent(said, ratio) -> None:
    """Whatever a source says, a value is given only within the limits, fresh, and near what was believed before."""
    guard = _guard("kW", max_age_s=30.0, minimum=-5e5, maximum=5e8, jump_ratio=ratio)
    believed: list[float] = []
    for at, digits in enumerate(said):
        if digits is None:
            guard.fail("gone")
        else:
            guard.offer(digits, at=float(at))
        reading = guard.judge(float(at))
        assert (reading.value is None) == (reading.state != "ok")
        assert bool(reading.reason) == (reading.state != "ok")
        if reading.value is not None:
            assert -5e5 <= reading.value <= 5e8
            believed.append(reading.value)
    assert guard.judge(1e6).value is None


def _said(guard: Guard, now: float) -> tuple[str, str, float | None]:
    reading = guard.judge(now)
    return (reading.state, reading.reason, reading.value)


def test_another_unit_is_never_believed() -> None:
    """A price of many times the last one is suspect however often it is repeated; a fifth and five times are not."""
    guard = _guard("USD/BTC", wild_factor=5.0)
    guard.offer("90000", at=0.0)
    for number in range(10):
        assert "suspect" == guard.offer("9000000", at=10.0 + number)
        assert "suspect" == guard.offer("900", at=10.0 + number)
    assert "another unit" in guard.judge(30.0).reason
    assert ["ok", "ok"] == [guard.offer("18000", at=40.0), guard.offer("90000", at=50.0)]
    assert "ok" == guard.offer("900", at=51.0 + 86_400.0), "after a day nothing is left to compare with"
