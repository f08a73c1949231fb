"""The arithmetic of one device's money, line by line, so that a newcomer can follow and an owner can check it."""

from typing import Literal

import msgspec

from daemon.economics.break_even import HorizonBand, break_even_btc_price, break_even_difficulty, horizon_band
from daemon.economics.money import Money, Terms
from daemon.economics.verdict import DECIDED_SD, POWER_ERROR_RATIO

Section = Literal["earned", "spent", "left", "left when all is counted", "verdict", "break-even", "other settings"]

GRADE_WORDS: dict[str, str] = {
    "metered": "from a meter of its own",
    "branch": "its share of a branch meter",
    "reported": "as its power supply reports",
    "estimated": "as the firmware estimates",
    "spec": "from the data sheet",
    "unknown": "of unknown origin",
}


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the figures came from, in words; None where there is nothing to say. Ages in seconds.

    `payout_rate` is what one unit of what the pool pays in is worth in the currency of the terms.
    """

    device: str
    model: str | None = None
    hashrate_window: str | None = None
    hashrate_seen_s: float | None = None
    hashprice_source: str | None = None
    hashprice_age_s: float | None = None
    power_source: str | None = None
    price_source: str | None = None
    price_period: str | None = None
    scheme: str = "fpps"
    payout_currency: str | None = None
    payout_rate: float | None = None
    payout_rate_age_s: float | None = None
    payout_reason: str | None = None


class Market(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The network as it stands, for the break-evens beyond the device; None where it is not known.

    The hashprice's two parts are in the currency of the terms, per PH/s and day; growth is per difficulty epoch.
    """

    btc_price: float | None = None
    difficulty: float | None = None
    subsidy_part: float | None = None
    fees_part: float | None = None
    growth_mean: float | None = None
    growth_sd: float = 0.0
    days_to_halving: float | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the account: a term, the arithmetic or origin behind it, and its value where it has one."""

    section: Section
    term: str
    how: str = ""
    value: float | None = None
    unit: str = ""


def explain(money: Money, *, terms: Terms, facts: Facts, market: Market | None = None) -> tuple[Line, ...]:
    """Lay out how a device's money came about under these terms; a term that is not known says so."""
    return (
        *_earned(money, terms=terms, facts=facts),
        *_spent(money, terms=terms, facts=facts),
        *_left(money),
        *_loaded(money),
        *_verdict(money),
        *_break_even(money, market=market or Market(), hashprice=terms.hashprice_per_ph_day),
    )


def rendered(lines: tuple[Line, ...], *, facts: Facts) -> list[str]:
    """Set the lines as text in columns, a heading before each section."""
    width = max((len(line.term) for line in lines), default=0)
    reach = min(60, max((len(line.how) for line in lines), default=0))
    text = [f"{facts.device} ({facts.model})" if facts.model else facts.device]
    section = ""
    for line in lines:
        if line.section != section:
            section = line.section
            text += ["", section[0].upper() + section[1:]]
        value = "" if line.value is None else f"{_figure(line.value):>14} {line.unit}"
        text.append(f"  {line.term:<{width}}  {line.how:<{reach}}  {value}".rstrip())
    return text


def _earned(money: Money, *, terms: Terms, facts: Facts) -> list[Line]:
    per_day = f"{terms.currency}/day"
    hashrate_th = None if money.hashrate_hs is None else money.hashrate_hs / 1e12
    window = facts.hashrate_window
    if facts.hashrate_seen_s is not None:
        window = f"the mean of what it told in {facts.hashrate_seen_s / 60.0:.0f} min"
    elif window is not None:
        window = f"its {window} average" if window[:1].isdigit() else f"its {window} value"
    lines = [
        Line(
            section="earned",
            term="hashrate",
            how="not known" if hashrate_th is None else (window or "as given") + _sureness(money),
            value=hashrate_th,
            unit="TH/s",
        ),
        *_proof(money),
        Line(
            section="earned",
            term="hashprice",
            how=_origin(facts.hashprice_source, age_s=facts.hashprice_age_s)
            if terms.hashprice_per_ph_day is not None
            else "not known",
            value=terms.hashprice_per_ph_day,
            unit=f"{terms.currency}/PH/day",
        ),
    ]
    if money.revenue_per_day is None or hashrate_th is None or terms.hashprice_per_ph_day is None:
        return [*lines, Line(section="earned", term="revenue", how="cannot be worked out", unit=per_day)]
    gross = hashrate_th / 1000.0 * terms.hashprice_per_ph_day * terms.uptime_ratio
    how = f"{_figure(hashrate_th)} TH/s / 1000 x {_figure(terms.hashprice_per_ph_day)}"
    if terms.uptime_ratio != 1.0:
        how += f" x {_percent(terms.uptime_ratio)} of the day"
    lines.append(Line(section="earned", term="gross", how=how, value=gross, unit=per_day))
    factor = 1.0 if terms.scheme_factor is None else terms.scheme_factor
    if factor != 1.0:
        how = f"{facts.scheme} pays {_percent(factor)} of it, on average"
        lines.append(Line(section="earned", term="scheme", how=how, value=gross * (factor - 1.0), unit=per_day))
    paid = gross * factor
    how = f"{_percent(terms.pool_fee_ratio)} of {_figure(paid)}"
    lines.append(
        Line(section="earned", term="pool fee", how=how, value=0.0 - paid * terms.pool_fee_ratio, unit=per_day)
    )
    paid *= 1.0 - terms.pool_fee_ratio
    rejects = money.reject_ratio
    how = "not told, none assumed" if rejects is None else f"{_percent(rejects)} of {_figure(paid)}"
    lines.append(Line(section="earned", term="rejects", how=how, value=0.0 - paid * (rejects or 0.0), unit=per_day))
    lines.append(Line(section="earned", term="revenue", value=money.revenue_per_day, unit=per_day))
    return lines if facts.payout_currency is None else [*lines, _paid_out(money.revenue_per_day, terms, facts)]


def _paid_out(revenue_per_day: float, terms: Terms, facts: Facts) -> Line:
    """Tell the revenue in what the pool pays in; without a rate, why not."""
    unit, rate = f"{facts.payout_currency}/day", facts.payout_rate
    if rate is None:
        return Line(section="earned", term="paid out", how=facts.payout_reason or "its rate is not known", unit=unit)
    age = "" if facts.payout_rate_age_s is None else f", {facts.payout_rate_age_s:.0f} s old"
    how = f"{_figure(revenue_per_day)} / {_figure(rate)} {terms.currency} for a {facts.payout_currency}{age}"
    return Line(section="earned", term="paid out", how=how, value=revenue_per_day / rate, unit=unit)


def _sureness(money: Money) -> str:
    """Say how sure a hashrate is; nothing where its error was not asked for."""
    error = money.hashrate_error_ratio
    return f", right to {_short(error)}" if error else ""


def _proof(money: Money) -> list[Line]:
    """Tell the two parts of the hashrate's error: the window's chance, and what the device's account is worth."""
    error = money.hashrate_error
    if error is None or not money.hashrate_hs:
        return []
    if error.gap_ratio is None:
        account = f"{_short(error.account_ratio)} because no shares have proved it"
    else:
        side = "less" if error.gap_ratio >= 0.0 else "more"
        shown = f"{error.shares:,.0f} shares of the last day show {_short(abs(error.gap_ratio))} {side}"
        account = f"{_short(error.account_ratio)} because {shown}"
    chance = f"{_short(error.chance_ratio)} by chance within its window, " if error.chance_ratio else ""
    return [Line(section="earned", term="its error", how=f"{chance}{account}")]


def _spent(money: Money, *, terms: Terms, facts: Facts) -> list[Line]:
    per_day = f"{terms.currency}/day"
    error = money.power_error_ratio
    if error is None:
        error = POWER_ERROR_RATIO.get(money.power_grade)
    origin = GRADE_WORDS.get(money.power_grade, money.power_grade)
    known = f"{origin}, {'its error unknown' if error is None else f'right to {_percent(error)}'}"
    if facts.power_source:
        known += f" ({facts.power_source})"
    taught = _taught(money, origin=origin)
    lines = [
        *taught,
        Line(
            section="spent",
            term="power",
            how="not known" if money.power_w is None else known,
            value=money.power_w,
            unit="W",
        ),
        Line(section="spent", term="PUE", how="energy at the meter for each at the device", value=terms.pue),
    ]
    period = ", ".join(word for word in (facts.price_source, facts.price_period) if word)
    if money.energy_kwh_per_day is not None and money.power_w is not None:
        how = f"{_figure(money.power_w / 1000.0)} kW x 24 h x {_figure(terms.pue)}"
        if terms.uptime_ratio != 1.0:
            how += f" x {_percent(terms.uptime_ratio)} of the day"
        lines.append(Line(section="spent", term="energy", how=how, value=money.energy_kwh_per_day, unit="kWh/day"))
    lines.append(
        Line(
            section="spent",
            term="price",
            how="not known" if terms.price_per_kwh is None else period or "as given",
            value=terms.price_per_kwh,
            unit=f"{terms.currency}/kWh",
        )
    )
    if money.energy_cost_per_day is None:
        lines.append(Line(section="spent", term="energy cost", how="cannot be worked out", unit=per_day))
    for name, cost in money.cost_terms.items():
        how = ""
        if name == "energy" and money.energy_kwh_per_day is not None and terms.price_per_kwh is not None:
            how = f"{_figure(money.energy_kwh_per_day)} kWh x {_figure(terms.price_per_kwh)}"
        elif name in terms.energy_terms and money.energy_kwh_per_day is not None:
            how = f"{_figure(money.energy_kwh_per_day)} kWh x {_figure(terms.energy_terms[name])}"
            how += f" + {_figure(terms.daily_terms[name])}" if name in terms.daily_terms else ""
        lines.append(
            Line(section="spent", term=f"{name} cost" if name == "energy" else name, how=how, value=cost, unit=per_day)
        )
    return lines


def _taught(money: Money, *, origin: str) -> list[Line]:
    """Tell what meters have taught of such watts: the correction, or what stands in doubt and corrects nothing."""
    bias = money.power_bias
    if bias is None or money.power_w is None:
        return []
    words = f"{_percent(bias.ratio)}, give or take {_percent(bias.error_ratio)}, by the meters: {bias.name}"
    if not bias.is_used:
        return [Line(section="spent", term="bias", how=f"not corrected; {words}")]
    told = money.power_w / (1.0 + bias.ratio)
    return [
        Line(section="spent", term="power as told", how=origin, value=told, unit="W"),
        Line(section="spent", term="bias", how=words, value=told * bias.ratio, unit="W"),
    ]


def _left(money: Money) -> list[Line]:
    per_day = f"{money.currency}/day"
    if money.margin_per_day is None or money.revenue_per_day is None:
        return [Line(section="left", term="margin (cash)", how="cannot be worked out", unit=per_day)]
    how = f"{_figure(money.revenue_per_day)} - {_figure(sum(money.cost_terms.values()))}"
    lines = [Line(section="left", term="margin (cash)", how=how, value=money.margin_per_day, unit=per_day)]
    if money.margin_sd_per_day is not None:
        lines.append(
            Line(
                section="left",
                term="its error",
                how="one standard deviation, from watts and hashrate",
                value=money.margin_sd_per_day,
                unit=per_day,
            )
        )
    return lines


def _loaded(money: Money) -> list[Line]:
    if money.margin_loaded_per_day is None:
        return []
    per_day = f"{money.currency}/day"
    section: Section = "left when all is counted"
    lines = [Line(section=section, term=name, value=-cost, unit=per_day) for name, cost in money.loaded_terms.items()]
    return [*lines, Line(section=section, term="margin (loaded)", value=money.margin_loaded_per_day, unit=per_day)]


def _verdict(money: Money) -> list[Line]:
    lines = [Line(section="verdict", term=money.verdict, how=money.verdict_reason)]
    if money.verdict != "unknown" and money.margin_per_day is not None and money.margin_sd_per_day is not None:
        bound = DECIDED_SD * money.margin_sd_per_day
        sign = ">" if abs(money.margin_per_day) > bound else "<="
        how = f"|{_figure(money.margin_per_day)}| {sign} {_figure(bound)} = {DECIDED_SD} x its error"
        lines.append(Line(section="verdict", term="the test", how=how))
    return lines


def _break_even(money: Money, *, market: Market, hashprice: float | None) -> list[Line]:
    lines = []
    if money.break_even_price_per_kwh is not None:
        lines.append(
            Line(
                section="break-even",
                term="power price",
                how="revenue / energy",
                value=money.break_even_price_per_kwh,
                unit=f"{money.currency}/kWh",
            )
        )
    limit = money.break_even_hashprice_per_ph_day
    if limit is None:
        return lines
    unit = f"{money.currency}/PH/day"
    lines.append(
        Line(section="break-even", term="hashprice", how="before fee and rejects, energy alone", value=limit, unit=unit)
    )
    if market.subsidy_part is not None and market.fees_part is not None:
        hashprice = market.subsidy_part + market.fees_part
    if hashprice is None:
        return lines
    if market.btc_price is not None:
        price = break_even_btc_price(btc_price=market.btc_price, hashprice=hashprice, break_even=limit)
        lines.append(
            Line(
                section="break-even",
                term="bitcoin price",
                how="at today's difficulty and fees" if price is not None else "none: a block pays nothing",
                value=price,
                unit=f"{money.currency}/BTC",
            )
        )
    if market.difficulty is not None:
        difficulty = break_even_difficulty(difficulty=market.difficulty, hashprice=hashprice, break_even=limit)
        how = "at today's price, fees per block held" if difficulty is not None else "none: power costs nothing"
        lines.append(Line(section="break-even", term="difficulty", how=how, value=difficulty))
    if market.growth_mean is not None and market.subsidy_part is not None and market.fees_part is not None:
        band = horizon_band(
            subsidy_part=market.subsidy_part,
            fees_part=market.fees_part,
            break_even=limit,
            growth_mean=market.growth_mean,
            growth_sd=market.growth_sd,
            days_to_halving=market.days_to_halving,
        )
        lines.append(Line(section="break-even", term="reached", how=_when(band), value=band.central_days, unit="days"))
    return lines


def _when(band: HorizonBand) -> str:
    """Say a horizon as a span of days, because growth is never one number."""
    if band.central_days == 0.0:
        return "it is there already"
    early, late = ("never" if days is None else f"{days:.0f} days" for days in (band.earliest_days, band.latest_days))
    words = f"between {early} and {late}, at a constant bitcoin price"
    return f"{words}; a halving takes it there" if band.by_halving else words


def _origin(source: str | None, *, age_s: float | None) -> str:
    words = source or "as given"
    return words if age_s is None else f"{words}, {age_s:.0f} s old"


def _figure(value: float) -> str:
    """Show six significant digits, without an exponent where a reader would count zeros anyway."""
    return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value + 0.0:.6g}"


def _percent(ratio: float) -> str:
    return f"{ratio * 100.0:.6g} %"


def _short(ratio: float) -> str:
    return f"{ratio * 100.0:.2g} %"
