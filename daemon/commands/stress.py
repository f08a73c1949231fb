r"""Show what a fall in price, a rise in difficulty, dearer power and a halving would turn, alone and together.

  headframe stress --config site.yaml
  headframe stress --fleet fleet.csv --price "0.055 USD/kWh" --hashprice "41.22 USD/PH/day" --fee-share 1%
  headframe stress --fleet fleet.json --price "60 EUR/MWh" --difficulty 146.47T --btc-price "88000 EUR" \
                   --fixed-costs "4000 EUR/day" --treasury "2.5 BTC" --treasury "100000 USD" --rate USD=0.92

With --config every device is asked once, and prices, pool, treasury, fixed costs and resale prices are the site's own,
unless an option says otherwise. The fleet file has rows of model, count, hashrate, power and grade (CSV or JSON). The
tiers of the fleet by J/TH follow, with the site's cut-off, and hold or sell for each where resale prices are known. It
tells what would be, it advises nothing.
"""

import argparse
from typing import TYPE_CHECKING, Any, NamedTuple

from daemon.commands.quote import Quote, UsageError, configure_market, needed, pue, quote, same_currency

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.economics.batch import Batch
    from daemon.economics.money import Terms
    from daemon.economics.pool_scheme import Scheme
    from daemon.economics.stress import Outcome, Treasury
    from daemon.economics.tiers import Outlook, TierTable


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the fleet, the market, the shocks and the treasury; figures are read in `run`."""
    parser.add_argument("--config", metavar="FILE", help="the site: its devices as they answer, and its prices")
    parser.add_argument("--fleet", metavar="FILE", help="CSV or JSON with the devices (needed without --config)")
    site = parser.add_argument_group("the site")
    site.add_argument("--price", metavar="Q", help='of the next kWh, such as "0.06 USD/kWh" (needed)')
    site.add_argument(
        "--pue", metavar="N", default="1", help="energy at the meter over that at the devices (default 1)"
    )
    site.add_argument("--reject", metavar="RATIO", default="0%", help="share of the work refused (default 0%%)")
    site.add_argument("--fixed-costs", metavar="Q", help='paid whatever runs, such as "4000 USD/day"')
    configure_market(parser)
    parser.add_argument("--fee-share", metavar="RATIO", help="fees' share of the reward, which no halving halves")
    shocks = parser.add_argument_group("the shocks")
    shocks.add_argument("--btc-fall", metavar="RATIO", default="30%", help="fall of the bitcoin price (default 30%%)")
    shocks.add_argument("--difficulty-rise", metavar="RATIO", default="20%", help="rise of difficulty (default 20%%)")
    shocks.add_argument("--power-rise", metavar="RATIO", default="25%", help="rise of the power price (default 25%%)")
    cash = parser.add_argument_group("the treasury")
    cash.add_argument("--treasury", metavar="Q", action="append", default=[], help='such as "2.5 BTC"; more than once')
    cash.add_argument("--rate", metavar="CUR=N", action="append", default=[], help="worth of one unit of a currency")
    hold = parser.add_argument_group("hold or sell")
    hold.add_argument("--resale", metavar=("LOW", "HIGH"), nargs=2, help='such as "4 USD/TH" "7 USD/TH"')
    hold.add_argument("--growth", metavar=("LOW", "HIGH"), nargs=2, default=["10%", "60%"], help="of difficulty a year")
    hold.add_argument("--salvage", metavar="Q", help='at the end, such as "1 USD/TH"')
    hold.add_argument("--removal", metavar="Q", help='taking out and freight, such as "0.5 USD/TH"')
    hold.add_argument("--horizon", metavar="T", default="730 d", help="how long a machine is held (default 730 d)")
    hold.add_argument("--discount", metavar="RATIO", default="12%", help="interest a year (default 12%%)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print scenarios and tiers; 0 whatever they say, 2 when the file or a figure cannot be used."""
    from config import quantity
    from config.problems import ConfigError
    from daemon.commands.output import fail, print_json
    from daemon.commands.stress_text import lines
    from daemon.economics.stress import scenarios, stress
    from daemon.economics.tiers import tier_table
    from daemon.fleet_file import FleetFileError
    from daemon.start import StartError
    from daemon.treasury import treasury_document

    try:
        plan = _site(arguments) if arguments.config is not None else _plan(arguments)
        terms, fleet, currency = plan.terms, plan.fleet, plan.terms.currency
        reject = quantity.ratio(arguments.reject)
        outlook = _outlook(arguments, currency=currency)
        treasury, fixed = _treasury(arguments, plan), _fixed(arguments, plan)
        outcomes = stress(
            fleet,
            terms=terms,
            scenarios=scenarios(
                btc_fall=quantity.ratio(arguments.btc_fall),
                difficulty_rise=quantity.ratio(arguments.difficulty_rise, limit=100.0),
                power_rise=quantity.ratio(arguments.power_rise, limit=100.0),
            ),
            fee_share=plan.fee_share,
            scheme=plan.scheme,
            fixed_per_day=fixed,
            treasury=treasury,
            reject_ratio=reject,
        )
    except (quantity.QuantityError, UsageError, FleetFileError) as error:
        return fail("usage", str(error), target="stress", code=2, as_json=arguments.json)
    except ConfigError as error:
        return fail("invalid_config", str(error), target=str(arguments.config), code=1, as_json=arguments.json)
    except StartError as error:
        return fail("refused", str(error), target=str(arguments.config), code=1, as_json=arguments.json)
    table = tier_table(fleet, terms=terms, reject_ratio=reject)
    outlook_at = plan.outlook_at if outlook is None else lambda _: outlook
    document = {
        **_document(outcomes, table=table, terms=terms, outlook_at=outlook_at, reject=reject),
        "devices": sum(batch.count for batch in fleet),
        "idle_devices": plan.idle_devices,
        "silent_devices": plan.silent_devices,
        "treasury": None if treasury is None else treasury_document(treasury, currency=currency, fixed_per_day=fixed),
    }
    if arguments.json:
        print_json(document)
    else:
        print("\n".join(lines(document)))
    return 0


class _Plan(NamedTuple):
    """What is put through the scenarios; the rest is what a configuration adds.

    `idle_devices` answer and are asleep, `silent_devices` do not answer: neither is in any figure.
    """

    terms: "Terms"
    fleet: "tuple[Batch, ...]"
    fee_share: float
    scheme: "Scheme" = "fpps"
    fixed_per_day: float = 0.0
    treasury: "Treasury | None" = None
    outlook_at: "Callable[[float], Outlook | None]" = lambda _: None
    idle_devices: int = 0
    silent_devices: int = 0


def _plan(arguments: argparse.Namespace) -> _Plan:
    """Take terms and fleet from the options and the fleet file, and the fees' share of the reward."""
    from config import quantity
    from daemon.economics.money import Terms
    from daemon.fleet_file import read_fleet

    price = quantity.energy_price(needed(arguments, "price"))
    found = quote(arguments, currency=price.currency)
    terms = Terms(
        currency=price.currency,
        hashprice_per_ph_day=found.hashprice,
        price_per_kwh=price.amount,
        pue=pue(arguments.pue),
        pool_fee_ratio=quantity.ratio(arguments.pool_fee),
    )
    return _Plan(terms, read_fleet(needed(arguments, "fleet")), _fee_share(arguments, found=found))


def _site(arguments: argparse.Namespace) -> _Plan:
    """Ask every device of a site once; raises ConfigError, StartError, and UsageError when none answers."""
    from config import quantity
    from daemon import tiers
    from daemon.loop import run_in_loop
    from daemon.once import survey
    from daemon.outlook import outlook_at as outlook_of
    from daemon.start import load_checked
    from daemon.treasury import treasury_of

    for option in ("fleet", "price", "hashprice", "difficulty"):
        if getattr(arguments, option) is not None:
            raise UsageError(f"--{option} comes with --config already; give one or the other")
    loaded = load_checked(arguments.config)
    found: list[_Plan] = []

    async def look() -> None:
        site = (await survey(loaded)).site
        terms, held = tiers.terms_now(site), loaded.config.treasury
        if terms is None:
            return

        def outlook_at(j_per_th: float) -> "Outlook | None":
            outlook = outlook_of(site, j_per_th)
            return None if outlook.resale_low_per_th is None else outlook

        fleet = await tiers.batches(site)
        answering = sum(device.reading is not None and not device.stale for device in site.fleet)
        found.append(
            _Plan(
                terms=terms,
                fleet=fleet,
                fee_share=site.market.prices.fee_share or 0.0,
                scheme=tiers.scheme_now(site),
                fixed_per_day=held.fixed_per_day if held else 0.0,
                treasury=treasury_of(site),
                outlook_at=outlook_at,
                idle_devices=answering - sum(batch.count for batch in fleet),
                silent_devices=len(site.fleet) - answering,
            )
        )

    run_in_loop(look())
    if not found or not found[0].fleet:
        raise UsageError("no device answers and works, so there is nothing to stress")
    if arguments.fee_share is not None:
        return found[0]._replace(fee_share=quantity.ratio(arguments.fee_share))
    return found[0]


def _document(
    outcomes: "tuple[Outcome, ...]",
    *,
    table: "TierTable",
    terms: "Terms",
    outlook_at: "Callable[[float], Outlook | None]",
    reject: float,
) -> dict[str, Any]:
    """Set scenarios and tiers as one JSON document; what cannot be known is null, with its reason beside it."""
    import msgspec

    from daemon.economics.tiers import tier_choice

    tiers = []
    for tier in table.tiers:
        row: dict[str, Any] = msgspec.to_builtins(tier)
        outlook = outlook_at(tier.j_per_th)
        if outlook is not None:
            row["hold_or_sell"] = msgspec.to_builtins(
                tier_choice(tier, terms=terms, outlook=outlook, reject_ratio=reject)
            )
        tiers.append(row)
    return {
        "currency": terms.currency,
        "basis": "cash",
        "scenarios": msgspec.to_builtins(outcomes),
        "cut_off_j_per_th": table.cut_off_j_per_th,
        "tiers": tiers,
        "unknown_devices": table.unknown_devices,
    }


def _fee_share(arguments: argparse.Namespace, *, found: Quote) -> float:
    """Take the share that was given, else that of the fees given with the difficulty, else none."""
    from config import quantity

    if arguments.fee_share is not None:
        return quantity.ratio(arguments.fee_share)
    share: float = found.extra.get("fee_share", 0.0)
    return share


def _fixed(arguments: argparse.Namespace, plan: _Plan) -> float:
    from config import quantity

    if arguments.fixed_costs is None:
        return plan.fixed_per_day
    fixed = quantity.daily_cost(arguments.fixed_costs)
    same_currency(plan.terms.currency, fixed.currency, option="--fixed-costs")
    return fixed.amount


def _treasury(arguments: argparse.Namespace, plan: _Plan) -> "Treasury | None":
    """Add up what is held, by currency; bitcoin is worth --btc-price where that is given."""
    from config import quantity
    from config.model.treasury import holding
    from daemon.economics.stress import Treasury

    rates = dict(plan.treasury.rates) if plan.treasury else {}
    if arguments.btc_price is not None:
        rate = quantity.bitcoin_price(arguments.btc_price)
        same_currency(plan.terms.currency, rate.currency, option="--btc-price")
        rates["BTC"] = rate.amount
    rates |= dict(_rate(written) for written in arguments.rate)
    if not arguments.treasury:
        return None if plan.treasury is None else Treasury(holdings=plan.treasury.holdings, rates=rates)
    holdings: dict[str, float] = {}
    for written in arguments.treasury:
        held = holding(written)
        holdings[held.currency] = holdings.get(held.currency, 0.0) + held.amount
    return Treasury(holdings=holdings, rates=rates)


def _rate(written: str) -> tuple[str, float]:
    name, sign, number = written.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not sign or not name.strip().isalpha() or not 0.0 < value < 1e12:
        raise UsageError(
            f"--rate {written!r}: it must be a currency and what one unit of it is worth, such as EUR=1.08"
        )
    return name.strip().upper(), value


def _outlook(arguments: argparse.Namespace, *, currency: str) -> "Outlook | None":
    from config import quantity
    from daemon.economics.tiers import Outlook

    if arguments.resale is None:
        return None

    def per_th(written: str | None, option: str) -> float:
        if written is None:
            return 0.0
        price = quantity.hardware_price(written)
        same_currency(currency, price.currency, option=option)
        return price.amount

    low, high = (per_th(written, "--resale") for written in arguments.resale)
    slow, fast = (quantity.ratio(written, limit=100.0) for written in arguments.growth)
    if low > high or slow > fast:
        raise UsageError("--resale and --growth go from the low figure to the high one")
    return Outlook(
        growth_low=slow,
        growth_high=fast,
        days=round(min(quantity.duration_s(arguments.horizon) / 86400.0, 36500.0)),
        discount=quantity.ratio(arguments.discount),
        salvage_per_th=per_th(arguments.salvage, "--salvage"),
        resale_low_per_th=low,
        resale_high_per_th=high,
        removal_per_th=per_th(arguments.removal, "--removal"),
    )
