"""A backtest as one HTML page with its chart, which needs nothing else."""

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from math import ceil, isnan
from typing import Any

from daemon.backtest.text import holes, money_rows, rule_rows, yaml_of

WIDTH, HEIGHT, EDGE = 1100, 320, 36
POINTS = 1100
DAY_S = 86_400.0
MOST_TICKS = 12
STEPS_S = (3600.0, 3 * 3600.0, 6 * 3600.0, DAY_S, 2 * DAY_S, 7 * DAY_S, 14 * DAY_S)
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c1f23 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0 }
svg { width: 100%; height: auto }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #d8dce1; text-align: right }
th:first-child, td:first-child { text-align: left } .price { fill: none; stroke: #2457a6 }
.tick { stroke: #59616b } .strike { stroke: #b3261e; stroke-dasharray: 6 4 } .off { fill: #b3261e; opacity: .16 }
text { font-size: 12px; fill: #59616b }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e4e7ea } .price { stroke: #7fb0ff } }
"""


def page(
    document: dict[str, Any], *, ratio: "array[float]", stopped: Sequence[float], times: Sequence[float], kind: str
) -> str:
    """Write the page; the chart is of one kind's cost over revenue, and where the rules said stop."""
    title = escape(f"Backtest, {document['from']} to {document['to']}")
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>',
        (
            f"<h1>{title}</h1><p>{document['fleet']['devices']} devices, {document['fleet']['power_w'] / 1e6:.2f} MW; "
            f"{document['rows']} rows, {document['unknown_rows']} without a verdict. {escape(document['assumed'])}</p>"
        ),
        *(f"<p>{escape(told)}.</p>" for told in holes(document)),
        f"<h2>What running {escape(kind)} costs for each {escape(document['currency'])} that it earns</h2>",
        chart(ratio, stopped=stopped, times=times),
        "<p>Above the dashed line it loses; shaded is where P-01 or P-08 was open.</p>",
        "<h2>Money</h2>",
        _table(money_rows(document["money"], currency=document["currency"])),
    ]
    if document["tune"]:
        tune = document["tune"]
        parts += [
            f"<h2>Proposed</h2><pre>{escape(yaml_of(tune['settings']))}</pre><p>On the half it was not found on:</p>",
            _table(money_rows(tune["measured_on"], currency=document["currency"])),
        ]
    parts += ["<h2>Flags</h2>", _table(rule_rows(document))]
    flags = [["rule", "subject", "from", "to", "message"]]
    flags += [
        [one["rule"], one["subject"], one["opened"], one["closed"] or "", one["message"]] for one in document["flags"]
    ]
    parts += ["<details><summary>each of them</summary>", _table(flags), "</details></html>\n"]
    return "\n".join(parts)


def chart(ratio: "array[float]", *, stopped: Sequence[float], times: Sequence[float]) -> str:
    """Draw a line of at most some thousand points, each bin by its lowest and highest value, on a scale to three."""
    first, last = times[0], times[-1]
    length = max(last - first, 1.0)
    size = max(1, len(times) // POINTS)
    wide, high = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE

    def x(at: float) -> float:
        return EDGE + (at - first) / length * wide

    def y(value: float) -> float:
        return EDGE + (3.0 - min(3.0, max(-1.0, value))) / 4.0 * high

    points, shades, begin = [], [], None
    for place in range(0, len(times), size):
        some = [value for value in ratio[place : place + size] if not isnan(value)]
        at = times[place]
        points += [f"{x(at):.1f},{y(value):.1f}" for value in ((min(some), max(some)) if some else ())]
        if any(stopped[place : place + size]):
            begin = at if begin is None else begin
        elif begin is not None:
            shades.append((begin, at))
            begin = None
    if begin is not None:
        shades.append((begin, last))
    marks = "".join(f'<text x="2" y="{y(value) + 4:.0f}">{value}</text>' for value in (-1, 0, 1, 2, 3))
    dates = "".join(
        f'<line class="tick" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{HEIGHT - EDGE}" y2="{HEIGHT - EDGE + 5}"/>'
        f'<text x="{x(at):.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{words}</text>'
        for at, words in ticks(first, last)
    )
    areas = "".join(
        f'<rect class="off" x="{x(one):.1f}" y="{EDGE}" width="{max(1.0, x(other) - x(one)):.1f}" height="{high}"/>'
        for one, other in shades
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="cost over revenue">{areas}'
        f'<polyline class="price" points="{" ".join(points)}"/>'
        f'<line class="strike" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{y(1.0):.1f}" y2="{y(1.0):.1f}"/>'
        f"{marks}{dates}</svg>"
    )


def ticks(first: float, last: float) -> list[tuple[float, str]]:
    """Give at most a dozen round moments (UTC) with their words: years, months, days or hours, by the span."""
    span = last - first
    form = "%H:%M" if span < 2 * DAY_S else "%d %b" if span < 60 * DAY_S else "%b %Y"
    if span < 60 * DAY_S:
        least = 0.0 if span < 2 * DAY_S else DAY_S
        step = next(step for step in STEPS_S if step >= least and span / step <= MOST_TICKS)
        begin = ceil(first / step) * step
        return [(at, _utc(at).strftime(form)) for at in _spaced(begin, last, step)]
    months = ceil(span / (30 * DAY_S) / MOST_TICKS)
    start = _utc(first)
    found, number = [], start.year * 12 + start.month
    while (at := datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()) <= last:
        found.append((at, _utc(at).strftime(form)))
        number += months
    return found


def _spaced(begin: float, last: float, step: float) -> list[float]:
    return [begin + number * step for number in range(int((last - begin) // step) + 1)] if begin <= last else []


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["<table><tr>" + "".join(f"<th>{escape(cell)}" for cell in head)]
    return "\n".join([*lines, *("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in body), "</table>"])
