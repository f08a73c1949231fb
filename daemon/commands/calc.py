r"""Work out one device's money from figures on the command line, with its error and its break-evens.

  headframe calc --hashrate "104 TH/s" --power "3068 W" --hashprice "41.22 USD/PH/day" --price "0.06 USD/kWh"
  headframe calc --hashrate "200 TH/s" --power "3.5 kW" --price "70 EUR/MWh" \
                 --difficulty 146.47T --btc-price "88000 EUR" --fees-per-block "0.02 BTC" --height 921001

Every figure carries its unit; money must be in one currency. The verdict is undecided when the margin is smaller than
1.645 standard deviations, which follow from how the watts are known (--power-grade) and from --hashrate-error.
"""

import argparse
from typing import TYPE_CHECKING, Any

from daemon.commands.quote import Quote, UsageError, configure_market, needed, pue, quote, same_currency

if TYPE_CHECKING:
    from daemon.economics.expected_payout import ExpectedPayout
    from daemon.economics.money import Money, Terms
    from daemon.economics.pool_scheme import Scheme


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the figures; they are read in `run`, so that a wrong one is answered in the form that was asked for."""
    device = parser.add_argument_group("the device")
    device.add_argument("--hashrate", metavar="Q", help='such as "104 TH/s" (needed)')
    device.add_argument("--power", metavar="Q", help='at the wall, such as "3068 W" (needed)')
    grades = "metered, branch, reported, estimated, spec (default) or unknown"
    device.add_argument("--power-grade", metavar="GRADE", default="spec", help=f"how the watts are known: {grades}")
    device.add_argument("--hashrate-error", metavar="RATIO", default="0%", help="one standard deviation (default 0%%)")
    device.add_argument("--reject", metavar="RATIO", default="0%", help="share of its work refused (default 0%%)")
    device.add_argument(
        "--uptime", metavar="RATIO", default="100%", help="share of the day that it runs (default 100%%)"
    )
    site = parser.add_argument_group("the site")
    site.add_argument("--price", metavar="Q", help='of the next kWh, such as "0.06 USD/kWh" (needed)')
    site.add_argument(
        "--pue", metavar="N", default="1", help="energy at the meter over that at the devices (default 1)"
    )
    site.add_argument("--maintenance", metavar="Q", help='upkeep, such as "0.15 USD/day"; part of the cash margin')
    capital = parser.add_argument_group(
        "the loaded margin", "what the machine itself costs; the cash margin has none of it"
    )
    capital.add_argument("--hardware", metavar="Q", help='purchase price, such as "17.5 USD/TH"')
    capital.add_argument("--lifetime", metavar="T", default="3 y", help="time to write it off in (default 3 y)")
    capital.add_argument("--salvage", metavar="RATIO", default="0%", help="share of the price left then (default 0%%)")
    capital.add_argument("--interest", metavar="RATIO", default="0%", help="a year, on what it ties up (default 0%%)")
    configure_market(parser)
    paid = parser.add_argument_group("how the pool pays")
    paid.add_argument("--scheme", metavar="NAME", default="fpps", help="fpps (default), pps, pps+, pplns or solo")
    paid.add_argument("--pool-hashrate", metavar="Q", help="the whole pool's, for the spread of pplns and pps+")
    paid.add_argument("--fee-share", metavar="RATIO", help="fees' share of the reward, which pps does not pay")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the account; 0 whatever it says, 2 when a figure is missing, cannot be read, or is in another currency."""
    from config import quantity
    from daemon.commands.output import fail, print_json
    from daemon.economics.explain import Facts, explain, rendered
    from daemon.economics.money import Terms, money
    from daemon.economics.pool_scheme import scheme_factor

    try:
        price = quantity.energy_price(needed(arguments, "price"))
        found = quote(arguments, currency=price.currency)
        scheme = _scheme(arguments.scheme)
        written_off, interest = _capital(arguments, currency=price.currency)
        terms = Terms(
            currency=price.currency,
            hashprice_per_ph_day=found.hashprice,
            price_per_kwh=price.amount,
            pue=pue(arguments.pue),
            pool_fee_ratio=quantity.ratio(arguments.pool_fee),
            scheme_factor=scheme_factor(scheme, fee_share=_fee_share(arguments, found=found)),
            uptime_ratio=quantity.ratio(arguments.uptime),
            maintenance_per_day=_maintenance(arguments, currency=price.currency),
            hashrate_error_ratio=quantity.ratio(arguments.hashrate_error),
            depreciation_per_th_day=written_off,
            financing_per_th_day=interest,
        )
        earned = money(
            hashrate_hs=quantity.hashrate_hs(needed(arguments, "hashrate")),
            power_w=quantity.power_w(needed(arguments, "power")),
            power_grade=_grade(arguments.power_grade),
            reject_ratio=quantity.ratio(arguments.reject),
            terms=terms,
        )
        due = _payout(arguments, scheme=scheme, hashrate_hs=earned.hashrate_hs or 0.0, found=found)
    except (quantity.QuantityError, UsageError) as error:
        return fail("usage", str(error), target="calc", code=2, as_json=arguments.json)
    if arguments.json:
        print_json(_document(earned, terms=terms, found=found) | ({} if due is None else {"payout": _due(due)}))
        return 0
    facts = Facts(device="calc", hashprice_source=found.source, scheme=scheme)
    lines = rendered(explain(earned, terms=terms, facts=facts, market=found.market), facts=facts)
    print("\n".join([*lines, *_luck(due)]))
    return 0


def _document(earned: "Money", *, terms: "Terms", found: Quote) -> dict[str, Any]:
    """Set the result as the JSON document; what cannot be worked out is null."""
    from daemon.economics.break_even import break_even_btc_price, break_even_difficulty

    efficiency = None
    if earned.hashrate_hs and earned.power_w:
        efficiency = earned.power_w / (earned.hashrate_hs / 1e12)
    document: dict[str, Any] = {
        "hashrate_hs": earned.hashrate_hs,
        "power_w": earned.power_w,
        "power_grade": earned.power_grade,
        "hashprice_per_ph_day": terms.hashprice_per_ph_day,
        "price_per_kwh": terms.price_per_kwh,
        "pue": terms.pue,
        "pool_fee_ratio": terms.pool_fee_ratio,
        "scheme_factor": terms.scheme_factor,
        "reject_ratio": earned.reject_ratio,
        "uptime_ratio": terms.uptime_ratio,
        "efficiency_j_per_th": efficiency,
        "revenue_per_day": earned.revenue_per_day,
        "energy_kwh_per_day": earned.energy_kwh_per_day,
        "energy_cost_per_day": earned.energy_cost_per_day,
        "cost_terms": earned.cost_terms,
        "margin_per_day": earned.margin_per_day,
        "loaded_terms": earned.loaded_terms,
        "margin_loaded_per_day": earned.margin_loaded_per_day,
        "margin_sd_per_day": earned.margin_sd_per_day,
        "verdict": earned.verdict,
        "verdict_reason": earned.verdict_reason,
        "break_even_price_per_kwh": earned.break_even_price_per_kwh,
        "break_even_hashprice_per_ph_day": earned.break_even_hashprice_per_ph_day,
        "currency": terms.currency,
        **found.extra,
    }
    limit, market = earned.break_even_hashprice_per_ph_day, found.market
    if limit is not None and market is not None and market.btc_price is not None:
        document["break_even_btc_price"] = break_even_btc_price(
            btc_price=market.btc_price, hashprice=found.hashprice, break_even=limit
        )
    if limit is not None and market is not None and market.difficulty is not None:
        document["break_even_difficulty"] = break_even_difficulty(
            difficulty=market.difficulty, hashprice=found.hashprice, break_even=limit
        )
    return document


def _grade(written: str) -> str:
    from collectors.reading import GRADES

    grade = written.strip().lower()
    if grade not in GRADES:
        raise UsageError(f"--power-grade {written!r}: it must be one of {', '.join(GRADES)}")
    return grade


def _scheme(written: str) -> "Scheme":
    from daemon.economics.pool_scheme import SCHEMES

    wanted = written.strip().lower()
    for scheme in SCHEMES:
        if scheme == wanted:
            return scheme
    raise UsageError(f"--scheme {written!r}: it must be one of {', '.join(SCHEMES)}")


def _fee_share(arguments: argparse.Namespace, *, found: Quote) -> float | None:
    """Take the share that was given, else that of the fees that came with the difficulty; None when nobody said."""
    from config import quantity

    if arguments.fee_share is not None:
        return quantity.ratio(arguments.fee_share)
    share: float | None = found.extra.get("fee_share") if arguments.fees_per_block is not None else None
    return share


def _maintenance(arguments: argparse.Namespace, *, currency: str) -> float | None:
    from config import quantity

    if arguments.maintenance is None:
        return None
    upkeep = quantity.daily_cost(arguments.maintenance)
    same_currency(currency, upkeep.currency, option="--maintenance")
    return upkeep.amount


def _capital(arguments: argparse.Namespace, *, currency: str) -> tuple[float | None, float | None]:
    """Give write-off and interest of the hardware, per day and TH/s; None without a purchase price."""
    from config import quantity
    from daemon.economics.capital import YEAR_DAYS, financing_per_day, straight_line_per_day

    if arguments.hardware is None:
        return None, None
    price = quantity.hardware_price(arguments.hardware)
    same_currency(currency, price.currency, option="--hardware")
    years = quantity.duration_s(arguments.lifetime) / 86_400.0 / YEAR_DAYS
    if not years > 0.0:
        raise UsageError(f"--lifetime {arguments.lifetime!r}: it must be longer than nothing, such as 3 y")
    left, rate = price.amount * quantity.ratio(arguments.salvage), quantity.ratio(arguments.interest)
    return (
        straight_line_per_day(cost=price.amount, salvage=left, years=years),
        financing_per_day(cost=price.amount, salvage=left, years=years, rate=rate),
    )


def _payout(
    arguments: argparse.Namespace, *, scheme: "Scheme", hashrate_hs: float, found: Quote
) -> "ExpectedPayout | None":
    """Give the mean and the spread of a day's payout; None without a difficulty, which both need."""
    from config import quantity
    from daemon.economics.expected_payout import expected_payout

    pool = None if arguments.pool_hashrate is None else quantity.hashrate_hs(arguments.pool_hashrate)
    market = found.market
    if market is None or market.difficulty is None or found.mined is None:
        return None
    return expected_payout(
        scheme,
        hashrate_hs=hashrate_hs * quantity.ratio(arguments.uptime),
        hashprice=found.mined,
        difficulty=market.difficulty,
        fee_ratio=quantity.ratio(arguments.pool_fee),
        reject_ratio=quantity.ratio(arguments.reject),
        pool_hashrate_hs=pool,
    )


def _due(due: "ExpectedPayout") -> dict[str, Any]:
    import msgspec

    written: dict[str, Any] = msgspec.to_builtins(due)
    return {**written, "sd_ratio": due.sd_ratio}


def _luck(due: "ExpectedPayout | None") -> list[str]:
    """Say what luck makes of a day, where it makes anything of it."""
    if due is None or due.sd_btc == 0.0:
        return []
    lines = ["", "Luck", f"  a day pays      {due.expected_btc:.8f} BTC: {due.basis}"]
    if due.sd_ratio is not None and due.blocks is not None and due.none_probability is not None:
        lines.append(
            f"  it strays by    {due.sd_ratio:.0%} (one standard deviation), for {due.blocks:.4g} blocks are expected, "
            f"and none with a chance of {due.none_probability:.4g}"
        )
    return lines
