r"""Replay price, difficulty and power series through the rules: what would have been flagged, and the money.

  headframe backtest --fleet fleet.csv --series prices.csv --hashprice "45 USD/PH/day"
  headframe backtest --fleet fleet.csv --series prices.csv --config site.yaml --tune --format html > backtest.html
  headframe backtest --fleet fleet.csv --series hub.csv.gz --column time=begin --column power_price=lmp \
                     --unit power_price=EUR/MWh --hashprice "45 EUR/PH/day"

The series is a CSV, plain or compressed (gzip), with a `time` column and any of power_price, btc_price, difficulty and
hashprice, units in the head as in `power_price (USD/MWh)`; what it lacks is given here, or comes from the
configuration's tariff. The rules are the configuration's, else the catalogue's. A decision knows the row before, unless
--known own. `--tune` proposes band and dwell, found on the first half of the series and measured on the second.
"""

import argparse
from typing import TYPE_CHECKING, Any

from daemon.commands.quote import UsageError

if TYPE_CHECKING:
    from config.model import SiteConfig
    from daemon.backtest.play import Constants
    from daemon.backtest.series import Series
    from daemon.economics.curtailment import Policy

FORMATS = ("table", "json", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare fleet, series and what holds throughout; figures are read in `run`."""
    parser.add_argument("--fleet", required=True, metavar="FILE", help="CSV or JSON with the devices")
    parser.add_argument("--series", required=True, metavar="FILE", help="CSV with the prices")
    parser.add_argument("--config", metavar="FILE", help="the site: tariff, pool, PUE, costs, time zone, rules")
    parser.add_argument("--format", choices=FORMATS, default="table", help="table (default), json or html")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument(
        "--column",
        metavar="NAME=COLUMN",
        action="append",
        default=[],
        help="what the file calls a column, such as power_price=lmp; more than once",
    )
    parser.add_argument("--unit", metavar="NAME=UNIT", action="append", default=[], help="such as power_price=USD/MWh")
    fixed = parser.add_argument_group("what holds throughout, where the series does not tell")
    fixed.add_argument("--price", metavar="Q", help='power price, such as "0.06 USD/kWh" (without --config)')
    fixed.add_argument("--hashprice", metavar="Q", help='before the pool\'s fee, such as "45 USD/PH/day"')
    fixed.add_argument("--btc-price", metavar="Q", help='such as "90000 USD"')
    fixed.add_argument("--difficulty", metavar="N", help="such as 146.47T")
    fixed.add_argument("--fee-share", metavar="RATIO", default="0%", help="fees' share of the reward (default 0%%)")
    fixed.add_argument("--reject", metavar="RATIO", default="0%", help="share of the work refused (default 0%%)")
    fixed.add_argument("--pool-fee", metavar="RATIO", default="0%", help="without --config (default 0%%)")
    fixed.add_argument("--pue", metavar="N", default="1", help="without --config (default 1)")
    fixed.add_argument(
        "--currency", metavar="CUR", help="without --config (default: that of the series' prices, else USD)"
    )
    ways = parser.add_argument_group("switching")
    ways.add_argument(
        "--known",
        choices=("previous", "own"),
        default="previous",
        help="the row whose price a decision knows: the one before (default), or its own",
    )
    ways.add_argument(
        "--restart-loss",
        metavar="RATIO",
        default="10%",
        help="share of a row's revenue that a restart costs (default 10%%)",
    )
    ways.add_argument(
        "--policy",
        metavar="BAND,OFF,ON,MIN_ON,MIN_OFF",
        help="a way of switching of your own to compare, such as 5%%,1,2,4,2",
    )
    ways.add_argument("--tune", action="store_true", help="propose band and dwell, found on the first half")


def run(arguments: argparse.Namespace) -> int:
    """Print what would have been; 0 whatever that is, 1 for an invalid configuration, 2 for files or figures."""
    from config.problems import ConfigError
    from config.quantity import QuantityError
    from daemon.backtest.series import SeriesError
    from daemon.commands.output import fail
    from daemon.fleet_file import FleetFileError

    as_json = arguments.format == "json"
    try:
        print(_played(arguments), end="")
    except ConfigError as error:
        return fail("invalid_config", str(error), target=arguments.config or "backtest", code=1, as_json=as_json)
    except (UsageError, SeriesError, FleetFileError, QuantityError) as error:
        return fail("usage", str(error), target="backtest", code=2, as_json=as_json)
    return 0


def _played(arguments: argparse.Namespace) -> str:
    import orjson

    from config import quantity
    from daemon.backtest.money import Span, outcomes
    from daemon.backtest.page import page
    from daemon.backtest.play import play
    from daemon.backtest.series import read_series
    from daemon.backtest.text import lines
    from daemon.backtest.tune import LEAST_ROWS, proposal
    from daemon.economics.tariff_hours import zone_of
    from daemon.fleet_file import read_fleet
    from daemon.start import load_checked, rules_in_force

    given = load_checked(arguments.config, secrets=False).config if arguments.config else None
    wanted = arguments.currency.upper() if arguments.currency is not None else None
    series = read_series(
        arguments.series,
        zone=zone_of(given.site.timezone if given else "UTC"),
        currency=given.site.currency if given else wanted,
        units=_pairs(arguments.unit, option="--unit"),
        names=_pairs(arguments.column, option="--column"),
    )
    currency = series.currency
    config = _config(arguments, given, series=series, currency=currency)
    fleet = read_fleet(arguments.fleet)
    played = play(
        series,
        fleet,
        config=config,
        settings=rules_in_force(config),
        constants=_constants(arguments, currency=currency),
    )
    loss = quantity.ratio(arguments.restart_loss)
    span = Span(first=0, last=len(series.times), known=arguments.known, restart_loss=loss)
    policy = _policy(arguments.policy) if arguments.policy else None
    found = outcomes(series, played.courses, span=span, policy=policy)
    proposed = None
    if arguments.tune:
        proposed = proposal(series, played.courses, restart_loss=loss, known=arguments.known)
    document = _document(series, played, found, proposed, currency=currency)
    document["assumed"] = _assumed(arguments, config)
    document["fleet"] = {
        "devices": sum(batch.count for batch in fleet),
        "power_w": sum((batch.power_w or 0.0) * batch.count for batch in fleet),
        "hashrate_hs": sum((batch.hashrate_hs or 0.0) * batch.count for batch in fleet),
    }
    refused = arguments.tune and proposed is None
    document["tune_refused"] = (
        f"The series is too short to tune on: {2 * LEAST_ROWS} rows are needed." if refused else None
    )
    if arguments.format == "json":
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
    if arguments.format == "html":
        main = max(played.courses, key=lambda course: (course.batch.power_w or 0.0) * course.batch.count)
        return page(document, ratio=main.ratio, stopped=main.stopped, times=series.times, kind=main.batch.model)
    return "\n".join(lines(document)) + "\n"


def _assumed(arguments: argparse.Namespace, config: "SiteConfig") -> str:
    """Say in one sentence what the series did not tell, so that the page can be read on its own."""
    given = [
        (f"{word} {written}" if written is not None else "")
        for word, written in (
            ("hashprice", arguments.hashprice),
            ("bitcoin", arguments.btc_price),
            ("difficulty", arguments.difficulty),
            ("power", arguments.price),
        )
    ]
    pool = config.pools[0] if config.pools else None
    fixed = [*filter(None, given), f"PUE {config.site.pue:g}", f"rejects {arguments.reject}"]
    fixed.append(f"pool fee {pool.fee_ratio:.2%}" if pool is not None else "no pool fee")
    known = "the row before" if arguments.known == "previous" else "its own row"
    return f"Held throughout: {', '.join(fixed)}. Each decision knows {known}; money is on the cash basis."


def _document(series: "Series", played: Any, found: Any, proposed: Any, *, currency: str) -> dict[str, Any]:
    from datetime import UTC, datetime

    import msgspec

    from daemon.backtest.money import fickleness

    def moment(at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    flags = []
    for flag in played.flags:
        row = msgspec.to_builtins(flag)
        row["opened"], row["closed"] = moment(flag.opened_at), moment(flag.closed_at)
        row["hours"] = None if flag.closed_at is None else (flag.closed_at - flag.opened_at) / 3600.0
        flags.append(row)
    end = series.times[-1] + series.holds_s[-1]
    return {
        "currency": currency,
        "basis": "cash",
        "from": moment(series.times[0]),
        "to": moment(end),
        "rows": len(series.times),
        "interval_s": series.interval_s,
        "unknown_rows": played.unknown,
        "gaps": series.gaps,
        "gap_hours": series.gap_s / 3600.0,
        "repeated_rows": series.repeated,
        "rules": msgspec.to_builtins(fickleness(played.flags, end=end)),
        "flags": flags,
        "money": msgspec.to_builtins(found),
        "tune": msgspec.to_builtins(proposed) if proposed else None,
    }


def _config(
    arguments: argparse.Namespace, given: "SiteConfig | None", *, series: "Series", currency: str
) -> "SiteConfig":
    """Take the configuration, else one made of the options; a power price in the series goes before the tariff."""
    from pydantic import ValidationError

    from config.model import SiteConfig
    from daemon.commands.quote import pue
    from daemon.market import POWER_PRICE

    written: dict[str, Any] = {
        "version": 1,
        "site": {"id": "backtest", "currency": currency, "pue": pue(arguments.pue)},
        "devices": [{"host": "127.0.0.1"}],
        "pools": [{"id": "pool", "url": "stratum+tcp://pool.invalid:3333", "user": "x", "fee": arguments.pool_fee}],
        "signals": {POWER_PRICE: {"static": f"0 {currency}/kWh"}},
    }
    if POWER_PRICE not in series.values:
        del written["signals"]
        if given is None and arguments.price is None:
            raise UsageError("the series has no power_price; give --price, or --config with a tariff")
    if arguments.price is not None:
        written["tariff"] = {"price": arguments.price}
    try:
        made = SiteConfig.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if given is None:
        return made
    return given.model_copy(update={"signals": {**given.signals, **made.signals}})


def _constants(arguments: argparse.Namespace, *, currency: str) -> "Constants":
    from config import quantity
    from daemon.backtest.play import Constants
    from daemon.commands.quote import same_currency

    found: dict[str, float] = {}
    for name, read in (("hashprice", quantity.hashprice), ("btc_price", quantity.bitcoin_price)):
        written = getattr(arguments, name)
        if written is not None:
            price = read(written)
            same_currency(currency, price.currency, option=f"--{name.replace('_', '-')}")
            found[name] = price.amount
    if arguments.difficulty is not None:
        found["difficulty"] = quantity.difficulty(arguments.difficulty)
    share = quantity.ratio(arguments.fee_share)
    if share >= 1.0:
        raise UsageError("--fee-share must be below 100%")
    return Constants(fee_share=share, reject_ratio=quantity.ratio(arguments.reject), **found)


def _policy(written: str) -> "Policy":
    from config import quantity
    from daemon.economics.curtailment import Policy

    band, *counts = written.split(",")
    if len(counts) != 4 or not all(count.strip().isdecimal() and len(count) < 6 for count in counts):
        raise UsageError(f"--policy {written!r}: it must be a band and four counts of rows, such as 5%,1,2,4,2")
    n_off, n_on, min_on, min_off = map(int, counts)
    return Policy(
        strike=1.0, band=quantity.ratio(band), n_off=max(1, n_off), n_on=max(1, n_on), min_on=min_on, min_off=min_off
    )


def _pairs(written: list[str], *, option: str) -> dict[str, str]:
    from daemon.backtest.series_head import COLUMNS

    found = {}
    for one in written:
        name, sign, value = one.partition("=")
        if not sign or not value.strip() or name.strip() not in {*COLUMNS, "time"}:
            raise UsageError(f"{option} {one!r}: it must be a name of time, {', '.join(COLUMNS)}, = and what it is")
        found[name.strip()] = value.strip()
    return found
