"""What happens if: the site's margin, what turns unprofitable, and how long the money lasts, blow by blow."""

from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document, number, table

_HEADS = ("if", "*hashprice", "*power, per kWh", "*margin a day", "*with the losers stopped", "*devices that turn",
          "*power that turns", "*runway")  # fmt: skip


def stress(document: Document) -> str:
    """Write the scenarios; '' while none can be reckoned."""
    currency = str(document["currency"])
    rows = "".join(_row(scenario, currency) for scenario in document["scenarios"])
    return table("What if", _HEADS, rows, note="each on the cash basis, all else as it stands")


def _row(scenario: Document, currency: str) -> str:
    margin, best = scenario["margin_per_day"], scenario["margin_best_per_day"]
    return (
        f"<tr><td>{escape(str(scenario['scenario']))}</td>"
        f"{number(show.money(scenario['hashprice_per_ph_day'], currency=currency))}"
        f"{number(show.plain(scenario['price_per_kwh'], digits=4, unit=' ' + currency))}"
        f"{number(show.money(margin, currency=currency), tone=_tone(margin))}"
        f"{number(show.money(best, currency=currency), tone=_tone(best))}"
        f"{number(show.plain(scenario['turned_devices']))}{number(show.power(scenario['turned_w']))}"
        f"{_runway(scenario)}</tr>"
    )


def _runway(scenario: Document) -> str:
    reason, days = str(scenario["runway_reason"]), scenario["runway_days"]
    is_known = scenario["treasury"] is not None and scenario["margin_best_per_day"] is not None
    if days is None and is_known:
        return number("without end", tone="good", title=reason)
    return number(show.plain(days, unit=" days"), title=reason)


def _tone(amount: float | None) -> str:
    return "" if amount is None else "good" if amount >= 0 else "bad"
