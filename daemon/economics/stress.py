"""What a worse market would do to a fleet: margin, devices and megawatts that turn, and how long the cash lasts."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from daemon.economics.batch import Batch
from daemon.economics.money import Appraiser, Terms, Verdict
from daemon.economics.pool_scheme import Scheme, scheme_factor

# What lenders and listed miners test themselves against; every figure can be set.
BTC_FALL = 0.30
DIFFICULTY_RISE = 0.20
POWER_RISE = 0.25


class Scenario(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One state of the market: factors on bitcoin price and difficulty, a rise of the power price, a halving or not."""

    name: str
    btc_factor: float = 1.0
    difficulty_factor: float = 1.0
    power_rise: float = 0.0
    halving: bool = False


class Treasury(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What can be spent, by currency, and what a unit of each is worth in the site's; scenarios move bitcoin's."""

    holdings: Mapping[str, float] = {}
    rates: Mapping[str, float] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fleet under one scenario, in the site's currency.

    `margin_per_day` has every device running, `margin_best_per_day` only those that earn more than they cost; both
    on the cash basis, None when a price is missing. `turned_devices` and `turned_w` (at the utility meter) count
    what is unprofitable here and was not as things stand; `unknown_devices` have no verdict. `runway_days` is how
    long the treasury bears the best margin less fixed costs: None when it lasts for ever, or when `runway_reason`
    says why nobody can tell.
    """

    scenario: str
    btc_factor: float
    hashprice_per_ph_day: float | None
    price_per_kwh: float | None
    margin_per_day: float | None
    margin_best_per_day: float | None
    unprofitable_devices: int
    undecided_devices: int
    unknown_devices: int
    turned_devices: int
    turned_w: float
    treasury: float | None
    runway_days: float | None
    runway_reason: str = ""


def scenarios(
    *, btc_fall: float = BTC_FALL, difficulty_rise: float = DIFFICULTY_RISE, power_rise: float = POWER_RISE
) -> tuple[Scenario, ...]:
    """Give things as they stand, each shock alone, the three together, and the three with a halving."""
    price, network = 1.0 - btc_fall, 1.0 + difficulty_rise
    three = f"bitcoin -{btc_fall:.0%}, difficulty +{difficulty_rise:.0%}, power +{power_rise:.0%}"
    worse = Scenario(name=three, btc_factor=price, difficulty_factor=network, power_rise=power_rise)
    return (
        Scenario(name="as it stands"),
        Scenario(name=f"bitcoin -{btc_fall:.0%}", btc_factor=price),
        Scenario(name=f"difficulty +{difficulty_rise:.0%}", difficulty_factor=network),
        Scenario(name=f"power +{power_rise:.0%}", power_rise=power_rise),
        Scenario(name="halving", halving=True),
        worse,
        msgspec.structs.replace(worse, name=f"{three}, halving", halving=True),
    )


def shocked(terms: Terms, *, scenario: Scenario, fee_share: float = 0.0, scheme: Scheme = "fpps") -> Terms:
    """Give the terms under a scenario: a halving takes half of the subsidy's part and leaves the fees' part.

    The rise of power is on the energy price alone, and makes a negative one less negative.
    """
    left = (1.0 - fee_share) / 2.0 + fee_share if scenario.halving else 1.0
    hashprice, price = terms.hashprice_per_ph_day, terms.price_per_kwh
    return msgspec.structs.replace(
        terms,
        hashprice_per_ph_day=None
        if hashprice is None
        else hashprice * left * scenario.btc_factor / scenario.difficulty_factor,
        price_per_kwh=None if price is None else price + abs(price) * scenario.power_rise,
        scheme_factor=scheme_factor(scheme, fee_share=fee_share / left) if scheme == "pps" else terms.scheme_factor,
    )


def stress(
    fleet: Sequence[Batch],
    *,
    terms: Terms,
    scenarios: Iterable[Scenario],
    fee_share: float = 0.0,
    scheme: Scheme = "fpps",
    fixed_per_day: float = 0.0,
    treasury: Treasury | None = None,
    reject_ratio: float = 0.0,
) -> tuple[Outcome, ...]:
    """Put a fleet through scenarios; devices whose margin is not known are counted and left out of the sums.

    `fee_share` is the fees' share of the block reward, `fixed_per_day` what is paid whatever runs.
    """
    base = _verdicts(fleet, terms=terms, reject_ratio=reject_ratio)
    return tuple(
        _outcome(
            fleet,
            terms=shocked(terms, scenario=scenario, fee_share=fee_share, scheme=scheme),
            scenario=scenario,
            base=base,
            fixed_per_day=fixed_per_day,
            treasury=treasury,
            reject_ratio=reject_ratio,
        )
        for scenario in scenarios
    )


def treasury_value(treasury: Treasury, *, currency: str, btc_factor: float = 1.0) -> tuple[float | None, str]:
    """Give what a treasury is worth in a currency, with bitcoin at a factor; None and the reason when a rate lacks."""
    value = 0.0
    for held, amount in treasury.holdings.items():
        rate = 1.0 if held == currency else treasury.rates.get(held)
        if rate is None:
            return None, f"What {held} is worth in {currency} is not known."
        value += amount * rate * (btc_factor if held == "BTC" and currency != "BTC" else 1.0)
    return value, ""


def runway_days(*, treasury: float, margin_per_day: float, fixed_per_day: float = 0.0) -> float | None:
    """Give how many days a treasury bears a margin less fixed costs; None when these leave something over."""
    burnt = fixed_per_day - margin_per_day
    if burnt <= 0.0:
        return None
    return max(0.0, treasury) / burnt


def _outcome(
    fleet: Sequence[Batch],
    *,
    terms: Terms,
    scenario: Scenario,
    base: Sequence[Verdict],
    fixed_per_day: float,
    treasury: Treasury | None,
    reject_ratio: float,
) -> Outcome:
    appraiser = Appraiser(terms)
    counts: dict[str, int] = {}
    margin = best = turned_w = 0.0
    turned, known = 0, False
    for batch, before in zip(fleet, base, strict=True):
        found = appraiser.money(
            hashrate_hs=batch.hashrate_hs, power_w=batch.power_w, power_grade=batch.grade, reject_ratio=reject_ratio
        )
        counts[found.verdict] = counts.get(found.verdict, 0) + batch.count
        if found.margin_per_day is not None:
            known = True
            margin += found.margin_per_day * batch.count
            best += max(0.0, found.margin_per_day) * batch.count
        if found.verdict == "unprofitable" and before != "unprofitable":
            turned += batch.count
            turned_w += (batch.power_w or 0.0) * terms.pue * batch.count
    value, days, reason = _runway(
        treasury, terms=terms, scenario=scenario, best=best if known else None, fixed_per_day=fixed_per_day
    )
    return Outcome(
        scenario=scenario.name,
        btc_factor=scenario.btc_factor,
        hashprice_per_ph_day=terms.hashprice_per_ph_day,
        price_per_kwh=terms.price_per_kwh,
        margin_per_day=margin if known else None,
        margin_best_per_day=best if known else None,
        unprofitable_devices=counts.get("unprofitable", 0),
        undecided_devices=counts.get("undecided", 0),
        unknown_devices=counts.get("unknown", 0),
        turned_devices=turned,
        turned_w=turned_w,
        treasury=value,
        runway_days=days,
        runway_reason=reason,
    )


def _runway(
    treasury: Treasury | None, *, terms: Terms, scenario: Scenario, best: float | None, fixed_per_day: float
) -> tuple[float | None, float | None, str]:
    """Give what the treasury is worth, how many days it lasts, and the reason where one of them has no answer."""
    if treasury is None:
        return None, None, "No treasury is configured."
    value, reason = treasury_value(treasury, currency=terms.currency, btc_factor=scenario.btc_factor)
    if value is None:
        return None, None, reason
    if best is None:
        return value, None, terms.fault or "No device's margin is known."
    days = runway_days(treasury=value, margin_per_day=best, fixed_per_day=fixed_per_day)
    return value, days, "" if days is not None else "The margin bears the fixed costs."


def _verdicts(fleet: Iterable[Batch], *, terms: Terms, reject_ratio: float) -> list[Verdict]:
    appraiser = Appraiser(terms)
    return [
        appraiser.money(
            hashrate_hs=batch.hashrate_hs, power_w=batch.power_w, power_grade=batch.grade, reject_ratio=reject_ratio
        ).verdict
        for batch in fleet
    ]
