"""Quantities under whatever is thrown at them: exact, finite, or refused."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import quantity
from config.quantity import Price, QuantityError

READERS = [
    quantity.power_w,
    quantity.hashrate_hs,
    quantity.efficiency_j_per_th,
    quantity.temperature_c,
    quantity.duration_s,
    quantity.difficulty,
    quantity.data_rate_bps,
    quantity.carbon_g_per_kwh,
    quantity.ratio,
    quantity.energy_price,
    quantity.hashprice,
    quantity.bitcoin_price,
    quantity.demand_price,
    quantity.daily_cost,
    quantity.hardware_price,
    quantity.money,
    quantity.bitcoin,
    quantity.quantity,
]
EXACT = [
    (quantity.power_w, "kW", Fraction(1000)),
    (quantity.power_w, "MW", Fraction(10**6)),
    (quantity.hashrate_hs, "TH/s", Fraction(10**12)),
    (quantity.hashrate_hs, "EH/s", Fraction(10**18)),
    (quantity.duration_s, "ms", Fraction(1, 1000)),
    (quantity.duration_s, "w", Fraction(604800)),
    (quantity.energy_price, "EUR/MWh", Fraction(1, 1000)),
    (quantity.hashprice, "sat/TH/day", Fraction(1000, 10**8)),
    (quantity.demand_price, "USD/kW/year", Fraction(1, 12)),
    (quantity.bitcoin, "sat", Fraction(1, 10**8)),
]
NUMBERS = st.decimals(min_value=0, max_value=10**9, places=6, allow_nan=False, allow_infinity=False)
LIKELY = st.text(alphabet="0123456789.,-+eE %$€µkKMGTPEZHhWwsmdyCFJ/USDBTCatqr\n\t '_:", max_size=24)


@pytest.mark.parametrize(("read", "unit", "scale"), EXACT, ids=[case[1] for case in EXACT])
@given(number=NUMBERS)
def test_exact_to_the_last_bit(read: object, unit: str, scale: Fraction, number: object) -> None:
    """The result is the float nearest to the true product, whatever the number and the scale."""
    read_value = read(f"{number:f} {unit}")
    value = read_value.amount if isinstance(read_value, Price) else read_value

    assert float(Fraction(number) * scale) == value


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(written=st.one_of(LIKELY, st.text(max_size=80), st.none(), st.booleans(), st.integers(), st.floats()))
def test_finite_or_refused(read: object, written: object) -> None:
    """Garbage is refused with QuantityError and nothing else; what is accepted is finite."""
    try:
        result = read(written)
    except QuantityError as error:
        said = str(error)
        assert said.isprintable()
        return
    value = result if isinstance(result, float) else getattr(result, "amount", None) or getattr(result, "value", 0.0)

    assert math.isfinite(value)


@given(
    seconds=st.integers(min_value=0, max_value=10**7),
    spaced=st.booleans(),
)
def test_durations_in_parts_add_up(seconds: int, spaced: bool) -> None:
    """A duration written in days, hours, minutes and seconds is their sum."""
    rest, parts = seconds, []
    for size, name in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, rest = divmod(rest, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count}{name}")

    assert float(seconds) == quantity.duration_s((" " if spaced else "").join(parts))


@given(share=st.floats(min_value=0, max_value=1))
def test_bare_ratios_are_themselves(share: float) -> None:
    """A bare number between 0 and 1 is the ratio."""
    assert share == pytest.approx(quantity.ratio(share), abs=1e-300)
