"""The account of one device's money: every term on its line, and the lines add up."""

import msgspec
import pytest

from daemon.economics.explain import Facts, Line, Market, explain, rendered
from daemon.economics.money import Terms, money

FACTS = Facts(
    device="m1",
    model="Antminer S19j Pro",
    hashrate_window="1h",
    hashprice_source="signal hashprice",
    hashprice_age_s=40.4,
    power_source="configuration",
    price_source="tariff",
    price_period="period peak",
    scheme="pps",
)
TERMS = Terms(
    currency="USD",
    hashprice_per_ph_day=50.0,
    price_per_kwh=0.05,
    pue=1.1,
    pool_fee_ratio=0.02,
    scheme_factor=0.99,
    uptime_ratio=0.5,
    demand_per_kwh=0.01,
    maintenance_per_day=0.1,
    depreciation_per_day=1.0,
    hashrate_error_ratio=0.01,
)
DEVICE = {"hashrate_hs": 100e12, "power_w": 3000.0, "power_grade": "reported", "reject_ratio": 0.01}


def lines(terms: Terms = TERMS, market: Market | None = None, **changes: object) -> tuple[Line, ...]:
    return explain(money(**DEVICE | changes, terms=terms), terms=terms, facts=FACTS, market=market)


def term(found: tuple[Line, ...], name: str) -> Line:
    return next(line for line in found if line.term == name)


def test_what_was_earned_adds_up() -> None:
    """Gross, scheme, fee and rejects, as signed steps, make the revenue."""
    found = lines()
    steps = [term(found, name).value for name in ("gross", "scheme", "pool fee", "rejects")]
    assert pytest.approx(2.5) == steps[0]
    assert all(step is not None and step < 0 for step in steps[1:])
    assert pytest.approx(term(found, "revenue").value) == sum(step or 0.0 for step in steps)


def test_a_mean_of_what_was_seen_is_not_called_the_devices_own() -> None:
    """Where the hashrate is the mean of the polls, the line says so and over how long."""
    facts = msgspec.structs.replace(FACTS, hashrate_seen_s=3240.0)
    found = explain(money(**DEVICE, terms=TERMS), terms=TERMS, facts=facts)
    assert "the mean of what it told in 54 min, right to 1 %" == term(found, "hashrate").how
    assert "its 1h average, right to 1 %" == term(lines(), "hashrate").how


def test_every_cost_is_a_line_and_the_margin_is_what_is_left() -> None:
    """Energy, demand and maintenance stand alone; revenue less their sum is the cash margin."""
    found = lines()
    costs = [term(found, name).value for name in ("energy cost", "demand", "maintenance")]
    assert pytest.approx([39.6 * 0.05, 39.6 * 0.01, 0.1]) == costs
    left = (term(found, "revenue").value or 0.0) - sum(cost or 0.0 for cost in costs)
    assert pytest.approx(left) == term(found, "margin (cash)").value
    assert pytest.approx(left - 1.0) == term(found, "margin (loaded)").value


def test_origins_are_told() -> None:
    """Window, source and age, grade and its error, tariff and period are all there in words."""
    found = lines()
    assert "its 1h average, right to 1 %" == term(found, "hashrate").how
    assert "signal hashprice, 40 s old" == term(found, "hashprice").how
    assert "as its power supply reports, right to 5 % (configuration)" == term(found, "power").how
    assert "tariff, period peak" == term(found, "price").how
    assert "pps pays 99 % of it, on average" == term(found, "scheme").how
    assert "3 kW x 24 h x 1.1 x 50 % of the day" == term(found, "energy").how


def test_the_verdict_shows_its_test() -> None:
    """The margin is held against its error in figures, and the reason is a sentence."""
    found = lines()
    assert "|-0.074755| <= 0.199378 = 1.645 x its error" == term(found, "the test").how
    assert term(found, "undecided").how.endswith(".")


def test_a_missing_price_is_said_and_not_guessed() -> None:
    """Without a hashprice there is no revenue line with a number, no margin, and the verdict says why."""
    found = lines(Terms(currency="USD", price_per_kwh=0.05, missing="The hashprice is 3 hours old."))
    assert "not known" == term(found, "hashprice").how
    assert (None, "cannot be worked out") == (term(found, "revenue").value, term(found, "revenue").how)
    assert (None, "cannot be worked out") == (term(found, "margin (cash)").value, term(found, "margin (cash)").how)
    assert "The hashprice is 3 hours old." == term(found, "unknown").how
    assert not [line for line in found if line.term in {"the test", "gross"}]


def test_unknown_power_and_price_are_said() -> None:
    """A device without watts, under a tariff without a price, still shows what it earns."""
    found = lines(Terms(currency="EUR", hashprice_per_ph_day=50.0), power_w=None, power_grade="unknown")
    assert pytest.approx(4.95) == term(found, "revenue").value
    assert ("not known", "not known") == (term(found, "power").how, term(found, "price").how)
    assert "cannot be worked out" == term(found, "energy cost").how


def test_rejects_that_nobody_told_are_named() -> None:
    """A device that gives no share counts is not said to have none refused."""
    assert "not told, none assumed" == term(lines(reject_ratio=None), "rejects").how


def test_market_break_evens_and_horizon() -> None:
    """With the market known, bitcoin price, difficulty and a band of days are shown too."""
    terms = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.05)
    market = Market(
        btc_price=90000.0, difficulty=1.5e14, subsidy_part=49.0, fees_part=1.0, growth_mean=0.01, growth_sd=0.002
    )
    found = lines(terms, market)
    limit = term(found, "hashprice").value
    assert limit == 50.0
    break_even = [line for line in found if line.section == "break-even"]
    figures = {line.term: line.value for line in break_even}
    limit = figures["hashprice"]
    assert limit is not None
    assert pytest.approx(90000 * limit / 50) == figures["bitcoin price"]
    assert pytest.approx(1.5e14 * 50 / limit) == figures["difficulty"]
    reached = term(found, "reached")
    assert reached.how.startswith("between ")
    assert "at a constant bitcoin price" in reached.how


def test_free_power_has_no_break_even_difficulty() -> None:
    """At a price of zero no difficulty stops it, and it is never reached."""
    terms = Terms(currency="USD", hashprice_per_ph_day=50.0, price_per_kwh=0.0)
    market = Market(btc_price=9e4, difficulty=1e14, subsidy_part=50.0, fees_part=0.0, growth_mean=0.01)
    found = lines(terms, market)
    assert (None, "none: power costs nothing") == (term(found, "difficulty").value, term(found, "difficulty").how)
    assert "never" in term(found, "reached").how


def test_rendered_text_is_in_columns() -> None:
    """Headings part the sections, every line is indented under one, and none ends in blanks."""
    text = rendered(lines(), facts=FACTS)
    assert "m1 (Antminer S19j Pro)" == text[0]
    headings = [line for line in text[1:] if line and not line.startswith("  ")]
    assert ["Earned", "Spent", "Left", "Left when all is counted", "Verdict", "Break-even"] == headings
    assert all(line == line.rstrip() for line in text)
