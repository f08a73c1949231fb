"""`headframe report` over a ledger on disk: every format, what is absent, and the check of the closed days."""

import csv
import io
import json
import sqlite3

import pytest

from daemon.ledger.pool_days import pool_day_row
from daemon.ledger.records import PoolDay
from daemon.ledger.tables import POOL_DAYS

EARLIER = ("--from", "2020-01-01", "--to", "2020-01-31")
DAYS = ("--from", "2026-03-01", "--to", "2026-03-02")


def test_json_has_the_whole_period(reported_site, headframe) -> None:
    """Sums of both days, by site, feeder, model and device; what is not known is null."""
    code, out, _ = headframe("report", "--config", reported_site, *DAYS, "--json")
    told = json.loads(out)
    assert (0, "north", "2026-03-01", "2026-03-02", 2, 2, "cash") == (
        code, told["site"], told["from"], told["to"], told["days"], told["days_booked"], told["basis"],
    )  # fmt: skip
    total = told["total"]
    assert (168.0, 1.0, 25.0, 48.0, 24.0) == (
        total["energy_kwh"], total["metered_ratio"], total["revenue"], total["verdict_h"]["profitable"],
        total["down_h"],
    )  # fmt: skip
    assert (1.0, 2.0) == (total["curtailed_h"], total["excused_h"])
    feeder, dark = told["feeders"]
    assert ("f1", "hydro", "meter", pytest.approx(192.0)) == (
        feeder["name"], feeder["source"], feeder["basis"], feeder["energy_kwh"],
    )  # fmt: skip
    assert ("f2", None, None) == (dark["name"], dark["energy_kwh"], dark["carbon_kg"])
    assert ["Antminer <b>S21</b>", "S19"] == sorted(model["name"] for model in told["models"])
    m2 = next(device for device in told["devices"] if device["name"] == "m2")
    assert (None, None, 5.0, "f2") == (m2["energy_kwh"], m2["metered_ratio"], m2["revenue"], m2["feeder"])
    supply = told["supply"]
    assert (pytest.approx(0.00048), pytest.approx(168 * 1.1 / 0.00048)) == (supply["mined_btc"], supply["kwh_per_btc"])
    assert {"hydro": 1.0} == told["energy_mix"]


def test_a_part_of_the_period_is_cut_by_days(reported_site, headframe) -> None:
    """Both days of the period are included, and nothing else."""
    _, out, _ = headframe("report", "--config", reported_site, "--from", "2026-03-02", "--to", "2026-03-09", "--json")
    told = json.loads(out)
    assert (84.0, 1, 8) == (told["total"]["energy_kwh"], told["days_booked"], told["days"])


def test_csv_has_a_row_each_with_empty_cells_for_what_is_absent(reported_site, headframe) -> None:
    """Site, feeders, models, devices; every row has every column."""
    _, out, _ = headframe("report", "--config", reported_site, *DAYS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out), strict=True))
    assert ["site", "feeder", "feeder", "model", "model", "device", "device"] == [row["kind"] for row in rows]
    m2 = rows[-1]
    assert ("m2", "", "5.0", "24.0") == (m2["name"], m2["energy_kwh"], m2["revenue"], m2["lost_h"])
    assert all(None not in row.values() and None not in row for row in rows)


def test_html_is_whole_and_escaped(reported_site, headframe) -> None:
    """Names from configuration and devices cannot become markup, and nothing is loaded from elsewhere."""
    _, out, _ = headframe("report", "--config", reported_site, *DAYS, "--format", "html")
    assert "North &lt;Hall&gt;" in out
    assert "Antminer &lt;b&gt;S21" in out
    assert "<b>" not in out
    assert not [word for word in ("<script", "http:", "https:", "src=", "@import", "url(") if word in out]


def test_the_table_says_what_is_absent(reported_site, headframe) -> None:
    """A dash stands for what nobody knows."""
    code, out, _ = headframe("report", "--config", reported_site, *DAYS)
    assert 0 == code
    assert "168.00 kWh, 100.0% of it metered" in out
    assert "hydro 100.0%" in out
    assert any(line.startswith("f2") and " - " in line for line in out.splitlines())


def test_an_empty_period_is_a_report_of_nothing(reported_site, headframe) -> None:
    """Days before the ledger began have no entries, and no figures."""
    code, out, _ = headframe("report", "--config", reported_site, *EARLIER, "--json")
    told = json.loads(out)
    assert (0, 0, None, None) == (code, told["days_booked"], told["total"]["energy_kwh"], told["supply"]["kwh_per_btc"])
    for form in ("table", "csv", "html"):
        assert 0 == headframe("report", "--config", reported_site, *EARLIER, "--format", form)[0]


@pytest.mark.parametrize(
    "words", [("--from", "March"), ("--from", "2026-03-02", "--to", "2026-03-01"), ("--to", "2026-02-30")]
)
def test_wrong_dates_are_refused(reported_site, headframe, words) -> None:
    """Exit code 2 with a sentence."""
    code, _, told = headframe("report", "--config", reported_site, *words)
    assert (2, True) == (code, "--to" in told or "--from" in told)


def test_a_missing_or_foreign_ledger_is_said(reported_site, headframe) -> None:
    """Neither is created or changed."""
    ledger = reported_site.parent / "ledger.db"
    ledger.unlink()
    code, _, told = headframe("report", "--config", reported_site, *DAYS)
    assert (1, True, False) == (code, "there is no ledger" in told, ledger.exists())
    ledger.write_text("hello")
    assert 1 == headframe("report", "--config", reported_site, *DAYS)[0]


def test_verify_finds_the_hand_in_the_file(reported_site, headframe) -> None:
    """Sound books give 0 and the head of the chain; a changed day gives 1 and is named."""
    code, out, _ = headframe("report", "verify", "--config", reported_site)
    assert (0, True) == (code, "2 closed days from 2026-03-01 to 2026-03-02" in out)
    connection = sqlite3.connect(reported_site.parent / "ledger.db")
    connection.execute("UPDATE device_days SET revenue_nano = 1 WHERE day = 20514")
    connection.commit()
    connection.close()
    code, out, _ = headframe("report", "verify", "--config", reported_site)
    assert (1, True) == (code, out.startswith("2026-03-02 is broken"))
    code, out, _ = headframe("report", "verify", "--config", reported_site, "--json")
    assert (1, False, "2026-03-02", "broken") == (
        code, json.loads(out)["sound"], json.loads(out)["fault"]["day"], json.loads(out)["fault"]["kind"],
    )  # fmt: skip


def test_every_format_tells_the_payouts(reported_site, headframe):
    """Table, CSV, JSON and page name pool, currency, due and paid."""
    connection = sqlite3.connect(reported_site.parent / "ledger.db")
    told_day = PoolDay(
        day=20_513, pool="main", currency="USDT", due_low_btc=0.001, due_high_btc=0.0012, paid=90.5, value_low=89.0,
        value_high=89.0,
    )  # fmt: skip
    silent_day = PoolDay(day=20_514, pool="main", currency="USDT", due_low_btc=0.001)
    for day in (told_day, silent_day):
        connection.execute(POOL_DAYS.put, pool_day_row(day))
    connection.commit()
    connection.close()

    def told(form):
        code, out, words = headframe("report", "--config", reported_site, *DAYS, "--format", form)
        assert 0 == code, words
        return out

    (pool,) = json.loads(told("json"))["payouts"]
    assert ("main", "USDT", 90.5, pytest.approx(0.001)) == (
        pool["pool"], pool["currency"], pool["paid"], pool["due_low_btc"],
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(told("csv"))))
    assert all(None not in row and None not in row.values() for row in rows), "every row has every column"
    (row,) = [row for row in rows if row["kind"] == "pool"]
    assert ("main", "", "90.5", "USDT", "1", "0.001") == (
        row["name"], row["revenue"], row["paid"], row["paid_currency"], row["days_paid"], row["due_low_btc"],
    )  # fmt: skip
    line = next(line for line in told("table").splitlines() if line.startswith("main"))
    assert ["main", "1", "of", "2", "0.00100000", "0.00120000", "90.50", "USDT", "89.00", "89.00"] == line.split()
    assert "<h2>Payouts</h2>" in told("html")
