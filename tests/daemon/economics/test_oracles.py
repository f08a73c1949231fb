"""Every worked case that lies beside the checkout, group by group, through the functions that the daemon uses."""

import csv
import json
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest

from daemon.economics.alternatives import gpu_rental
from daemon.economics.break_even import (
    break_even_btc_price,
    break_even_difficulty,
    break_even_hashprice,
    cut_off_j_per_th,
    hashcost,
    horizon,
)
from daemon.economics.capital import (
    ProductionWriteOff,
    capex_per_mwh,
    capital_recovery_factor,
    capital_recovery_per_day,
    financing_per_day,
    straight_line_per_day,
)
from daemon.economics.carbon import kwh_per_btc, tonnes_per_btc
from daemon.economics.curtailment import Policy, replay, restart_cost, smallest_band
from daemon.economics.energy import (
    demand_per_kwh,
    per_kw_month_of_mw_year,
    per_mw_year,
    per_mwh_of_kw_month,
    per_mwh_of_mw_year,
)
from daemon.economics.growth import daily, per_epoch
from daemon.economics.holding import hold_value
from daemon.economics.hull import OFF, Point, best_setting, hull, margin_per_day, marginal_j_per_th
from daemon.economics.money import Money, Terms, money
from daemon.economics.network import (
    expected_blocks,
    fees_from_share,
    hashprice,
    network_hashrate_hs,
    realised_hashrate_hs,
)
from daemon.economics.pool_scheme import luck_of, payout
from daemon.economics.reconciliation import reconcile
from daemon.economics.shares import share_noise
from daemon.economics.subsidy import subsidy_btc, subsidy_sats
from daemon.economics.uncertainty import Group, judge, margin_sd

Values = dict[str, Any]


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Values]:
    """All cases of the file, in order."""
    found: list[Values] = json.loads((shared / "data/economics-oracles.json").read_text())["cases"]
    return found


def network(given: Values, _: Path) -> Values:
    hs = network_hashrate_hs(given["difficulty"])
    return {"hs": hs, "ehs": hs / 1e18, "zhs": hs / 1e21}


def realised(given: Values, _: Path) -> Values:
    return {"ths": realised_hashrate_hs(blocks=given["blocks"], difficulty=given["difficulty"]) / 1e12}


def subsidy(given: Values, _: Path) -> Values:
    return {"sat": subsidy_sats(given["height"]), "btc": subsidy_btc(given["height"])}


def price_of_hash(given: Values, _: Path) -> Values:
    if "subsidy_before" in given:
        before, after = (
            hashprice(
                difficulty=given["difficulty"],
                subsidy_btc=given[side],
                fees_btc_per_block=given["fee_btc_per_block"],
            ).per_ph_day(given["btc_usd"])
            for side in ("subsidy_before", "subsidy_after")
        )
        return {"before_usd_ph_day": before, "after_usd_ph_day": after, "ratio": after / before}
    fees = given.get("fee_btc_per_block")
    if fees is None:
        fees = fees_from_share(subsidy_btc=given["subsidy_btc"], fee_share=given.get("fee_share_of_reward", 0.0))
    found = hashprice(difficulty=given["difficulty"], subsidy_btc=given["subsidy_btc"], fees_btc_per_block=fees)
    usd = found.per_ph_day(given["btc_usd"])
    return {
        "fee_btc_per_block": fees,
        "btc_ph_day": found.btc_per_ph_day,
        "sats_th_day": found.sats_per_th_day,
        "usd_ph_day": usd,
        "usd_th_day": usd / 1000,
    }


def pool(given: Values, _: Path) -> Values:
    return {
        "usd_ph_day": payout(
            given["method"].lower(),
            subsidy_part=given["hs_usd_ph_day"],
            fees_part=given["hf_usd_ph_day"],
            fee_ratio=given["fee"],
            luck=given["luck"],
        )
    }


def solo(given: Values, _: Path) -> Values:
    luck = luck_of(expected_blocks(given["ths"] * 1e12, difficulty=given["difficulty"], days=given["days"]))
    return {"lambda": luck.expected_blocks, "p_at_least_one": luck.at_least_one, "rel_sd": luck.relative_sd}


def pplns(given: Values, _: Path) -> Values:
    luck = luck_of(expected_blocks(given["pool_ehs"] * 1e18, difficulty=given["difficulty"], days=given["days"]))
    return {"expected_blocks": luck.expected_blocks, "luck_rel_sd": luck.relative_sd}


def earned(given: Values, **more: Any) -> Money:
    """Put a case's device and market through the daemon's own function."""
    return money(
        hashrate_hs=given["ths"] * 1e12,
        power_w=given["watts"],
        power_grade="metered",
        reject_ratio=given.get("reject"),
        terms=Terms(
            currency="USD",
            hashprice_per_ph_day=given["hashprice_usd_ph_day"],
            price_per_kwh=given["power_usd_kwh"],
            pue=given.get("pue", 1.0),
            pool_fee_ratio=given.get("pool_fee", 0.0),
            uptime_ratio=given.get("uptime", 1.0),
            maintenance_per_day=given.get("other_usd_day", given.get("maintenance_day")),
            **more,
        ),
    )


def device(given: Values, _: Path) -> Values:
    found = earned(given)
    assert found.revenue_per_day
    assert found.margin_per_day is not None
    assert found.break_even_price_per_kwh is not None
    return {
        "j_th": given["watts"] / given["ths"],
        "revenue_day": found.revenue_per_day,
        "kwh_day": found.energy_kwh_per_day,
        "power_cost_day": found.energy_cost_per_day,
        "margin_day": found.margin_per_day,
        "margin_pct": 100 * found.margin_per_day / found.revenue_per_day,
        "break_even_power_usd_kwh": found.break_even_price_per_kwh,
        "break_even_power_usd_mwh": 1000 * found.break_even_price_per_kwh,
        "break_even_hashprice_usd_ph_day": found.break_even_hashprice_per_ph_day,
        "revenue_per_mwh": 1000 * found.break_even_price_per_kwh,
    }


def market(given: Values, _: Path) -> Values:
    limit = break_even_hashprice(
        j_per_th=given["watts"] / given["ths"],
        price_per_kwh=given["power_usd_kwh"],
        pue=given.get("pue", 1.0),
        paid_ratio=1 - given.get("pool_fee", 0.0),
    )
    now = given["hashprice_usd_ph_day"]
    return {
        "be_hashprice": limit,
        "be_btc_usd": break_even_btc_price(btc_price=given["btc_usd"], hashprice=now, break_even=limit),
        "be_difficulty": break_even_difficulty(difficulty=given["difficulty"], hashprice=now, break_even=limit),
    }


def days(given: Values, _: Path) -> Values:
    found = horizon(
        hashprice=given["hashprice"], break_even=given["be_hashprice"], growth_per_epoch=given["growth_per_epoch"]
    )
    return {
        "epochs_continuous": found.epochs,
        "days": found.days,
        "first_epoch_below": found.first_epoch_below,
    }


def growth(given: Values, _: Path) -> Values:
    return {"daily": daily(given["annual"]), "per_epoch": per_epoch(given["annual"])}


def capital(given: Values, _: Path) -> Values:
    machine = {name: given[name] for name in ("cost", "salvage", "years")}
    return {
        "straight_line_day": straight_line_per_day(**machine),
        "capital_recovery_day": capital_recovery_per_day(**machine, rate=given["wacc"]),
        "financing_part_day": financing_per_day(**machine, rate=given["wacc"]),
    }


def write_off(given: Values, _: Path) -> Values:
    plan = ProductionWriteOff(
        cost=given["cost"], salvage=given["salvage"], days=given["days"], growth_daily=given["growth_daily"]
    )
    last = given["days"] - 1
    return {
        "day0": plan.on_day(0),
        "day365": plan.on_day(365),
        f"day{last}": plan.on_day(last),
        "sum_first_year": plan.before_day(365),
        "sum": plan.before_day(given["days"]),
    }


def demand(given: Values, _: Path) -> Values:
    return {"usd_kwh": demand_per_kwh(given["usd_kw_month"], load_factor=given["load_factor"])}


def loaded(given: Values, _: Path) -> Values:
    machine = {name: given[name] for name in ("cost", "salvage", "years")}
    even = straight_line_per_day(**machine)
    interest = financing_per_day(**machine, rate=given["wacc"])
    cash = earned({**given, "maintenance_day": None})
    whole = earned(given, depreciation_per_day=even, financing_per_day=interest)
    energy = hashcost(
        j_per_th=given["watts"] / given["ths"], price_per_kwh=given["power_usd_kwh"], pue=given.get("pue", 1.0)
    )
    rest = (given["maintenance_day"] + sum(whole.loaded_terms.values())) / (given["ths"] / 1000)
    return {
        "cash_margin": cash.margin_per_day,
        "depreciation": whole.loaded_terms["depreciation"],
        "financing": whole.loaded_terms["financing"],
        "full_margin": whole.margin_loaded_per_day,
        "hashcost_cash_usd_ph_day": energy,
        "hashcost_full_usd_ph_day": energy + rest,
    }


def tune(given: Values, _: Path) -> Values:
    points = [Point(hashrate_hs=ths * 1e12, power_w=watts) for ths, watts in given["points_ths_w"]]
    prices = {
        "hashprice_per_ph_day": given["hashprice_usd_ph_day"],
        "price_per_kwh": given["power_usd_kwh"],
        "pue": given.get("pue", 1.0),
        "paid_ratio": 1 - given.get("pool_fee", 0.0),
    }
    best = best_setting(points, **prices)
    lower = hull(points)
    return {
        "points": [
            {
                "ths": point.hashrate_hs / 1e12,
                "watts": point.power_w,
                "j_th": point.j_per_th,
                "margin_day": margin_per_day(point, **prices),
            }
            for point in (OFF, *points)
        ],
        "break_even_j_th": cut_off_j_per_th(**prices),
        "marginal_j_th": list(marginal_j_per_th(points)),
        "hull_ths": [point.hashrate_hs / 1e12 for point in lower],
        "hull_marginal_j_th": list(marginal_j_per_th(lower)),
        "best_ths": best.point.hashrate_hs / 1e12,
        "best_margin": best.margin_per_day,
    }


def uncertainty(given: Values, _: Path) -> Values:
    found = earned(given)
    assert found.revenue_per_day is not None
    assert found.energy_cost_per_day is not None
    assert found.margin_per_day is not None
    sd = margin_sd(
        revenue=found.revenue_per_day,
        power_cost=found.energy_cost_per_day,
        hashrate_error=given["u_hash_rel"],
        power_error=given["u_watts_rel"],
    )
    word = judge(found.margin_per_day, sd=sd)
    return {
        "margin": word.margin,
        "sd": word.sd,
        "z": word.z,
        "p_unprofitable": word.loss_probability,
        "verdict": word.verdict,
    }


def noise(given: Values, _: Path) -> Values:
    found = share_noise(hashrate_hs=given["ths"] * 1e12, share_difficulty=given["share_diff"], seconds=given["seconds"])
    return {
        "expected_shares": found.expected_shares,
        "rel_sd": found.relative_sd,
        "three_sigma_pct": 300 * found.relative_sd,
    }


def meter(given: Values, _: Path) -> Values:
    group = Group(
        power_w=given["n"] * given["watts_each"],
        count=given["n"],
        independent_ratio=given["u_independent"],
        common_ratio=given["u_common"],
    )
    gap = reconcile(
        [group],
        meter_w=given["meter_kw"] * 1000,
        meter_ratio=given["u_meter"],
        loss_ratio=given["line_loss"],
        auxiliary_w=given["aux_kw"] * 1000,
    )
    assert gap.expected_w is not None
    assert gap.gap_w is not None
    assert gap.gap_ratio is not None
    assert gap.sd_w is not None
    return {
        "expected_kw": gap.expected_w / 1000,
        "gap_kw": gap.gap_w / 1000,
        "gap_pct": 100 * gap.gap_ratio,
        "sd_kw": gap.sd_w / 1000,
        "z": gap.z,
    }


def month(given: Values, _: Path) -> Values:
    return {"usd_mwh": per_mwh_of_kw_month(given["usd_kw_month"])}


def contract(given: Values, _: Path) -> Values:
    year = per_mw_year(given.get("usd_total", given.get("usd_year")), mw=given["mw"], years=given.get("years", 1))
    return {
        "usd_mw_year": year,
        "usd_mwh": per_mwh_of_mw_year(year),
        "usd_kw_month": per_kw_month_of_mw_year(year),
    }


def gpu(given: Values, _: Path) -> Values:
    found = gpu_rental(
        gpus=given["gpus"],
        server_kw=given["server_kw"],
        rate_per_gpu_hour=given["usd_gpu_hr"],
        utilisation=given["utilisation"],
        pue=given["pue"],
    )
    return {
        "usd_server_hour": found.per_server_hour,
        "usd_mwh_it": found.per_mwh_devices,
        "usd_mwh_site": found.per_mwh_site,
    }


def capex(given: Values, _: Path) -> Values:
    factor = capital_recovery_factor(rate=given["wacc"], years=given["years"])
    return {
        "crf": factor,
        "usd_mw_year": given["usd_mw"] * factor,
        "usd_mwh": capex_per_mwh(
            cost_per_mw=given["usd_mw"], rate=given["wacc"], years=given["years"], load_ratio=given["load"]
        ),
    }


def hold(given: Values, _: Path) -> Values:
    # These cases do not list the pool's fee of 2 % that their outputs have taken off.
    found = earned({"pool_fee": 0.02, **given, "hashprice_usd_ph_day": given["hashprice0"]})
    assert found.revenue_per_day is not None
    assert found.energy_cost_per_day is not None
    value = hold_value(
        revenue_per_day=found.revenue_per_day,
        cost_per_day=found.energy_cost_per_day,
        growth_daily=given["growth_daily"],
        days=given["days"],
        salvage=given["salvage_usd"],
        discount=given["discount"],
    )
    return {"hold_usd": value, "hold_usd_per_th": value / given["ths"]}


def carbon(given: Values, _: Path) -> Values:
    energy = kwh_per_btc(j_per_th=given["j_th"], btc_per_th_day=given["btc_th_day"], pue=given["pue"])
    return {
        "kwh_per_btc": energy,
        "t_co2_per_btc": tonnes_per_btc(energy_kwh_per_btc=energy, carbon_g_per_kwh=given["g_co2_kwh"]),
    }


def prices_of(shared: Path, name: str) -> list[float]:
    with (shared / "data" / name).open() as lines:
        return [float(row["price_usd_per_mwh"]) for row in csv.DictReader(lines)]


def week(given: Values, shared: Path) -> Values:
    prices = prices_of(shared, given.get("file", "ercot-hubavg-rt-week-2025-04-07.csv"))
    if "strike_usd_mwh" not in given:
        return {
            "n": len(prices),
            "negative": sum(price < 0 for price in prices),
            "min": min(prices),
            "max": max(prices),
            "mean": sum(prices) / len(prices),
        }
    found = replay(
        prices,
        policy=Policy(
            strike=given["strike_usd_mwh"],
            band=given["band"],
            n_off=given["n_off"],
            n_on=given["n_on"],
            min_on=given["min_on"],
            min_off=given["min_off"],
        ),
        mw=given["mw"],
        revenue_per_mwh=given["strike_usd_mwh"],
        restart_loss=given["restart_loss_fraction_of_interval"],
    )
    return {
        "intervals": found.intervals,
        "off_intervals": found.off_intervals,
        "restarts": found.restarts,
        "mwh": found.energy_mwh,
        "energy_cost": found.energy_cost,
        "mining_revenue": found.revenue,
        "profit": found.profit,
        "avg_price_paid": found.mean_price,
        "always_on_profit": found.always_on_profit,
    }


def band(given: Values, _: Path) -> Values:
    cost = restart_cost(
        ramp_minutes=given["ramp_min"],
        mw=given["mw"],
        revenue_per_mwh=given["rev_usd_mwh"],
        wear=given["wear_usd_per_restart"],
    )
    return {
        "K_usd": cost,
        "delta_usd_mwh": smallest_band(cost, mw=given["mw"], hours_off=given["expected_hours_off"]),
    }


GROUPS: dict[str, Callable[[Values, Path], Values]] = {
    "net-hashrate": network,
    "coinmetrics": realised,
    "subsidy": subsidy,
    "hashprice": price_of_hash,
    "pool": pool,
    "solo": solo,
    "pplns": pplns,
    "device": device,
    "breakeven": market,
    "days-to-be": days,
    "growth": growth,
    "capital": capital,
    "difficulty-depreciation": write_off,
    "demand": demand,
    "all-in": loaded,
    "tune": tune,
    "uncertainty": uncertainty,
    "share-noise": noise,
    "reconcile": meter,
    "kwmonth": month,
    "core-scientific": contract,
    "terawulf": contract,
    "gpu": gpu,
    "capex": capex,
    "hold-value": hold,
    "carbon": carbon,
    "ercot-week": week,
    "switch-band": band,
}


def differences(expected: Any, actual: Any, *, path: str = "") -> Iterator[str]:
    """Name every value that is missing or differs by more than one in a million."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from differences(value, actual.get(key) if isinstance(actual, dict) else None, path=f"{path}.{key}")
    elif isinstance(expected, list):
        for place, value in enumerate(expected):
            yield from differences(value, actual[place] if place < len(actual) else None, path=f"{path}[{place}]")
    elif isinstance(expected, int | float) and isinstance(actual, int | float):
        if expected != pytest.approx(actual, rel=1e-6, abs=1e-9 if abs(expected) < inf else None):
            yield f"{path}: {expected} is not {actual}"
    elif expected != actual:
        yield f"{path}: {expected!r} is not {actual!r}"


def group_of(case: Values) -> str | None:
    """Give the longest group name that a case's id begins with."""
    return max((group for group in GROUPS if case["id"].startswith(group)), key=len, default=None)


@pytest.mark.shared
@pytest.mark.parametrize("group", GROUPS)
def test_group(group: str, cases: list[Values], shared: Path) -> None:
    """Every output of every case of the group is reproduced within one in a million."""
    mine = [case for case in cases if group_of(case) == group]
    assert mine
    wrong = [
        f"{case['id']}{found}"
        for case in mine
        for found in differences(case["outputs"], GROUPS[group](case["inputs"], shared))
    ]
    assert [] == wrong


@pytest.mark.shared
def test_no_case_is_left_out(cases: list[Values]) -> None:
    """Each case belongs to a group; were there cases of a new one, the test would skip and name them."""
    lost = [case["id"] for case in cases if group_of(case) is None]
    if lost:
        pytest.skip(f"no group for {', '.join(lost)}")
    assert len(cases) >= 77
