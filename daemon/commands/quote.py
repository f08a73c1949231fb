"""The market on the command line: a hashprice, or difficulty and bitcoin price in its place."""

import argparse
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from daemon.economics.explain import Market
    from daemon.economics.network import Hashprice


class UsageError(Exception):
    """A figure that is missing, impossible, or in another currency than the rest; the text says which."""


class Quote(NamedTuple):
    """A hashprice and where it came from; `extra` is what a JSON document says of the network, if anything."""

    hashprice: float
    source: str
    market: "Market | None"
    extra: dict[str, Any]
    mined: "Hashprice | None" = None


def configure_market(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the market and the pool."""
    market = parser.add_argument_group("the market", "the hashprice, or difficulty and bitcoin price in its place")
    market.add_argument("--hashprice", metavar="Q", help='before the pool\'s fee, such as "41.22 USD/PH/day"')
    market.add_argument("--difficulty", metavar="N", help="such as 146.47T")
    market.add_argument("--btc-price", metavar="Q", help='such as "90000 USD"')
    market.add_argument("--fees-per-block", metavar="Q", help='mean of recent blocks, such as "0.02 BTC" (default 0)')
    market.add_argument("--height", metavar="N", help="for its subsidy; without it 3.125 BTC is assumed")
    market.add_argument("--pool-fee", metavar="RATIO", default="0%", help="the pool's fee (default 0%%)")


def quote(arguments: argparse.Namespace, *, currency: str) -> Quote:
    """Read the hashprice, or work it out from difficulty and price, in the currency of the power price.

    Raises UsageError or QuantityError.
    """
    from config import quantity
    from daemon.economics.explain import Market

    if arguments.difficulty is not None:
        if arguments.hashprice is not None:
            raise UsageError("give --hashprice or --difficulty, not both")
        return _from_difficulty(arguments, currency=currency)
    given = quantity.hashprice(needed(arguments, "hashprice", instead=" (or --difficulty and --btc-price)"))
    for option in ("fees_per_block", "height"):
        if getattr(arguments, option) is not None:
            raise UsageError(f"--{option.replace('_', '-')} goes with --difficulty, not with --hashprice")
    rate = None if arguments.btc_price is None else quantity.bitcoin_price(arguments.btc_price)
    if rate is not None:
        same_currency(currency, rate.currency, option="--btc-price")
    if given.currency == "BTC" and currency != "BTC":
        if rate is None:
            raise UsageError("--btc-price is needed, as the hashprice is in bitcoin")
        return Quote(given.amount * rate.amount, "as given in bitcoin", Market(btc_price=rate.amount), {})
    same_currency(currency, given.currency, option="--hashprice")
    return Quote(given.amount, "as given", None if rate is None else Market(btc_price=rate.amount), {})


def needed(arguments: argparse.Namespace, option: str, *, instead: str = "") -> str:
    """Give what was written for an option; raises UsageError when it is missing."""
    given: str | None = getattr(arguments, option.replace("-", "_"))
    if given is None:
        raise UsageError(f"--{option} is needed{instead}")
    return given


def same_currency(currency: str, other: str, *, option: str) -> None:
    """Raise UsageError when an option's money is in another currency than the power price."""
    if other != currency:
        raise UsageError(f"{option} is in {other} and --price in {currency}; give all money in one currency")


def pue(written: str) -> float:
    """Read a PUE, a plain number of at least 1; raises UsageError."""
    try:
        value = float(written)
    except ValueError:
        value = 0.0
    if not 1.0 <= value < 100.0:
        raise UsageError(f"--pue {written!r}: it must be a number of at least 1, such as 1.05")
    return value


def _from_difficulty(arguments: argparse.Namespace, *, currency: str) -> Quote:
    from config import quantity
    from daemon.economics.explain import Market
    from daemon.economics.network import hashprice, network_hashrate_hs
    from daemon.economics.subsidy import CURRENT_SUBSIDY_BTC, subsidy_btc

    rate = quantity.bitcoin_price(needed(arguments, "btc-price"))
    same_currency(currency, rate.currency, option="--btc-price")
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
    return Quote(mined.per_ph_day(rate.amount), source, market, extra, mined)


def _height(written: str) -> int:
    # Longer digits are no height of any chain, and int() of a long text is slow.
    if not (written.isascii() and written.isdigit() and len(written) <= 9):
        raise UsageError(f"--height {written!r}: it must be a block height, such as 921001")
    return int(written)
