"""`headframe backtest` as an operator runs it: formats, options, and what is refused."""

import gzip
import json

import pytest

from daemon.backtest.page import ticks

FLEET = "model,count,hashrate,power,grade\nS21,20,200 TH/s,3500 W,metered\nS9 <old>,5,14 TH/s,1400 W,metered\n"


@pytest.fixture
def files(tmp_path):
    """A fleet, and two days of quarter-hours with an evening peak and a negative night."""
    fleet, series = tmp_path / "fleet.csv", tmp_path / "series.csv"
    fleet.write_text(FLEET)
    rows = ["time,power_price (USD/MWh)"]
    for place in range(4 * 24 * 5):
        hour = place // 4 % 24
        price = 400 if 18 <= hour < 21 else -5 if 2 <= hour < 4 else 40
        rows.append(f"2026-01-{1 + place // 96:02d}T{hour:02d}:{15 * (place % 4):02d}:00Z,{price}")
    series.write_text("\n".join(rows) + "\n")
    return ["--fleet", fleet, "--series", series, "--hashprice", "45 USD/PH/day"]


def test_json_says_what_when_and_how_much(files, headframe) -> None:
    """Flags with times, how often each rule flapped, and the money of every way."""
    code, out, _ = headframe("backtest", *files, "--json")
    told = json.loads(out)
    assert (0, 480, 900.0, 0, 25) == (
        code, told["rows"], told["interval_s"], told["unknown_rows"], told["fleet"]["devices"],
    )  # fmt: skip
    peaks = [flag for flag in told["flags"] if (flag["rule"], flag["subject"]) == ("P-08", "S21")]
    assert ["2026-01-01T18:15:00Z", 5] == [peaks[0]["opened"], len(peaks)]
    by = {(one["rule"], one["subject"]): one for one in told["rules"]}
    assert (5, 4) == (by["P-08", "S21"]["opened"], by["P-08", "S21"]["flaps"])
    money = {one["name"]: one for one in told["money"]}
    assert ["always_on", "rules", "naive", "perfect_foresight"] == list(money)
    assert money["always_on"]["margin"] < money["rules"]["margin"] < money["perfect_foresight"]["margin"]


def test_the_table_and_the_page_say_the_same(files, headframe) -> None:
    """The page has its chart within, and names are escaped."""
    _, text, _ = headframe("backtest", *files)
    assert "perfect foresight" in text
    _, page, _ = headframe("backtest", *files, "--format", "html")
    assert page.count("<svg") == 1
    assert "S9 &lt;old&gt;" in page
    assert not [word for word in ("<old>", "<script", "http", "src=", "url(") if word in page]


def test_tune_proposes_settings_that_the_rules_take(files, headframe) -> None:
    """Found on one half, measured on the other, fewer restarts than switching at every chance."""
    from daemon.rules.catalogue import CATALOGUE
    from daemon.rules.settings import resolve

    _, out, _ = headframe("backtest", *files, "--tune", "--json")
    tune = json.loads(out)["tune"]
    assert [] == list(resolve({"P-08": tune["settings"]}, catalogue=CATALOGUE).problems)
    ways = {one["name"]: one for one in tune["measured_on"]}
    assert ways["tuned"]["restarts"] <= ways["naive"]["restarts"]
    assert "rules: {P-08:" in headframe("backtest", *files, "--tune")[1]


def test_a_short_series_is_not_tuned(files, headframe, tmp_path) -> None:
    """It says so instead of proposing anything."""
    short = tmp_path / "short.csv"
    short.write_text("time,power_price (USD/MWh)\n2026-01-01T00:00:00Z,40\n2026-01-01T00:15:00Z,40\n")
    _, out, _ = headframe("backtest", *files[:2], "--series", short, *files[4:], "--tune")
    assert "too short" in out


def test_a_configuration_gives_the_rest(files, headframe, tmp_path) -> None:
    """Its rules, tariff and pool hold; the series' power price goes before its own."""
    config = tmp_path / "site.yaml"
    config.write_text(
        'version: 1\nsite: {id: north, currency: USD}\ndevices: [{host: 127.0.0.1}]\ntariff: {price: "0.01 USD/kWh"}\n'
        "rules: {P-08: {enabled: false}}\n"
    )
    _, out, _ = headframe("backtest", *files, "--config", config, "--json")
    told = json.loads(out)
    assert "P-08" not in {flag["rule"] for flag in told["flags"]}
    assert "P-01" in {flag["rule"] for flag in told["flags"]}


def test_difficulty_and_bitcoin_price_make_the_hashprice(files, headframe, tmp_path) -> None:
    """A daily series of the network at a fixed power price; the halving is in it."""
    series = tmp_path / "network.csv"
    series.write_text(
        "date,btc_price,difficulty\n2024-04-19,63800,8.64e13\n2024-04-20,64900,8.64e13\n2024-04-21,64900,8.64e13\n"
    )
    words = ["--fleet", files[1], "--series", series, "--price", "0.05 USD/kWh", "--json"]
    told = json.loads(headframe("backtest", *words)[1])
    always = next(one for one in told["money"] if one["name"] == "always_on")
    hashprices = [
        1e15 * 86400 * paid * price / (8.64e13 * 2**32)
        for paid, price in ((6.25, 63800), (6.25, 64900), (3.125, 64900))
    ]
    hashes = (20 * 200 + 5 * 14) / 1000
    assert pytest.approx(sum(hashprices) * hashes) == always["revenue"]


@pytest.mark.parametrize(
    "words",
    [
        ("--unit", "power_price"),
        ("--column", "colour=x"),
        ("--policy", "5%,1"),
        ("--restart-loss", "many"),
        ("--btc-price", "1 EUR"),
        ("--fee-share", "100%"),
        ("--pue", "0.5"),
        ("--currency", "EUR"),
    ],
)
def test_wrong_options_are_refused(files, headframe, words) -> None:
    """Exit code 2 with a sentence."""
    code, out, told = headframe("backtest", *files, *words)
    assert (2, "", True) == (code, out, bool(told))


def test_files_that_cannot_be_used_are_refused(files, headframe, tmp_path) -> None:
    """Missing, empty, or without any price."""
    for series in (tmp_path / "none.csv", files[1]):
        assert 2 == headframe("backtest", *files[:2], "--series", series)[0]
    code, out, _ = headframe("backtest", *files[:2], "--series", tmp_path / "none.csv", "--json")
    assert (2, "usage") == (code, json.loads(out)["error"]["reason"])


@pytest.mark.shared
@pytest.mark.parametrize("case", ["ercot-week-s19jpro104-hyst", "ercot-week-s21-200-naive"])
def test_a_week_of_ercot_comes_out_as_the_oracle_says(shared, headframe, tmp_path, case) -> None:
    """Off time, restarts, energy and money of a policy on quarter-hours whose own price is known."""
    cases = json.loads((shared / "data/economics-oracles.json").read_text())["cases"]
    oracle = next(one for one in cases if one["id"] == case)
    given, wanted = oracle["inputs"], oracle["outputs"]
    fleet = tmp_path / "fleet.csv"
    fleet.write_text("model,count,th_s,watts\nany,1000,500,10000\n")
    # 20 J/TH, so that a MWh earns the strike at this hashprice.
    hashprice = given["strike_usd_mwh"] / 1000 * 24 * 20
    policy = f"{given['band']},{given['n_off']},{given['n_on']},{given['min_on']},{given['min_off']}"
    _, out, _ = headframe(
        "backtest", "--fleet", fleet, "--series", shared / "data/ercot-hubavg-rt-week-2025-04-07.csv", "--json",
        "--column", "time=interval_start_utc", "--column", "power_price=price_usd_per_mwh", "--known", "own",
        "--unit", "power_price=USD/MWh", "--hashprice", f"{hashprice} USD/PH/day", "--policy", policy,
        "--restart-loss", str(given["restart_loss_fraction_of_interval"]),
    )  # fmt: skip
    ways = {one["name"]: one for one in json.loads(out)["money"]}
    found = ways["policy"]
    assert (wanted["off_intervals"] / 4, wanted["restarts"]) == (pytest.approx(found["off_hours"]), found["restarts"])
    assert [wanted["mwh"], wanted["energy_cost"], wanted["mining_revenue"], wanted["profit"]] == pytest.approx(
        [found["energy_mwh"], found["cost"], found["revenue"], found["margin"]], rel=1e-6
    )
    assert pytest.approx(wanted["always_on_profit"], rel=1e-6) == ways["always_on"]["margin"]


@pytest.mark.shared
def test_a_year_of_ercot_is_tuned_on_its_first_half(shared, headframe, tmp_path) -> None:
    """On the second half the proposal keeps 99 % of perfect foresight at half of the naive restarts, or fewer."""
    fleet, series = tmp_path / "fleet.csv", tmp_path / "ercot.csv"
    fleet.write_text("model,count,th_s,watts,grade\nS21,1000,200,3500,metered\n")
    with gzip.open(shared / "data/ercot-hubavg-rt-15min-2024.csv.gz", "rb") as packed:
        series.write_bytes(packed.read())
    _, out, _ = headframe(
        "backtest", "--fleet", fleet, "--series", series, "--tune", "--json", "--hashprice", "40.3956 USD/PH/day",
        "--column", "time=interval_start_utc", "--column", "power_price=price_usd_per_mwh",
        "--unit", "power_price=USD/MWh",
    )  # fmt: skip
    ways = {one["name"]: one for one in json.loads(out)["tune"]["measured_on"]}
    assert ways["tuned"]["kept"] >= 0.99
    assert ways["tuned"]["restarts"] <= ways["naive"]["restarts"] / 2


def test_the_chart_has_dates(headframe, tmp_path) -> None:
    """The page names months, days or hours below the chart, by how long the series is, and what was held throughout."""
    fleet, series = tmp_path / "fleet.csv", tmp_path / "series.csv"
    fleet.write_text("model,count,th_s,watts,grade\nS21,10,200,3500,metered\n")
    rows = [f"2026-0{month}-{day:02d}T00:00:00Z,30" for month in (1, 2, 3) for day in range(1, 29)]
    series.write_text("\n".join(["time,power_price (USD/MWh)", *rows]))
    _, out, _ = headframe(
        "backtest", "--fleet", fleet, "--series", series, "--hashprice", "45 USD/PH/day", "--format", "html"
    )
    assert all(f">{month} 2026<" in out for month in ("Feb", "Mar"))
    assert "hashprice 45 USD/PH/day" in out
    assert [("01 Jan"), ("02 Jan")] == [words for _, words in ticks(1767225600.0, 1767225600.0 + 2 * 86400.0)][:2]
    assert ["00:00", "03:00"] == [words for _, words in ticks(1767225600.0, 1767225600.0 + 86400.0)][:2]
