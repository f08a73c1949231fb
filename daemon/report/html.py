"""The report as one HTML page that needs nothing else: it can be mailed, printed and kept."""

from html import escape

from daemon.report.document import Report
from daemon.report.text import device_rows, facts, feeder_rows, payout_rows

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c1f23 }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .5rem; border-bottom: 1px solid #d8dce1; text-align: right; vertical-align: top }
th:first-child, td:first-child { text-align: left }
table.facts th { text-align: left; font-weight: normal; color: #59616b; width: 16rem }
table.facts td { text-align: left }
summary h2 { display: inline } summary { margin-top: 2rem }
@media print { body { max-width: none } details { display: none } }
footer { margin-top: 2rem; color: #59616b } .wide { overflow-x: auto; font-size: .87rem }
.wide th, .wide td { padding: .2rem .35rem }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e4e7ea }
th, td { border-color: #343a41 } table.facts th, footer { color: #9aa3ad } }
"""


def page(report: Report) -> str:
    """Write the whole page; every text in it is escaped."""
    named = f"{report.name} ({report.site})" if report.name else report.site
    title = escape(f"{named}, {report.first} to {report.last}")
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style><h1>{title}</h1><table class=facts>",
        *(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in facts(report)),
        "</table>",
    ]
    tables = (
        ("Feeders", feeder_rows(report)),
        ("Payouts", payout_rows(report)),
        ("Models", device_rows(report.models, first="model")),
    )
    for heading, rows in tables:
        if len(rows) > 1:
            parts += [f"<h2>{heading}</h2>", _table(rows)]
    if report.devices:
        rows = device_rows(report.devices, first="device")
        parts += [f"<details><summary><h2>{len(report.devices):,} devices</h2></summary>", _table(rows), "</details>"]
    parts.append(
        "<footer>Money is on the cash basis, in "
        f"{escape(report.currency)}; days are those of {escape(report.timezone)}. A dash means that it is not known or "
        "that nothing was booked, never zero.</footer></html>\n"
    )
    return "\n".join(parts)


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["<div class=wide><table><tr>" + "".join(f"<th>{escape(cell)}" for cell in head)]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in body]
    return "\n".join([*lines, "</table></div>"])
