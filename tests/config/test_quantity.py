"""Quantities: what is understood, and how the usual slips are refused."""

import re

import pytest

from config import quantity
from config.quantity import Price, QuantityError
from config.units import any_unit

UNDERSTOOD = [
    (quantity.power_w, "3.4 kW", 3400.0),
    (quantity.power_w, "3068 W", 3068.0),
    (quantity.power_w, "0.5 MW", 500_000.0),
    (quantity.power_w, "2kw", 2000.0),
    (quantity.power_w, " 3.25\N{NO-BREAK SPACE}kW ", 3250.0),
    (quantity.power_w, "1.5e3 W", 1500.0),
    (quantity.hashrate_hs, "110 TH/s", 110e12),
    (quantity.hashrate_hs, "110 TH", 110e12),
    (quantity.hashrate_hs, "110 th/s", 110e12),
    (quantity.hashrate_hs, "1.04e14 H/s", 1.04e14),
    (quantity.hashrate_hs, "950 GH/s", 950e9),
    (quantity.hashrate_hs, "1.5 PH/s", 1.5e15),
    (quantity.hashrate_hs, "1.5EH/s", 1.5e18),
    (quantity.efficiency_j_per_th, "29.5 J/TH", 29.5),
    (quantity.efficiency_j_per_th, "0.1 J/GH", 100.0),
    (quantity.temperature_c, "35 C", 35.0),
    (quantity.temperature_c, "-12.5 °C", -12.5),
    (quantity.temperature_c, "95 F", 35.0),
    (quantity.temperature_c, "300 K", 26.85),
    (quantity.duration_s, "30s", 30.0),
    (quantity.duration_s, "500ms", 0.5),
    (quantity.duration_s, "5m", 300.0),
    (quantity.duration_s, "1h30m", 5400.0),
    (quantity.duration_s, "1 d 2 h", 93_600.0),
    (quantity.duration_s, "30 d", 2_592_000.0),
    (quantity.duration_s, "1.5 hours", 5400.0),
    (quantity.duration_s, "3 y", 94_608_000.0),
    (quantity.duration_s, "0s", 0.0),
    (quantity.difficulty, "146.47 T", 146.47e12),
    (quantity.difficulty, 65536, 65536.0),
    (quantity.difficulty, "65536", 65536.0),
    (quantity.difficulty, "1.5E", 1.5e18),
    (quantity.data_rate_bps, "10 Gbps", 10e9),
    (quantity.data_rate_bps, "100 Mbit/s", 100e6),
    (quantity.carbon_g_per_kwh, "370 g/kWh", 370.0),
    (quantity.carbon_g_per_kwh, "0.37 kg/kWh", 370.0),
    (quantity.carbon_g_per_kwh, "370 kg/MWh", 370.0),
    (quantity.ratio, "2%", 0.02),
    (quantity.ratio, "0.3 %", 0.003),
    (quantity.ratio, "0.02", 0.02),
    (quantity.ratio, 0.02, 0.02),
    (quantity.ratio, 1, 1.0),
    (quantity.bitcoin, "0.02 BTC", 0.02),
    (quantity.bitcoin, "350000 sat", 0.0035),
    (quantity.energy_price, "0.07 USD/kWh", Price(amount=0.07, currency="USD")),
    (quantity.energy_price, "70 EUR/MWh", Price(amount=0.07, currency="EUR")),
    (quantity.energy_price, "70 eur per mWh".replace("mWh", "MWh"), Price(amount=0.07, currency="EUR")),
    (quantity.energy_price, "7 EURct/kWh", Price(amount=0.07, currency="EUR")),
    (quantity.energy_price, "7 USD cents/kWh", Price(amount=0.07, currency="USD")),
    (quantity.energy_price, "-12.5 USD/MWh", Price(amount=-0.0125, currency="USD")),
    (quantity.energy_price, "\N{MINUS SIGN}12.5 USD/MWh", Price(amount=-0.0125, currency="USD")),
    (quantity.hashprice, "41.22 USD/PH/day", Price(amount=41.22, currency="USD")),
    (quantity.hashprice, "0.04122 USD/TH/day", Price(amount=41.22, currency="USD")),
    (quantity.hashprice, "41.22 USD/PH/s/day", Price(amount=41.22, currency="USD")),
    (quantity.hashprice, "42 sat/TH/day", Price(amount=0.00042, currency="BTC")),
    (quantity.hashprice, "0.0004 BTC/PH/day", Price(amount=0.0004, currency="BTC")),
    (quantity.bitcoin_price, "90000 USD/BTC", Price(amount=90000.0, currency="USD")),
    (quantity.bitcoin_price, "90000 USD", Price(amount=90000.0, currency="USD")),
    (quantity.money, "-250.5 CHF", Price(amount=-250.5, currency="CHF")),
    (quantity.demand_price, "8.5 USD/kW/month", Price(amount=8.5, currency="USD")),
    (quantity.demand_price, "8.5 USD/kW-month", Price(amount=8.5, currency="USD")),
    (quantity.demand_price, "72 USD/kW/year", Price(amount=6.0, currency="USD")),
    (quantity.daily_cost, "0.15 USD/day", Price(amount=0.15, currency="USD")),
    (quantity.daily_cost, "2 USD/h", Price(amount=48.0, currency="USD")),
    (quantity.hardware_price, "17.6 USD/TH", Price(amount=17.6, currency="USD")),
]


@pytest.mark.parametrize(("read", "written", "value"), UNDERSTOOD, ids=[str(case[1]) for case in UNDERSTOOD])
def test_understood(read: object, written: object, value: object) -> None:
    """A number with its unit becomes the base unit, rounded once."""
    assert value == read(written)


REFUSED = [
    (quantity.power_w, "3.4 kWh", "kWh is energy"),
    (quantity.power_w, "0.5 mW", "megawatts are MW"),
    (quantity.power_w, "5 mw", "megawatts are MW"),
    (quantity.power_w, "3 kVA", "apparent power"),
    (quantity.power_w, "110 TH/s", "TH/s is the unit of a hashrate"),
    (quantity.power_w, "3400", "the unit is missing"),
    (quantity.power_w, 3400, "it has no unit"),
    (quantity.power_w, "3,4 kW", "a comma is not understood"),
    (quantity.power_w, "3 µW", "µ"),
    (quantity.power_w, "1.5e W", "exponent"),
    (quantity.power_w, "1.5e", "exponent"),
    (quantity.power_w, "1e9999 W", "exponent"),
    (quantity.power_w, "1e999 W", "far too large"),
    (quantity.power_w, "90 000 W", "must stand together"),
    (quantity.power_w, "1.2.3 W", "must stand together"),
    (quantity.power_w, "-5 W", "must not be negative"),
    (quantity.power_w, "", "it is empty"),
    (quantity.power_w, "kW", "does not begin with a number"),
    (quantity.power_w, "nan W", "does not begin with a number"),
    (quantity.power_w, "inf", "does not begin with a number"),
    (quantity.power_w, None, "it is not text"),
    (quantity.power_w, True, "it is not text"),
    (quantity.power_w, "9" * 100 + " W", "longer than 64"),
    (quantity.power_w, "٣ kW", "does not begin with a number"),
    (quantity.hashrate_hs, "110 TB", "hashes are H"),
    (quantity.hashrate_hs, "110 Tb/s", "hashes are H"),
    (quantity.hashrate_hs, "110 T", "lacks the H"),
    (quantity.temperature_c, "35", "the unit is missing"),
    (quantity.temperature_c, "-300 C", "absolute zero"),
    (quantity.duration_s, 30, "it has no unit"),
    (quantity.duration_s, "12:30", "a time of day"),
    (quantity.duration_s, "5 M", "minutes are m"),
    (quantity.duration_s, "2 H", "must be written small"),
    (quantity.duration_s, "30m1h", "from long to short"),
    (quantity.duration_s, "1h30", "not a unit that fits"),
    (quantity.duration_s, "1h -5m", "must not be negative"),
    (quantity.difficulty, 0, "above zero"),
    (quantity.data_rate_bps, "10 GB/s", "give bits"),
    (quantity.carbon_g_per_kwh, "370 g", "lacks /kWh"),
    (quantity.ratio, 2, 'write "2%"'),
    (quantity.ratio, "2", 'write "2%"'),
    (quantity.ratio, "150%", "between 0% and 100%"),
    (quantity.ratio, "-1%", "between 0% and 100%"),
    (quantity.ratio, True, "it is not text"),
    (quantity.energy_price, "7 ct/kWh", "does not say of which currency"),
    (quantity.energy_price, "0.07 USD/kW", "energy is kWh"),
    (quantity.energy_price, "0.07 USD", "does not say what the money is for"),
    (quantity.energy_price, "7 EUR/mWh", "mega is M"),
    (quantity.energy_price, "0.07 UDS/kWh", "did you mean USD?"),
    (quantity.energy_price, "$0.07/kWh", "write the currency's code"),
    (quantity.energy_price, "0.07 $/kWh", "write the currency's code"),
    (quantity.energy_price, "0.07", "the unit is missing"),
    (quantity.hashprice, "41.22 USD/PH", "lacks /day"),
    (quantity.hashprice, "-1 USD/PH/day", "must not be negative"),
    (quantity.bitcoin_price, "90,000 USD", "a comma is not understood"),
    (quantity.bitcoin, "2 USD", "USD"),
    (quantity.demand_price, "8.5 USD/kW", "lacks /month"),
]


@pytest.mark.parametrize(("read", "written", "words"), REFUSED, ids=[str(case[1])[:20] for case in REFUSED])
def test_refused(read: object, written: object, words: str) -> None:
    """A slip is refused with its name, what was expected, and an example that is itself understood."""
    with pytest.raises(QuantityError, match=re.escape(words)) as caught:
        read(written)

    example = re.search(r'such as "([^"]+)"$', str(caught.value))
    assert example is not None
    read(example[1])


def test_ratio_above_the_whole_only_where_allowed() -> None:
    """A growth may be more than the whole where the caller says how much."""
    assert 2.5 == quantity.ratio("250%", limit=3.0)
    with pytest.raises(QuantityError, match="between 0% and 300%"):
        quantity.ratio("301%", limit=3.0)


@pytest.mark.parametrize(
    ("written", "dimension", "value"),
    [
        ("80 kW", "power", 80_000.0),
        ("2%", "ratio", 0.02),
        ("5 C", "temperature", 5.0),
        ("30m", "duration", 1800.0),
        ("42", "number", 42.0),
        (42, "number", 42.0),
        ("41.22 USD/PH/day", "hashprice", 41.22),
        ("60 USD/MWh", "energy_price", 0.06),
        ("90000 USD/BTC", "bitcoin_price", 90000.0),
        ("0.5 BTC", "bitcoin", 0.5),
    ],
)
def test_any_quantity(written: object, dimension: str, value: float) -> None:
    """A quantity of no expected kind is read by what its unit tells."""
    read = quantity.quantity(written)

    assert (dimension, value) == (read.unit.dimension, read.value)


def test_a_unit_converts_what_a_source_says() -> None:
    """A unit alone converts later numbers, shifted scales included."""
    assert 0.0452 == any_unit("USD/MWh").base(45.2)
    assert 35.0 == any_unit("F").base(95.0)
    assert "USD" == any_unit("USD/MWh").currency


def test_unknown_unit_lists_some_that_are_known() -> None:
    """A unit that nothing measures is refused with examples."""
    with pytest.raises(QuantityError, match=r'"furlong" is not a unit .* kW, USD/BTC'):
        any_unit("furlong")


def test_messages_stay_on_one_line_and_short() -> None:
    """What was written is quoted without control characters and cut."""
    with pytest.raises(QuantityError) as caught:
        quantity.power_w("kW\n\x1b[31m" + "x" * 50)

    assert str(caught.value).isprintable()
    assert 200 > len(str(caught.value))
