"""The fleet by J/TH: what each tier earns, where the cut-off lies, and whether to hold or to sell."""

from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document, number, table

_HEADS = ("J/TH", "*devices", "*hashrate", "*power", "*mean J/TH", "*margin a day", "*breaks even at, per kWh",
          "*and at hashprice", "hold or sell")  # fmt: skip
_CHOICE_TONES = {"hold": "good", "sell": "bad"}


def tiers(document: Document) -> str:
    """Write the tiers; '' while no device can be placed in one."""
    currency = str(document["currency"])
    rows = "".join(_row(tier, currency) for tier in document["tiers"])
    cut_off = document["cut_off_j_per_th"]
    notes = [] if cut_off is None else [f"what needs more than {cut_off:.1f} J/TH does not pay its energy"]
    if document["unknown_devices"]:
        notes.append(f"{document['unknown_devices']:,} devices cannot be placed")
    return table("Fleet by efficiency", _HEADS, rows, note="; ".join(notes))


def _row(tier: Document, currency: str) -> str:
    margin = tier["margin_per_day"]
    tone = "" if margin is None else "good" if margin >= 0 else "bad"
    share = f"{tier['hashrate_share'] * 100:.1f} % of the hashrate"
    span_tone = "bad" if tier["is_past_cut_off"] else ""
    return (
        f'<tr><td class="{span_tone}">{_span(tier)}</td>{number(show.plain(tier["devices"]))}'
        f"{number(show.hashrate(tier['hashrate_hs']), title=share)}{number(show.power(tier['power_w']))}"
        f"{number(show.plain(tier['j_per_th'], digits=1))}{number(show.money(margin, currency=currency), tone=tone)}"
        f"{number(show.plain(tier['break_even_price_per_kwh'], digits=4, unit=' ' + currency))}"
        f"{number(show.money(tier['break_even_hashprice_per_ph_day'], currency=currency))}"
        f"<td>{_choice(tier['hold_or_sell'], currency)}</td></tr>"
    )


def _span(tier: Document) -> str:
    if tier["below"] is None:
        return f"from {tier['above']:g}"
    return f"below {tier['below']:g}" if tier["above"] is None else f"{tier['above']:g} to {tier['below']:g}"


def _choice(choice: Document | None, currency: str) -> str:
    if choice is None:
        return '<span class="soft" title="needs costs.resale_low and costs.resale_high">no resale price</span>'
    sides = (
        f"for each TH/s: held it is worth {_money_span(choice, 'hold', currency)}, "
        f"sold {_money_span(choice, 'sale', currency)}"
    )
    said = str(choice["choice"])
    return f'<span class="{_CHOICE_TONES.get(said, "unsure")}" title="{escape(sides)}">{escape(said)}</span>'


def _money_span(choice: Document, side: str, currency: str) -> str:
    low, high = (show.money(choice[f"{side}_{end}"], currency=currency) for end in ("low", "high"))
    return f"{low} to {high}"
