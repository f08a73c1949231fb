"""`headframe calc`: the figures of one device, in JSON and to read, and every way to ask it wrongly."""

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main

DEVICE = ["--hashrate", "100 TH/s", "--power", "3 kW", "--price", "50 USD/MWh"]
BARE = [*DEVICE, "--hashprice", "50 USD/PH/day"]
MINED = [*DEVICE, "--difficulty", "1e14", "--btc-price", "100000 USD"]


@pytest.fixture
def calc(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command with --json and give its exit code and its one document."""

    def ask(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["calc", *words, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out)

    return ask


def test_bare_figures(calc: Any) -> None:
    """Units are converted, and every promised key is there with the value worked by hand."""
    code, got = calc(*BARE)
    assert code == 0
    promised = {
        "efficiency_j_per_th": 30.0,
        "revenue_per_day": 5.0,
        "energy_kwh_per_day": 72.0,
        "energy_cost_per_day": 3.6,
        "margin_per_day": 1.4,
        "margin_sd_per_day": 0.36,
        "break_even_price_per_kwh": 5.0 / 72.0,
        "break_even_hashprice_per_ph_day": 36.0,
    }
    assert promised == pytest.approx({key: got[key] for key in promised}, rel=1e-12)
    assert ("profitable", "USD") == (got["verdict"], got["currency"])
    assert "subsidy_assumed" not in got


def test_every_option_counts(calc: Any) -> None:
    """PUE, fee, rejects, grade and the hashrate's error each enter where they belong."""
    _, got = calc(
        *BARE,
        *("--pue", "1.1"),
        *("--pool-fee", "4%"),
        *("--reject", "1%"),
        *("--power-grade", "metered"),
        *("--hashrate-error", "2%"),
    )
    assert pytest.approx(4.752) == got["revenue_per_day"]
    assert pytest.approx(3.96) == got["energy_cost_per_day"]
    assert pytest.approx(((4.752 * 0.02) ** 2 + (3.96 * 0.01) ** 2) ** 0.5) == got["margin_sd_per_day"]
    assert pytest.approx(36.0 * 1.1 / (0.96 * 0.99)) == got["break_even_hashprice_per_ph_day"]


def test_hashprice_from_difficulty(calc: Any) -> None:
    """Without a hashprice it follows from difficulty, subsidy, fees and price; the subsidy is said to be assumed."""
    _, got = calc(*MINED, "--fees-per-block", "0.125 BTC")
    per_ph_day = 1e15 * 86400 * 3.25 / (1e14 * 2**32) * 100000
    assert pytest.approx(per_ph_day) == got["hashprice_per_ph_day"]
    assert got["subsidy_assumed"] is True
    assert pytest.approx(100000 * 36.0 / per_ph_day) == got["break_even_btc_price"]
    assert pytest.approx(1e14 * per_ph_day / 36.0) == got["break_even_difficulty"]


def test_a_bitcoin_price_beside_a_hashprice_gives_its_break_even(calc: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The bitcoin price at which the hashprice is the break-even needs no difficulty; the text says it too."""
    _, got = calc(*BARE, "--btc-price", "100000 USD")
    assert pytest.approx(100000 * 36.0 / 50.0) == got["break_even_btc_price"]
    assert "break_even_difficulty" not in got
    assert main(["calc", *BARE, "--btc-price", "100000 USD"]) == 0
    assert "72000 USD/BTC" in capsys.readouterr().out


def test_height_gives_the_subsidy(calc: Any) -> None:
    """With a height the subsidy is that of the height, and not assumed."""
    _, got = calc(*MINED, "--height", "1050000")
    assert (1.5625, False) == (got["subsidy_btc"], got["subsidy_assumed"])


def test_when_no_block_pays_anything(calc: Any) -> None:
    """Beyond the last halving and without fees there is no verdict and no break-even price, and no crash."""
    code, got = calc(*MINED, "--height", "99999999")
    assert (0, "unknown", None) == (code, got["verdict"], got["break_even_btc_price"])


def test_a_hashprice_in_satoshi_needs_a_rate(calc: Any) -> None:
    """A hashprice in bitcoin is brought into the currency of the power price, or refused without a rate."""
    code, got = calc(*DEVICE, "--hashprice", "50000 sat/PH/day", "--btc-price", "100000 USD")
    assert (0, pytest.approx(50.0)) == (code, got["hashprice_per_ph_day"])
    code, got = calc(*DEVICE, "--hashprice", "50000 sat/PH/day")
    assert code == 2
    assert "--btc-price" in got["error"]["message"]


def test_unknown_grade_of_power_gives_no_verdict(calc: Any) -> None:
    """The margin is still shown, its error and a verdict are not."""
    code, got = calc(*BARE, "--power-grade", "unknown")
    assert (0, "unknown", None) == (code, got["verdict"], got["margin_sd_per_day"])
    assert pytest.approx(1.4) == got["margin_per_day"]


def test_zero_watts_are_no_bargain(calc: Any) -> None:
    """A power of zero gives the named state `unknown` and no infinitely good figure."""
    code, got = calc(
        "--hashrate", "100 TH/s", "--power", "0 W", "--price", "0.05 USD/kWh", "--hashprice", "50 USD/PH/day"
    )
    assert (0, "unknown", None, None) == (code, got["verdict"], got["efficiency_j_per_th"], got["margin_per_day"])
    assert "0 W" in got["verdict_reason"]


def test_zero_hashrate_is_a_loss(calc: Any) -> None:
    """A device that hashes nothing loses its energy, and has no efficiency."""
    _, got = calc("--hashrate", "0 TH/s", "--power", "3 kW", "--price", "0.05 USD/kWh", "--hashprice", "50 USD/PH/day")
    assert ("unprofitable", 0.0, None) == (got["verdict"], got["revenue_per_day"], got["efficiency_j_per_th"])


def test_zero_hashprice_gives_no_verdict(calc: Any) -> None:
    """A hashprice of zero is a feed that broke, not a price."""
    _, got = calc(*DEVICE, "--hashprice", "0 USD/PH/day")
    assert ("unknown", None) == (got["verdict"], got["revenue_per_day"])


def test_negative_price_is_paid_for(calc: Any) -> None:
    """A negative power price adds to the margin."""
    _, got = calc("--hashrate", "100 TH/s", "--power", "3 kW", "--price", "-20 USD/MWh", "--hashprice", "50 USD/PH/day")
    assert ("profitable", pytest.approx(6.44)) == (got["verdict"], got["margin_per_day"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hashprice", "50 EUR/PH/day"], "currency"),
        (["--difficulty", "1e14", "--btc-price", "100000 EUR"], "currency"),
        (["--difficulty", "1e14"], "--btc-price"),
        ([], "--hashprice"),
        (["--hashprice", "50 USD/PH/day", "--difficulty", "1e14"], "not both"),
        (["--hashprice", "50 USD/PH/day", "--btc-price", "100000 EUR"], "currency"),
        (["--hashprice", "50 USD/PH/day", "--height", "921001"], "--height goes with --difficulty"),
        (["--hashprice", "50 USD/PH/day", "--fees-per-block", "0.02 BTC"], "--fees-per-block goes with"),
        (["--hashprice", "fifty"], "fifty"),
        (["--hashprice", "50 USD/kWh"], "kWh"),
        (["--hashprice", "nan USD/PH/day"], "nan"),
        (["--hashprice", "50 USD/PH/day", "--pue", "0.9"], "--pue"),
        (["--hashprice", "50 USD/PH/day", "--pue", "nan"], "--pue"),
        (["--hashprice", "50 USD/PH/day", "--pool-fee", "2"], "2%"),
        (["--hashprice", "50 USD/PH/day", "--reject=-1%"], "-1%"),
        (["--hashprice", "50 USD/PH/day", "--power-grade", "sure"], "metered"),
        (["--hashprice", "50 USD/PH/day", "--power", "-3 kW"], "negative"),
        (["--difficulty", "1e14", "--btc-price", "100000 USD", "--height", "high"], "--height"),
        (["--difficulty", "0", "--btc-price", "100000 USD"], "above zero"),
    ],
)
def test_wrong_figures_are_named(calc: Any, words: list[str], said: str) -> None:
    """What cannot be used gives exit code 2 and one JSON document that says what is wrong."""
    code, got = calc(*DEVICE, *words)
    assert (2, "usage", "calc") == (code, got["error"]["reason"], got["error"]["target"])
    assert said in got["error"]["message"]


@pytest.mark.parametrize("left_out", ["--hashrate", "--power", "--price"])
def test_a_missing_figure_is_named(calc: Any, left_out: str) -> None:
    """Each figure that cannot be done without is asked for by its option."""
    at = BARE.index(left_out)
    code, got = calc(*BARE[:at], *BARE[at + 2 :])
    assert code == 2
    assert f"{left_out} is needed" in got["error"]["message"]


def test_readable_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the account is text: the arithmetic, the verdict and why, the break-evens."""
    assert main(["calc", *MINED, "--fees-per-block", "2000000 sat"]) == 0
    text = capsys.readouterr().out
    for words in ("Earned", "Spent", "revenue", "3 kW x 24 h", "Verdict", "profitable", "Break-even", "bitcoin price"):
        assert words in text


def test_errors_without_json_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays empty when there is no account."""
    assert main(["calc", *DEVICE]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--hashprice is needed" in err


def test_uptime_and_upkeep_are_part_of_the_cash_margin(calc: Any) -> None:
    """Half a day earns and costs half; the upkeep stays, beside the energy and under its own name."""
    _, got = calc(*BARE, "--uptime", "50%", "--maintenance", "0.25 USD/day")
    assert pytest.approx(2.5) == got["revenue_per_day"]
    assert {"energy": pytest.approx(1.8), "maintenance": 0.25} == got["cost_terms"]
    assert pytest.approx(0.45) == got["margin_per_day"]
    assert pytest.approx(5.0 / 72.0) == got["break_even_price_per_kwh"]


def test_the_loaded_margin_has_its_own_key(calc: Any) -> None:
    """Without a purchase price there is no loaded margin; with one the cash margin does not move."""
    _, bare = calc(*BARE)
    assert (None, {}) == (bare["margin_loaded_per_day"], bare["loaded_terms"])
    _, got = calc(*BARE, "--hardware", "10.95 USD/TH", "--lifetime", "3 y")
    assert pytest.approx({"depreciation": 1.0, "financing": 0.0}) == got["loaded_terms"]
    assert (pytest.approx(1.4), pytest.approx(0.4)) == (got["margin_per_day"], got["margin_loaded_per_day"])


def test_a_scheme_without_fees(calc: Any) -> None:
    """PPS pays the subsidy alone: without the fees' share there is no verdict, and the reason says so."""
    _, known = calc(*BARE, "--scheme", "pps", "--fee-share", "10%")
    assert pytest.approx(4.5) == known["revenue_per_day"]
    _, mined = calc(*MINED, "--fees-per-block", "0.125 BTC", "--scheme", "pps")
    assert pytest.approx(1.0 - 0.125 / 3.25) == mined["scheme_factor"]
    _, unknown = calc(*BARE, "--scheme", "pps")
    assert (None, "unknown") == (unknown["revenue_per_day"], unknown["verdict"])
    assert "fees" in unknown["verdict_reason"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--scheme", "pplnt"), "--scheme"),
        (("--uptime", "120%"), "120%"),
        (("--maintenance", "1 EUR/day"), "--maintenance is in EUR"),
        (("--hardware", "10 EUR/TH"), "--hardware is in EUR"),
        (("--hardware", "10 USD/TH", "--lifetime", "0 d"), "--lifetime"),
    ],
)
def test_a_wrong_term_is_named(calc: Any, words: tuple[str, ...], complaint: str) -> None:
    """What cannot be used is refused with its option's name or its own words."""
    code, got = calc(*BARE, *words)
    assert code == 2
    assert complaint in str(got["error"])


@pytest.mark.shared
def test_every_worked_device_is_reproduced(calc: Any, shared: Path) -> None:
    """The command takes every input of the worked devices and gives their outputs within one in a million."""
    cases = json.loads((shared / "data/economics-oracles.json").read_text())["cases"]
    mine = [case for case in cases if case["id"].startswith(("device-", "all-in"))]
    assert len(mine) >= 18
    for case in mine:
        given, wanted = case["inputs"], case["outputs"]
        words = [
            *("--hashrate", f"{given['ths']} TH/s", "--power", f"{given['watts']} W", "--power-grade", "metered"),
            *(
                "--hashprice",
                f"{given['hashprice_usd_ph_day']} USD/PH/day",
                "--price",
                f"{given['power_usd_kwh']} USD/kWh",
            ),
            *("--pue", str(given.get("pue", 1)), "--pool-fee", str(given.get("pool_fee", 0))),
            *("--reject", str(given.get("reject", 0)), "--uptime", str(given.get("uptime", 1))),
            *("--maintenance", f"{given.get('other_usd_day', given.get('maintenance_day', 0))} USD/day"),
        ]
        if "cost" in given:
            words += ["--hardware", f"{given['cost'] / given['ths']} USD/TH", "--lifetime", f"{given['years']} y"]
            words += ["--salvage", str(given["salvage"] / given["cost"]), "--interest", str(given["wacc"])]
        _, got = calc(*words)
        names = {
            "j_th": got["efficiency_j_per_th"],
            "revenue_day": got["revenue_per_day"],
            "kwh_day": got["energy_kwh_per_day"],
            "power_cost_day": got["energy_cost_per_day"],
            "margin_day": got["margin_per_day"],
            "break_even_power_usd_kwh": got["break_even_price_per_kwh"],
            "break_even_hashprice_usd_ph_day": got["break_even_hashprice_per_ph_day"],
            "depreciation": got["loaded_terms"].get("depreciation"),
            "financing": got["loaded_terms"].get("financing"),
            "full_margin": got["margin_loaded_per_day"],
        }
        told = {name: value for name, value in names.items() if name in wanted}
        assert {name: wanted[name] for name in told} == pytest.approx(told, rel=1e-6), case["id"]


def test_luck_is_told_beside_the_mean(calc: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """PPLNS and solo give mean, spread and the chance of nothing; the verdict is that of the mean."""
    code, got = calc(*MINED, "--scheme", "pplns", "--pool-hashrate", "10 EH/s", "--uptime", "50%")
    blocks, due = 1e19 * 86400 / (1e14 * 2**32), got["payout"]
    assert (0, pytest.approx(blocks), pytest.approx(blocks**-0.5)) == (code, due["blocks"], due["sd_ratio"])
    _, fpps = calc(*MINED, "--uptime", "50%")
    assert (got["margin_per_day"], 0.0) == (fpps["margin_per_day"], fpps["payout"]["sd_btc"])
    assert "payout" not in calc(*BARE)[1]
    assert 0 == main(["calc", *MINED, "--scheme", "solo"])
    text = capsys.readouterr().out
    assert "with your own luck" in text
    assert "it strays by" in text
