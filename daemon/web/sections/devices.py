"""The devices, worst first."""

from collections.abc import Sequence
from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import TONES, Document, place, table

_HEADS = ("device", "where", "model", "state", "*hashrate", "*power", "*J/TH", "*chip", "*margin a day", "verdict")


def devices(documents: Sequence[Document], *, total: int, currency: str) -> str:
    """Write the devices given, the first of `total`."""
    rows = "".join(_row(device, currency) for device in documents)
    note = "worst first"
    if total > len(documents):
        note += f", {len(documents):,} of {total:,} shown"
    return table("Devices", _HEADS, rows, note=note, key="devices")


def _row(device: Document, currency: str) -> str:
    reading: Document = device.get("reading") or {}
    money: Document = device.get("money") or {}
    name = escape(str(device["id"]))
    if device["stale"]:
        state = f'<span class="bad">{escape(device["reason"] or "not asked yet")}</span>'
    elif device["missed"]:
        state = f'{escape(reading["state"])} <span class="unsure">({device["missed"]} missed)</span>'
    else:
        state = escape(reading.get("state", "unknown"))
    chips = [
        board["chip_temperature_c"] for board in reading.get("boards", ()) if board["chip_temperature_c"] is not None
    ]
    verdict = money.get("verdict", "unknown")
    margin = money.get("margin_per_day")
    grade = f' <span class="soft">{escape(device["power_grade"])}</span>' if device["power_w"] is not None else ""
    return (
        f'<tr><td><a href="/devices/{name}">{name}</a></td><td>{place(device)}</td>'
        f"<td>{escape(reading.get('model') or show.ABSENT)}</td><td>{state}</td>"
        f'<td class="n">{show.hashrate(reading.get("hashrate_hs"))}</td>'
        f'<td class="n">{show.power(device["power_w"])}{grade}</td>'
        f'<td class="n">{show.plain(reading.get("efficiency_j_per_th"), digits=1)}</td>'
        f'<td class="n">{show.plain(max(chips, default=None), unit=" °C")}</td>'
        f'<td class="n {TONES[verdict]}">{show.money(margin, currency=currency)}</td>'
        f'<td class="{TONES[verdict]}" title="{escape(money.get("verdict_reason", ""))}">{escape(verdict)}</td></tr>'
    )
