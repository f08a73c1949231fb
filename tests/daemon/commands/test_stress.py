"""`headframe stress`: scenarios, runway and tiers from a fleet file, in JSON and to read."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main
from simulator.models import MODELS
from simulator.site import Site

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"

MARKET = ["--price", "0.05 USD/kWh", "--hashprice", "50 USD/PH/day"]
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    """Ten old machines and five new ones, metered, and one of unknown watts."""
    path = tmp_path / "fleet.csv"
    path.write_text("model,count,th_s,watts,grade\nold,10,100,3500,metered\nnew,5,200,3000,metered\nblind,1,100,,\n")
    return str(path)


@pytest.fixture
def stress(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command with --json and give its exit code and its one document."""

    def ask(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["stress", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


def test_scenarios_and_tiers(stress: Ask, fleet: str) -> None:
    """Seven scenarios in order, the halving turning the old ones, and two tiers below a cut-off of 41.67 J/TH."""
    code, got = stress("--fleet", fleet, *MARKET)
    assert (0, "USD", "cash", 1) == (code, got["currency"], got["basis"], got["unknown_devices"])
    rows = {row["scenario"]: row for row in got["scenarios"]}
    assert 7 == len(rows)
    assert (pytest.approx(40.0), 0) == (rows["as it stands"]["margin_per_day"], rows["as it stands"]["turned_devices"])
    assert (10, pytest.approx(35_000)) == (rows["halving"]["turned_devices"], rows["halving"]["turned_w"])
    assert pytest.approx(50 / 1.2) == got["cut_off_j_per_th"]
    assert [(5, False), (10, False)] == [(tier["devices"], tier["is_past_cut_off"]) for tier in got["tiers"]]
    assert "hold_or_sell" not in got["tiers"][0]


def test_shocks_can_be_set(stress: Ask, fleet: str) -> None:
    """Each shock's size is the operator's; rises may be above 100 %."""
    _, got = stress("--fleet", fleet, *MARKET, "--btc-fall", "50%", "--power-rise", "200%", "--difficulty-rise", "0%")
    rows = {row["scenario"]: row for row in got["scenarios"]}
    assert pytest.approx(25.0) == rows["bitcoin -50%"]["hashprice_per_ph_day"]
    assert pytest.approx(0.15) == rows["power +200%"]["price_per_kwh"]


def test_fees_come_with_the_difficulty(stress: Ask, fleet: str) -> None:
    """Fees of a quarter of the subsidy are a fifth of the reward: the halving leaves 60 %."""
    _, got = stress(
        *("--fleet", fleet, "--price", "0.05 USD/kWh", "--difficulty", "1e14", "--btc-price", "90000 USD"),
        *("--fees-per-block", "0.78125 BTC"),
    )
    rows = {row["scenario"]: row["hashprice_per_ph_day"] for row in got["scenarios"]}
    assert pytest.approx(0.6 * rows["as it stands"]) == rows["halving"]


def test_runway_of_a_mixed_treasury(stress: Ask, fleet: str) -> None:
    """Dollars, euro at a rate and bitcoin at its price are added up; bitcoin falls with the scenario."""
    _, got = stress(
        *("--fleet", fleet, *MARKET, "--fixed-costs", "140 USD/day", "--btc-price", "100000 USD"),
        *("--treasury", "0.05 BTC", "--treasury", "3900 USD", "--treasury", "1000 EUR", "--rate", "EUR=1.1"),
    )
    rows = {row["scenario"]: row for row in got["scenarios"]}
    assert (pytest.approx(10_000), pytest.approx(100.0)) == (
        rows["as it stands"]["treasury"],
        rows["as it stands"]["runway_days"],
    )
    assert pytest.approx(8_500) == rows["bitcoin -30%"]["treasury"]


def test_an_unknown_rate_is_named(stress: Ask, fleet: str) -> None:
    """Money whose worth nobody gave makes the runway unknown, with its reason."""
    _, got = stress("--fleet", fleet, *MARKET, "--treasury", "5 CHF")
    assert (None, True) == (
        got["scenarios"][0]["runway_days"],
        "CHF" in got["scenarios"][0]["runway_reason"],
    )


def test_hold_or_sell(stress: Ask, fleet: str) -> None:
    """With a resale band each tier is held or sold."""
    _, got = stress(
        *("--fleet", fleet, *MARKET, "--resale", "2 USD/TH", "3 USD/TH", "--growth", "20%", "50%"),
        *("--salvage", "0.5 USD/TH", "--removal", "0.2 USD/TH", "--horizon", "2 y"),
    )
    assert ["hold", "sell"] == [tier["hold_or_sell"]["choice"] for tier in got["tiers"]]
    assert pytest.approx(1.8) == got["tiers"][0]["hold_or_sell"]["sale_low"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fixed-costs", "5 EUR/day"], "--fixed-costs is in EUR"),
        (["--treasury", "much"], "much"),
        (["--rate", "EUR"], "--rate 'EUR'"),
        (["--rate", "EUR=nan"], "--rate"),
        (["--resale", "5 USD/TH", "2 USD/TH"], "low figure"),
        (["--resale", "2 EUR/TH", "5 EUR/TH"], "--resale is in EUR"),
        (["--btc-fall", "130%"], "130%"),
        (["--pue", "0.5"], "--pue"),
    ],
)
def test_wrong_figures_are_named(stress: Ask, fleet: str, words: list[str], said: str) -> None:
    """What cannot be used gives exit code 2 and one JSON document that says what is wrong."""
    code, got = stress("--fleet", fleet, *MARKET, *words)
    assert (2, "usage") == (code, got["error"]["reason"])
    assert said in got["error"]["message"]


def test_the_fleet_is_needed(stress: Ask, tmp_path: Path) -> None:
    """Without a fleet, or with a file that is none, nothing is worked out."""
    assert "--fleet is needed" in stress(*MARKET)[1]["error"]["message"]
    assert "cannot be read" in stress("--fleet", str(tmp_path / "none"), *MARKET)[1]["error"]["message"]


def test_readable_by_default(capsys: pytest.CaptureFixture[str], fleet: str) -> None:
    """Without --json two tables are printed."""
    assert 0 == main(["stress", "--fleet", fleet, *MARKET, "--resale", "2 USD/TH", "3 USD/TH"])
    text = capsys.readouterr().out
    for words in ("as it stands", "Cut-off: 41.67 J/TH", "15-19", "pays its energy; hold", "1 devices lack"):
        assert words in text


def test_a_site_in_which_nobody_answers_cannot_be_stressed(stress: Ask, tmp_path: Path) -> None:
    """It says so; and a fleet beside a configuration is one too many."""
    config = tmp_path / "site.yaml"
    config.write_text(
        'version: 1\nsite: {id: north}\ndevices: [{host: 127.255.0.9, timeout: "1s"}]\n'
        'tariff: {price: "0.05 USD/kWh"}\n'
        'signals: {hashprice: {static: "50 USD/PH/day"}}\n'
    )
    for words in ([], ["--fleet", "fleet.csv"]):
        code, got = stress("--config", str(config), *words)
        assert (2, "usage") == (code, got["error"]["reason"])
    code, got = stress("--config", str(tmp_path / "none.yaml"))
    assert (1, "invalid_config") == (code, got["error"]["reason"])


async def command(*words: str) -> tuple[int, str, str]:
    """Run `headframe stress` as a process of its own: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "stress", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


MONEY: dict[str, Any] = {
    "site": {"id": "north", "currency": "EUR", "timezone": "Europe/Oslo"},
    "tariff": {"price": "0.05 EUR/kWh"},
    "exchange": {"USD": "usd_eur", "GBP": "gbp_eur"},
    "signals": {
        "hashprice": {"static": "40 EUR/PH/day"},
        "btc_price": {"static": "80000 EUR/BTC"},
        "usd_eur": {"static": "0.9 EUR"},
        "gbp_eur": {"static": "1.2 EUR"},
    },
    "treasury": {"holdings": ["0.5 BTC", "10000 USD", "1000 GBP", "500 EUR"], "fixed_costs": "36500 EUR/year"},
    "feeders": [{"id": "f1", "contracted": "100 kW"}],
    "costs": {},
    "outlook": {"resale": [{"low": "2 EUR/TH", "high": "3 EUR/TH"}]},
    "polling": {"timeout": "1s"},
}


async def test_a_site_with_a_treasury_in_many_currencies(tmp_path: Path) -> None:
    """Its devices are asked, its holdings valued at its own signals; who is silent is named and in no figure."""
    path = tmp_path / "site.yaml"
    async with Site([MODELS["s9"], MODELS["s21"], MODELS["s21"]], misbehave={"m3": "refuses"}) as site:
        await site.write_configuration(path, sections=MONEY)
        code, out, err = await command("--config", str(path), "--json")
        _, text, _ = await command("--config", str(path), "--btc-fall", "50%", "--treasury", "7 CHF")
    found = json.loads(out)
    assert (0, "EUR", 2, 1, True) == (
        code, found["currency"], found["devices"], found["silent_devices"], "m3" in err and "Traceback" not in err,
    )  # fmt: skip
    held = found["treasury"]
    assert {"BTC": 0.5, "USD": 10_000.0, "GBP": 1000.0, "EUR": 500.0} == held["holdings"]
    assert {"BTC": 80_000.0, "USD": 0.9, "GBP": 1.2} == held["rates"]
    assert (pytest.approx(40_000 + 9000 + 1200 + 500), pytest.approx(100.0)) == (
        held["value"],
        held["fixed_costs_per_day"],
    )
    rows = {row["scenario"]: row for row in found["scenarios"]}
    fallen = rows["bitcoin -30%"]
    assert pytest.approx(50_700 - 12_000) == fallen["treasury"]
    assert pytest.approx(fallen["treasury"] / (100.0 - fallen["margin_best_per_day"])) == fallen["runway_days"]
    assert all(tier["hold_or_sell"] for tier in found["tiers"])
    for words in ("bitcoin -50%", "1 do not answer", "7 CHF: What CHF is worth in EUR is not known;", "EUR a day"):
        assert words in text


async def test_a_site_without_a_rate_says_which(tmp_path: Path) -> None:
    """A currency whose signal tells nothing leaves worth and runway unknown, with the reason, and no other figure."""
    path = tmp_path / "site.yaml"
    silent = {"file": {"path": str(tmp_path / "none")}, "unit": "EUR"}
    quiet = {
        **MONEY,
        "exchange": {"USD": "usd_eur"},
        "treasury": {"holdings": ["10000 USD"]},
        "signals": {**MONEY["signals"], "usd_eur": silent},
    }
    async with Site([MODELS["s21"]]) as site:
        await site.write_configuration(path, sections=quiet)
        code, out, _ = await command("--config", str(path), "--json")
    found = json.loads(out)
    assert (0, None, "What USD is worth in EUR is not known.") == (
        code, found["treasury"]["value"], found["treasury"]["reason"],
    )  # fmt: skip
    assert {(None, "What USD is worth in EUR is not known.")} == {
        (row["runway_days"], row["runway_reason"]) for row in found["scenarios"]
    }
    assert found["scenarios"][0]["margin_per_day"] is not None
