r"""Work out one device's money from figures on the command line, with its error and its break-evens.

  headframe calc --hashrate "104 TH/s" --power "3068 W" --hashprice "41.22 USD/PH/day" --price "0.06 USD/kWh"
  headframe calc --hashrate "200 TH/s" --power "3.5 kW" --price "70 EUR/MWh" \
                 --difficulty 146.47T --btc-price "88000 EUR" --fees-per-block "0.02 BTC" --height 921001

Every figure carries its unit; money must be in one currency. The verdict is undecided when the margin is smaller than
1.645 standard deviations, which follow from how the watts are known (--power-grade) and from --hashrate-error.
"""

import argparse
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from daemon.economics.explain import Market
    from daemon.economics.money import Money, Terms


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the figures; they are read in `run`, so that a wrong one is answered in the form that was asked for."""
    device = parser.add_argument_group("the device")
    device.add_argument("--hashrate", metavar="Q", help='such as "104 TH/s" (needed)')
    device.add_argument("--power", metavar="Q", help='at the wall, such as "3068 W" (needed)')
    grades = "metered, branch, reported, estimated, spec (default) or unknown"
    device.add_argument("--power-grade", metavar="GRADE", default="spec", help=f"how the watts are known: {grades}")
    device.add_argument("--hashrate-error", metavar="RATIO", default="0%", help="one standard deviation (default 0%%)")
    device.add_argument("--reject", metavar="RATIO", default="0%", help="share of its work refused (default 0%%)")
    site = parser.add_argument_group("the site")
    site.add_argument("--price", metavar="Q", help='of the next kWh, such as "0.06 USD/kWh" (needed)')
    site.add_argument(
        "--pue", metavar="N", default="1", help="energy at the meter over that at the devices (default 1)"
    )
    market = parser.add_argument_group("the market", "the hashprice, or difficulty and bitcoin price in its place")
    market.add_argument("--hashprice", metavar="Q", help='before the pool\'s fee, such as "41.22 USD/PH/day"')
    market.add_argument("--difficulty", metavar="N", help="such as 146.47T")
    market.add_argument("--btc-price", metavar="Q", help='such as "90000 USD"')
    market.add_argument("--fees-per-block", metavar="Q", help='mean of recent blocks, such as "0.02 BTC" (default 0)')
    market.add_argument("--height", metavar="N", help="for its subsidy; without it 3.125 BTC is assumed")
    market.add_argument("--pool-fee", metavar="RATIO", default="0%", help="the pool's fee (default 0%%)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the account; 0 whatever it says, 2 when a figure is missing, cannot be read, or is in another currency."""
    from config import quantity
    from daemon.commands.output import fail, print_json
    from daemon.economics.explain import Facts, explain, rendered
    from daemon.economics.money import Terms, money

    try:
        price = quantity.energy_price(_needed(arguments, "price"))
        quote = _quote(arguments, currency=price.currency)
        terms = Terms(
            currency=price.currency,
            hashprice_per_ph_day=quote.hashprice,
            price_per_kwh=price.amount,
            pue=_pue(arguments.pue),
            pool_fee_ratio=quantity.ratio(arguments.pool_fee),
            hashrate_error_ratio=quantity.ratio(arguments.hashrate_error),
        )
        earned = money(
            hashrate_hs=quantity.hashrate_hs(_needed(arguments, "hashrate")),
            power_w=quantity.power_w(_needed(arguments, "power")),
            power_grade=_grade(arguments.power_grade),
            reject_ratio=quantity.ratio(arguments.reject),
            terms=terms,
        )
    except (quantity.QuantityError, UsageError) as error:
        return fail("usage", str(error), target="calc", code=2, as_json=arguments.json)
    if arguments.json:
        print_json(_document(earned, terms=terms, quote=quote))
        return 0
    facts = Facts(device="calc", hashprice_source=quote.source)
    print("\n".join(rendered(explain(earned, terms=terms, facts=facts, market=quote.market), facts=facts)))
    return 0


class UsageError(Exception):
    """A figure that is missing, impossible, or in another currency than the rest; the text says which."""


class Quote(NamedTuple):
    """A hashprice and where it came from; `extra` is what the JSON document says of the network, if anything."""

    hashprice: float
    source: str
    market: "Market | None"
    extra: dict[str, Any]


def _quote(arguments: argparse.Namespace, *, currency: str) -> Quote:
    """Read the hashprice, or work it out from difficulty and price, in the currency of the power price."""
    from config import quantity

    if arguments.difficulty is not None:
        if arguments.hashprice is not None:
            raise UsageError("give --hashprice or --difficulty, not both")
        return _quote_from_difficulty(arguments, currency=currency)
    given = quantity.hashprice(_needed(arguments, "hashprice", instead=" (or --difficulty and --btc-price)"))
    if given.currency == "BTC" and currency != "BTC":
        rate = quantity.bitcoin_price(_needed(arguments, "btc-price", instead=", as the hashprice is in bitcoin"))
        _same(currency, rate.currency, option="--btc-price")
        return Quote(given.amount * rate.amount, "as given in bitcoin", None, {})
    _same(currency, given.currency, option="--hashprice")
    return Quote(given.amount, "as given", None, {})


def _quote_from_difficulty(arguments: argparse.Namespace, *, currency: str) -> Quote:
    from config import quantity
    from daemon.economics.explain import Market
    from daemon.economics.network import hashprice, network_hashrate_hs
    from daemon.economics.subsidy import CURRENT_SUBSIDY_BTC, subsidy_btc

    rate = quantity.bitcoin_price(_needed(arguments, "btc-price"))
    _same(currency, rate.currency, option="--btc-price")
    difficulty = quantity.difficulty(arguments.difficulty)
    subsidy = CURRENT_SUBSIDY_BTC if arguments.height is None else subsidy_btc(_height(arguments.height))
    fees = 0.0 if arguments.fees_per_block is None else quantity.bitcoin(arguments.fees_per_block)
    mined = hashprice(difficulty=difficulty, subsidy_btc=subsidy, fees_btc_per_block=fees)
    market = Market(
        btc_price=rate.amount,
        difficulty=difficulty,
        subsidy_part=mined.subsidy_btc_per_ph_day * rate.amount,
        fees_part=mined.fees_btc_per_ph_day * rate.amount,
    )
    extra = {
        "subsidy_btc": subsidy,
        "subsidy_assumed": arguments.height is None,
        "network_difficulty": difficulty,
        "network_hashrate_hs": network_hashrate_hs(difficulty),
        "hashprice_btc_per_ph_day": mined.btc_per_ph_day,
        "hashprice_sats_per_th_day": mined.sats_per_th_day,
        "fee_share": mined.fee_share,
    }
    source = f"from difficulty, {subsidy:g} BTC a block{' (assumed)' if arguments.height is None else ''} and fees"
    return Quote(mined.per_ph_day(rate.amount), source, market, extra)


def _document(earned: "Money", *, terms: "Terms", quote: Quote) -> dict[str, Any]:
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
        "reject_ratio": earned.reject_ratio,
        "efficiency_j_per_th": efficiency,
        "revenue_per_day": earned.revenue_per_day,
        "energy_kwh_per_day": earned.energy_kwh_per_day,
        "energy_cost_per_day": earned.energy_cost_per_day,
        "margin_per_day": earned.margin_per_day,
        "margin_sd_per_day": earned.margin_sd_per_day,
        "verdict": earned.verdict,
        "verdict_reason": earned.verdict_reason,
        "break_even_price_per_kwh": earned.break_even_price_per_kwh,
        "break_even_hashprice_per_ph_day": earned.break_even_hashprice_per_ph_day,
        "currency": terms.currency,
        **quote.extra,
    }
    limit, market = earned.break_even_hashprice_per_ph_day, quote.market
    if limit is not None and market is not None and market.btc_price is not None and market.difficulty is not None:
        document["break_even_btc_price"] = break_even_btc_price(
            btc_price=market.btc_price, hashprice=quote.hashprice, break_even=limit
        )
        document["break_even_difficulty"] = break_even_difficulty(
            difficulty=market.difficulty, hashprice=quote.hashprice, break_even=limit
        )
    return document


def _needed(arguments: argparse.Namespace, option: str, *, instead: str = "") -> str:
    given: str | None = getattr(arguments, option.replace("-", "_"))
    if given is None:
        raise UsageError(f"--{option} is needed{instead}")
    return given


def _same(currency: str, other: str, *, option: str) -> None:
    if other != currency:
        raise UsageError(f"{option} is in {other} and --price in {currency}; give all money in one currency")


def _pue(written: str) -> float:
    try:
        pue = float(written)
    except ValueError:
        pue = 0.0
    if not 1.0 <= pue < 100.0:
        raise UsageError(f"--pue {written!r}: it must be a number of at least 1, such as 1.05")
    return pue


def _grade(written: str) -> str:
    from collectors.reading import GRADES

    if written not in GRADES:
        raise UsageError(f"--power-grade {written!r}: it must be one of {', '.join(GRADES)}")
    return written


def _height(written: str) -> int:
    # Longer digits are no height of any chain, and int() of a long text is slow.
    if not (written.isascii() and written.isdigit() and len(written) <= 9):
        raise UsageError(f"--height {written!r}: it must be a block height, such as 921001")
    return int(written)
