"""What pools are expected to pay, at a site whose pools have given jobs."""

from pathlib import Path

import pytest

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
    # The same jobs tell when growth of difficulty would end the profit: a span of days, never one date.
    assert "at a constant bitcoin price" in account
