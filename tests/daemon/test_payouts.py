"""What pools are expected to pay, at a site whose pools have given jobs."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.problems import ConfigError
from daemon.ledger.pool_days import pool_days
from daemon.start import load_checked
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running


async def test_every_pool_has_its_expectation_or_the_reason(tmp_path: Path) -> None:
    """The pool that devices mine at has a mean for day and month; the other one says why it has none."""
    async with Site([MODELS["s21"], MODELS["s9"]]) as site:
        pools = [{**pool, "scheme": "pplns", "hashrate": "10 EH/s"} for pool in site.configuration()["pools"]]
        async with running(site, tmp_path, sections={"pools": pools}) as daemon:
            await daemon.all_polled()

            async def told() -> object:
                found = {one["pool"]: one for one in await daemon.json("/api/v1/payouts")}
                return found if any(one["day"] for one in found.values()) else None

            found = await daemon.until(told, of="an expectation")
            network = await daemon.json("/api/v1/network")
            account = daemon.app.view.explanation("m1")
    due = next(one for one in found.values() if one["day"])
    mean = due["hashrate_hs"] / 1e15 * network["hashprice_btc_per_ph_day"] * (1 - due["fee_ratio"])
    assert mean == pytest.approx(due["day"]["expected_btc"], rel=1e-3)
    assert due["day"]["expected_btc"] * 30 == pytest.approx(due["month"]["expected_btc"])
    assert due["month"]["sd_ratio"] < due["day"]["sd_ratio"]
    assert due["day"]["expected"] == pytest.approx(due["day"]["expected_btc"] * due["btc_price"])
    assert all(one["reason"] for one in found.values() if not one["day"])
    assert f"No signal pool_paid_{due['pool']} tells what the pool paid." == due["settled"]["reason"]
    # The same jobs tell when growth of difficulty would end the profit: a span of days, never one date.
    assert "at a constant bitcoin price" in account


RATED = {
    "usdt_usd": {"file": {"path": "usdt.txt", "interval": "100ms"}, "unit": "USD", "max_age": "1h", "jump": "10%"},
    "pool_paid_p1": {"file": {"path": "paid.txt", "interval": "100ms"}, "unit": "USDT", "max_age": "2d"},
}


async def test_a_pool_that_pays_in_another_currency(tmp_path: Path) -> None:
    """The rate is a signal's: payouts and explanation tell both amounts, and a stale or wild rate leaves them out."""
    rate = tmp_path / "usdt.txt"
    rate.write_text("0.98\n")
    (tmp_path / "paid.txt").write_text("12.5\n")
    async with Site([MODELS["s21"]]) as site:
        written = site.configuration()
        pools = [{**pool, "payout": {"currency": "USDT", "minimum": "0.001 BTC"}} for pool in written["pools"]]
        pools[0]["id"] = "p1"
        sections = {"pools": pools, "exchange": {"USDT": "usdt_usd"}, "signals": {**written["signals"], **RATED}}
        async with running(site, tmp_path, sections=sections) as daemon:
            await daemon.all_polled()

            async def told() -> Any:
                found = {one["pool"]: one for one in await daemon.json("/api/v1/payouts")}
                is_whole = found["p1"]["day"] and found["p1"]["day"]["expected_paid"] and found["p1"]["settled"]
                return found["p1"] if is_whole else None

            due = await daemon.until(told, of="an expectation in USDT")
            account = daemon.app.view.explanation("m1")
            rate.write_text("0.5\n")

            async def doubted() -> Any:
                (found, *_) = await daemon.json("/api/v1/payouts")
                return found if found["payout_rate"] is None else None

            wild = await daemon.until(doubted, of="a rate that is not believed")
            silent = daemon.app.view.explanation("m1")
    assert ("USDT", 0.98) == (due["payout_currency"], due["payout_rate"])
    assert due["day"]["expected"] / 0.98 == pytest.approx(due["day"]["expected_paid"])
    assert ("USD", "unknown") == (due["settled"]["currency"], due["settled"]["state"])
    line = next(line for line in account.splitlines() if "paid out" in line)
    assert "0.98 USD for a USDT" in line
    assert line.endswith("USDT/day")
    assert "what a USDT is worth is not known: signal usdt_usd has no usable value: it jumped" in wild["payout_reason"]
    assert wild["day"]["expected_paid"] is None
    assert "what a USDT is worth is not known" in silent


async def test_work_and_payouts_are_booked_by_the_day(tmp_path: Path) -> None:
    """Accepted shares of polled devices grow the running day, and the days are kept over a restart."""
    async with Site([MODELS["s21"]]) as site:
        async with running(site, tmp_path) as daemon:
            await daemon.all_polled()

            async def booked() -> Any:
                return [day for pool in daemon.app.site.pools if pool.payout for day in pool.payout.days]

            await daemon.until(booked, of="a day in the books")
            await daemon.app.bookkeeper.keep()
            day = int(daemon.app.clock.now() // 86_400)
            known = await daemon.app.ledger.ask(partial(pool_days, first=day - 1, last=day))
        async with running(site, tmp_path) as daemon:

            async def booked_again() -> Any:
                return [day for pool in daemon.app.site.pools if pool.payout for day in pool.payout.days]

            again = await daemon.until(booked_again, of="the day again")
    assert {pool["id"] for pool in site.configuration()["pools"]} == {day.pool for day in known}
    assert {("BTC", None, None)} == {(day.currency, day.due_high_btc, day.paid) for day in known}
    assert all(day.is_open for day in again), "the daemon did not see the day's begin"


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        ({"static": "12 EUR"}, "is in EUR, but pool p1 pays in BTC; say `payout: EUR` there if that is wrong"),
        ({"static": "12 kW"}, "is a power, but what a pool paid is an amount in BTC"),
    ],
)
def test_a_payout_signal_in_another_unit_is_refused(tmp_path: Path, signal: dict[str, str], message: str) -> None:
    """What a pool paid must count in what it pays in; the message names the key that settles it."""
    path = tmp_path / "site.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "version": 1,
                "site": {"id": "north", "currency": "EUR"},
                "pools": [{"id": "p1", "url": "stratum+tcp://pool.example:3333"}],
                "signals": {"pool_paid_p1": signal},
            }
        )
    )
    with pytest.raises(ConfigError) as caught:
        load_checked(path)
    assert [message] == [problem.message for problem in caught.value.problems]
