"""The site's notices, and its totals as cards."""

from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document


def notices(site: Document) -> str:
    """Write what the operator must know before any number."""
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in site.get("notices", ()))


def totals(site: Document, network: Document) -> str:
    """Write the totals."""
    currency = site["currency"]
    margin = site["margin_per_day"]
    verdicts = site["verdicts"]
    cards = (
        (f"{site['up']:,} of {site['devices']:,}", "devices answer", "" if site["up"] == site["devices"] else "unsure"),
        (show.hashrate(site["hashrate_hs"]), "hashrate", ""),
        (show.power(site["power_w"]), "power, by the devices", ""),
        (
            show.money(margin, currency=currency),
            f"margin a day ± {show.money(site['margin_sd_per_day'], currency=currency)}",
            "" if margin is None else "good" if margin >= 0 else "bad",
        ),
        (f"{verdicts['unprofitable']:,}", "lose money for sure", "bad" if verdicts["unprofitable"] else ""),
        (f"{verdicts['undecided'] + verdicts['unknown']:,}", "undecided or unknown", ""),
        (show.money(site["hashprice_per_ph_day"], currency=currency), "hashprice, per PH and day", ""),
        (
            show.plain(network.get("height")),
            f"height, {show.plain(network.get('fees_mean_btc'), digits=4)} BTC fees",
            "",
        ),
    )
    return (
        '<div class="cards">'
        + "".join(
            f'<div class="card"><b class="{tone}">{escape(value)}</b><span>{escape(text)}</span></div>'
            for value, text, tone in cards
        )
        + "</div>"
    )
