"""What each feeder has to spare, what it has promised, and what its megawatt-hour would earn in each use."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from daemon.capacity.blockers import BLOCKERS
from daemon.web import numbers as show
from daemon.web.sections.table import Document, number, table

_HEADS = (
    "feeder",
    "*contracted",
    "*drawn",
    "*reserve",
    "*spare now",
    "*freed if the unprofitable stop",
    "*can be promised",
    "firmness",
    "offer",
    "in the way",
)
_USES = {
    "mine": "mining on it",
    "host": "hosting compute",
    "gpu": "renting out GPUs",
    "sell": "selling it back",
    "idle": "leaving it idle",
}


def capacity(feeders: Sequence[Document], offers: Sequence[Document]) -> str:
    """Write the feeders with their offers."""
    told = {str(offer["feeder"]): offer for offer in offers}
    rows = "".join(_row(feeder, told.get(str(feeder["feeder"]))) for feeder in feeders)
    note = "power, space, cooling and network for other compute; the mining devices themselves cannot do it"
    return table("Spare capacity", _HEADS, rows, note=note)


def uses(feeders: Sequence[Document]) -> str:
    """Write what a MWh earns on each feeder in each use that can be valued; '' while none can."""
    valued = [feeder for feeder in feeders if feeder.get("uses_per_mwh")]
    names = [name for name in _USES if any(name in feeder["uses_per_mwh"] for feeder in valued)]
    rows = "".join(_uses_row(feeder, names) for feeder in valued)
    heads = ("feeder", *(f"*{_USES[name]}" for name in names), "*forgone by what can be promised")
    currency = next((str(feeder["currency"]) for feeder in valued if feeder.get("currency")), "")
    note = f"{currency} per MWh before energy: the middle, and the span in which eight of ten fall"
    return table("What a megawatt-hour earns", heads, rows, note=note)


def _row(feeder: Document, offer: Document | None) -> str:
    blockers = ", ".join(_blocker(name) for name in feeder["blockers"])
    drawn = f"known by: {feeder['drawn_basis']} ± {show.power(feeder['drawn_sd_w'])}"
    promised = feeder.get("refusal") or f"± {show.power(feeder['offered_sd_w'])}"
    return (
        f"<tr><td>{escape(str(feeder['feeder']))}</td>{number(show.power(feeder['contracted_w']))}"
        f"{number(show.power(feeder['drawn_w']), title=drawn)}{number(show.power(feeder['reserve_w']))}"
        f"{number(show.power(feeder['spare_w']))}{number(show.power(feeder['freed_w']))}"
        f"{number(show.power(feeder['offered_w']), title=str(promised))}<td>{escape(str(feeder['firmness']))}</td>"
        f'<td class="w">{_offer(offer)}</td><td>{blockers}</td></tr>'
    )


def _blocker(name: str) -> str:
    meaning = BLOCKERS.get(name, "named in the configuration")
    return f'<span title="{escape(meaning)}">{escape(name.replace("_", " "))}</span>'


def _offer(offer: Document | None) -> str:
    if offer is None:
        return '<span class="soft">none</span>'
    if offer.get("withdrawn"):
        return f'<span class="unsure" title="{escape(str(offer.get("reason") or ""))}">withdrawn</span>'
    until = escape(str(offer.get("expires") or ""))
    return f'<span class="good" title="stands until {until}">{show.plain(offer["kw_offered"], digits=1)} kW</span>'


def _uses_row(feeder: Document, names: Sequence[str]) -> str:
    values: Mapping[str, Any] = feeder["uses_per_mwh"]
    best = max(values, key=lambda name: values[name]["p50"])
    cells = "".join(_band(values.get(name), tone="good" if name == best else "") for name in names)
    return f"<tr><td>{escape(str(feeder['feeder']))}</td>{cells}{_band(feeder.get('cost_per_mwh'))}</tr>"


def _band(band: Mapping[str, float] | None, *, tone: str = "") -> str:
    if band is None:
        return number(show.ABSENT)
    text = show.plain(band["p50"], digits=2)
    if band["p10"] != band["p90"]:
        text += f" ({show.plain(band['p10'], digits=2)} to {show.plain(band['p90'], digits=2)})"
    return number(text, tone=tone)
