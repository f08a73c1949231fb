"""A device's money: figures worked by hand, named states for what is missing, and what must hold for any input."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.economics.money import VERDICTS, Appraiser, Money, Terms, money
from daemon.economics.verdict import (
    AT_BREAK_EVEN,
    HASHES_NOTHING,
    HASHRATE_WOULD_DECIDE,
    METER_WOULD_DECIDE,
    POWER_ERROR_RATIO,
)

NAN, INF = float("nan"), float("inf")


def terms(**changes: Any) -> Terms:
    return Terms(**{"currency": "USD", "hashprice_per_ph_day": 50.0, "price_per_kwh": 0.05} | changes)


def worth(**changes: Any) -> Money:
    device: dict[str, Any] = {"hashrate_hs": 100e12, "power_w": 3000.0, "power_grade": "reported"}
    about = {
        name: changes.pop(name) for name in list(changes) if name in (*device, "reject_ratio", "power_error_ratio")
    }
    return money(**device | about, terms=terms(**changes))


def test_worked_by_hand() -> None:
    """100 TH/s at 50 $/PH/day earn 5.00 a day; 3 kW for 24 h at 0.05 cost 3.60; 1.40 is left."""
    earned = worth()
    assert pytest.approx(5.0) == earned.revenue_per_day
    assert pytest.approx(72.0) == earned.energy_kwh_per_day
    assert pytest.approx(3.6) == earned.energy_cost_per_day
    assert pytest.approx(1.4) == earned.margin_per_day
    assert pytest.approx(3.6 * 0.05) == earned.margin_sd_per_day
    assert pytest.approx(5.0 / 72.0) == earned.break_even_price_per_kwh
    assert pytest.approx(36.0) == earned.break_even_hashprice_per_ph_day
    assert ("profitable", "USD", 100e12, 3000.0, "reported") == (
        earned.verdict,
        earned.currency,
        earned.hashrate_hs,
        earned.power_w,
        earned.power_grade,
    )


def test_fee_rejects_and_cooling_by_hand() -> None:
    """A fee of 4 %, rejects of 1 % and a PUE of 1.1: 4.752 earned, 79.2 kWh drawn, break-even at 41.67."""
    earned = worth(pool_fee_ratio=0.04, reject_ratio=0.01, pue=1.1)
    assert pytest.approx(4.752) == earned.revenue_per_day
    assert pytest.approx(79.2) == earned.energy_kwh_per_day
    assert pytest.approx(4.752 - 3.96) == earned.margin_per_day
    assert pytest.approx(30 * 1.1 * 24 * 0.05 / (0.96 * 0.99)) == earned.break_even_hashprice_per_ph_day


def test_every_cost_is_its_own_term_and_the_bases_stay_apart() -> None:
    """Cash costs sit in `cost_terms`, capital and sunk costs in `loaded_terms`, and each margin has its own."""
    earned = worth(
        demand_per_kwh=0.01,
        hosting_per_day=0.2,
        maintenance_per_day=0.15,
        depreciation_per_day=1.0,
        financing_per_day=0.3,
        sunk_per_day=0.1,
    )
    assert {"energy": 3.6, "demand": 0.72, "hosting": 0.2, "maintenance": 0.15} == pytest.approx(earned.cost_terms)
    assert pytest.approx(5.0 - 4.67) == earned.margin_per_day
    assert {"depreciation": 1.0, "financing": 0.3, "sunk": 0.1} == earned.loaded_terms
    assert pytest.approx(5.0 - 4.67 - 1.4) == earned.margin_loaded_per_day


def test_one_name_per_kwh_and_per_day_adds_up() -> None:
    """A hosting fee that has a part per kWh and a part per day is one term with both parts."""
    assert pytest.approx(0.72 + 0.5) == worth(hosting_per_kwh=0.01, hosting_per_day=0.5).cost_terms["hosting"]


def test_without_capital_costs_there_is_no_loaded_margin() -> None:
    """A cash margin never stands in for a loaded one."""
    assert worth().margin_loaded_per_day is None
    assert worth(overhead_per_day=0.0).margin_loaded_per_day == worth().margin_per_day


def test_a_negative_price_pays_for_drawing() -> None:
    """Below zero the energy cost is an income, and any hashprice would do."""
    earned = worth(price_per_kwh=-0.02)
    assert pytest.approx(-1.44) == earned.energy_cost_per_day
    assert pytest.approx(6.44) == earned.margin_per_day
    assert earned.break_even_hashprice_per_ph_day is not None
    assert earned.break_even_hashprice_per_ph_day < 0


def test_sunk_energy_costs_nothing_more() -> None:
    """A marginal price of zero is a price: revenue is margin."""
    assert pytest.approx(5.0) == worth(price_per_kwh=0.0).margin_per_day


def test_drawing_without_hashing_is_a_decided_loss() -> None:
    """A hashrate of zero is not a missing one: it earns nothing, costs its energy, and is unprofitable."""
    earned = worth(hashrate_hs=0.0)
    assert (0.0, "unprofitable", HASHES_NOTHING) == (earned.revenue_per_day, earned.verdict, earned.verdict_reason)
    assert earned.break_even_hashprice_per_ph_day is None


@pytest.mark.parametrize(
    ("changes", "word", "absent"),
    [
        ({"hashrate_hs": None}, "hashrate", ("revenue_per_day", "margin_per_day")),
        ({"hashrate_hs": NAN}, "hashrate", ("revenue_per_day", "margin_per_day")),
        ({"hashrate_hs": -1.0}, "hashrate", ("revenue_per_day", "margin_per_day")),
        ({"power_w": None}, "power", ("energy_kwh_per_day", "energy_cost_per_day", "margin_per_day")),
        ({"power_w": 0.0}, "0 W", ("energy_kwh_per_day", "margin_per_day", "break_even_price_per_kwh")),
        ({"power_w": -3000.0}, "power", ("energy_kwh_per_day", "margin_per_day")),
        ({"power_w": INF}, "power", ("energy_kwh_per_day", "margin_per_day")),
        ({"reject_ratio": 1.5}, "rejects", ("revenue_per_day", "margin_per_day")),
        ({"reject_ratio": NAN}, "rejects", ("revenue_per_day", "margin_per_day")),
        ({"power_grade": "unknown"}, "power_grade", ("margin_sd_per_day",)),
        ({"power_grade": "guess"}, "power_grade", ("margin_sd_per_day",)),
        ({"hashprice_per_ph_day": None}, "hashprice", ("revenue_per_day", "break_even_price_per_kwh")),
        ({"hashprice_per_ph_day": NAN}, "hashprice", ("revenue_per_day", "margin_per_day")),
        ({"hashprice_per_ph_day": -41.0}, "hashprice", ("revenue_per_day", "margin_per_day")),
        ({"hashprice_per_ph_day": 0.0}, "hashprice", ("revenue_per_day", "margin_per_day")),
        ({"price_per_kwh": None}, "price", ("energy_cost_per_day", "break_even_hashprice_per_ph_day")),
        ({"price_per_kwh": INF}, "price", ("energy_cost_per_day", "margin_per_day")),
        ({"scheme_factor": None}, "fees", ("revenue_per_day", "margin_per_day")),
        ({"pool_fee_ratio": 1.0}, "fee", ("revenue_per_day", "margin_per_day")),
        ({"pue": 0.0}, "PUE", ("energy_kwh_per_day", "margin_per_day")),
        ({"maintenance_per_day": NAN}, "cost", ("margin_per_day", "margin_loaded_per_day")),
        ({"hashrate_error_ratio": NAN}, "error", ("margin_per_day", "margin_sd_per_day")),
    ],
)
def test_what_is_missing_is_named_and_nothing_rests_on_it(
    changes: dict[str, Any], word: str, absent: tuple[str, ...]
) -> None:
    """Each missing or impossible figure gives `unknown`, a sentence naming it, and no number that depends on it."""
    earned = worth(**changes)
    assert earned.verdict == "unknown"
    assert word in earned.verdict_reason
    assert dict.fromkeys(absent) == {field: getattr(earned, field) for field in absent}


def test_what_does_not_depend_on_the_missing_figure_stays() -> None:
    """Without a hashprice the energy bill is still known, and without a power price the revenue is."""
    assert pytest.approx(3.6) == worth(hashprice_per_ph_day=None).energy_cost_per_day
    assert pytest.approx(36.0) == worth(hashprice_per_ph_day=None).break_even_hashprice_per_ph_day
    assert pytest.approx(5.0) == worth(price_per_kwh=None).revenue_per_day
    assert pytest.approx(5.0 / 72.0) == worth(price_per_kwh=None).break_even_price_per_kwh


def test_a_frozen_input_gives_its_reason() -> None:
    """What the caller says is missing becomes the reason, before anything the device lacks."""
    earned = worth(missing="The two hashprice sources disagree by 9 %.", power_w=None)
    assert ("unknown", "The two hashprice sources disagree by 9 %.") == (earned.verdict, earned.verdict_reason)


def test_a_meter_is_asked_for_when_it_would_decide() -> None:
    """At +0.20 a day the data sheet's 10 % leaves it open and a meter's 1 % would not."""
    earned = worth(price_per_kwh=0.0666, power_grade="spec")
    assert ("undecided", METER_WOULD_DECIDE["spec"]) == (earned.verdict, earned.verdict_reason)


def test_a_longer_window_is_asked_for_when_the_hashrate_is_the_doubt() -> None:
    """With a metered wattage and a hashrate known to 5 %, only the hashrate can decide."""
    earned = worth(price_per_kwh=0.0666, power_grade="metered", hashrate_error_ratio=0.05)
    assert ("undecided", HASHRATE_WOULD_DECIDE) == (earned.verdict, earned.verdict_reason)


def test_at_break_even_no_measurement_is_promised_to_decide() -> None:
    """Where the margin is nearly nothing even a meter would leave it open, and the sentence says so."""
    earned = worth(price_per_kwh=0.0694, power_grade="spec")
    assert ("undecided", AT_BREAK_EVEN) == (earned.verdict, earned.verdict_reason)


def test_a_known_error_replaces_the_grade() -> None:
    """Where a model's error has been learnt, that error is used in the grade's place."""
    assert pytest.approx(3.6 * 0.03) == worth(power_error_ratio=0.03).margin_sd_per_day


def test_a_whole_fleet_shares_one_appraiser() -> None:
    """An appraiser gives each device what asking for it alone gives."""
    appraiser = Appraiser(terms(maintenance_per_day=0.1))
    alone = worth(maintenance_per_day=0.1, hashrate_hs=90e12)
    assert alone == appraiser.money(hashrate_hs=90e12, power_w=3000.0, power_grade="reported")


figures = st.floats(allow_nan=True, allow_infinity=True) | st.none()
grades = st.sampled_from([*POWER_ERROR_RATIO, "unknown"])


@given(
    hashrate_hs=figures,
    power_w=figures,
    grade=grades,
    reject=figures,
    hashprice=figures,
    price=figures,
    pue=st.floats(),
    fee=st.floats(),
    error=st.floats(),
    maintenance=figures,
)
def test_no_input_breaks_it_and_no_number_is_ever_nan(
    hashrate_hs: float | None,
    power_w: float | None,
    grade: str,
    reject: float | None,
    hashprice: float | None,
    price: float | None,
    pue: float,
    fee: float,
    error: float,
    maintenance: float | None,
) -> None:
    """Whatever comes in, a known verdict has a finite margin, and `unknown` is never mistaken for one."""
    earned = money(
        hashrate_hs=hashrate_hs,
        power_w=power_w,
        power_grade=grade,
        reject_ratio=reject,
        terms=Terms(
            currency="USD",
            hashprice_per_ph_day=hashprice,
            price_per_kwh=price,
            pue=pue,
            pool_fee_ratio=fee,
            hashrate_error_ratio=error,
            maintenance_per_day=maintenance,
        ),
    )
    assert earned.verdict in VERDICTS
    assert earned.verdict_reason
    for number in (earned.revenue_per_day, earned.energy_cost_per_day, earned.margin_per_day):
        assert number is None or math.isfinite(number)
    if earned.verdict != "unknown":
        assert earned.margin_per_day is not None
        assert earned.margin_sd_per_day is not None
        assert grade != "unknown"


@given(
    hashrate_hs=st.floats(0, 1e15),
    power_w=st.floats(1, 20000),
    price=st.floats(-0.2, 1),
    lost=st.sampled_from(["hashrate_hs", "power_w", "hashprice_per_ph_day", "price_per_kwh", "scheme_factor"]),
)
def test_taking_an_input_away_leaves_no_verdict(hashrate_hs: float, power_w: float, price: float, lost: str) -> None:
    """Whatever the rest says, without one of its inputs a device is neither fine nor condemned."""
    whole = {"hashrate_hs": hashrate_hs, "power_w": power_w, "price_per_kwh": price}
    assert worth(**whole).verdict != "unknown"
    assert worth(**whole | {lost: None}).verdict == "unknown"


money_floats = st.floats(min_value=0.001, max_value=1.0)
hashrates = st.floats(min_value=1e12, max_value=1e15)
watts = st.floats(min_value=10.0, max_value=20000.0)


@given(hashrate_hs=hashrates, power_w=watts, price=money_floats, low=st.floats(0, 0.5), more=st.floats(0, 0.5))
def test_more_doubt_never_decides(hashrate_hs: float, power_w: float, price: float, low: float, more: float) -> None:
    """Raising the error of the watts or of the hashrate never turns undecided into decided."""
    for better, worse in (
        ({"power_error_ratio": low}, {"power_error_ratio": low + more}),
        ({"hashrate_error_ratio": low}, {"hashrate_error_ratio": low + more}),
    ):
        device = {"hashrate_hs": hashrate_hs, "power_w": power_w, "price_per_kwh": price}
        if worth(**device, **better).verdict == "undecided":
            assert worth(**device, **worse).verdict == "undecided"


@given(
    hashrate_hs=hashrates,
    power_w=watts,
    price=money_floats,
    dearer=st.floats(0, 1),
    grade=st.sampled_from(list(POWER_ERROR_RATIO)),
)
def test_verdict_is_monotone_in_price(
    hashrate_hs: float, power_w: float, price: float, dearer: float, grade: str
) -> None:
    """Dearer power never makes a verdict better."""
    order = ("profitable", "undecided", "unprofitable")
    device = {"hashrate_hs": hashrate_hs, "power_w": power_w, "power_grade": grade}
    before = worth(**device, price_per_kwh=price).verdict
    after = worth(**device, price_per_kwh=price + dearer).verdict
    assert order.index(before) <= order.index(after)


@given(
    hashrate_hs=hashrates,
    power_w=watts,
    price=money_floats,
    fee=st.floats(0, 0.5),
    reject=st.floats(0, 0.5),
    pue=st.floats(1, 2),
)
def test_at_either_break_even_nothing_is_left(
    hashrate_hs: float, power_w: float, price: float, fee: float, reject: float, pue: float
) -> None:
    """The margin is zero at the break-even price, and at the break-even hashprice."""
    device = {"hashrate_hs": hashrate_hs, "power_w": power_w, "reject_ratio": reject, "pool_fee_ratio": fee, "pue": pue}
    here = worth(**device, price_per_kwh=price)
    for limit in (
        worth(**device, price_per_kwh=here.break_even_price_per_kwh),
        worth(**device, price_per_kwh=price, hashprice_per_ph_day=here.break_even_hashprice_per_ph_day),
    ):
        assert limit.margin_per_day == pytest.approx(0.0, abs=1e-9 * (limit.revenue_per_day or 1.0))


@given(j_per_th=st.floats(5, 100), small=st.floats(1e12, 1e14), factor=st.floats(0.1, 50))
def test_break_even_price_depends_on_efficiency_alone(j_per_th: float, small: float, factor: float) -> None:
    """Two devices of one J/TH share a break-even price, whatever their size."""
    one = worth(hashrate_hs=small, power_w=j_per_th * small / 1e12)
    other = worth(hashrate_hs=small * factor, power_w=j_per_th * small * factor / 1e12)
    assert pytest.approx(one.break_even_price_per_kwh) == other.break_even_price_per_kwh


@given(pue=st.floats(1, 2), factor=st.floats(1, 2))
def test_break_even_hashprice_is_linear_in_pue(pue: float, factor: float) -> None:
    """Twice the PUE asks for twice the hashprice."""
    one, other = worth(pue=pue), worth(pue=pue * factor)
    assert one.break_even_hashprice_per_ph_day is not None
    assert pytest.approx(one.break_even_hashprice_per_ph_day * factor) == other.break_even_hashprice_per_ph_day


def test_the_errors_of_a_margin_add_in_squares() -> None:
    """Both doubts count: the larger one alone would call decided what is not."""
    terms = Terms(currency="USD", hashprice_per_ph_day=40.0, price_per_kwh=0.05, hashrate_error_ratio=0.03)
    found = money(hashrate_hs=1e14, power_w=10e3 / 3, power_grade="spec", terms=terms)
    assert pytest.approx((0.12**2 + 0.40**2) ** 0.5) == found.margin_sd_per_day
